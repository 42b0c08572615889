// RUN: lowbit-opt %s --lowbit-quantize="weights=ternary activations=int8:ema" --split-input-file --verify-diagnostics

func.func private @not_public(%x: tensor<3x4xf32>, %init: tensor<3x2xf32>) -> tensor<3x2xf32> {
  %w = arith.constant dense<1.0> : tensor<4x2xf32>
  // expected-error @below {{expected a layer with running ranges in the one block of a public function}}
  %y = linalg.matmul ins(%x, %w : tensor<3x4xf32>, tensor<4x2xf32>) outs(%init : tensor<3x2xf32>) -> tensor<3x2xf32>
  return %y : tensor<3x2xf32>
}

// -----

func.func @nested(%x: tensor<3x4xf32>, %init: tensor<3x2xf32>, %condition: i1) -> tensor<3x2xf32> {
  %w = arith.constant dense<1.0> : tensor<4x2xf32>
  %y = scf.if %condition -> tensor<3x2xf32> {
    // expected-error @below {{expected a layer with running ranges in the one block of a public function}}
    %z = linalg.matmul ins(%x, %w : tensor<3x4xf32>, tensor<4x2xf32>) outs(%init : tensor<3x2xf32>) -> tensor<3x2xf32>
    scf.yield %z : tensor<3x2xf32>
  } else {
    scf.yield %init : tensor<3x2xf32>
  }
  return %y : tensor<3x2xf32>
}
