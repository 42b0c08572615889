// Softmax of rows.

func.func @softmax(%x: tensor<128x2560xf32>) -> tensor<128x2560xf32> {
  %e = tensor.empty() : tensor<128x2560xf32>
  %y = linalg.softmax dimension(1) ins(%x : tensor<128x2560xf32>)
      outs(%e : tensor<128x2560xf32>) -> tensor<128x2560xf32>
  return %y : tensor<128x2560xf32>
}
