// RUN: lowbit-opt %s --lowbit-export-quant --split-input-file --verify-diagnostics

func.func @ternary(%q: tensor<2x4x!lowbit.ternary>) -> tensor<2x4xf32> {
  %s = arith.constant dense<0.5> : tensor<1x1xf32>
  // expected-error@+2 {{expected affine codes, but got '!lowbit.ternary'}}
  // expected-error@+1 {{failed to legalize operation 'lowbit.dequantize'}}
  %y = lowbit.dequantize %q scale %s : (tensor<2x4x!lowbit.ternary>, tensor<1x1xf32>) -> tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}

// -----

func.func @scale_of_run_time(%q: tensor<2x4x!lowbit.affine<8>>, %s: tensor<1x1xf32>) -> tensor<2x4xf32> {
  // expected-error@+2 {{expected a constant scale}}
  // expected-error@+1 {{failed to legalize operation 'lowbit.dequantize'}}
  %y = lowbit.dequantize %q scale %s : (tensor<2x4x!lowbit.affine<8>>, tensor<1x1xf32>) -> tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}

// -----

func.func @float_zero_point(%q: tensor<2x4x!lowbit.affine<8>>) -> tensor<2x4xf32> {
  %s = arith.constant dense<0.5> : tensor<1x1xf32>
  %z = arith.constant dense<0.5> : tensor<1x1xf32>
  // expected-error@+2 {{expected a constant integer zero point}}
  // expected-error@+1 {{failed to legalize operation 'lowbit.dequantize'}}
  %y = lowbit.dequantize %q scale %s zero_point %z : (tensor<2x4x!lowbit.affine<8>>, tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}

// -----

func.func @short_last_block(%q: tensor<2x5x!lowbit.affine<8>>) -> tensor<2x5xf32> {
  %s = arith.constant dense<0.5> : tensor<1x2xf32>
  // expected-error@+2 {{expected blocks of 4 to divide dimension 1, as upstream types have no short last block}}
  // expected-error@+1 {{failed to legalize operation 'lowbit.dequantize'}}
  %y = lowbit.dequantize %q scale %s {block_sizes = array<i64: 0, 4>} : (tensor<2x5x!lowbit.affine<8>>, tensor<1x2xf32>) -> tensor<2x5xf32>
  return %y : tensor<2x5xf32>
}

// -----

func.func @stochastic(%x: tensor<2x4xf32>) -> tensor<2x4x!lowbit.affine<8>> {
  %s = arith.constant dense<0.5> : tensor<1x1xf32>
  // expected-error@+2 {{expected the rounding nearest_even, but got stochastic}}
  // expected-error@+1 {{failed to legalize operation 'lowbit.quantize'}}
  %q = lowbit.quantize %x scale %s {rounding = #lowbit.rounding<stochastic>} : (tensor<2x4xf32>, tensor<1x1xf32>) -> tensor<2x4x!lowbit.affine<8>>
  return %q : tensor<2x4x!lowbit.affine<8>>
}

// -----

func.func @arithmetic(%a: tensor<1x4x!lowbit.affine<8>>, %w: tensor<2x4x!lowbit.affine<8>>, %c: tensor<1x2xi32>) -> tensor<1x2xi32> {
  // expected-error@+1 {{failed to legalize operation 'lowbit.matmul'}}
  %y = lowbit.matmul %a, %w init %c : (tensor<1x4x!lowbit.affine<8>>, tensor<2x4x!lowbit.affine<8>>, tensor<1x2xi32>) -> tensor<1x2xi32>
  return %y : tensor<1x2xi32>
}
