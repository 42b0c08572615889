// RUN: lowbit-opt %s --lowbit-quantize="weights=ternary:threshold=0.7,scale-rule=none" --split-input-file | FileCheck %s
// RUN: lowbit-opt %s --lowbit-quantize="weights=ternary:threshold=0.7,scale-rule=none" --split-input-file > %t.once
// RUN: lowbit-opt %t.once --lowbit-quantize="weights=ternary:threshold=0.7,scale-rule=none" --split-input-file | diff - %t.once

#row = affine_map<(m, n, k) -> (m, k)>
#column = affine_map<(m, n, k) -> (n, k)>
#out = affine_map<(m, n, k) -> (m, n)>

// CHECK-LABEL: func @bias_is_added
// CHECK-SAME:      %[[X:.*]]: tensor<?x4xf32>, %[[BIAS:.*]]: tensor<?x2xf32>
// CHECK-NOT:     linalg.matmul
// CHECK-DAG:     %[[W:.*]] = lowbit.constant dense_resource<fc.codes> : tensor<2x4xi8> -> tensor<2x4x!lowbit.ternary>
// CHECK-DAG:     %[[SW:.*]] = arith.constant dense<1.000000e+00> : tensor<2x1xf32>
// CHECK:         %[[SA:.*]], %[[ZA:.*]] = lowbit.choose_params %[[X]] for !lowbit.affine<8> : (tensor<?x4xf32>) -> (tensor<?x1xf32>, tensor<?x1xi32>)
// CHECK:         %[[A:.*]] = lowbit.quantize %[[X]] scale %[[SA]] zero_point %[[ZA]] : {{.*}} -> tensor<?x4x!lowbit.affine<8>>
// CHECK:         %[[P:.*]] = lowbit.scaled_matmul %[[A]], %[[W]] activation_scale %[[SA]] weight_scale %[[SW]] activation_zero_point %[[ZA]] {layer = "fc"}
// CHECK:         %[[Y:.*]] = linalg.add ins(%[[P]], %[[BIAS]] :
// CHECK:         return %[[Y]]
// Worked example 3: [0.8, -1.2, 0.1, -0.9] is [1, -1, 0, -1] with T = 0.7, and T itself is 0.
// CHECK:         fc.codes: "0x4000000001FF00FF00000001"
func.func @bias_is_added(%x: tensor<?x4xf32>, %bias: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense<[[0.8, -1.2, 0.1, -0.9], [0.7, -0.7, 0.0, 0.75]]> : tensor<2x4xf32>
  %y = linalg.matmul indexing_maps = [#row, #column, #out]
      ins(%x, %w : tensor<?x4xf32>, tensor<2x4xf32>) outs(%bias : tensor<?x2xf32>) -> tensor<?x2xf32> loc("fc")
  return %y : tensor<?x2xf32>
}

// -----

#row = affine_map<(m, n, k) -> (m, k)>
#column = affine_map<(m, n, k) -> (n, k)>
#out = affine_map<(m, n, k) -> (m, n)>

// CHECK-LABEL: func @zero_init_is_dropped
// CHECK-NOT:     linalg
// CHECK:         %[[P:.*]] = lowbit.scaled_matmul {{.*}} -> tensor<3x1xf32>
// CHECK-NEXT:    return %[[P]]
func.func @zero_init_is_dropped(%x: tensor<3x4xf32>) -> tensor<3x1xf32> {
  %w = arith.constant dense<[[0.8, -1.2, 0.1, -0.9]]> : tensor<1x4xf32>
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<3x1xf32>
  %init = linalg.fill ins(%zero : f32) outs(%empty : tensor<3x1xf32>) -> tensor<3x1xf32>
  %y = linalg.matmul indexing_maps = [#row, #column, #out]
      ins(%x, %w : tensor<3x4xf32>, tensor<1x4xf32>) outs(%init : tensor<3x1xf32>) -> tensor<3x1xf32>
  return %y : tensor<3x1xf32>
}

// -----

// CHECK-LABEL: func @weights_k_by_n
// CHECK:         lowbit.constant dense_resource<weights.codes> : tensor<2x3xi8> -> tensor<2x3x!lowbit.ternary>
// CHECK:         weights.codes: "0x4000000001010100FF00"
func.func @weights_k_by_n(%x: tensor<?x3xf32>, %init: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense<[[1.0, 0.0], [2.0, -2.0], [3.0, 0.5]]> : tensor<3x2xf32>
  %y = linalg.matmul ins(%x, %w : tensor<?x3xf32>, tensor<3x2xf32>) outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// -----

// CHECK-LABEL: func @transposed_weights
// CHECK-NOT:     linalg.transpose
// CHECK:         weights.codes: "0x4000000001010100FF00"
func.func @transposed_weights(%x: tensor<?x3xf32>, %init: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense<[[1.0, 2.0, 3.0], [0.0, -2.0, 0.5]]> : tensor<2x3xf32>
  %empty = tensor.empty() : tensor<3x2xf32>
  %t = linalg.transpose ins(%w : tensor<2x3xf32>) outs(%empty : tensor<3x2xf32>) permutation = [1, 0]
  %y = linalg.matmul ins(%x, %t : tensor<?x3xf32>, tensor<3x2xf32>) outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// -----

#row = affine_map<(m, n, k) -> (m, k)>
#column = affine_map<(m, n, k) -> (n, k)>
#out = affine_map<(m, n, k) -> (m, n)>

// CHECK-LABEL: func @generic_contraction
// CHECK:         lowbit.scaled_matmul {{.*}} {layer = "generic"}
func.func @generic_contraction(%x: tensor<?x4xf32>, %init: tensor<?x1xf32>) -> tensor<?x1xf32> {
  %w = arith.constant dense<[[0.8, -1.2, 0.1, -0.9]]> : tensor<1x4xf32>
  %y = linalg.generic {indexing_maps = [#row, #column, #out], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<?x4xf32>, tensor<1x4xf32>) outs(%init : tensor<?x1xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %product = arith.mulf %a, %b : f32
    %sum = arith.addf %c, %product : f32
    linalg.yield %sum : f32
  } -> tensor<?x1xf32> loc("generic")
  return %y : tensor<?x1xf32>
}

// -----

// CHECK-LABEL: func @weights_in_a_resource
// CHECK-NOT:     dense_resource<data>
// CHECK:         lowbit.constant dense_resource<fc.codes_1>
// CHECK-NOT:     dense_resource<data>
// CHECK:         fc.codes: "0x040000000000803F"
// CHECK-NEXT:    fc.codes_1: "0x4000000001FF"
func.func @weights_in_a_resource(%x: tensor<?x2xf32>, %init: tensor<?x1xf32>) -> (tensor<?x1xf32>, tensor<1xf32>) {
  %taken = arith.constant dense_resource<fc.codes> : tensor<1xf32>
  %w = arith.constant dense_resource<data> : tensor<2x1xf32>
  %y = linalg.matmul ins(%x, %w : tensor<?x2xf32>, tensor<2x1xf32>) outs(%init : tensor<?x1xf32>) -> tensor<?x1xf32> loc("fc")
  return %y, %taken : tensor<?x1xf32>, tensor<1xf32>
}

{-#
  dialect_resources: {
    builtin: {
      data: "0x040000000000803F000080BF",
      fc.codes: "0x040000000000803F"
    }
  }
#-}

// -----

// CHECK-LABEL: func @no_weights
// CHECK:         lowbit.constant dense<> : tensor<2x0xi8> -> tensor<2x0x!lowbit.ternary>
// CHECK:         lowbit.scaled_matmul
func.func @no_weights(%x: tensor<?x0xf32>, %init: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense<> : tensor<0x2xf32>
  %y = linalg.matmul ins(%x, %w : tensor<?x0xf32>, tensor<0x2xf32>) outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// -----

// CHECK-LABEL: func @integers_are_not_a_layer
// CHECK:         linalg.matmul
func.func @integers_are_not_a_layer(%x: tensor<?x2xi32>, %init: tensor<?x1xi32>) -> tensor<?x1xi32> {
  %w = arith.constant dense<1> : tensor<2x1xi32>
  %y = linalg.matmul ins(%x, %w : tensor<?x2xi32>, tensor<2x1xi32>) outs(%init : tensor<?x1xi32>) -> tensor<?x1xi32>
  return %y : tensor<?x1xi32>
}
