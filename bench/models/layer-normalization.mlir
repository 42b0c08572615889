// Layer normalization of rows.

#all = affine_map<(i, j) -> (i, j)>
#rows = affine_map<(i, j) -> (i)>
#columns = affine_map<(i, j) -> (j)>

func.func @normalize(%x: tensor<128x2560xf32>, %gamma: tensor<2560xf32>,
                     %beta: tensor<2560xf32>) -> tensor<128x2560xf32> {
  %zero = arith.constant 0.0 : f32
  %count = arith.constant 2560.0 : f32
  %epsilon = arith.constant 1.0e-5 : f32
  %e = tensor.empty() : tensor<128x2560xf32>
  %r = tensor.empty() : tensor<128xf32>
  %none = linalg.fill ins(%zero : f32) outs(%r : tensor<128xf32>) -> tensor<128xf32>
  %sum = linalg.reduce {arith.addf} ins(%x : tensor<128x2560xf32>)
      outs(%none : tensor<128xf32>) dimensions = [1]
  %centred = linalg.generic {indexing_maps = [#all, #rows, #all],
                             iterator_types = ["parallel", "parallel"]}
      ins(%x, %sum : tensor<128x2560xf32>, tensor<128xf32>)
      outs(%e : tensor<128x2560xf32>) {
  ^bb0(%a: f32, %s: f32, %out: f32):
    %mean = arith.divf %s, %count : f32
    %d = arith.subf %a, %mean : f32
    linalg.yield %d : f32
  } -> tensor<128x2560xf32>
  %squares = linalg.generic {indexing_maps = [#all, #rows],
                             iterator_types = ["parallel", "reduction"]}
      ins(%centred : tensor<128x2560xf32>) outs(%none : tensor<128xf32>) {
  ^bb0(%a: f32, %out: f32):
    %square = arith.mulf %a, %a : f32
    %next = arith.addf %out, %square : f32
    linalg.yield %next : f32
  } -> tensor<128xf32>
  %y = linalg.generic {indexing_maps = [#all, #rows, #columns, #columns, #all],
                       iterator_types = ["parallel", "parallel"]}
      ins(%centred, %squares, %gamma, %beta : tensor<128x2560xf32>,
          tensor<128xf32>, tensor<2560xf32>, tensor<2560xf32>)
      outs(%e : tensor<128x2560xf32>) {
  ^bb0(%a: f32, %s: f32, %g: f32, %b: f32, %out: f32):
    %mean = arith.divf %s, %count : f32
    %moved = arith.addf %mean, %epsilon : f32
    %root = math.rsqrt %moved : f32
    %normal = arith.mulf %a, %root : f32
    %scaled = arith.mulf %normal, %g : f32
    %shifted = arith.addf %scaled, %b : f32
    linalg.yield %shifted : f32
  } -> tensor<128x2560xf32>
  return %y : tensor<128x2560xf32>
}
