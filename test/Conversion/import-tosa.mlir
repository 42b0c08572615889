// RUN: lowbit-opt %s --lowbit-import-tosa | FileCheck %s
// RUN: lowbit-opt %s --lowbit-import-tosa --lowbit-import-tosa | FileCheck %s

// CHECK-LABEL: func @conv2d
// CHECK-SAME: (%[[X:.*]]: tensor<?x5x7x3xi8>)
// CHECK-DAG: %[[A:.*]] = lowbit.from_storage %[[X]] : tensor<?x5x7x3xi8> -> tensor<?x5x7x3x!lowbit.affine<8>>
// CHECK-DAG: %[[W:.*]] = lowbit.constant dense_resource<conv.codes> : tensor<2x3x3x3xi8> -> tensor<2x3x3x3x!lowbit.affine<8>>
// CHECK-DAG: %[[N:.*]] = tensor.dim %{{.*}}, %c0
// CHECK-DAG: %[[E:.*]] = tensor.empty(%[[N]]) : tensor<?x3x4x2xi32>
// CHECK-DAG: %[[I:.*]] = linalg.broadcast ins(%{{.*}} : tensor<2xi32>) outs(%[[E]] : tensor<?x3x4x2xi32>) dimensions = [0, 1, 2]
// CHECK-DAG: %[[ZA:.*]] = arith.constant dense<-3> : tensor<1x1x1x1xi32>
// CHECK-DAG: %[[ZW:.*]] = arith.constant dense<5> : tensor<1x1x1x1xi32>
// CHECK: %[[Y:.*]] = lowbit.conv_2d %[[A]], %[[W]] activation_zero_point %[[ZA]] weight_zero_point %[[ZW]] init %[[I]] strides [2, 2] padding [1, 1, 1, 1] {layer = "conv"}
// CHECK-NEXT: return %[[Y]]
func.func @conv2d(%x: tensor<?x5x7x3xi8>) -> tensor<?x3x4x2xi32> {
  %w = "tosa.const"() <{values = dense<3> : tensor<2x3x3x3xi8>}> : () -> tensor<2x3x3x3xi8>
  %b = "tosa.const"() <{values = dense<[1, 2]> : tensor<2xi32>}> : () -> tensor<2xi32>
  %xz = "tosa.const"() <{values = dense<-3> : tensor<1xi8>}> : () -> tensor<1xi8>
  %wz = "tosa.const"() <{values = dense<5> : tensor<1xi8>}> : () -> tensor<1xi8>
  %y = tosa.conv2d %x, %w, %b, %xz, %wz {acc_type = i32, dilation = array<i64: 1, 1>, pad = array<i64: 1, 1, 1, 1>, stride = array<i64: 2, 2>}
      : (tensor<?x5x7x3xi8>, tensor<2x3x3x3xi8>, tensor<2xi32>, tensor<1xi8>, tensor<1xi8>) -> tensor<?x3x4x2xi32> loc("conv")
  return %y : tensor<?x3x4x2xi32>
}

// One bias for all outputs, no zero points, weights of 4 bits.
// CHECK-LABEL: func @conv2d_of_4_bits
// CHECK-DAG: lowbit.constant dense_resource<weights.codes> : tensor<2x1x1x3xi8> -> tensor<2x1x1x3x!lowbit.affine<4>>
// CHECK-DAG: %[[B:.*]] = tensor.collapse_shape %{{.*}} [] : tensor<1xi32> into tensor<i32>
// CHECK-DAG: linalg.broadcast ins(%[[B]] : tensor<i32>) outs(%{{.*}} : tensor<1x5x7x2xi32>) dimensions = [0, 1, 2, 3]
// CHECK: lowbit.conv_2d %{{.*}}, %{{.*}} init %{{.*}} :
func.func @conv2d_of_4_bits(%x: tensor<1x5x7x3xi8>) -> tensor<1x5x7x2xi32> {
  %w = "tosa.const"() <{values = dense<[[[[1, -8, 7]]], [[[0, 1, 2]]]]> : tensor<2x1x1x3xi4>}> : () -> tensor<2x1x1x3xi4>
  %b = "tosa.const"() <{values = dense<9> : tensor<1xi32>}> : () -> tensor<1xi32>
  %xz = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
  %wz = "tosa.const"() <{values = dense<0> : tensor<1xi4>}> : () -> tensor<1xi4>
  %y = tosa.conv2d %x, %w, %b, %xz, %wz {acc_type = i32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>}
      : (tensor<1x5x7x3xi8>, tensor<2x1x1x3xi4>, tensor<1xi32>, tensor<1xi8>, tensor<1xi4>) -> tensor<1x5x7x2xi32>
  return %y : tensor<1x5x7x2xi32>
}

// Output c * 2 + m of a channel c is row c * 2 + m of the kernel.
// CHECK-LABEL: func @depthwise
// CHECK: %[[W:.*]] = lowbit.constant dense_resource<depthwise.codes> : tensor<6x1x2x1xi8> -> tensor<6x1x2x1x!lowbit.affine<8>>
// CHECK: lowbit.conv_2d %{{.*}}, %[[W]] init %{{.*}} groups 3 {
func.func @depthwise(%x: tensor<1x1x3x3xi8>) -> tensor<1x1x2x6xi32> {
  %w = "tosa.const"() <{values = dense<[[[[1, 2], [3, 4], [5, 6]], [[7, 8], [9, 10], [11, 12]]]]> : tensor<1x2x3x2xi8>}> : () -> tensor<1x2x3x2xi8>
  %b = "tosa.const"() <{values = dense<0> : tensor<6xi32>}> : () -> tensor<6xi32>
  %z = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
  %y = tosa.depthwise_conv2d %x, %w, %b, %z, %z {acc_type = i32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>}
      : (tensor<1x1x3x3xi8>, tensor<1x2x3x2xi8>, tensor<6xi32>, tensor<1xi8>, tensor<1xi8>) -> tensor<1x1x2x6xi32> loc("depthwise")
  return %y : tensor<1x1x2x6xi32>
}

// CHECK-LABEL: func @depthwise_of_run_time
// CHECK: %[[FLAT:.*]] = tensor.collapse_shape %arg1 {{\[\[}}0, 1], [2, 3]] : tensor<1x2x3x2xi8> into tensor<2x6xi8>
// CHECK: %[[T:.*]] = linalg.transpose ins(%[[FLAT]] : tensor<2x6xi8>)
// CHECK: %[[K:.*]] = tensor.expand_shape %[[T]] {{\[\[}}0], [1, 2, 3]] output_shape [6, 1, 2, 1]
// CHECK: lowbit.from_storage %[[K]] : tensor<6x1x2x1xi8> -> tensor<6x1x2x1x!lowbit.affine<8>>
func.func @depthwise_of_run_time(%x: tensor<1x1x3x3xi8>, %w: tensor<1x2x3x2xi8>, %b: tensor<6xi32>) -> tensor<1x1x2x6xi32> {
  %z = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
  %y = tosa.depthwise_conv2d %x, %w, %b, %z, %z {acc_type = i32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>}
      : (tensor<1x1x3x3xi8>, tensor<1x2x3x2xi8>, tensor<6xi32>, tensor<1xi8>, tensor<1xi8>) -> tensor<1x1x2x6xi32>
  return %y : tensor<1x1x2x6xi32>
}

// CHECK-LABEL: func @matmul
// CHECK-DAG: %[[A:.*]] = tensor.collapse_shape %arg0 {{\[\[}}0, 1], [2]] : tensor<1x?x3xi8> into tensor<?x3xi8>
// CHECK-DAG: %[[AQ:.*]] = lowbit.from_storage %[[A]]
// CHECK-DAG: %[[B:.*]] = lowbit.constant dense_resource<fc.codes> : tensor<2x3xi8> -> tensor<2x3x!lowbit.affine<8>>
// CHECK-DAG: %[[M:.*]] = tensor.dim %{{.*}}, %c0
// CHECK-DAG: %[[I:.*]] = linalg.fill ins(%{{.*}} : i32)
// CHECK-DAG: %[[Z:.*]] = arith.constant dense<7> : tensor<1x1xi32>
// CHECK: %[[Y:.*]] = lowbit.matmul %[[AQ]], %[[B]] activation_zero_point %[[Z]] init %[[I]] {layer = "fc"}
// CHECK: tensor.expand_shape %[[Y]] {{\[\[}}0, 1], [2]] output_shape [1, %{{.*}}, 2] : tensor<?x2xi32> into tensor<1x?x2xi32>
func.func @matmul(%a: tensor<1x?x3xi8>) -> tensor<1x?x2xi32> {
  %b = "tosa.const"() <{values = dense<[[[1, 2], [3, 4], [5, 6]]]> : tensor<1x3x2xi8>}> : () -> tensor<1x3x2xi8>
  %az = "tosa.const"() <{values = dense<7> : tensor<1xi8>}> : () -> tensor<1xi8>
  %bz = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
  %y = tosa.matmul %a, %b, %az, %bz : (tensor<1x?x3xi8>, tensor<1x3x2xi8>, tensor<1xi8>, tensor<1xi8>) -> tensor<1x?x2xi32> loc("fc")
  return %y : tensor<1x?x2xi32>
}

// CHECK-LABEL: func @rescale_sums
// CHECK-DAG: %[[M:.*]] = arith.constant dense<{{\[\[\[}}1073741824, 5]]]> : tensor<1x1x2xi32>
// CHECK-DAG: %[[S:.*]] = arith.constant dense<{{\[\[\[}}37, 2]]]> : tensor<1x1x2xi32>
// CHECK-DAG: %[[Z:.*]] = arith.constant dense<-3> : tensor<1x1x1xi32>
// CHECK: %[[Q:.*]] = lowbit.requantize %arg0 multiplier %[[M]] shift %[[S]] zero_point %[[Z]] {rounding = #lowbit.rescale_rounding<DOUBLE_ROUND>} : (tensor<4x?x2xi32>, tensor<1x1x2xi32>, tensor<1x1x2xi32>, tensor<1x1x1xi32>) -> tensor<4x?x2x!lowbit.affine<8>>
// CHECK: lowbit.to_storage %[[Q]] : tensor<4x?x2x!lowbit.affine<8>> -> tensor<4x?x2xi8>
func.func @rescale_sums(%x: tensor<4x?x2xi32>) -> tensor<4x?x2xi8> {
  %m = "tosa.const"() <{values = dense<[1073741824, 5]> : tensor<2xi32>}> : () -> tensor<2xi32>
  %s = "tosa.const"() <{values = dense<[37, 2]> : tensor<2xi8>}> : () -> tensor<2xi8>
  %xz = "tosa.const"() <{values = dense<0> : tensor<1xi32>}> : () -> tensor<1xi32>
  %yz = "tosa.const"() <{values = dense<-3> : tensor<1xi8>}> : () -> tensor<1xi8>
  %y = tosa.rescale %x, %m, %s, %xz, %yz {scale32 = true, rounding_mode = DOUBLE_ROUND, per_channel = true, input_unsigned = false, output_unsigned = false}
      : (tensor<4x?x2xi32>, tensor<2xi32>, tensor<2xi8>, tensor<1xi32>, tensor<1xi8>) -> tensor<4x?x2xi8>
  return %y : tensor<4x?x2xi8>
}

// Narrow inputs have a bound: 255 - 200 and 200 - 0.
// CHECK-LABEL: func @rescale_unsigned_to_signed
// CHECK: %[[V:.*]] = linalg.generic {{.*}} ins(%arg0 : tensor<4xi8>)
// CHECK: %[[WIDE:.*]] = arith.extui %{{.*}} : i8 to i32
// CHECK: %[[Z:.*]] = arith.constant 200 : i32
// CHECK: arith.subi %[[WIDE]], %[[Z]]
// CHECK: lowbit.requantize %[[V]] multiplier %{{.*}} shift %{{.*}} {bound = 200 : i64} : (tensor<4xi32>, tensor<1xi32>, tensor<1xi32>) -> tensor<4x!lowbit.affine<8>>
func.func @rescale_unsigned_to_signed(%x: tensor<4xi8>) -> tensor<4xi8> {
  %m = "tosa.const"() <{values = dense<16384> : tensor<1xi16>}> : () -> tensor<1xi16>
  %s = "tosa.const"() <{values = dense<14> : tensor<1xi8>}> : () -> tensor<1xi8>
  %xz = "tosa.const"() <{values = dense<200> : tensor<1xi8>}> : () -> tensor<1xi8>
  %yz = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
  %y = tosa.rescale %x, %m, %s, %xz, %yz {scale32 = false, rounding_mode = SINGLE_ROUND, per_channel = false, input_unsigned = true, output_unsigned = false}
      : (tensor<4xi8>, tensor<1xi16>, tensor<1xi8>, tensor<1xi8>, tensor<1xi8>) -> tensor<4xi8>
  return %y : tensor<4xi8>
}

// CHECK-LABEL: func @rescale_to_unsigned
// CHECK: arith.extsi %{{.*}} : i16 to i32
// CHECK: %[[Z:.*]] = arith.constant dense<200> : tensor<1xi32>
// CHECK: lowbit.requantize %{{.*}} zero_point %[[Z]] {bound = 32768 : i64, rounding = #lowbit.rescale_rounding<INEXACT_ROUND>} : {{.*}} -> tensor<4x!lowbit.affine<8, unsigned>>
func.func @rescale_to_unsigned(%x: tensor<4xi16>) -> tensor<4xi8> {
  %m = "tosa.const"() <{values = dense<16384> : tensor<1xi32>}> : () -> tensor<1xi32>
  %s = "tosa.const"() <{values = dense<14> : tensor<1xi8>}> : () -> tensor<1xi8>
  %xz = "tosa.const"() <{values = dense<0> : tensor<1xi16>}> : () -> tensor<1xi16>
  %yz = "tosa.const"() <{values = dense<200> : tensor<1xi8>}> : () -> tensor<1xi8>
  %y = tosa.rescale %x, %m, %s, %xz, %yz {scale32 = true, rounding_mode = INEXACT_ROUND, per_channel = false, input_unsigned = false, output_unsigned = true}
      : (tensor<4xi16>, tensor<1xi32>, tensor<1xi8>, tensor<1xi16>, tensor<1xi8>) -> tensor<4xi8>
  return %y : tensor<4xi8>
}

// CHECK-LABEL: func @rescale_a_scalar_to_16_bits
// CHECK: lowbit.requantize %{{.*}} : (tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<!lowbit.affine<16>>
func.func @rescale_a_scalar_to_16_bits(%x: tensor<i32>) -> tensor<i16> {
  %m = "tosa.const"() <{values = dense<16384> : tensor<1xi32>}> : () -> tensor<1xi32>
  %s = "tosa.const"() <{values = dense<14> : tensor<1xi8>}> : () -> tensor<1xi8>
  %xz = "tosa.const"() <{values = dense<0> : tensor<1xi32>}> : () -> tensor<1xi32>
  %yz = "tosa.const"() <{values = dense<0> : tensor<1xi16>}> : () -> tensor<1xi16>
  %y = tosa.rescale %x, %m, %s, %xz, %yz {scale32 = true, rounding_mode = SINGLE_ROUND, per_channel = false, input_unsigned = false, output_unsigned = false}
      : (tensor<i32>, tensor<1xi32>, tensor<1xi8>, tensor<1xi32>, tensor<1xi16>) -> tensor<i16>
  return %y : tensor<i16>
}

// Layers next to each other hand codes on.
// CHECK-LABEL: func @chain
// CHECK: %[[Q:.*]] = lowbit.requantize
// CHECK-NOT: lowbit.from_storage
// CHECK: lowbit.conv_2d %[[Q]],
func.func @chain(%x: tensor<1x4x4x2xi32>, %w: tensor<2x1x1x2xi8>, %b: tensor<2xi32>) -> tensor<1x4x4x2xi32> {
  %m = "tosa.const"() <{values = dense<16384> : tensor<1xi32>}> : () -> tensor<1xi32>
  %s = "tosa.const"() <{values = dense<14> : tensor<1xi8>}> : () -> tensor<1xi8>
  %xz = "tosa.const"() <{values = dense<0> : tensor<1xi32>}> : () -> tensor<1xi32>
  %z = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
  %c = "tosa.const"() <{values = dense<1> : tensor<2x1x1x2xi8>}> : () -> tensor<2x1x1x2xi8>
  %y = tosa.rescale %x, %m, %s, %xz, %z {scale32 = true, rounding_mode = SINGLE_ROUND, per_channel = false, input_unsigned = false, output_unsigned = false}
      : (tensor<1x4x4x2xi32>, tensor<1xi32>, tensor<1xi8>, tensor<1xi32>, tensor<1xi8>) -> tensor<1x4x4x2xi8>
  %r = tosa.conv2d %y, %c, %b, %z, %z {acc_type = i32, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>}
      : (tensor<1x4x4x2xi8>, tensor<2x1x1x2xi8>, tensor<2xi32>, tensor<1xi8>, tensor<1xi8>) -> tensor<1x4x4x2xi32>
  return %r : tensor<1x4x4x2xi32>
}

// CHECK-LABEL: func @float_stays
// CHECK: tosa.matmul
func.func @float_stays(%a: tensor<1x2x3xf32>, %b: tensor<1x3x2xf32>) -> tensor<1x2x2xf32> {
  %z = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>
  %y = tosa.matmul %a, %b, %z, %z : (tensor<1x2x3xf32>, tensor<1x3x2xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x2x2xf32>
  return %y : tensor<1x2x2xf32>
}

// CHECK-DAG: conv.codes: "0x40000000030303
// CHECK-DAG: depthwise.codes: "0x40000000010702080309040A050B060C"
// CHECK-DAG: fc.codes: "0x40000000010305020406"
// CHECK-DAG: weights.codes: "0x4000000001F807000102"
