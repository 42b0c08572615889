// RUN: lowbit-opt %s --lowbit-lower-to-reference --canonicalize --cse | FileCheck %s

// CHECK-DAG: #[[ROW:.*]] = affine_map<(d0)[s0] -> (d0 * 3 + s0 * 2 - 1)>
// CHECK-DAG: #[[COLUMN:.*]] = affine_map<(d0)[s0] -> (d0 + s0)>
// CHECK-DAG: #[[WINDOWS:.*]] = affine_map<()[s0] -> (s0 floordiv 2 - 1, 0)>

// CHECK-LABEL: @conv_2d
// CHECK-SAME: (%[[A:.*]]: tensor<?x8x9x6xi8>, %[[W:.*]]: tensor<4x3x2x3xi8>, %[[ZA:.*]]: tensor<?x1x1x1xi32>, %[[ZW:.*]]: tensor<4x1x1x1xi32>, %[[INIT:.*]]: tensor<?x2x8x4xi32>)
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "parallel", "parallel", "parallel"]
// CHECK: %[[N:.*]] = linalg.index 0
// CHECK: %[[Y:.*]] = linalg.index 1
// CHECK: %[[X:.*]] = linalg.index 2
// CHECK: %[[O:.*]] = linalg.index 3
// CHECK: tensor.extract %[[INIT]][%[[N]], %[[Y]], %[[X]], %[[O]]]
// CHECK: %[[GROUP:.*]] = arith.divui %[[O]], %c2
// CHECK: %[[FIRST:.*]] = arith.muli %[[GROUP]], %c3
// CHECK: scf.for %[[I:.*]] = %c0 to %c3
// CHECK: scf.for %[[J:.*]] = %c0 to %c2
// CHECK: scf.for %[[K:.*]] = %c0 to %c3
// CHECK: %[[H:.*]] = affine.apply #[[ROW]](%[[I]])[%[[Y]]]
// CHECK: %[[WIDTH:.*]] = affine.apply #[[COLUMN]](%[[J]])[%[[X]]]
// CHECK: %[[C:.*]] = arith.addi %[[FIRST]], %[[K]]
// CHECK: arith.cmpi ult, %[[H]], %c8
// CHECK: arith.cmpi ult, %[[WIDTH]], %c9
// CHECK: %[[VALUE:.*]] = scf.if
// CHECK: tensor.extract %[[A]][%[[N]], %[[H]], %[[WIDTH]], %[[C]]]
// CHECK: tensor.extract %[[ZA]][%[[N]], %c0, %c0, %c0]
// CHECK: } else {
// CHECK-NEXT: scf.yield %c0_i32
// CHECK: tensor.extract %[[W]][%[[O]], %[[I]], %[[J]], %[[K]]]
// CHECK: tensor.extract %[[ZW]][%[[O]], %c0, %c0, %c0]
// CHECK: arith.muli %[[VALUE]], %{{.*}} : i32
func.func @conv_2d(%a: tensor<?x8x9x6x!lowbit.affine<8>>, %w: tensor<4x3x2x3x!lowbit.affine<4>>,
                   %za: tensor<?x1x1x1xi32>, %zw: tensor<4x1x1x1xi32>, %init: tensor<?x2x8x4xi32>)
    -> tensor<?x2x8x4xi32> {
  %0 = lowbit.conv_2d %a, %w activation_zero_point %za weight_zero_point %zw init %init
      groups 2 strides [2, 1] dilations [3, 1] padding [1, 0, 0, 0]
      : (tensor<?x8x9x6x!lowbit.affine<8>>, tensor<4x3x2x3x!lowbit.affine<4>>, tensor<?x1x1x1xi32>,
         tensor<4x1x1x1xi32>, tensor<?x2x8x4xi32>) -> tensor<?x2x8x4xi32>
  return %0 : tensor<?x2x8x4xi32>
}

// CHECK-LABEL: @im2col
// CHECK-SAME: (%[[IMAGES:.*]]: tensor<2x?x9x6xi8>, %[[PAD:.*]]: tensor<1x1x1x1xi32>)
// CHECK: affine.max #[[WINDOWS]]()
// CHECK: linalg.generic
// CHECK: %[[INSIDE:.*]] = scf.if
// CHECK: tensor.extract %[[IMAGES]]
// CHECK: } else {
// CHECK: tensor.extract %[[PAD]][%c0, %c0, %c0, %c0]
// CHECK: arith.trunci
// CHECK: linalg.yield %[[INSIDE]]
// CHECK: tensor.collapse_shape %{{.*}} {{\[}}[0, 1, 2], [3, 4, 5]] : tensor<2x?x9x5x1x6xi8> into tensor<?x30xi8>
func.func @im2col(%x: tensor<2x?x9x6x!lowbit.affine<8>>, %pad: tensor<1x1x1x1xi32>)
    -> tensor<?x30x!lowbit.affine<8>> {
  %0 = lowbit.im2col %x kernel [5, 1] strides [2, 1] padding [1, 0, 0, 0] pad %pad
      : (tensor<2x?x9x6x!lowbit.affine<8>>, tensor<1x1x1x1xi32>) -> tensor<?x30x!lowbit.affine<8>>
  return %0 : tensor<?x30x!lowbit.affine<8>>
}

// CHECK-LABEL: @im2col_pads_with_zero
// CHECK: } else {
// CHECK-NEXT: scf.yield %c0_i8
func.func @im2col_pads_with_zero(%x: tensor<1x1x1x1x!lowbit.ternary>) -> tensor<9x1x!lowbit.ternary> {
  %0 = lowbit.im2col %x kernel [1, 1] padding [1, 1, 1, 1]
      : (tensor<1x1x1x1x!lowbit.ternary>) -> tensor<9x1x!lowbit.ternary>
  return %0 : tensor<9x1x!lowbit.ternary>
}

// CHECK-LABEL: @im2col_of_reals
// CHECK: tensor.extract %{{.*}} : tensor<1x1x1x1xf32>
// CHECK: } else {
// CHECK-NEXT: scf.yield %cst : f32
// CHECK-NOT: arith.trunci
// CHECK: return %{{.*}} : tensor<9x1xf32>
func.func @im2col_of_reals(%x: tensor<1x1x1x1xf32>) -> tensor<9x1xf32> {
  %0 = lowbit.im2col %x kernel [1, 1] padding [1, 1, 1, 1] : (tensor<1x1x1x1xf32>) -> tensor<9x1xf32>
  return %0 : tensor<9x1xf32>
}

// CHECK-LABEL: @scaled_conv_2d
// CHECK: %[[SUMS:.*]] = linalg.generic
// CHECK: arith.sitofp
// CHECK: arith.mulf
// CHECK: arith.mulf
func.func @scaled_conv_2d(%a: tensor<?x4x4x6x!lowbit.affine<8>>, %w: tensor<6x3x3x1x!lowbit.affine<4>>,
                          %sa: tensor<?x1x1x1xf32>, %sw: tensor<6x1x1x1xf32>) -> tensor<?x2x2x6xf32> {
  %y = lowbit.scaled_conv_2d %a, %w activation_scale %sa weight_scale %sw groups 6
      : (tensor<?x4x4x6x!lowbit.affine<8>>, tensor<6x3x3x1x!lowbit.affine<4>>, tensor<?x1x1x1xf32>, tensor<6x1x1x1xf32>)
      -> tensor<?x2x2x6xf32>
  return %y : tensor<?x2x2x6xf32>
}
