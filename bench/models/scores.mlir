// A product of two tensors of run time, as in attention: q k^T.

func.func @scores(%q: tensor<128x2560xf32>, %k: tensor<2560x2560xf32>)
    -> tensor<128x2560xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<128x2560xf32>
  %i = linalg.fill ins(%zero : f32) outs(%e : tensor<128x2560xf32>)
      -> tensor<128x2560xf32>
  %s = linalg.matmul indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
      affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>]
    ins(%q, %k : tensor<128x2560xf32>, tensor<2560x2560xf32>)
    outs(%i : tensor<128x2560xf32>) -> tensor<128x2560xf32> loc("scores")
  return %s : tensor<128x2560xf32>
}
