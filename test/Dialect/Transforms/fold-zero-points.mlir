// RUN: lowbit-opt %s --lowbit-fold-zero-points | FileCheck %s
// RUN: lowbit-opt %s --lowbit-fold-zero-points --lowbit-verify-stage=stage=integer > %t.once
// RUN: lowbit-opt %t.once --lowbit-fold-zero-points | diff - %t.once

!a8 = !lowbit.affine<8>
!u4 = !lowbit.affine<4, unsigned>
!t = !lowbit.ternary

// [1, 0, -1, 1] and [-1, -1, 0, 0] sum to 1 and -2: -3 * [1, -2] = [-3, 6].
// CHECK-LABEL: func @constant_bias
// CHECK:         %[[B:.*]] = arith.constant dense<[7, 26]> : tensor<2xi32>
// CHECK:         %[[I:.*]] = linalg.broadcast ins(%[[B]] : tensor<2xi32>) outs(%{{.*}} : tensor<?x2xi32>) dimensions = [0]
// CHECK-NOT:     linalg.generic
// CHECK:         lowbit.matmul %{{.*}}, %{{.*}} init %[[I]] {layer = "fc"} :
func.func @constant_bias(%a: tensor<?x4x!a8>, %empty: tensor<?x2xi32>) -> tensor<?x2xi32> {
  %w = lowbit.constant dense<[[1, 0, -1, 1], [-1, -1, 0, 0]]> : tensor<2x4xi8> -> tensor<2x4x!t>
  %za = arith.constant dense<3> : tensor<1x1xi32>
  %bias = arith.constant dense<[10, 20]> : tensor<2xi32>
  %init = linalg.broadcast ins(%bias : tensor<2xi32>) outs(%empty : tensor<?x2xi32>) dimensions = [0]
  %y = lowbit.matmul %a, %w activation_zero_point %za init %init {layer = "fc"}
      : (tensor<?x4x!a8>, tensor<2x4x!t>, tensor<1x1xi32>, tensor<?x2xi32>) -> tensor<?x2xi32>
  return %y : tensor<?x2xi32>
}

// CHECK-LABEL: func @no_bias
// CHECK:         %[[B:.*]] = arith.constant dense<[-3, 6]> : tensor<2xi32>
// CHECK:         linalg.broadcast ins(%[[B]] : tensor<2xi32>)
func.func @no_bias(%a: tensor<?x4x!a8>, %empty: tensor<?x2xi32>) -> tensor<?x2xi32> {
  %w = lowbit.constant dense<[[1, 0, -1, 1], [-1, -1, 0, 0]]> : tensor<2x4xi8> -> tensor<2x4x!t>
  %za = arith.constant dense<3> : tensor<1x1xi32>
  %zero = arith.constant 0 : i32
  %init = linalg.fill ins(%zero : i32) outs(%empty : tensor<?x2xi32>) -> tensor<?x2xi32>
  %y = lowbit.matmul %a, %w activation_zero_point %za init %init
      : (tensor<?x4x!a8>, tensor<2x4x!t>, tensor<1x1xi32>, tensor<?x2xi32>) -> tensor<?x2xi32>
  return %y : tensor<?x2xi32>
}

// 2^31 - 1 + 6 wraps.
// CHECK-LABEL: func @bias_that_wraps
// CHECK:         arith.constant dense<[2147483644, -2147483643]> : tensor<2xi32>
func.func @bias_that_wraps(%a: tensor<?x4x!a8>, %empty: tensor<?x2xi32>) -> tensor<?x2xi32> {
  %w = lowbit.constant dense<[[1, 0, -1, 1], [-1, -1, 0, 0]]> : tensor<2x4xi8> -> tensor<2x4x!t>
  %za = arith.constant dense<3> : tensor<1x1xi32>
  %bias = arith.constant dense<2147483647> : tensor<2xi32>
  %init = linalg.broadcast ins(%bias : tensor<2xi32>) outs(%empty : tensor<?x2xi32>) dimensions = [0]
  %y = lowbit.matmul %a, %w activation_zero_point %za init %init
      : (tensor<?x4x!a8>, tensor<2x4x!t>, tensor<1x1xi32>, tensor<?x2xi32>) -> tensor<?x2xi32>
  return %y : tensor<?x2xi32>
}

// An accumulator of run time: its column is constant, adding it is one op.
// CHECK-LABEL: func @bias_of_run_time
// CHECK-SAME:      %[[A:.*]]: tensor<?x4x!lowbit.affine<8>>, %[[BIAS:.*]]: tensor<?x2xi32>
// CHECK:         %[[C:.*]] = arith.constant dense<{{\[\[}}-3], [6]]> : tensor<2x1xi32>
// CHECK:         %[[I:.*]] = linalg.generic {{.*}} ins(%[[C]] : tensor<2x1xi32>) outs(%[[BIAS]] : tensor<?x2xi32>)
// CHECK-NEXT:    ^bb0(%[[COLUMN:.*]]: i32, %[[OUT:.*]]: i32):
// CHECK-NEXT:      %[[SUM:.*]] = arith.addi %[[OUT]], %[[COLUMN]]
// CHECK-NEXT:      linalg.yield %[[SUM]]
// CHECK-NOT:     linalg.generic
// CHECK:         lowbit.matmul %{{.*}}, %{{.*}} init %[[I]] :
func.func @bias_of_run_time(%a: tensor<?x4x!a8>, %bias: tensor<?x2xi32>) -> tensor<?x2xi32> {
  %w = lowbit.constant dense<[[1, 0, -1, 1], [-1, -1, 0, 0]]> : tensor<2x4xi8> -> tensor<2x4x!t>
  %za = arith.constant dense<3> : tensor<1x1xi32>
  %y = lowbit.matmul %a, %w activation_zero_point %za init %bias
      : (tensor<?x4x!a8>, tensor<2x4x!t>, tensor<1x1xi32>, tensor<?x2xi32>) -> tensor<?x2xi32>
  return %y : tensor<?x2xi32>
}

// -(sum w - K zw) = -([9, 14] - 3 [1, 2]) = [-6, -8], one per channel.
// CHECK-LABEL: func @per_row_and_per_channel
// CHECK-SAME:      %[[A:.*]]: tensor<?x3x!lowbit.affine<8>>, %[[ZA:.*]]: tensor<?x1xi32>, %[[BIAS:.*]]: tensor<?x2xi32>
// CHECK-DAG:     %[[C:.*]] = arith.constant dense<{{\[\[}}-6], [-8]]> : tensor<2x1xi32>
// CHECK-DAG:     %[[Z:.*]] = arith.constant dense<{{\[\[}}-1], [-2]]> : tensor<2x1xi32>
// CHECK-DAG:     %[[SUMS:.*]] = lowbit.row_sums %[[A]] : tensor<?x3x!lowbit.affine<8>> -> tensor<?x1xi32>
// CHECK:         %[[I:.*]] = linalg.generic {{.*}} ins(%[[ZA]], %[[C]], %[[SUMS]], %[[Z]] : {{.*}}) outs(%[[BIAS]] : tensor<?x2xi32>)
// CHECK-NOT:     linalg.generic
// CHECK:         lowbit.matmul %{{.*}}, %{{.*}} init %[[I]] :
func.func @per_row_and_per_channel(%a: tensor<?x3x!a8>, %za: tensor<?x1xi32>, %bias: tensor<?x2xi32>) -> tensor<?x2xi32> {
  %w = lowbit.constant dense<[[1, 3, 5], [15, -1, 0]]> : tensor<2x3xi8> -> tensor<2x3x!a8>
  %zw = arith.constant dense<[[1], [2]]> : tensor<2x1xi32>
  %y = lowbit.matmul %a, %w activation_zero_point %za weight_zero_point %zw init %bias
      : (tensor<?x3x!a8>, tensor<2x3x!a8>, tensor<?x1xi32>, tensor<2x1xi32>, tensor<?x2xi32>) -> tensor<?x2xi32>
  return %y : tensor<?x2xi32>
}

// CHECK-LABEL: func @shared_weights
// CHECK-DAG:     %[[B5:.*]] = arith.constant dense<[-5, 10]> : tensor<2xi32>
// CHECK-DAG:     %[[B7:.*]] = arith.constant dense<[-7, 14]> : tensor<2xi32>
// CHECK-DAG:     %[[I5:.*]] = linalg.broadcast ins(%[[B5]] : tensor<2xi32>)
// CHECK-DAG:     %[[I7:.*]] = linalg.broadcast ins(%[[B7]] : tensor<2xi32>)
// CHECK-DAG:     lowbit.matmul %{{.*}}, %{{.*}} init %[[I5]]
// CHECK-DAG:     lowbit.matmul %{{.*}}, %{{.*}} init %[[I7]]
func.func @shared_weights(%a: tensor<?x4x!a8>, %empty: tensor<?x2xi32>) -> (tensor<?x2xi32>, tensor<?x2xi32>) {
  %w = lowbit.constant dense<[[1, 0, -1, 1], [-1, -1, 0, 0]]> : tensor<2x4xi8> -> tensor<2x4x!t>
  %five = arith.constant dense<5> : tensor<1x1xi32>
  %seven = arith.constant dense<7> : tensor<1x1xi32>
  %zero = arith.constant 0 : i32
  %init = linalg.fill ins(%zero : i32) outs(%empty : tensor<?x2xi32>) -> tensor<?x2xi32>
  %y = lowbit.matmul %a, %w activation_zero_point %five init %init
      : (tensor<?x4x!a8>, tensor<2x4x!t>, tensor<1x1xi32>, tensor<?x2xi32>) -> tensor<?x2xi32>
  %z = lowbit.matmul %a, %w activation_zero_point %seven init %init
      : (tensor<?x4x!a8>, tensor<2x4x!t>, tensor<1x1xi32>, tensor<?x2xi32>) -> tensor<?x2xi32>
  return %y, %z : tensor<?x2xi32>, tensor<?x2xi32>
}

// CHECK-LABEL: func @zero_points_that_are_zero
// CHECK-SAME:      %{{.*}}, %[[BIAS:[a-z0-9]+]]: tensor<?x2xi32>
// CHECK-NOT:     linalg
// CHECK-NOT:     row_sums
// CHECK:         lowbit.matmul %{{.*}}, %{{.*}} init %[[BIAS]] :
func.func @zero_points_that_are_zero(%a: tensor<?x4x!a8>, %w: tensor<2x4x!a8>, %bias: tensor<?x2xi32>) -> tensor<?x2xi32> {
  %za = arith.constant dense<0> : tensor<1x1xi32>
  %zw = arith.constant dense<0> : tensor<2x1xi32>
  %y = lowbit.matmul %a, %w activation_zero_point %za weight_zero_point %zw init %bias
      : (tensor<?x4x!a8>, tensor<2x4x!a8>, tensor<1x1xi32>, tensor<2x1xi32>, tensor<?x2xi32>) -> tensor<?x2xi32>
  return %y : tensor<?x2xi32>
}

// CHECK-LABEL: func @weights_that_sum_to_zero
// CHECK-NOT:     linalg
// CHECK:         lowbit.matmul
func.func @weights_that_sum_to_zero(%a: tensor<?x2x!a8>, %za: tensor<?x1xi32>, %bias: tensor<?x1xi32>) -> tensor<?x1xi32> {
  %w = lowbit.constant dense<[[1, -1]]> : tensor<1x2xi8> -> tensor<1x2x!t>
  %y = lowbit.matmul %a, %w activation_zero_point %za init %bias
      : (tensor<?x2x!a8>, tensor<1x2x!t>, tensor<?x1xi32>, tensor<?x1xi32>) -> tensor<?x1xi32>
  return %y : tensor<?x1xi32>
}

// CHECK-LABEL: func @none
// CHECK-NEXT:    lowbit.matmul
// CHECK-NEXT:    return
func.func @none(%a: tensor<?x?x!a8>, %w: tensor<?x?x!t>, %init: tensor<?x?xi32>) -> tensor<?x?xi32> {
  %y = lowbit.matmul %a, %w init %init : (tensor<?x?x!a8>, tensor<?x?x!t>, tensor<?x?xi32>) -> tensor<?x?xi32>
  return %y : tensor<?x?xi32>
}

// 15 is stored as 15, not as -1: the sums are 16 and 31.
// CHECK-LABEL: func @unsigned_codes
// CHECK:         arith.constant dense<[-16, -31]> : tensor<2xi32>
func.func @unsigned_codes(%a: tensor<?x2x!a8>, %empty: tensor<?x2xi32>) -> tensor<?x2xi32> {
  %w = lowbit.constant dense<[[1, 15], [-1, 32]]> : tensor<2x2xi8> -> tensor<2x2x!lowbit.affine<8, unsigned>>
  %za = arith.constant dense<1> : tensor<1x1xi32>
  %bias = arith.constant dense<[0, 256]> : tensor<2xi32>
  %init = linalg.broadcast ins(%bias : tensor<2xi32>) outs(%empty : tensor<?x2xi32>) dimensions = [0]
  %y = lowbit.matmul %a, %w activation_zero_point %za init %init
      : (tensor<?x2x!a8>, tensor<2x2x!lowbit.affine<8, unsigned>>, tensor<1x1xi32>, tensor<?x2xi32>) -> tensor<?x2xi32>
  return %y : tensor<?x2xi32>
}

// CHECK-LABEL: func @weights_of_run_time
// CHECK-SAME:      %[[A:.*]]: tensor<?x?x!lowbit.affine<8>>, %[[W:.*]]: tensor<?x?x!lowbit.affine<4, unsigned>>, %[[ZA:.*]]: tensor<?x1xi32>, %[[ZW:.*]]: tensor<?x1xi32>
// CHECK:         %[[SUMW:.*]] = lowbit.row_sums %[[W]] :
// CHECK:         %[[K:.*]] = tensor.dim %[[W]], %{{.*}}
// CHECK:         %[[C:.*]] = linalg.generic {{.*}} ins(%[[SUMW]], %[[ZW]] :
// CHECK:           arith.index_cast %[[K]] : index to i32
// CHECK:         %[[SUMA:.*]] = lowbit.row_sums %[[A]] :
// CHECK:         %[[Z:.*]] = linalg.generic {{.*}} ins(%[[ZW]] :
// CHECK:         linalg.generic {{.*}} ins(%[[ZA]], %[[C]], %[[SUMA]], %[[Z]] :
// CHECK:         lowbit.matmul
func.func @weights_of_run_time(%a: tensor<?x?x!a8>, %w: tensor<?x?x!u4>, %za: tensor<?x1xi32>, %zw: tensor<?x1xi32>, %init: tensor<?x?xi32>) -> tensor<?x?xi32> {
  %y = lowbit.matmul %a, %w activation_zero_point %za weight_zero_point %zw init %init
      : (tensor<?x?x!a8>, tensor<?x?x!u4>, tensor<?x1xi32>, tensor<?x1xi32>, tensor<?x?xi32>) -> tensor<?x?xi32>
  return %y : tensor<?x?xi32>
}
