// RUN: lowbit-opt %s --lowbit-quantize="weights=ternary" --split-input-file --verify-diagnostics

func.func @nan(%x: tensor<?x2xf32>, %init: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense<[[1.0, 1.0], [1.0, 0x7FC00000]]> : tensor<2x2xf32>
  // expected-error@unknown {{expected finite weights, but got NaN at output 1, input 1}}
  %y = linalg.matmul ins(%x, %w : tensor<?x2xf32>, tensor<2x2xf32>) outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32> loc("fc1")
  return %y : tensor<?x2xf32>
}

// -----

func.func @infinity(%x: tensor<?x2xf32>, %init: tensor<?x2xf32>) -> tensor<?x2xf32> {
  // K x N: output 0 is the first column.
  %w = arith.constant dense<[[1.0, 1.0], [0xFF800000, 1.0]]> : tensor<2x2xf32>
  // expected-error@+1 {{expected finite weights, but got infinity at output 0, input 1}}
  %y = linalg.matmul ins(%x, %w : tensor<?x2xf32>, tensor<2x2xf32>) outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// -----

func.func @short_resource(%x: tensor<?x2xf32>, %init: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense_resource<short> : tensor<2x2xf32>
  // expected-error@+1 {{expected weights whose data has the size of 'tensor<2x2xf32>'}}
  %y = linalg.matmul ins(%x, %w : tensor<?x2xf32>, tensor<2x2xf32>) outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

{-#
  dialect_resources: {
    builtin: {
      short: "0x040000000000803F"
    }
  }
#-}

// -----

func.func @attribute_is_no_encoding(%x: tensor<?x2xf32>, %init: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense<1.0> : tensor<2x2xf32>
  // expected-error@+1 {{lowbit.weights: unknown encoding 'int9': expected one of binary, codebook1..codebook8, f32, int1..int8, ternary, uint1..uint8}}
  %y = linalg.matmul {lowbit.weights = "int9"} ins(%x, %w : tensor<?x2xf32>, tensor<2x2xf32>)
      outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// -----

func.func @attribute_is_no_text(%x: tensor<?x2xf32>, %init: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense<1.0> : tensor<2x2xf32>
  // expected-error@+1 {{expected a string as lowbit.activations, but got 8 : i64}}
  %y = linalg.matmul {lowbit.activations = 8} ins(%x, %w : tensor<?x2xf32>, tensor<2x2xf32>)
      outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// -----

func.func @range_is_no_range(%x: tensor<?x2xf32>, %init: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense<1.0> : tensor<2x2xf32>
  // expected-error@+1 {{expected array<f32: a, b> with finite a <= b as lowbit.activation_range, but got array<f32: 1.000000e+00, 0.000000e+00>}}
  %y = linalg.matmul {lowbit.activation_range = array<f32: 1.0, 0.0>} ins(%x, %w : tensor<?x2xf32>, tensor<2x2xf32>)
      outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// -----

func.func @range_is_not_finite(%x: tensor<?x2xf32>, %init: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense<1.0> : tensor<2x2xf32>
  // expected-error@+1 {{expected array<f32: a, b> with finite a <= b as lowbit.activation_range, but got array<f32: 0.000000e+00, 0x7F800000>}}
  %y = linalg.matmul {lowbit.activation_range = array<f32: 0.0, 0x7F800000>} ins(%x, %w : tensor<?x2xf32>, tensor<2x2xf32>)
      outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}
