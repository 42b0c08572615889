// RUN: lowbit-opt %s --lowbit-fold-zero-points --lowbit-verify-stage=stage=integer | FileCheck %s
// RUN: lowbit-opt %s --lowbit-fold-zero-points -o %t
// RUN: lowbit-opt %t --lowbit-fold-zero-points | diff %t -

!i8 = !lowbit.affine<8>
!t = !lowbit.ternary

// CHECK-DAG: #[[$ALL:.+]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
// CHECK-DAG: #[[$OUTPUT:.+]] = affine_map<(d0, d1, d2, d3) -> (d3, 0, 0, 0)>

// The padding is the code of real zero, and the bias [10, 20] becomes
// [10 - 3 * 2, 20 - 3 * -1].
// CHECK-LABEL: func @constants(
// CHECK-SAME: %[[A:[^:]+]]: tensor<?x3x3x2x!lowbit.affine<8>>
// CHECK-DAG: %[[ZA:.+]] = arith.constant dense<3> : tensor<1x1x1x1xi32>
// CHECK: %[[I:.+]] = lowbit.to_storage %[[A]]
// CHECK: %[[P:.+]] = tensor.pad %[[I]] low[0, 1, 0, 0] high[0, 0, 2, 0]
// CHECK: %[[Z:.+]] = tensor.extract %[[ZA]]
// CHECK: %[[C:.+]] = arith.trunci %[[Z]] : i32 to i8
// CHECK: tensor.yield %[[C]] : i8
// CHECK: %[[PADDED:.+]] = lowbit.from_storage %[[P]]
// CHECK: %[[BIAS:.+]] = arith.constant dense<[4, 23]> : tensor<2xi32>
// CHECK: %[[INIT:.+]] = linalg.broadcast ins(%[[BIAS]] : tensor<2xi32>) {{.*}} dimensions = [0, 1, 2]
// CHECK: lowbit.conv_2d %[[PADDED]], %{{.+}} init %[[INIT]] groups 2 {layer = "dw"}
func.func @constants(%a: tensor<?x3x3x2x!i8>, %e: tensor<?x3x5x2xi32>) -> tensor<?x3x5x2xi32> {
  %w = lowbit.constant dense<[[[[1]], [[1]]], [[[0]], [[-1]]]]> : tensor<2x2x1x1xi8> -> tensor<2x2x1x1x!t>
  %za = arith.constant dense<3> : tensor<1x1x1x1xi32>
  %bias = arith.constant dense<[10, 20]> : tensor<2xi32>
  %init = linalg.broadcast ins(%bias : tensor<2xi32>) outs(%e : tensor<?x3x5x2xi32>) dimensions = [0, 1, 2]
  %y = lowbit.conv_2d %a, %w activation_zero_point %za init %init groups 2 padding [1, 0, 0, 2] {layer = "dw"}
      : (tensor<?x3x3x2x!i8>, tensor<2x2x1x1x!t>, tensor<1x1x1x1xi32>, tensor<?x3x5x2xi32>) -> tensor<?x3x5x2xi32>
  return %y : tensor<?x3x5x2xi32>
}

// A zero point for each image times the sums of the weights.
// CHECK-LABEL: func @perImage(
// CHECK-SAME: %[[ZA:[^:]+]]: tensor<?x1x1x1xi32>, %[[INIT:[^:]+]]: tensor<?x4x4x2xi32>
// CHECK: tensor.pad
// CHECK: ^bb0(%[[N:[^:]+]]: index
// CHECK: tensor.extract %[[ZA]][%[[N]],
// CHECK: %[[SUMS:.+]] = arith.constant dense<{{\[\[}}-2], [1]]> : tensor<2x1xi32>
// CHECK: %[[ROWS:.+]] = tensor.collapse_shape %{{.+}} : tensor<?x4x4x1xi32> into tensor<?x1xi32>
// CHECK: %[[MATRIX:.+]] = tensor.collapse_shape %[[INIT]]
// CHECK: %[[SUM:.+]] = linalg.generic {{.*}} ins(%[[ROWS]], %[[SUMS]] : {{.*}} outs(%[[MATRIX]]
// CHECK: %[[FOLDED:.+]] = tensor.expand_shape %[[SUM]]
// CHECK: lowbit.conv_2d %{{.+}}, %{{.+}} init %[[FOLDED]] groups 2
func.func @perImage(%a: tensor<?x3x3x2x!i8>, %za: tensor<?x1x1x1xi32>, %init: tensor<?x4x4x2xi32>) -> tensor<?x4x4x2xi32> {
  %w = lowbit.constant dense<[[[[1]], [[1]]], [[[0]], [[-1]]]]> : tensor<2x2x1x1xi8> -> tensor<2x2x1x1x!t>
  %y = lowbit.conv_2d %a, %w activation_zero_point %za init %init groups 2 padding [1, 1, 1, 0]
      : (tensor<?x3x3x2x!i8>, tensor<2x2x1x1x!t>, tensor<?x1x1x1xi32>, tensor<?x4x4x2xi32>) -> tensor<?x4x4x2xi32>
  return %y : tensor<?x4x4x2xi32>
}

// Sums of windows are a convolution with ones.
// CHECK-LABEL: func @weightZeroPoint(
// CHECK-SAME: %[[A:[^:]+]]: tensor<1x3x3x2x!lowbit.affine<8>>, %[[INIT:[^:]+]]: tensor<1x2x4x2xi32>
// CHECK-DAG: %[[ZW:.+]] = arith.constant dense<{{.*}}> : tensor<2x1x1x1xi32>
// CHECK: %[[ONES:.+]] = lowbit.constant dense<1> : tensor<2x2x1x1xi8> -> tensor<2x2x1x1x!lowbit.affine<2>>
// CHECK: %[[WINDOWS:.+]] = lowbit.conv_2d %[[A]], %[[ONES]] init %{{.+}} groups 2 padding [0, 0, 1, 0]
// CHECK: %[[FOLDED:.+]] = linalg.generic {indexing_maps = [#[[$ALL]], #[[$OUTPUT]], #[[$ALL]]], {{.*}} ins(%[[WINDOWS]], %[[ZW]] : {{.*}} outs(%[[INIT]]
// CHECK: arith.muli
// CHECK-NEXT: arith.subi
// CHECK: lowbit.conv_2d %[[A]], %{{.+}} init %[[FOLDED]] groups 2 padding [0, 0, 1, 0] :
func.func @weightZeroPoint(%a: tensor<1x3x3x2x!i8>, %init: tensor<1x2x4x2xi32>) -> tensor<1x2x4x2xi32> {
  %w = lowbit.constant dense<[[[[1]], [[5]]], [[[0]], [[-7]]]]> : tensor<2x2x1x1xi8> -> tensor<2x2x1x1x!i8>
  %zw = arith.constant dense<[[[[2]]], [[[-1]]]]> : tensor<2x1x1x1xi32>
  %y = lowbit.conv_2d %a, %w weight_zero_point %zw init %init groups 2 padding [0, 0, 1, 0]
      : (tensor<1x3x3x2x!i8>, tensor<2x2x1x1x!i8>, tensor<2x1x1x1xi32>, tensor<1x2x4x2xi32>) -> tensor<1x2x4x2xi32>
  return %y : tensor<1x2x4x2xi32>
}

// Zeros are no zero points.
// CHECK-LABEL: func @zeros(
// CHECK-NOT: tensor.pad
// CHECK: lowbit.conv_2d %{{.+}}, %{{.+}} init %{{.+}} padding [1, 1, 1, 1] :
func.func @zeros(%a: tensor<1x2x2x2x!i8>, %w: tensor<1x2x2x2x!i8>, %init: tensor<1x3x3x1xi32>) -> tensor<1x3x3x1xi32> {
  %z = arith.constant dense<0> : tensor<1x1x1x1xi32>
  %y = lowbit.conv_2d %a, %w activation_zero_point %z weight_zero_point %z init %init padding [1, 1, 1, 1]
      : (tensor<1x2x2x2x!i8>, tensor<1x2x2x2x!i8>, tensor<1x1x1x1xi32>, tensor<1x1x1x1xi32>, tensor<1x3x3x1xi32>)
      -> tensor<1x3x3x1xi32>
  return %y : tensor<1x3x3x1xi32>
}

// CHECK-LABEL: func @scaled(
// CHECK: %[[SUMS:.+]] = lowbit.conv_2d %{{.+}}, %{{.+}} init %{{.+}} groups 2 {layer = "dw"}
// CHECK: linalg.generic {{.*}} ins(%[[SUMS]],
// CHECK: arith.mulf
func.func @scaled(%a: tensor<?x3x3x2x!i8>, %sa: tensor<?x1x1x1xf32>, %za: tensor<?x1x1x1xi32>, %sw: tensor<2x1x1x1xf32>)
    -> tensor<?x4x3x2xf32> {
  %w = lowbit.constant dense<[[[[1]], [[1]]], [[[0]], [[-1]]]]> : tensor<2x2x1x1xi8> -> tensor<2x2x1x1x!t>
  %y = lowbit.scaled_conv_2d %a, %w activation_scale %sa weight_scale %sw activation_zero_point %za
      groups 2 padding [1, 1, 0, 0] {layer = "dw"}
      : (tensor<?x3x3x2x!i8>, tensor<2x2x1x1x!t>, tensor<?x1x1x1xf32>, tensor<2x1x1x1xf32>, tensor<?x1x1x1xi32>)
      -> tensor<?x4x3x2xf32>
  return %y : tensor<?x4x3x2xf32>
}
