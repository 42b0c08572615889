// RUN: lowbit-opt %s --lowbit-requantize --remarks-filter="lowbit" --remark-format=emitRemark -o %t 2>&1 | FileCheck %s
// RUN: FileCheck %s --input-file=%t --check-prefix=FLOAT
// RUN: not lowbit-opt %s --lowbit-requantize=rounding=single 2>&1 | FileCheck %s --check-prefix=ROUNDING
// RUN: not lowbit-opt %s --lowbit-requantize=multiplier-bits=32 2>&1 | FileCheck %s --check-prefix=BITS
// ROUNDING: error: unknown rounding 'single': expected one of SINGLE_ROUND, INEXACT_ROUND, DOUBLE_ROUND
// BITS: error: expected 1 to 31 multiplier bits, but got 32

// CHECK: layer 'integer': sums of at most 512 become !lowbit.affine<8>

// Each layer but the last stays float.
// FLOAT-COUNT-9: lowbit.scaled_matmul
// FLOAT-NOT: lowbit.scaled_matmul
// FLOAT: lowbit.requantize

!i8 = !lowbit.affine<8>
!t = !lowbit.ternary

func.func private @use(tensor<1x2x!i8>)

func.func @layers(%a: tensor<1x4x!i8>, %s: tensor<1x1xf32>, %any: tensor<1x2xf32>, %rows: tensor<1x1xi32>, %anyWeights: tensor<2x?x!i8>, %anyDepth: tensor<1x?x!i8>) {
  %w = lowbit.constant dense<1> : tensor<2x4xi8> -> tensor<2x4x!t>
  %one = arith.constant dense<1.0> : tensor<1x1xf32>
  %tiny = arith.constant dense<1.0e-9> : tensor<1x1xf32>
  %ones = arith.constant dense<1> : tensor<2x1xi32>
  %blocks = arith.constant dense<1.0> : tensor<1x2xf32>

  // CHECK: layer 'dynamicScale' stays float: expected one constant activation scale
  %y0 = lowbit.scaled_matmul %a, %w activation_scale %s weight_scale %one {layer = "dynamicScale"}
      : (tensor<1x4x!i8>, tensor<2x4x!t>, tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x2xf32>
  %q0 = lowbit.quantize %y0 scale %one : (tensor<1x2xf32>, tensor<1x1xf32>) -> tensor<1x2x!i8>
  func.call @use(%q0) : (tensor<1x2x!i8>) -> ()

  // CHECK: layer 'blocks' stays float: expected scales without blocks
  %y1 = lowbit.scaled_matmul %a, %w activation_scale %one weight_scale %blocks {layer = "blocks", block_sizes = array<i64: 2, 2>}
      : (tensor<1x4x!i8>, tensor<2x4x!t>, tensor<1x1xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
  %q1 = lowbit.quantize %y1 scale %one : (tensor<1x2xf32>, tensor<1x1xf32>) -> tensor<1x2x!i8>
  func.call @use(%q1) : (tensor<1x2x!i8>) -> ()

  // CHECK: layer 'dynamicWeights' stays float: expected constant weight scales
  %y2 = lowbit.scaled_matmul %a, %w activation_scale %one weight_scale %s {layer = "dynamicWeights"}
      : (tensor<1x4x!i8>, tensor<2x4x!t>, tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x2xf32>
  %q2 = lowbit.quantize %y2 scale %one : (tensor<1x2xf32>, tensor<1x1xf32>) -> tensor<1x2x!i8>
  func.call @use(%q2) : (tensor<1x2x!i8>) -> ()

  // CHECK: layer 'folded' stays float: expected zero points that are not yet folded
  %y3 = lowbit.scaled_matmul %a, %w activation_scale %one weight_scale %one terms(%rows) * (%ones) {layer = "folded"}
      : (tensor<1x4x!i8>, tensor<2x4x!t>, tensor<1x1xf32>, tensor<1x1xf32>, tensor<1x1xi32>, tensor<2x1xi32>) -> tensor<1x2xf32>
  %q3 = lowbit.quantize %y3 scale %one : (tensor<1x2xf32>, tensor<1x1xf32>) -> tensor<1x2x!i8>
  func.call @use(%q3) : (tensor<1x2x!i8>) -> ()

  // CHECK: layer 'dynamicBias' stays float: expected a constant bias
  %y4 = lowbit.scaled_matmul %a, %w activation_scale %one weight_scale %one {layer = "dynamicBias"}
      : (tensor<1x4x!i8>, tensor<2x4x!t>, tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x2xf32>
  %b4 = arith.addf %any, %y4 : tensor<1x2xf32>
  %q4 = lowbit.quantize %b4 scale %one : (tensor<1x2xf32>, tensor<1x1xf32>) -> tensor<1x2x!i8>
  func.call @use(%q4) : (tensor<1x2x!i8>) -> ()

  // CHECK: layer 'largeBias' stays float: expected a bias of 32 bits in units of the accumulator, but got -3000000000.000000 in channel 1
  %large = arith.constant dense<[[1.0, -3.0e9]]> : tensor<1x2xf32>
  %y5 = lowbit.scaled_matmul %a, %w activation_scale %one weight_scale %one {layer = "largeBias"}
      : (tensor<1x4x!i8>, tensor<2x4x!t>, tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x2xf32>
  %b5 = arith.addf %y5, %large : tensor<1x2xf32>
  %q5 = lowbit.quantize %b5 scale %one : (tensor<1x2xf32>, tensor<1x1xf32>) -> tensor<1x2x!i8>
  func.call @use(%q5) : (tensor<1x2x!i8>) -> ()

  // CHECK: layer 'largeSums' stays float: expected sums of 32 bits, but got sums from 2147483008 to 2147484028 in channel 0
  %edge = arith.constant dense<2147483500.0> : tensor<1x2xf32>
  %y6 = lowbit.scaled_matmul %a, %w activation_scale %one weight_scale %one {layer = "largeSums"}
      : (tensor<1x4x!i8>, tensor<2x4x!t>, tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x2xf32>
  %b6 = arith.addf %y6, %edge : tensor<1x2xf32>
  %q6 = lowbit.quantize %b6 scale %one : (tensor<1x2xf32>, tensor<1x1xf32>) -> tensor<1x2x!i8>
  func.call @use(%q6) : (tensor<1x2x!i8>) -> ()

  // CHECK: layer 'largeRatio' stays float: expected a scale below 2^29, but got {{.*}} in channel 0
  %y7 = lowbit.scaled_matmul %a, %w activation_scale %one weight_scale %one {layer = "largeRatio"}
      : (tensor<1x4x!i8>, tensor<2x4x!t>, tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x2xf32>
  %q7 = lowbit.quantize %y7 scale %tiny : (tensor<1x2xf32>, tensor<1x1xf32>) -> tensor<1x2x!i8>
  func.call @use(%q7) : (tensor<1x2x!i8>) -> ()

  // CHECK: layer 'dynamicDepth' stays float: expected a static K
  %y8 = lowbit.scaled_matmul %anyDepth, %anyWeights activation_scale %one weight_scale %one {layer = "dynamicDepth"}
      : (tensor<1x?x!i8>, tensor<2x?x!i8>, tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x2xf32>
  %q8 = lowbit.quantize %y8 scale %one : (tensor<1x2xf32>, tensor<1x1xf32>) -> tensor<1x2x!i8>
  func.call @use(%q8) : (tensor<1x2x!i8>) -> ()

    %y9 = lowbit.scaled_matmul %a, %w activation_scale %one weight_scale %one {layer = "integer"}
      : (tensor<1x4x!i8>, tensor<2x4x!t>, tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x2xf32>
  %q9 = lowbit.quantize %y9 scale %one : (tensor<1x2xf32>, tensor<1x1xf32>) -> tensor<1x2x!i8>
  func.call @use(%q9) : (tensor<1x2x!i8>) -> ()
  return
}
