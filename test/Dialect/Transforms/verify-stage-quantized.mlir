// RUN: lowbit-opt %s --lowbit-verify-stage="stage=quantized" --split-input-file --verify-diagnostics
// RUN: lowbit-opt %s --lowbit-verify-stage="stage=integer" --split-input-file --verify-diagnostics

func.func @float_weights(%x: tensor<?x2xf32>, %init: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense<1.0> : tensor<2x2xf32>
  // expected-error@+1 {{expected weights of encoding int4:block=32 after the quantized stage, but got float weights}}
  %y = linalg.matmul {lowbit.weights = "int4:block=32"} ins(%x, %w : tensor<?x2xf32>, tensor<2x2xf32>) outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// -----

func.func @no_encoding(%x: tensor<?x2xf32>, %w: tensor<2x2xf32>, %init: tensor<?x2xf32>) -> tensor<?x2xf32> {
  // expected-error@+1 {{lowbit.weights: unknown encoding 'four bits'}}
  %y = linalg.matmul {lowbit.weights = "four bits"} ins(%x, %w : tensor<?x2xf32>, tensor<2x2xf32>) outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// -----

func.func @float_was_chosen(%x: tensor<?x2xf32>, %init: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense<1.0> : tensor<2x2xf32>
  %y = linalg.matmul {lowbit.weights = "f32"} ins(%x, %w : tensor<?x2xf32>, tensor<2x2xf32>) outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// -----

func.func @nothing_was_chosen(%x: tensor<?x2xf32>, %init: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense<1.0> : tensor<2x2xf32>
  %y = linalg.matmul ins(%x, %w : tensor<?x2xf32>, tensor<2x2xf32>) outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// -----

func.func @cannot_have_codes(%x: tensor<?x2xf32>, %w: tensor<2x2xf32>, %init: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %y = linalg.matmul {lowbit.weights = "int4"} ins(%x, %w : tensor<?x2xf32>, tensor<2x2xf32>) outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// -----

func.func @simulated(%x: tensor<?x2xf32>, %init: tensor<?x1xf32>) -> tensor<?x1xf32> {
  %q = lowbit.constant dense<1> : tensor<2x1xi8> -> tensor<2x1x!lowbit.ternary>
  %s = arith.constant dense<0.5> : tensor<1x1xf32>
  %w = lowbit.dequantize %q scale %s : (tensor<2x1x!lowbit.ternary>, tensor<1x1xf32>) -> tensor<2x1xf32>
  %y = linalg.matmul {lowbit.weights = "ternary", lowbit.activations = "float"}
      ins(%x, %w : tensor<?x2xf32>, tensor<2x1xf32>) outs(%init : tensor<?x1xf32>) -> tensor<?x1xf32>
  return %y : tensor<?x1xf32>
}

// -----

func.func @gather_of_floats(%i: tensor<?x1xi64>) -> tensor<?x2xf32> {
  %t = arith.constant dense<1.0> : tensor<3x2xf32>
  // expected-error@+1 {{expected weights of encoding int8 after the quantized stage, but got float weights}}
  %y = tensor.gather %t[%i] gather_dims([0]) {lowbit.weights = "int8"} : (tensor<3x2xf32>, tensor<?x1xi64>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}
