// RUN: lowbit-opt %s --lowbit-observe-results | FileCheck %s
// RUN: lowbit-opt %s --lowbit-observe-results --lowbit-observe-results | FileCheck %s

// CHECK-DAG: #[[$ROW:.*]] = affine_map<(d0, d1) -> (d0, 0)>

// The bias is a part of the result.
// CHECK-LABEL: func @quantized
// CHECK-SAME:      %[[X:[^:]*]]: tensor<?x4xf32>, %[[S:[^:]*]]: tensor<?x1xf32>
// CHECK:         %[[Q:.*]] = lowbit.quantize %[[X]] scale %[[S]]
// CHECK:         %[[ONES:.*]] = linalg.fill ins(%{{.*}} : f32) outs(%{{.*}} : tensor<?x1xf32>)
// CHECK:         %[[CODES:.*]] = lowbit.dequantize %[[Q]] scale %[[ONES]]
// CHECK:         %[[STEPS:.*]] = linalg.generic {indexing_maps = [#{{.*}}, #[[$ROW]], #{{.*}}, #{{.*}}]{{.*}} ins(%[[X]], %[[S]], %[[CODES]] :
// CHECK:           %[[REAL:.*]] = arith.divf
// CHECK:           arith.subf %[[REAL]], %
// CHECK:         lowbit.observe %[[STEPS]] "fc1" as "rounding" : tensor<?x4xf32>
// CHECK:         lowbit.scaled_matmul
// CHECK:         %[[SUM:.*]] = linalg.add
// CHECK:         %[[RESULT:.*]] = lowbit.observe %[[SUM]] "fc1" as "result ternary" : tensor<?x2xf32>
// CHECK:         math.absf %[[RESULT]]
// CHECK-NOT:     lowbit.observe
// CHECK:         return
func.func @quantized(%x: tensor<?x4xf32>, %s: tensor<?x1xf32>, %w: tensor<2x4x!lowbit.ternary>, %b: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %sw = arith.constant dense<1.0> : tensor<2x1xf32>
  %q = lowbit.quantize %x scale %s : (tensor<?x4xf32>, tensor<?x1xf32>) -> tensor<?x4x!lowbit.affine<8>> loc("fc1")
  %p = lowbit.scaled_matmul %q, %w activation_scale %s weight_scale %sw {layer = "fc1"} : (tensor<?x4x!lowbit.affine<8>>, tensor<2x4x!lowbit.ternary>, tensor<?x1xf32>, tensor<2x1xf32>) -> tensor<?x2xf32> loc("fc1")
  %y = linalg.add ins(%p, %b : tensor<?x2xf32>, tensor<?x2xf32>) outs(%b : tensor<?x2xf32>) -> tensor<?x2xf32> loc("fc1")
  %z = math.absf %y : tensor<?x2xf32>
  return %z : tensor<?x2xf32>
}

// CHECK-LABEL: func @float
// CHECK:         %[[Y:.*]] = linalg.matmul
// CHECK:         %[[RESULT:.*]] = lowbit.observe %[[Y]] "fc2" as "result f32" : tensor<?x4xf32>
// CHECK-NEXT:    return %[[RESULT]]
func.func @float(%x: tensor<?x4xf32>, %w: tensor<4x4xf32>, %init: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %y = linalg.matmul ins(%x, %w : tensor<?x4xf32>, tensor<4x4xf32>) outs(%init : tensor<?x4xf32>) -> tensor<?x4xf32> loc("fc2")
  return %y : tensor<?x4xf32>
}

// CHECK-LABEL: func @integer_result
// CHECK-NOT:     lowbit.observe
// CHECK:         return
func.func @integer_result(%a: tensor<?x4x!lowbit.affine<8>>, %w: tensor<2x4x!lowbit.ternary>, %init: tensor<?x2xi32>) -> tensor<?x2xi32> {
  %y = lowbit.matmul %a, %w init %init {layer = "fc3"} : (tensor<?x4x!lowbit.affine<8>>, tensor<2x4x!lowbit.ternary>, tensor<?x2xi32>) -> tensor<?x2xi32> loc("fc3")
  return %y : tensor<?x2xi32>
}

// CHECK-LABEL: func @unnamed
// CHECK-NOT:     lowbit.observe
// CHECK:         return
func.func @unnamed(%x: tensor<?x4xf32>, %w: tensor<4x4xf32>, %init: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %y = linalg.matmul ins(%x, %w : tensor<?x4xf32>, tensor<4x4xf32>) outs(%init : tensor<?x4xf32>) -> tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}
