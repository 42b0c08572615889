// RUN: lowbit-opt %s --lowbit-quantize="weights=ternary" --cse | FileCheck %s

// CHECK-LABEL: func @per_row
// CHECK:         lowbit.choose_params {{.*}} for !lowbit.affine<8> {{.*}} -> (tensor<3x1xf32>, tensor<3x1xi32>)
func.func @per_row(%x: tensor<3x4xf32>, %init: tensor<3x2xf32>) -> tensor<3x2xf32> {
  %w = arith.constant dense<1.0> : tensor<4x2xf32>
  %y = linalg.matmul ins(%x, %w : tensor<3x4xf32>, tensor<4x2xf32>) outs(%init : tensor<3x2xf32>) -> tensor<3x2xf32>
  return %y : tensor<3x2xf32>
}

// CHECK-LABEL: func @per_tensor
// CHECK:         lowbit.choose_params {{.*}} for !lowbit.affine<8> {{.*}} -> (tensor<1x1xf32>, tensor<1x1xi32>)
func.func @per_tensor(%x: tensor<?x4xf32>, %init: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense<1.0> : tensor<4x2xf32>
  %y = linalg.matmul {lowbit.activations = "int8:granularity=tensor"}
      ins(%x, %w : tensor<?x4xf32>, tensor<4x2xf32>) outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// CHECK-LABEL: func @symmetric
// CHECK:         %[[S:.*]] = lowbit.choose_params {{.*}} for !lowbit.affine<8, narrow> : (tensor<?x4xf32>) -> tensor<?x1xf32>
// CHECK:         lowbit.quantize %{{.*}} scale %[[S]] : {{.*}} -> tensor<?x4x!lowbit.affine<8, narrow>>
// CHECK-NOT:     activation_zero_point
func.func @symmetric(%x: tensor<?x4xf32>, %init: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense<1.0> : tensor<4x2xf32>
  %y = linalg.matmul {lowbit.activations = "int8:zero-point=none"}
      ins(%x, %w : tensor<?x4xf32>, tensor<4x2xf32>) outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// CHECK-LABEL: func @shared
// CHECK:         %[[A:.*]] = lowbit.quantize
// CHECK-NOT:     lowbit.quantize
// CHECK:         lowbit.scaled_matmul %[[A]], {{.*}} {layer = "first"}
// CHECK-NOT:     lowbit.quantize
// CHECK:         lowbit.scaled_matmul %[[A]], {{.*}} {layer = "second"}
func.func @shared(%x: tensor<?x4xf32>, %init: tensor<?x2xf32>) -> (tensor<?x2xf32>, tensor<?x2xf32>) {
  %w = arith.constant dense<1.0> : tensor<4x2xf32>
  %v = arith.constant dense<2.0> : tensor<4x2xf32>
  %y = linalg.matmul ins(%x, %w : tensor<?x4xf32>, tensor<4x2xf32>) outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32> loc("first")
  %z = linalg.matmul ins(%x, %v : tensor<?x4xf32>, tensor<4x2xf32>) outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32> loc("second")
  return %y, %z : tensor<?x2xf32>, tensor<?x2xf32>
}

// CHECK-LABEL: func @static_codes
// CHECK-SAME:      %[[A:.*]]: tensor<?x4x!lowbit.affine<8, unsigned>>
// CHECK-DAG:     %[[SA:.*]] = arith.constant dense<5.000000e-01> : tensor<1x1xf32>
// CHECK-DAG:     %[[ZA:.*]] = arith.constant dense<128> : tensor<1x1xi32>
// CHECK-NOT:     lowbit.quantize
// CHECK:         lowbit.scaled_matmul %[[A]], %{{.*}} activation_scale %[[SA]] weight_scale %{{.*}} activation_zero_point %[[ZA]]
func.func @static_codes(%a: tensor<?x4x!lowbit.affine<8, unsigned>>, %init: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %sa = arith.constant dense<0.5> : tensor<1x1xf32>
  %za = arith.constant dense<128> : tensor<1x1xi32>
  %x = lowbit.dequantize %a scale %sa zero_point %za
      : (tensor<?x4x!lowbit.affine<8, unsigned>>, tensor<1x1xf32>, tensor<1x1xi32>) -> tensor<?x4xf32>
  %w = arith.constant dense<1.0> : tensor<4x2xf32>
  %y = linalg.matmul ins(%x, %w : tensor<?x4xf32>, tensor<4x2xf32>) outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// CHECK-LABEL: func @static_codes_with_f16_scale
// CHECK:         %[[SA:.*]] = arith.constant dense<5.000000e-01> : tensor<1x1xf32>
// CHECK:         lowbit.scaled_matmul {{.*}} activation_scale %[[SA]]
func.func @static_codes_with_f16_scale(%a: tensor<?x4x!lowbit.affine<8>>, %init: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %sa = arith.constant dense<0.5> : tensor<1x1xf16>
  %x = lowbit.dequantize %a scale %sa : (tensor<?x4x!lowbit.affine<8>>, tensor<1x1xf16>) -> tensor<?x4xf32>
  %w = arith.constant dense<1.0> : tensor<4x2xf32>
  %y = linalg.matmul ins(%x, %w : tensor<?x4xf32>, tensor<4x2xf32>) outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}
