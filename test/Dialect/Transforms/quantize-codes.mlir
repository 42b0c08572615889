// RUN: lowbit-opt %s --lowbit-quantize | FileCheck %s

// Weights that are codes already stay what they are, without any option.

#row = affine_map<(m, n, k) -> (m, k)>
#column = affine_map<(m, n, k) -> (n, k)>
#out = affine_map<(m, n, k) -> (m, n)>

// CHECK-LABEL: func @codes
// CHECK:         %[[W:.*]] = lowbit.constant
// CHECK:         %[[S:.*]] = arith.constant
// CHECK-NOT:     lowbit.dequantize
// CHECK:         lowbit.scaled_matmul %{{.*}}, %[[W]] {{.*}} weight_scale %[[S]] {{.*}} {layer = "fc"}
func.func @codes(%x: tensor<?x4xf32>, %init: tensor<?x1xf32>) -> tensor<?x1xf32> {
  %q = lowbit.constant dense<[[0, 1, -1, 1]]> : tensor<1x4xi8> -> tensor<1x4x!lowbit.ternary>
  %s = arith.constant dense<0.5> : tensor<1x1xf32>
  %w = lowbit.dequantize %q scale %s : (tensor<1x4x!lowbit.ternary>, tensor<1x1xf32>) -> tensor<1x4xf32>
  %y = linalg.matmul indexing_maps = [#row, #column, #out]
      ins(%x, %w : tensor<?x4xf32>, tensor<1x4xf32>) outs(%init : tensor<?x1xf32>) -> tensor<?x1xf32> loc("fc")
  return %y : tensor<?x1xf32>
}

// CHECK-LABEL: func @codes_stay_simulated
// CHECK:         lowbit.dequantize
// CHECK:         linalg.matmul
func.func @codes_stay_simulated(%x: tensor<?x4xf32>, %init: tensor<?x1xf32>) -> tensor<?x1xf32> {
  %q = lowbit.constant dense<[[0, 1, -1, 1]]> : tensor<1x4xi8> -> tensor<1x4x!lowbit.ternary>
  %s = arith.constant dense<0.5> : tensor<1x1xf32>
  %w = lowbit.dequantize %q scale %s : (tensor<1x4x!lowbit.ternary>, tensor<1x1xf32>) -> tensor<1x4xf32>
  %y = linalg.matmul indexing_maps = [#row, #column, #out] {lowbit.weights = "f32"}
      ins(%x, %w : tensor<?x4xf32>, tensor<1x4xf32>) outs(%init : tensor<?x1xf32>) -> tensor<?x1xf32>
  return %y : tensor<?x1xf32>
}

// CHECK-LABEL: func @codes_k_by_n
// CHECK-DAG:     %[[W:.*]] = lowbit.constant dense_resource<fc2.codes> : tensor<2x3xi8> -> tensor<2x3x!lowbit.affine<4, unsigned>>
// CHECK-DAG:     %[[S:.*]] = arith.constant dense<{{\[}}[1.000000e+00, 3.000000e+00], [2.000000e+00, 4.000000e+00]]> : tensor<2x2xf16>
// CHECK-DAG:     %[[Z:.*]] = arith.constant dense<{{\[}}[1, 3], [2, 4]]> : tensor<2x2xi32>
// CHECK:         lowbit.scaled_matmul %{{.*}}, %[[W]] {{.*}} weight_scale %[[S]] {{.*}} weight_zero_point %[[Z]] {block_sizes = array<i64: 0, 2>, layer = "fc2"}
func.func @codes_k_by_n(%x: tensor<?x3xf32>, %init: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %q = lowbit.constant dense<[[1, 2], [3, 4], [5, 15]]> : tensor<3x2xi8> -> tensor<3x2x!lowbit.affine<4, unsigned>>
  %s = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf16>
  %z = arith.constant dense<[[1, 2], [3, 4]]> : tensor<2x2xi32>
  %w = lowbit.dequantize %q scale %s zero_point %z {block_sizes = array<i64: 2, 0>}
      : (tensor<3x2x!lowbit.affine<4, unsigned>>, tensor<2x2xf16>, tensor<2x2xi32>) -> tensor<3x2xf32>
  %y = linalg.matmul ins(%x, %w : tensor<?x3xf32>, tensor<3x2xf32>) outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32> loc("fc2")
  return %y : tensor<?x2xf32>
}

// CHECK-LABEL: func @scale_of_run_time
// CHECK-SAME:      %{{.*}}: tensor<?x3xf32>, %[[S:.*]]: tensor<1x2xf32>
// CHECK:         %[[T:.*]] = linalg.transpose ins(%[[S]] : tensor<1x2xf32>) outs(%{{.*}} : tensor<2x1xf32>) permutation = [1, 0]
// CHECK:         lowbit.scaled_matmul {{.*}} weight_scale %[[T]]
func.func @scale_of_run_time(%x: tensor<?x3xf32>, %s: tensor<1x2xf32>, %init: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %q = lowbit.constant dense<1> : tensor<3x2xi8> -> tensor<3x2x!lowbit.ternary>
  %w = lowbit.dequantize %q scale %s : (tensor<3x2x!lowbit.ternary>, tensor<1x2xf32>) -> tensor<3x2xf32>
  %y = linalg.matmul ins(%x, %w : tensor<?x3xf32>, tensor<3x2xf32>) outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// A scale for every weight needs no block_sizes as a granularity, but is a block of one.
// CHECK-LABEL: func @scale_per_weight
// CHECK:         lowbit.scaled_matmul {{.*}} {block_sizes = array<i64: 0, 1>}
func.func @scale_per_weight(%x: tensor<?x2xf32>, %init: tensor<?x1xf32>) -> tensor<?x1xf32> {
  %q = lowbit.constant dense<1> : tensor<1x2xi8> -> tensor<1x2x!lowbit.ternary>
  %s = arith.constant dense<0.5> : tensor<1x2xf32>
  %w = lowbit.dequantize %q scale %s : (tensor<1x2x!lowbit.ternary>, tensor<1x2xf32>) -> tensor<1x2xf32>
  %y = linalg.matmul indexing_maps = [#row, #column, #out]
      ins(%x, %w : tensor<?x2xf32>, tensor<1x2xf32>) outs(%init : tensor<?x1xf32>) -> tensor<?x1xf32>
  return %y : tensor<?x1xf32>
}

// CHECK:       fc2.codes: "0x4000000001030502040F"
