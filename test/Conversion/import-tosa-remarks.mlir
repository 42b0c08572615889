// RUN: lowbit-opt %s --lowbit-import-tosa --remarks-filter=lowbit --remark-format=emitRemark 2>&1 >/dev/null | FileCheck %s
// RUN: lowbit-opt %s --lowbit-import-tosa | FileCheck %s --check-prefix=STAYS

// What has no exact counterpart stays, and says why.
// STAYS-NOT: lowbit.{{conv|mat|req}}

// CHECK: [Missed] import-tosa | Category:lowbit | Function=wide | Remark="tosa.conv2d stays: expected activations of i8"
func.func @activations_of_16_bits(%x: tensor<1x4x4x2xi16>, %w: tensor<2x1x1x2xi8>, %b: tensor<2xi48>) -> tensor<1x4x4x2xi48> {
  %xz = "tosa.const"() <{values = dense<0> : tensor<1xi16>}> : () -> tensor<1xi16>
  %wz = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
  %y = tosa.conv2d %x, %w, %b, %xz, %wz {acc_type = i48, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>}
      : (tensor<1x4x4x2xi16>, tensor<2x1x1x2xi8>, tensor<2xi48>, tensor<1xi16>, tensor<1xi8>) -> tensor<1x4x4x2xi48> loc("wide")
  return %y : tensor<1x4x4x2xi48>
}

// CHECK: Remark="tosa.conv2d stays: expected constant zero points"
func.func @zero_point_of_run_time(%x: tensor<1x4x4x2xi8>, %w: tensor<2x1x1x2xi8>, %b: tensor<2xi32>, %z: tensor<1xi8>) -> tensor<1x4x4x2xi32> {
  %y = tosa.conv2d %x, %w, %b, %z, %z {acc_type = i32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>}
      : (tensor<1x4x4x2xi8>, tensor<2x1x1x2xi8>, tensor<2xi32>, tensor<1xi8>, tensor<1xi8>) -> tensor<1x4x4x2xi32>
  return %y : tensor<1x4x4x2xi32>
}

// CHECK: Remark="tosa.conv2d stays: expected images of static height and width"
func.func @height_of_run_time(%x: tensor<1x?x4x2xi8>, %w: tensor<2x1x1x2xi8>, %b: tensor<2xi32>) -> tensor<1x?x4x2xi32> {
  %z = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
  %y = tosa.conv2d %x, %w, %b, %z, %z {acc_type = i32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>}
      : (tensor<1x?x4x2xi8>, tensor<2x1x1x2xi8>, tensor<2xi32>, tensor<1xi8>, tensor<1xi8>) -> tensor<1x?x4x2xi32>
  return %y : tensor<1x?x4x2xi32>
}

// CHECK: Remark="tosa.conv2d stays: expected weights and a bias of static shape"
func.func @kernel_of_unknown_extents(%x: tensor<1x4x4x2xi8>, %w: tensor<2x?x1x2xi8>, %b: tensor<2xi32>) -> tensor<1x4x4x2xi32> {
  %z = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
  %y = tosa.conv2d %x, %w, %b, %z, %z {acc_type = i32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>}
      : (tensor<1x4x4x2xi8>, tensor<2x?x1x2xi8>, tensor<2xi32>, tensor<1xi8>, tensor<1xi8>) -> tensor<1x4x4x2xi32>
  return %y : tensor<1x4x4x2xi32>
}

// CHECK: Remark="tosa.matmul stays: expected ranked tensors"
func.func @unranked(%a: tensor<*xi8>, %b: tensor<1x3x2xi8>) -> tensor<1x?x2xi32> {
  %z = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
  %y = tosa.matmul %a, %b, %z, %z : (tensor<*xi8>, tensor<1x3x2xi8>, tensor<1xi8>, tensor<1xi8>) -> tensor<1x?x2xi32>
  return %y : tensor<1x?x2xi32>
}

// CHECK: Remark="tosa.matmul stays: expected constant zero points"
func.func @matmul_zero_point_of_run_time(%a: tensor<1x2x3xi8>, %b: tensor<1x3x2xi8>, %z: tensor<1xi8>) -> tensor<1x2x2xi32> {
  %y = tosa.matmul %a, %b, %z, %z : (tensor<1x2x3xi8>, tensor<1x3x2xi8>, tensor<1xi8>, tensor<1xi8>) -> tensor<1x2x2xi32>
  return %y : tensor<1x2x2xi32>
}

// CHECK: Remark="tosa.matmul stays: expected a batch of 1"
func.func @batch(%a: tensor<4x2x3xi8>, %b: tensor<4x3x2xi8>) -> tensor<4x2x2xi32> {
  %z = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
  %y = tosa.matmul %a, %b, %z, %z : (tensor<4x2x3xi8>, tensor<4x3x2xi8>, tensor<1xi8>, tensor<1xi8>) -> tensor<4x2x2xi32>
  return %y : tensor<4x2x2xi32>
}

// CHECK: Remark="tosa.matmul stays: expected weights of static shape"
func.func @weights_of_unknown_extents(%a: tensor<1x2x3xi8>, %b: tensor<1x3x?xi8>) -> tensor<1x2x?xi32> {
  %z = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
  %y = tosa.matmul %a, %b, %z, %z : (tensor<1x2x3xi8>, tensor<1x3x?xi8>, tensor<1xi8>, tensor<1xi8>) -> tensor<1x2x?xi32>
  return %y : tensor<1x2x?xi32>
}

// CHECK: Remark="tosa.rescale stays: expected ranked tensors"
// CHECK: Remark="tosa.rescale stays: expected an input of i8, i16 or i32"
// CHECK: Remark="tosa.rescale stays: expected a result of i8 or i16"
// CHECK: Remark="tosa.rescale stays: expected constant zero points"
// CHECK: Remark="tosa.rescale stays: expected constant multipliers and shifts"
// CHECK: Remark="tosa.rescale stays: expected no DOUBLE_ROUND of multipliers of 16 bits"
// CHECK-NOT: Remark=
func.func @rescale(%u: tensor<*xi32>, %x48: tensor<4xi48>, %x: tensor<4xi32>, %z: tensor<1xi8>, %m: tensor<1xi32>)
    -> (tensor<*xi8>, tensor<4xi8>, tensor<4xi32>, tensor<4xi8>, tensor<4xi8>, tensor<4xi8>) {
  %m0 = "tosa.const"() <{values = dense<16384> : tensor<1xi32>}> : () -> tensor<1xi32>
  %m16 = "tosa.const"() <{values = dense<16384> : tensor<1xi16>}> : () -> tensor<1xi16>
  %s0 = "tosa.const"() <{values = dense<14> : tensor<1xi8>}> : () -> tensor<1xi8>
  %z8 = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
  %z32 = "tosa.const"() <{values = dense<0> : tensor<1xi32>}> : () -> tensor<1xi32>
  %z48 = "tosa.const"() <{values = dense<0> : tensor<1xi48>}> : () -> tensor<1xi48>
  %0 = tosa.rescale %u, %m0, %s0, %z32, %z8 {scale32 = true, rounding_mode = SINGLE_ROUND, per_channel = false, input_unsigned = false, output_unsigned = false}
      : (tensor<*xi32>, tensor<1xi32>, tensor<1xi8>, tensor<1xi32>, tensor<1xi8>) -> tensor<*xi8>
  %1 = tosa.rescale %x48, %m16, %s0, %z48, %z8 {scale32 = false, rounding_mode = SINGLE_ROUND, per_channel = false, input_unsigned = false, output_unsigned = false}
      : (tensor<4xi48>, tensor<1xi16>, tensor<1xi8>, tensor<1xi48>, tensor<1xi8>) -> tensor<4xi8>
  %2 = tosa.rescale %x, %m0, %s0, %z32, %z32 {scale32 = true, rounding_mode = SINGLE_ROUND, per_channel = false, input_unsigned = false, output_unsigned = false}
      : (tensor<4xi32>, tensor<1xi32>, tensor<1xi8>, tensor<1xi32>, tensor<1xi32>) -> tensor<4xi32>
  %3 = tosa.rescale %x, %m0, %s0, %z32, %z {scale32 = true, rounding_mode = SINGLE_ROUND, per_channel = false, input_unsigned = false, output_unsigned = false}
      : (tensor<4xi32>, tensor<1xi32>, tensor<1xi8>, tensor<1xi32>, tensor<1xi8>) -> tensor<4xi8>
  %4 = tosa.rescale %x, %m, %s0, %z32, %z8 {scale32 = true, rounding_mode = SINGLE_ROUND, per_channel = false, input_unsigned = false, output_unsigned = false}
      : (tensor<4xi32>, tensor<1xi32>, tensor<1xi8>, tensor<1xi32>, tensor<1xi8>) -> tensor<4xi8>
  %5 = tosa.rescale %x, %m16, %s0, %z32, %z8 {scale32 = false, rounding_mode = DOUBLE_ROUND, per_channel = false, input_unsigned = false, output_unsigned = false}
      : (tensor<4xi32>, tensor<1xi16>, tensor<1xi8>, tensor<1xi32>, tensor<1xi8>) -> tensor<4xi8>
  return %0, %1, %2, %3, %4, %5 : tensor<*xi8>, tensor<4xi8>, tensor<4xi32>, tensor<4xi8>, tensor<4xi8>, tensor<4xi8>
}

// CHECK-NOT: Remark=
func.func @float(%a: tensor<1x2x3xf32>, %b: tensor<1x3x2xf32>) -> tensor<1x2x2xf32> {
  %z = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>
  %y = tosa.matmul %a, %b, %z, %z : (tensor<1x2x3xf32>, tensor<1x3x2xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x2x2xf32>
  return %y : tensor<1x2x2xf32>
}
