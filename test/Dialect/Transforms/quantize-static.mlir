// RUN: lowbit-opt %s --lowbit-quantize="weights=ternary activations=int8:static" --cse --remarks-filter=lowbit --remark-format=emitRemark 2>%t.remarks | FileCheck %s
// RUN: FileCheck %s --check-prefix=REMARK < %t.remarks
// RUN: not lowbit-opt %s --lowbit-quantize="weights=ternary activations=int8:static no-fallback" 2>&1 >/dev/null | FileCheck %s --check-prefix=ERROR

// CHECK-LABEL: func @calibrated
// CHECK-DAG:     %[[S:.*]] = arith.constant dense<1.562500e-02> : tensor<1x1xf32>
// CHECK-DAG:     %[[Z:.*]] = arith.constant dense<-64> : tensor<1x1xi32>
// CHECK:         %[[A:.*]] = lowbit.quantize %{{.*}} scale %[[S]] zero_point %[[Z]] : {{.*}} -> tensor<?x4x!lowbit.affine<8>>
// CHECK:         lowbit.scaled_matmul %[[A]], %{{.*}} activation_scale %[[S]] {{.*}} activation_zero_point %[[Z]]
func.func @calibrated(%x: tensor<?x4xf32>, %init: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense<1.0> : tensor<4x2xf32>
  %y = linalg.matmul {lowbit.activation_range = array<f32: -1.0, 2.984375>}
      ins(%x, %w : tensor<?x4xf32>, tensor<4x2xf32>) outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// A calibrated layer is static unless something else is asked for.
// CHECK-LABEL: func @calibrated_without_being_asked
// CHECK-NOT:     choose_params
// CHECK:         return
func.func @calibrated_without_being_asked(%x: tensor<?x4xf32>, %init: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense<1.0> : tensor<4x2xf32>
  %y = linalg.matmul {lowbit.activation_range = array<f32: -1.0, 1.0>, lowbit.activations = "int8"}
      ins(%x, %w : tensor<?x4xf32>, tensor<4x2xf32>) outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// CHECK-LABEL: func @calibrated_but_dynamic
// CHECK:         lowbit.choose_params
func.func @calibrated_but_dynamic(%x: tensor<?x4xf32>, %init: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense<1.0> : tensor<4x2xf32>
  %y = linalg.matmul {lowbit.activation_range = array<f32: -1.0, 1.0>, lowbit.activations = "int8:dynamic"}
      ins(%x, %w : tensor<?x4xf32>, tensor<4x2xf32>) outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// The range of the encoding goes before the calibrated one.
// CHECK-LABEL: func @by_hand
// CHECK:         %[[S:.*]] = arith.constant dense<2.500000e-01> : tensor<1x1xf32>
// CHECK:         lowbit.quantize %{{.*}} scale %[[S]] : {{.*}} -> tensor<?x4x!lowbit.affine<4, narrow>>
func.func @by_hand(%x: tensor<?x4xf32>, %init: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense<1.0> : tensor<4x2xf32>
  %y = linalg.matmul {lowbit.activation_range = array<f32: -9.0, 9.0>, lowbit.activations = "int4:range=[-1,1.75],zero-point=none"}
      ins(%x, %w : tensor<?x4xf32>, tensor<4x2xf32>) outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// CHECK-LABEL: func @binary
// CHECK:         %[[S:.*]] = arith.constant dense<5.000000e-01> : tensor<1x1xf32>
// CHECK:         %[[A:.*]] = lowbit.quantize %{{.*}} scale %[[S]] : {{.*}} -> tensor<?x4x!lowbit.binary>
// CHECK:         lowbit.scaled_matmul %[[A]], %{{.*}} activation_scale %[[S]]
func.func @binary(%x: tensor<?x4xf32>, %init: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense<1.0> : tensor<4x2xf32>
  %y = linalg.matmul {lowbit.activations = "binary:range=[-0.5,0.5]"}
      ins(%x, %w : tensor<?x4xf32>, tensor<4x2xf32>) outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// CHECK-LABEL: func @ternary_by_threshold
// CHECK-DAG:     %[[T:.*]] = arith.constant dense<7.500000e-01> : tensor<1x1xf32>
// CHECK-DAG:     %[[S:.*]] = arith.constant dense<2.000000e+00> : tensor<1x1xf32>
// CHECK:         lowbit.quantize %{{.*}} scale %[[S]] threshold %[[T]] : {{.*}} -> tensor<?x4x!lowbit.ternary>
func.func @ternary_by_threshold(%x: tensor<?x4xf32>, %init: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense<1.0> : tensor<4x2xf32>
  %y = linalg.matmul {lowbit.activations = "ternary:threshold=0.75,range=[-2,1]"}
      ins(%x, %w : tensor<?x4xf32>, tensor<4x2xf32>) outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// CHECK-LABEL: func @ternary_by_nearest_level
// CHECK:         lowbit.quantize %{{.*}} scale %{{[^ ]*}} : {{.*}} -> tensor<?x4x!lowbit.ternary>
func.func @ternary_by_nearest_level(%x: tensor<?x4xf32>, %init: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense<1.0> : tensor<4x2xf32>
  %y = linalg.matmul {lowbit.activations = "ternary:range=[-2,1]"}
      ins(%x, %w : tensor<?x4xf32>, tensor<4x2xf32>) outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// Zeros alone: scale 1, zero point 0.
// CHECK-LABEL: func @range_of_zero
// CHECK:         %[[S:.*]] = arith.constant dense<1.000000e+00> : tensor<1x1xf32>
// CHECK:         lowbit.quantize %{{.*}} scale %[[S]] : {{.*}} -> tensor<?x4x!lowbit.affine<8>>
func.func @range_of_zero(%x: tensor<?x4xf32>, %init: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense<2.0> : tensor<4x2xf32>
  %y = linalg.matmul {lowbit.activation_range = array<f32: 0.0, 0.0>}
      ins(%x, %w : tensor<?x4xf32>, tensor<4x2xf32>) outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// REMARK: [Missed] quantize | Category:lowbit | Function=open | Remark="layer 'open': expected a range of activations int8:static, but got none: their parameters are chosen at run time"
// ERROR: error: {{.*}}expected a range of activations int8:static, but got none
// CHECK-LABEL: func @no_range
// CHECK:         lowbit.choose_params {{.*}} for !lowbit.affine<8> {{.*}} -> (tensor<?x1xf32>, tensor<?x1xi32>)
func.func @no_range(%x: tensor<?x4xf32>, %init: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense<1.0> : tensor<4x2xf32>
  %y = linalg.matmul ins(%x, %w : tensor<?x4xf32>, tensor<4x2xf32>) outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32> loc("open")
  return %y : tensor<?x2xf32>
}

// REMARK: Remark="layer 'signs': expected a range of activations binary:static, but got none: their parameters are chosen at run time"
// CHECK-LABEL: func @no_range_of_signs
// CHECK:         math.absf
// CHECK:         lowbit.quantize {{.*}} -> tensor<?x4x!lowbit.binary>
func.func @no_range_of_signs(%x: tensor<?x4xf32>, %init: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense<1.0> : tensor<4x2xf32>
  %y = linalg.matmul {lowbit.activations = "binary:static"}
      ins(%x, %w : tensor<?x4xf32>, tensor<4x2xf32>) outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32> loc("signs")
  return %y : tensor<?x2xf32>
}
