// RUN: lowbit-opt %s --lowbit-quantize="weights=int8 activations=int8:granularity=tensor" --canonicalize --cse | FileCheck %s
// RUN: lowbit-opt %s --lowbit-quantize="weights=int8" --canonicalize --cse | FileCheck %s --check-prefix=IMAGE
// RUN: lowbit-opt %s --lowbit-pack-weights | FileCheck %s --check-prefix=RECORD

// Float convolutions are recorded as matmuls of their windows.
// RECORD: {encoding = "f32", k = 8 : i64, n = 3 : i64, name = "conv", {{.*}}payload_bytes = 96 : i64}
// RECORD-SAME: {encoding = "f32", k = 1 : i64, n = 2 : i64, name = "depthwise"
// RECORD-SAME: {encoding = "f32", k = 2 : i64, n = 2 : i64, name = "groups"

// The scale is one for all, and the padding is absorbed.
// CHECK-LABEL: @conv
// CHECK-SAME: (%[[X:.*]]: tensor<?x4x5x2xf32>, %[[INIT:.*]]: tensor<?x2x5x3xf32>)
// CHECK-DAG: %[[SW:.*]] = arith.constant dense<1.000000e+00> : tensor<3x1xf32>
// CHECK-DAG: %[[W:.*]] = lowbit.constant dense_resource<conv.codes> : tensor<3x8xi8>
// CHECK: %[[ROWS:.*]] = tensor.collapse_shape %[[X]] {{\[}}[0], [1, 2, 3]] : tensor<?x4x5x2xf32> into tensor<?x40xf32>
// CHECK: %[[S:.*]], %[[Z:.*]] = lowbit.choose_params %[[ROWS]] for !lowbit.affine<8> : (tensor<?x40xf32>) -> (tensor<1x1xf32>, tensor<1x1xi32>)
// CHECK: %[[Q:.*]] = lowbit.quantize %[[ROWS]] scale %[[S]] zero_point %[[Z]]
// CHECK: %[[IMAGES:.*]] = tensor.expand_shape %[[Q]]
// CHECK: %[[PAD:.*]] = tensor.expand_shape %[[Z]] {{\[}}[0], [1, 2, 3]]
// CHECK: %[[M:.*]] = lowbit.im2col %[[IMAGES]] kernel [2, 2] strides [2, 1] padding [0, 1, 1, 0] pad %[[PAD]]
// CHECK: lowbit.scaled_matmul %[[M]], %[[W]] activation_scale %[[S]] weight_scale %[[SW]] activation_zero_point %[[Z]] {layer = "conv"}
// CHECK: linalg.add

// A scale for each image is one for each of its windows.
// IMAGE-LABEL: @conv
// IMAGE: %[[S:.*]], %{{.*}} = lowbit.choose_params %{{.*}} (tensor<?x40xf32>) -> (tensor<?x1xf32>, tensor<?x1xi32>)
// IMAGE: %[[IMAGES:.*]] = tensor.collapse_shape %[[S]] {{\[}}[0, 1]] : tensor<?x1xf32> into tensor<?xf32>
// IMAGE: %[[WINDOWS:.*]] = linalg.broadcast ins(%[[IMAGES]] : tensor<?xf32>) outs(%{{.*}} : tensor<?x2x5x1xf32>) dimensions = [1, 2, 3]
// IMAGE: %[[SCALE:.*]] = tensor.collapse_shape %[[WINDOWS]]
// IMAGE: lowbit.scaled_matmul {{.*}} activation_scale %[[SCALE]]
func.func @conv(%x: tensor<?x4x5x2xf32>, %init: tensor<?x2x5x3xf32>) -> tensor<?x2x5x3xf32> {
  %zero = arith.constant 0.0 : f32
  %w = arith.constant dense<127.0> : tensor<2x2x2x3xf32>
  %p = tensor.pad %x low[0, 0, 1, 0] high[0, 1, 0, 0] {
  ^bb0(%n: index, %h: index, %v: index, %c: index):
    tensor.yield %zero : f32
  } : tensor<?x4x5x2xf32> to tensor<?x5x6x2xf32>
  %y = linalg.conv_2d_nhwc_hwcf {strides = dense<[2, 1]> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
    ins(%p, %w : tensor<?x5x6x2xf32>, tensor<2x2x2x3xf32>) outs(%init : tensor<?x2x5x3xf32>)
    -> tensor<?x2x5x3xf32> loc("conv")
  return %y : tensor<?x2x5x3xf32>
}

// One convolution of all channels.
// CHECK-LABEL: @depthwise
// CHECK: linalg.transpose ins(%{{.*}} : tensor<1x2x3x3x!lowbit.affine<8>>) {{.*}} permutation = [0, 2, 3, 1]
// CHECK: lowbit.scaled_conv_2d {{.*}} groups 2 {layer = "depthwise"}
// CHECK: linalg.transpose {{.*}} permutation = [0, 3, 1, 2]
func.func @depthwise(%x: tensor<1x2x3x3xf32>, %init: tensor<1x2x3x3xf32>) -> tensor<1x2x3x3xf32> {
  %w = arith.constant dense<1.0> : tensor<2x1x1xf32>
  %y = linalg.depthwise_conv_2d_nchw_chw {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
    ins(%x, %w : tensor<1x2x3x3xf32>, tensor<2x1x1xf32>) outs(%init : tensor<1x2x3x3xf32>)
    -> tensor<1x2x3x3xf32> loc("depthwise")
  return %y : tensor<1x2x3x3xf32>
}

// A matmul per group, with the weights, and where they differ the scales, of it.
// CHECK-LABEL: @groups
// CHECK-DAG: %[[SECOND:.*]] = arith.constant dense<2.000000e+00> : tensor<1x1xf32>
// CHECK-DAG: %[[FIRST:.*]] = arith.constant dense<1.000000e+00> : tensor<1x1xf32>
// CHECK: lowbit.scaled_matmul {{.*}} weight_scale %[[FIRST]] {{.*}} {layer = "groups"}
// CHECK: lowbit.scaled_matmul {{.*}} weight_scale %[[SECOND]] {{.*}} {layer = "groups"}
func.func @groups(%x: tensor<1x2x2x3x3xf32>, %init: tensor<1x2x1x3x3xf32>) -> tensor<1x2x1x3x3xf32> {
  %w = arith.constant dense<[[[[[127.0]], [[127.0]]]], [[[[254.0]], [[254.0]]]]]> : tensor<2x1x2x1x1xf32>
  %y = linalg.conv_2d_ngchw_gfchw {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
    ins(%x, %w : tensor<1x2x2x3x3xf32>, tensor<2x1x2x1x1xf32>) outs(%init : tensor<1x2x1x3x3xf32>)
    -> tensor<1x2x1x3x3xf32> loc("groups")
  return %y : tensor<1x2x1x3x3xf32>
}

// Codes behind transposes stay these codes, in the order of the matmul.
// CHECK-LABEL: @kernel_of_codes
// CHECK-DAG: %[[SW:.*]] = arith.constant dense<{{\[}}[5.000000e-01], [2.500000e-01]]> : tensor<2x1xf32>
// CHECK-DAG: %[[W:.*]] = lowbit.constant dense_resource<codes.codes> : tensor<2x2xi8> -> tensor<2x2x!lowbit.affine<4>>
// CHECK: lowbit.scaled_matmul %{{.*}}, %[[W]] {{.*}} weight_scale %[[SW]]
func.func @kernel_of_codes(%x: tensor<1x3x3x2xf32>, %init: tensor<1x3x3x2xf32>) -> tensor<1x3x3x2xf32> {
  %q = lowbit.constant dense<[[[[1, 2], [3, 4]]]]> : tensor<1x1x2x2xi8> -> tensor<1x1x2x2x!lowbit.affine<4>>
  %s = arith.constant dense<[[[[0.5, 0.25]]]]> : tensor<1x1x1x2xf32>
  %f = lowbit.dequantize %q scale %s
      : (tensor<1x1x2x2x!lowbit.affine<4>>, tensor<1x1x1x2xf32>) -> tensor<1x1x2x2xf32>
  %e = tensor.empty() : tensor<2x2x1x1xf32>
  %w = linalg.transpose ins(%f : tensor<1x1x2x2xf32>) outs(%e : tensor<2x2x1x1xf32>) permutation = [3, 2, 0, 1]
  %e2 = tensor.empty() : tensor<2x1x1x2xf32>
  %w2 = linalg.transpose ins(%w : tensor<2x2x1x1xf32>) outs(%e2 : tensor<2x1x1x2xf32>) permutation = [0, 2, 3, 1]
  %y = linalg.conv_2d_nhwc_fhwc {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
    ins(%x, %w2 : tensor<1x3x3x2xf32>, tensor<2x1x1x2xf32>) outs(%init : tensor<1x3x3x2xf32>)
    -> tensor<1x3x3x2xf32> loc("codes")
  return %y : tensor<1x3x3x2xf32>
}

// Pooling is no layer.
// CHECK-LABEL: @pooling
// CHECK: linalg.pooling_nhwc_sum
func.func @pooling(%x: tensor<1x4x4x2xf32>, %window: tensor<2x2xf32>, %init: tensor<1x3x3x2xf32>) -> tensor<1x3x3x2xf32> {
  %y = linalg.pooling_nhwc_sum ins(%x, %window : tensor<1x4x4x2xf32>, tensor<2x2xf32>)
    outs(%init : tensor<1x3x3x2xf32>) -> tensor<1x3x3x2xf32>
  return %y : tensor<1x3x3x2xf32>
}

// CHECK: {{^ *}}codes.codes: "0x4000000001030204"
