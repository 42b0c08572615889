// RUN: lowbit-opt %s --lowbit-conv-to-matmul --cse | FileCheck %s
// RUN: lowbit-opt %s --lowbit-conv-to-matmul --lowbit-conv-to-matmul --cse | FileCheck %s

// CHECK-LABEL: @windows
// CHECK-SAME: (%[[A:.*]]: tensor<?x8x9x4x!lowbit.affine<8>>, %[[ZA:.*]]: tensor<1x1x1x1xi32>, %[[INIT:.*]]: tensor<?x4x9x2xi32>)
// CHECK-DAG: %[[N:.*]] = tensor.dim %[[INIT]], %{{.*}}
// CHECK-DAG: %[[I:.*]] = tensor.collapse_shape %[[INIT]] {{\[}}[0, 1, 2], [3]] : tensor<?x4x9x2xi32> into tensor<?x2xi32>
// CHECK-DAG: %[[M:.*]] = lowbit.im2col %[[A]] kernel [3, 3] strides [2, 1] dilations [2, 1] padding [1, 2, 2, 0] pad %[[ZA]] : (tensor<?x8x9x4x!lowbit.affine<8>>, tensor<1x1x1x1xi32>) -> tensor<?x36x!lowbit.affine<8>>
// CHECK-DAG: %[[Z:.*]] = tensor.collapse_shape %[[ZA]] {{\[}}[0], [1, 2, 3]] : tensor<1x1x1x1xi32> into tensor<1x1xi32>
// CHECK-DAG: %[[W:.*]] = lowbit.constant dense_resource<kernel> : tensor<2x36xi8> -> tensor<2x36x!lowbit.affine<4>>
// CHECK-DAG: %[[ZW:.*]] = arith.constant dense<{{\[}}[1], [-2]]> : tensor<2x1xi32>
// CHECK: %[[Y:.*]] = lowbit.matmul %[[M]], %[[W]] activation_zero_point %[[Z]] weight_zero_point %[[ZW]] init %[[I]] {layer = "conv"} :
// CHECK: %[[E:.*]] = tensor.expand_shape %{{.*}} {{\[}}[0, 1, 2], [3]] output_shape [%[[N]], 4, 9, 2]
// CHECK: return %[[E]]
func.func @windows(%a: tensor<?x8x9x4x!lowbit.affine<8>>, %za: tensor<1x1x1x1xi32>, %init: tensor<?x4x9x2xi32>)
    -> tensor<?x4x9x2xi32> {
  %w = lowbit.constant dense_resource<kernel> : tensor<2x3x3x4xi8> -> tensor<2x3x3x4x!lowbit.affine<4>>
  %zw = arith.constant dense<[[[[1]]], [[[-2]]]]> : tensor<2x1x1x1xi32>
  %y = lowbit.conv_2d %a, %w activation_zero_point %za weight_zero_point %zw init %init
      strides [2, 1] dilations [2, 1] padding [1, 2, 2, 0] {layer = "conv"}
      : (tensor<?x8x9x4x!lowbit.affine<8>>, tensor<2x3x3x4x!lowbit.affine<4>>, tensor<1x1x1x1xi32>,
         tensor<2x1x1x1xi32>, tensor<?x4x9x2xi32>) -> tensor<?x4x9x2xi32>
  return %y : tensor<?x4x9x2xi32>
}

// A zero point per image is one per window, and the bias stays a row.
// CHECK-LABEL: @each_image
// CHECK-DAG: %[[BIAS:.*]] = arith.constant dense<[5, 6]> : tensor<2xi32>
// CHECK-DAG: linalg.broadcast ins(%[[BIAS]] : tensor<2xi32>) outs(%{{.*}} : tensor<?x2xi32>) dimensions = [0]
// CHECK-DAG: linalg.broadcast ins(%{{.*}} : tensor<?xi32>) outs(%{{.*}} : tensor<?x6x7x1xi32>) dimensions = [1, 2, 3]
// CHECK: lowbit.matmul
func.func @each_image(%a: tensor<?x8x9x4x!lowbit.affine<8>>, %w: tensor<2x3x3x4x!lowbit.ternary>,
                      %za: tensor<?x1x1x1xi32>, %n: index) -> tensor<?x6x7x2xi32> {
  %bias = arith.constant dense<[5, 6]> : tensor<2xi32>
  %empty = tensor.empty(%n) : tensor<?x6x7x2xi32>
  %init = linalg.broadcast ins(%bias : tensor<2xi32>) outs(%empty : tensor<?x6x7x2xi32>) dimensions = [0, 1, 2]
  %y = lowbit.conv_2d %a, %w activation_zero_point %za init %init
      : (tensor<?x8x9x4x!lowbit.affine<8>>, tensor<2x3x3x4x!lowbit.ternary>, tensor<?x1x1x1xi32>,
         tensor<?x6x7x2xi32>) -> tensor<?x6x7x2xi32>
  return %y : tensor<?x6x7x2xi32>
}

// CHECK-LABEL: @pixels
// CHECK-NOT: lowbit.im2col
// CHECK: tensor.collapse_shape %{{.*}} {{\[}}[0, 1, 2], [3]] : tensor<1x8x9x4x!lowbit.binary> into tensor<72x4x!lowbit.binary>
// CHECK: lowbit.matmul
func.func @pixels(%a: tensor<1x8x9x4x!lowbit.binary>, %w: tensor<2x1x1x4x!lowbit.ternary>, %init: tensor<1x8x9x2xi32>)
    -> tensor<1x8x9x2xi32> {
  %y = lowbit.conv_2d %a, %w init %init dilations [3, 3]
      : (tensor<1x8x9x4x!lowbit.binary>, tensor<2x1x1x4x!lowbit.ternary>, tensor<1x8x9x2xi32>) -> tensor<1x8x9x2xi32>
  return %y : tensor<1x8x9x2xi32>
}

// CHECK-LABEL: @strided_pixels
// CHECK: lowbit.im2col %{{.*}} kernel [1, 1] strides [1, 2] :
func.func @strided_pixels(%a: tensor<1x8x9x4x!lowbit.binary>, %w: tensor<2x1x1x4x!lowbit.ternary>,
                          %init: tensor<1x8x5x2xi32>) -> tensor<1x8x5x2xi32> {
  %y = lowbit.conv_2d %a, %w init %init strides [1, 2]
      : (tensor<1x8x9x4x!lowbit.binary>, tensor<2x1x1x4x!lowbit.ternary>, tensor<1x8x5x2xi32>) -> tensor<1x8x5x2xi32>
  return %y : tensor<1x8x5x2xi32>
}

// CHECK-LABEL: @groups
// CHECK: tensor.extract_slice %{{.*}}[0, 0, 0, 0] [1, 8, 9, 2]
// CHECK: lowbit.constant dense<{{\[}}[1, 2]]> : tensor<1x2xi8> -> tensor<1x2x!lowbit.affine<4>>
// CHECK: %[[FIRST:.*]] = lowbit.matmul
// CHECK: tensor.extract_slice %{{.*}}[0, 0, 0, 2] [1, 8, 9, 2]
// CHECK: lowbit.constant dense<{{\[}}[3, 4]]> : tensor<1x2xi8> -> tensor<1x2x!lowbit.affine<4>>
// CHECK: %[[SECOND:.*]] = lowbit.matmul
// CHECK: tensor.concat dim(1) %[[FIRST]], %[[SECOND]] : (tensor<72x1xi32>, tensor<72x1xi32>) -> tensor<72x2xi32>
func.func @groups(%a: tensor<1x8x9x4x!lowbit.affine<8>>, %init: tensor<1x8x9x2xi32>) -> tensor<1x8x9x2xi32> {
  %w = lowbit.constant dense<[[[[1, 2]]], [[[3, 4]]]]> : tensor<2x1x1x2xi8> -> tensor<2x1x1x2x!lowbit.affine<4>>
  %y = lowbit.conv_2d %a, %w init %init groups 2
      : (tensor<1x8x9x4x!lowbit.affine<8>>, tensor<2x1x1x2x!lowbit.affine<4>>, tensor<1x8x9x2xi32>)
      -> tensor<1x8x9x2xi32>
  return %y : tensor<1x8x9x2xi32>
}

// CHECK-LABEL: @one_channel_per_group
// CHECK: lowbit.conv_2d
func.func @one_channel_per_group(%a: tensor<1x8x9x4x!lowbit.affine<8>>, %w: tensor<4x1x1x1x!lowbit.affine<4>>,
                                 %init: tensor<1x8x9x4xi32>) -> tensor<1x8x9x4xi32> {
  %y = lowbit.conv_2d %a, %w init %init groups 4
      : (tensor<1x8x9x4x!lowbit.affine<8>>, tensor<4x1x1x1x!lowbit.affine<4>>, tensor<1x8x9x4xi32>)
      -> tensor<1x8x9x4xi32>
  return %y : tensor<1x8x9x4xi32>
}

// CHECK-LABEL: @dynamic_kernel
// CHECK: lowbit.conv_2d
func.func @dynamic_kernel(%a: tensor<1x8x9x4x!lowbit.affine<8>>, %w: tensor<4x?x1x4x!lowbit.affine<4>>,
                          %init: tensor<1x?x9x4xi32>) -> tensor<1x?x9x4xi32> {
  %y = lowbit.conv_2d %a, %w init %init
      : (tensor<1x8x9x4x!lowbit.affine<8>>, tensor<4x?x1x4x!lowbit.affine<4>>, tensor<1x?x9x4xi32>)
      -> tensor<1x?x9x4xi32>
  return %y : tensor<1x?x9x4xi32>
}

// CHECK-LABEL: @dynamic_groups
// CHECK: lowbit.conv_2d
func.func @dynamic_groups(%a: tensor<1x8x9x?x!lowbit.affine<8>>, %w: tensor<4x1x1x2x!lowbit.affine<4>>,
                          %init: tensor<1x8x9x4xi32>) -> tensor<1x8x9x4xi32> {
  %y = lowbit.conv_2d %a, %w init %init groups 2
      : (tensor<1x8x9x?x!lowbit.affine<8>>, tensor<4x1x1x2x!lowbit.affine<4>>, tensor<1x8x9x4xi32>)
      -> tensor<1x8x9x4xi32>
  return %y : tensor<1x8x9x4xi32>
}

// CHECK-LABEL: @no_code_for_the_padding
// CHECK: lowbit.conv_2d
func.func @no_code_for_the_padding(%a: tensor<1x8x9x4x!lowbit.binary>, %w: tensor<4x3x3x4x!lowbit.affine<4>>,
                                   %init: tensor<1x8x9x4xi32>) -> tensor<1x8x9x4xi32> {
  %y = lowbit.conv_2d %a, %w init %init padding [1, 1, 1, 1]
      : (tensor<1x8x9x4x!lowbit.binary>, tensor<4x3x3x4x!lowbit.affine<4>>, tensor<1x8x9x4xi32>)
      -> tensor<1x8x9x4xi32>
  return %y : tensor<1x8x9x4xi32>
}

// CHECK-LABEL: @no_windows
// CHECK: lowbit.conv_2d
func.func @no_windows(%a: tensor<?x2x9x4x!lowbit.affine<8>>, %w: tensor<4x3x3x4x!lowbit.affine<4>>,
                      %init: tensor<?x0x7x4xi32>) -> tensor<?x0x7x4xi32> {
  %y = lowbit.conv_2d %a, %w init %init
      : (tensor<?x2x9x4x!lowbit.affine<8>>, tensor<4x3x3x4x!lowbit.affine<4>>, tensor<?x0x7x4xi32>)
      -> tensor<?x0x7x4xi32>
  return %y : tensor<?x0x7x4xi32>
}

{-#
  dialect_resources: {
    builtin: {
      kernel: "0x01000000000102030405060700010203040506070001020304050607000102030405060700010203040506070001020304050607000102030405060700010203040506070001020304050607"
    }
  }
#-}
