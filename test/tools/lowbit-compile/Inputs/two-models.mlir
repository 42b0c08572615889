//--- first.mlir
// y = x W^T + b in f32.
#row = affine_map<(m, n, k) -> (m, k)>
#col = affine_map<(m, n, k) -> (n, k)>
#out = affine_map<(m, n, k) -> (m, n)>
func.func @first(%x: tensor<?x3xf32>) -> tensor<?x5xf32> {
  %c0 = arith.constant 0 : index
  %m = tensor.dim %x, %c0 : tensor<?x3xf32>
  %w = arith.constant dense<[
    [ 1.0,  0.0,  0.0], [ 0.0,  2.0,  0.0], [ 0.0,  0.0, -4.0],
    [ 1.0,  1.0,  1.0], [-1.0,  0.5,  0.25]]> : tensor<5x3xf32>
  %b = arith.constant dense<[0.0, 1.0, 2.0, 3.0, 4.0]> : tensor<5xf32>
  %e = tensor.empty(%m) : tensor<?x5xf32>
  %i = linalg.broadcast ins(%b : tensor<5xf32>) outs(%e : tensor<?x5xf32>) dimensions = [0]
  %y = linalg.matmul indexing_maps = [#row, #col, #out]
    ins(%x, %w : tensor<?x3xf32>, tensor<5x3xf32>) outs(%i : tensor<?x5xf32>) -> tensor<?x5xf32>
  return %y : tensor<?x5xf32>
}
//--- second.mlir
// y = x W^T with ternary weights.
#row = affine_map<(m, n, k) -> (m, k)>
#col = affine_map<(m, n, k) -> (n, k)>
#out = affine_map<(m, n, k) -> (m, n)>
func.func @second(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %m = tensor.dim %x, %c0 : tensor<?x2xf32>
  %w = arith.constant dense<[[1.0, -1.0], [0.0, 1.0]]> : tensor<2x2xf32>
  %e = tensor.empty(%m) : tensor<?x2xf32>
  %i = linalg.fill ins(%zero : f32) outs(%e : tensor<?x2xf32>) -> tensor<?x2xf32>
  %y = linalg.matmul indexing_maps = [#row, #col, #out]
    ins(%x, %w : tensor<?x2xf32>, tensor<2x2xf32>) outs(%i : tensor<?x2xf32>) -> tensor<?x2xf32> loc("fc")
  return %y : tensor<?x2xf32>
}
