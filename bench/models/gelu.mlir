// The exact gelu of each number.

func.func @gelu(%x: tensor<128x2560xf32>) -> tensor<128x2560xf32> {
  %half = arith.constant 0.5 : f32
  %one = arith.constant 1.0 : f32
  %scale = arith.constant 0.707106781 : f32
  %e = tensor.empty() : tensor<128x2560xf32>
  %y = linalg.map ins(%x : tensor<128x2560xf32>) outs(%e : tensor<128x2560xf32>)
    (%a: f32, %out: f32) {
      %scaled = arith.mulf %a, %scale : f32
      %erf = math.erf %scaled : f32
      %moved = arith.addf %erf, %one : f32
      %halved = arith.mulf %a, %half : f32
      %gelu = arith.mulf %halved, %moved : f32
      linalg.yield %gelu : f32
    }
  return %y : tensor<128x2560xf32>
}
