// RUN: lowbit-opt %s --lowbit-quantize | FileCheck %s

// Ranges and scales other than those of the outermost weights.

// The narrow codes of [-7, 7] have steps of 1, whatever the weights are.
// CHECK-LABEL: func @manual_range
// CHECK:         tensor<1x3x!lowbit.affine<4, narrow>>
// CHECK:         arith.constant dense<1.000000e+00> : tensor<1x1xf32>
func.func @manual_range(%x: tensor<?x3xf32>, %init: tensor<?x1xf32>) -> tensor<?x1xf32> {
  %w = arith.constant dense<[[-100.0], [1.0], [2.75]]> : tensor<3x1xf32>
  %y = linalg.matmul {lowbit.weights = "int4:range=[-7,7]"} ins(%x, %w : tensor<?x3xf32>, tensor<3x1xf32>)
      outs(%init : tensor<?x1xf32>) -> tensor<?x1xf32>
  return %y : tensor<?x1xf32>
}

// CHECK-LABEL: func @fixed_point
// CHECK:         arith.constant dense<6.250000e-02> : tensor<1x1xf32>
func.func @fixed_point(%x: tensor<?x3xf32>, %init: tensor<?x1xf32>) -> tensor<?x1xf32> {
  %w = arith.constant dense<[[-1.0], [1.0], [0.75]]> : tensor<3x1xf32>
  %y = linalg.matmul {lowbit.weights = "int8:fixed-point=4"} ins(%x, %w : tensor<?x3xf32>, tensor<3x1xf32>)
      outs(%init : tensor<?x1xf32>) -> tensor<?x1xf32>
  return %y : tensor<?x1xf32>
}

// Of 1/8 and 1/4, around 1/7, the former is nearer to the weights.
// CHECK-LABEL: func @power_of_two
// CHECK:         arith.constant dense<1.250000e-01> : tensor<1x1xf32>
func.func @power_of_two(%x: tensor<?x3xf32>, %init: tensor<?x1xf32>) -> tensor<?x1xf32> {
  %w = arith.constant dense<[[-1.0], [0.375], [0.125]]> : tensor<3x1xf32>
  %y = linalg.matmul {lowbit.weights = "int4:scale-values=power-of-two"}
      ins(%x, %w : tensor<?x3xf32>, tensor<3x1xf32>) outs(%init : tensor<?x1xf32>) -> tensor<?x1xf32>
  return %y : tensor<?x1xf32>
}

// One weight of four may saturate.
// CHECK-LABEL: func @percentile
// CHECK:         arith.constant dense<1.000000e+00> : tensor<1x1xf32>
func.func @percentile(%x: tensor<?x4xf32>, %init: tensor<?x1xf32>) -> tensor<?x1xf32> {
  %w = arith.constant dense<[[-50.0], [1.0], [7.0], [3.0]]> : tensor<4x1xf32>
  %y = linalg.matmul {lowbit.weights = "int4:percentile,p=75"} ins(%x, %w : tensor<?x4xf32>, tensor<4x1xf32>)
      outs(%init : tensor<?x1xf32>) -> tensor<?x1xf32>
  return %y : tensor<?x1xf32>
}

// With steps of 2 all weights are levels.
// CHECK-LABEL: func @least_squared_error
// CHECK:         arith.constant dense<2.000000e+00> : tensor<1x1xf32>
func.func @least_squared_error(%x: tensor<?x4xf32>, %init: tensor<?x1xf32>) -> tensor<?x1xf32> {
  %w = arith.constant dense<[[-6.0], [2.0], [4.0], [8.0]]> : tensor<4x1xf32>
  %y = linalg.matmul {lowbit.weights = "int4:mse"} ins(%x, %w : tensor<?x4xf32>, tensor<4x1xf32>)
      outs(%init : tensor<?x1xf32>) -> tensor<?x1xf32>
  return %y : tensor<?x1xf32>
}

// CHECK-LABEL: func @cross_entropy
// CHECK:         lowbit.scaled_matmul {{.*}} tensor<1x4x!lowbit.affine<4, narrow>>
func.func @cross_entropy(%x: tensor<?x4xf32>, %init: tensor<?x1xf32>) -> tensor<?x1xf32> {
  %w = arith.constant dense<[[-6.0], [2.0], [4.0], [8.0]]> : tensor<4x1xf32>
  %y = linalg.matmul {lowbit.weights = "int4:cross-entropy"} ins(%x, %w : tensor<?x4xf32>, tensor<4x1xf32>)
      outs(%init : tensor<?x1xf32>) -> tensor<?x1xf32>
  return %y : tensor<?x1xf32>
}

// CHECK:       weights.codes: "0x40000000F90103"
// CHECK:       weights.codes_1: "0x40000000F0100C"
// CHECK:       weights.codes_2: "0x40000000F90301"
// CHECK:       weights.codes_3: "0x40000000F9010703"
// CHECK:       weights.codes_4: "0x40000000FD010204"
