// RUN: lowbit-opt %s --lowbit-lower-windows --canonicalize --cse | FileCheck %s

// CHECK-DAG: #[[PER_OUTPUT:.*]] = affine_map<(d0, d1, d2, d3) -> (d3, 0, 0, 0)>
// CHECK-DAG: #[[PER_IMAGE:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, 0, 0, 0)>
// CHECK-DAG: #[[ROWS:.*]] = affine_map<(d0, d1, d2, d3, d4) -> (d0, d1 * 2 + d3 * 3, d2 * 8 + d4)>
// CHECK-DAG: #[[PIXELS:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d1 + d3, d2 + d4 * 2, d5)>
// CHECK-DAG: #[[CHANNEL:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d1 * 2 + d3, d2 + d4, d5 floordiv 2)>
// CHECK-DAG: #[[KERNEL:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d3, d4, d5)>
// CHECK-DAG: #[[RESULT:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d1, d2, d5)>

// CHECK-LABEL: @whole_rows
// CHECK-SAME: (%{{.*}}, %[[PAD:.*]]: tensor<?x1x1x1xi32>)
// CHECK: %[[PADDED:.*]] = tensor.pad %{{.*}} low[0, 1, 2, 0] high[0, 2, 0, 0]
// CHECK: ^bb0(%[[N:.*]]: index, %{{.*}}: index, %{{.*}}: index, %{{.*}}: index):
// CHECK: tensor.extract %[[PAD]][%[[N]], %c0, %c0, %c0]
// CHECK: tensor<?x8x9x4xi8> to tensor<?x11x11x4xi8>
// CHECK: %[[FLAT:.*]] = tensor.collapse_shape %[[PADDED]] {{\[}}[0], [1], [2, 3]] : tensor<?x11x11x4xi8> into tensor<?x11x44xi8>
// CHECK: linalg.generic {indexing_maps = [#[[ROWS]], #{{.*}}], {{.*}} ins(%[[FLAT]] : {{.*}}) outs(%{{.*}} : tensor<?x3x5x3x12xi8>)
// CHECK: tensor.collapse_shape %{{.*}} {{\[}}[0, 1, 2], [3, 4]] : tensor<?x3x5x3x12xi8> into tensor<?x36xi8>
func.func @whole_rows(%a: tensor<?x8x9x4x!lowbit.affine<8>>, %pad: tensor<?x1x1x1xi32>)
    -> tensor<?x36x!lowbit.affine<8>> {
  %m = lowbit.im2col %a kernel [3, 3] strides [2, 2] dilations [3, 1] padding [1, 2, 2, 0] pad %pad
      : (tensor<?x8x9x4x!lowbit.affine<8>>, tensor<?x1x1x1xi32>) -> tensor<?x36x!lowbit.affine<8>>
  return %m : tensor<?x36x!lowbit.affine<8>>
}

// CHECK-LABEL: @pixels
// CHECK-NOT: tensor.pad
// CHECK: linalg.generic {indexing_maps = [#[[PIXELS]], #{{.*}}], {{.*}} outs(%{{.*}} : tensor<1x7x7x2x2x4xi8>)
// CHECK: tensor.collapse_shape %{{.*}} {{\[}}[0, 1, 2], [3, 4, 5]]
func.func @pixels(%a: tensor<1x8x9x4x!lowbit.ternary>) -> tensor<49x16x!lowbit.ternary> {
  %m = lowbit.im2col %a kernel [2, 2] dilations [1, 2]
      : (tensor<1x8x9x4x!lowbit.ternary>) -> tensor<49x16x!lowbit.ternary>
  return %m : tensor<49x16x!lowbit.ternary>
}

// CHECK-LABEL: @reals
// CHECK: tensor.pad %{{.*}} low[0, 1, 1, 0] high[0, 1, 1, 0]
// CHECK: tensor.yield %cst : f32
// CHECK-NOT: lowbit
// CHECK: return %{{.*}} : tensor<?x36xf32>
func.func @reals(%a: tensor<?x8x9x4xf32>) -> tensor<?x36xf32> {
  %m = lowbit.im2col %a kernel [3, 3] padding [1, 1, 1, 1] : (tensor<?x8x9x4xf32>) -> tensor<?x36xf32>
  return %m : tensor<?x36xf32>
}

// CHECK-LABEL: @depthwise
// CHECK-SAME: (%{{.*}}, %{{.*}}, %[[INIT:.*]]: tensor<?x4x8x6xi32>, %{{.*}})
// CHECK: arith.extui %{{.*}} : i8 to i32
// CHECK: %[[A:.*]] = arith.subi
// CHECK: arith.trunci %[[A]] : i32 to i16
// CHECK: tensor.pad %{{.*}} low[0, 1, 0, 0] high[0, 0, 0, 0]
// CHECK: tensor.yield %c0_i16
// CHECK: arith.extsi %{{.*}} : i8 to i16
// CHECK: tensor<3x2x6xi16>
// CHECK: linalg.generic {indexing_maps = [#[[CHANNEL]], #[[KERNEL]], #[[RESULT]]], iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction", "parallel"]} {{.*}} outs(%[[INIT]] :
func.func @depthwise(%a: tensor<?x8x9x3x!lowbit.affine<8, unsigned>>, %w: tensor<6x3x2x1x!lowbit.affine<4>>,
                     %init: tensor<?x4x8x6xi32>, %za: tensor<1x1x1x1xi32>) -> tensor<?x4x8x6xi32> {
  %y = lowbit.conv_2d %a, %w activation_zero_point %za init %init groups 3 strides [2, 1] padding [1, 0, 0, 0]
      : (tensor<?x8x9x3x!lowbit.affine<8, unsigned>>, tensor<6x3x2x1x!lowbit.affine<4>>, tensor<1x1x1x1xi32>,
         tensor<?x4x8x6xi32>) -> tensor<?x4x8x6xi32>
  return %y : tensor<?x4x8x6xi32>
}

// CHECK-LABEL: @other_convolutions
// CHECK: lowbit.conv_2d
func.func @other_convolutions(%a: tensor<?x8x9x4x!lowbit.affine<8>>, %w: tensor<6x3x2x2x!lowbit.affine<4>>,
                              %init: tensor<?x6x8x6xi32>) -> tensor<?x6x8x6xi32> {
  %y = lowbit.conv_2d %a, %w init %init groups 2
      : (tensor<?x8x9x4x!lowbit.affine<8>>, tensor<6x3x2x2x!lowbit.affine<4>>, tensor<?x6x8x6xi32>)
      -> tensor<?x6x8x6xi32>
  return %y : tensor<?x6x8x6xi32>
}

// The scales are applied in their order: of the weights, of the activations.
// CHECK-LABEL: @scaled
// CHECK-SAME: %[[SA:[^:]*]]: tensor<?x1x1x1xf32>, %[[SW:[^:]*]]: tensor<6x1x1x1xf16>
// CHECK: %[[SUMS:.*]] = linalg.generic {{.*}} outs(%{{.*}} : tensor<?x2x2x6xi32>)
// CHECK: linalg.generic {indexing_maps = [#{{.*}}, #[[PER_OUTPUT]], #[[PER_IMAGE]], #{{.*}}], {{.*}} ins(%[[SUMS]], %[[SW]], %[[SA]] :
// CHECK-NEXT: ^bb0(%[[SUM:.*]]: i32, %[[W:.*]]: f16, %[[A:.*]]: f32,
// CHECK-NEXT: %[[REAL:.*]] = arith.sitofp %[[SUM]]
// CHECK-NEXT: %[[SCALE:.*]] = arith.extf %[[W]]
// CHECK-NEXT: %[[PRODUCT:.*]] = arith.mulf %[[REAL]], %[[SCALE]]
// CHECK-NEXT: arith.mulf %[[PRODUCT]], %[[A]]
func.func @scaled(%a: tensor<?x4x4x6x!lowbit.affine<8>>, %w: tensor<6x3x3x1x!lowbit.affine<4>>,
                  %sa: tensor<?x1x1x1xf32>, %sw: tensor<6x1x1x1xf16>) -> tensor<?x2x2x6xf32> {
  %y = lowbit.scaled_conv_2d %a, %w activation_scale %sa weight_scale %sw groups 6
      : (tensor<?x4x4x6x!lowbit.affine<8>>, tensor<6x3x3x1x!lowbit.affine<4>>, tensor<?x1x1x1xf32>, tensor<6x1x1x1xf16>)
      -> tensor<?x2x2x6xf32>
  return %y : tensor<?x2x2x6xf32>
}
