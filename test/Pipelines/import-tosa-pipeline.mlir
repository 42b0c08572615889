// RUN: lowbit-opt %s --lowbit-import-tosa-pipeline --lowbit-verify-stage=stage=imported | FileCheck %s
// RUN: lowbit-opt %s --lowbit-import-tosa-pipeline --lowbit-import-tosa-pipeline | FileCheck %s

// Layers on integers become layers on codes, everything else is linalg.
// CHECK-NOT: tosa.
// CHECK-LABEL: func @integers
// CHECK: %[[Y:.*]] = lowbit.conv_2d
// CHECK: %[[Q:.*]] = lowbit.requantize %[[Y]]
// CHECK: %[[I:.*]] = lowbit.to_storage %[[Q]]
// CHECK: linalg.generic {{.*}} ins(%[[I]] : tensor<1x4x4x2xi8>)
// CHECK: arith.maxsi
// CHECK: tensor.collapse_shape
// CHECK: lowbit.matmul
func.func @integers(%x: tensor<1x4x4x3xi8>) -> tensor<1x16x5xi32> {
  %w = "tosa.const"() <{values = dense<3> : tensor<2x1x1x3xi8>}> : () -> tensor<2x1x1x3xi8>
  %b = "tosa.const"() <{values = dense<[1, 2]> : tensor<2xi32>}> : () -> tensor<2xi32>
  %z = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
  %z32 = "tosa.const"() <{values = dense<0> : tensor<1xi32>}> : () -> tensor<1xi32>
  %m = "tosa.const"() <{values = dense<1073741824> : tensor<1xi32>}> : () -> tensor<1xi32>
  %s = "tosa.const"() <{values = dense<37> : tensor<1xi8>}> : () -> tensor<1xi8>
  %fc = "tosa.const"() <{values = dense<2> : tensor<1x2x5xi8>}> : () -> tensor<1x2x5xi8>
  %0 = tosa.conv2d %x, %w, %b, %z, %z {acc_type = i32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>}
      : (tensor<1x4x4x3xi8>, tensor<2x1x1x3xi8>, tensor<2xi32>, tensor<1xi8>, tensor<1xi8>) -> tensor<1x4x4x2xi32>
  %1 = tosa.rescale %0, %m, %s, %z32, %z {scale32 = true, rounding_mode = SINGLE_ROUND, per_channel = false, input_unsigned = false, output_unsigned = false}
      : (tensor<1x4x4x2xi32>, tensor<1xi32>, tensor<1xi8>, tensor<1xi32>, tensor<1xi8>) -> tensor<1x4x4x2xi8>
  %2 = tosa.clamp %1 {min_val = 0 : i8, max_val = 127 : i8} : (tensor<1x4x4x2xi8>) -> tensor<1x4x4x2xi8>
  %shape = tosa.const_shape {values = dense<[1, 16, 2]> : tensor<3xindex>} : () -> !tosa.shape<3>
  %3 = tosa.reshape %2, %shape : (tensor<1x4x4x2xi8>, !tosa.shape<3>) -> tensor<1x16x2xi8>
  %4 = tosa.matmul %3, %fc, %z, %z : (tensor<1x16x2xi8>, tensor<1x2x5xi8>, tensor<1xi8>, tensor<1xi8>) -> tensor<1x16x5xi32>
  return %4 : tensor<1x16x5xi32>
}

// What a remark leaves, upstream lowers.
// CHECK-LABEL: func @sums_of_two
// CHECK-COUNT-2: linalg.generic
// CHECK-NOT: tosa.
func.func @sums_of_two(%x: tensor<4xi8>, %y: tensor<4xi8>) -> tensor<4xi32> {
  %z = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
  %z32 = "tosa.const"() <{values = dense<0> : tensor<1xi32>}> : () -> tensor<1xi32>
  %m = "tosa.const"() <{values = dense<1073741824> : tensor<1xi32>}> : () -> tensor<1xi32>
  %s = "tosa.const"() <{values = dense<20> : tensor<1xi8>}> : () -> tensor<1xi8>
  %0 = tosa.rescale %x, %m, %s, %z, %z32 {scale32 = true, rounding_mode = SINGLE_ROUND, per_channel = false, input_unsigned = false, output_unsigned = false}
      : (tensor<4xi8>, tensor<1xi32>, tensor<1xi8>, tensor<1xi8>, tensor<1xi32>) -> tensor<4xi32>
  %1 = tosa.rescale %y, %m, %s, %z, %z32 {scale32 = true, rounding_mode = SINGLE_ROUND, per_channel = false, input_unsigned = false, output_unsigned = false}
      : (tensor<4xi8>, tensor<1xi32>, tensor<1xi8>, tensor<1xi8>, tensor<1xi32>) -> tensor<4xi32>
  %2 = tosa.add %0, %1 : (tensor<4xi32>, tensor<4xi32>) -> tensor<4xi32>
  return %2 : tensor<4xi32>
}

// CHECK-LABEL: func @float
// CHECK: linalg.batch_matmul
func.func @float(%a: tensor<2x2x3xf32>, %b: tensor<2x3x2xf32>) -> tensor<2x2x2xf32> {
  %z = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>
  %y = tosa.matmul %a, %b, %z, %z : (tensor<2x2x3xf32>, tensor<2x3x2xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<2x2x2xf32>
  return %y : tensor<2x2x2xf32>
}

// CHECK-LABEL: func @no_tosa
// CHECK-NEXT: return
func.func @no_tosa(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}
