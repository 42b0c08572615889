// RUN: lowbit-opt %s --lowbit-fold-zero-points | FileCheck %s
// RUN: lowbit-opt %s --lowbit-fold-zero-points --lowbit-verify-stage=stage=integer > %t.once
// RUN: lowbit-opt %t.once --lowbit-fold-zero-points | diff - %t.once

!a8 = !lowbit.affine<8>
!t = !lowbit.ternary

// CHECK-LABEL: func @activation_zero_point
// CHECK-SAME:      %[[ZA:[a-z0-9]+]]: tensor<?x1xi32>
// CHECK:         %[[C:.*]] = arith.constant dense<{{\[\[}}-1, 0], [2, -1]]> : tensor<2x2xi32>
// CHECK:         lowbit.scaled_matmul {{.*}} terms(%[[ZA]]) * (%[[C]]) {block_sizes = array<i64: 0, 2>, layer = "fc"} :
func.func @activation_zero_point(%za: tensor<?x1xi32>, %a: tensor<?x3x!a8>, %sa: tensor<?x1xf32>, %sw: tensor<2x2xf16>) -> tensor<?x2xf32> {
  %w = lowbit.constant dense<[[1, 0, 0], [-1, -1, 1]]> : tensor<2x3xi8> -> tensor<2x3x!t>
  %y = lowbit.scaled_matmul %a, %w activation_scale %sa weight_scale %sw activation_zero_point %za {block_sizes = array<i64: 0, 2>, layer = "fc"}
      : (tensor<?x3x!a8>, tensor<2x3x!t>, tensor<?x1xf32>, tensor<2x2xf16>, tensor<?x1xi32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// The last block holds one weight: -(4 - 1 * 2) = -2, not -(4 - 2 * 2).
// CHECK-LABEL: func @short_last_block
// CHECK-SAME:      %[[ZA:[a-z0-9]+]]: tensor<?x1xi32>, %[[A:.*]]: tensor<?x3x!lowbit.affine<8>>,
// CHECK-DAG:     %[[C:.*]] = arith.constant dense<{{\[\[}}-1, -2]]> : tensor<1x2xi32>
// CHECK-DAG:     %[[Z:.*]] = arith.constant dense<{{\[\[}}-1, -2]]> : tensor<1x2xi32>
// CHECK-DAG:     %[[SUMS:.*]] = lowbit.row_sums %[[A]] {block = 2 : i64} : tensor<?x3x!lowbit.affine<8>> -> tensor<?x2xi32>
// CHECK:         lowbit.scaled_matmul {{.*}} terms(%[[ZA]], %[[SUMS]]) * (%[[C]], %[[Z]])
func.func @short_last_block(%za: tensor<?x1xi32>, %a: tensor<?x3x!a8>, %sa: tensor<?x1xf32>, %sw: tensor<1x2xf32>) -> tensor<?x1xf32> {
  %w = lowbit.constant dense<[[1, 2, 4]]> : tensor<1x3xi8> -> tensor<1x3x!a8>
  %zw = arith.constant dense<[[1, 2]]> : tensor<1x2xi32>
  %y = lowbit.scaled_matmul %a, %w activation_scale %sa weight_scale %sw activation_zero_point %za weight_zero_point %zw {block_sizes = array<i64: 0, 2>}
      : (tensor<?x3x!a8>, tensor<1x3x!a8>, tensor<?x1xf32>, tensor<1x2xf32>, tensor<?x1xi32>, tensor<1x2xi32>) -> tensor<?x1xf32>
  return %y : tensor<?x1xf32>
}

// Two rows share a zero point, the third has one alone.
// CHECK-LABEL: func @rows_that_share_a_zero_point
// CHECK-DAG:     %[[C:.*]] = arith.constant dense<{{\[\[}}1], [0], [7]]> : tensor<3x1xi32>
// CHECK-DAG:     %[[Z:.*]] = arith.constant dense<{{\[\[}}-1], [-1], [-5]]> : tensor<3x1xi32>
// CHECK:         lowbit.scaled_matmul {{.*}} * (%[[C]], %[[Z]]) {block_sizes = array<i64: 2, 0>}
func.func @rows_that_share_a_zero_point(%za: tensor<?x1xi32>, %a: tensor<?x2x!a8>, %sa: tensor<?x1xf32>, %sw: tensor<2x1xf32>) -> tensor<?x3xf32> {
  %w = lowbit.constant dense<[[0, 1], [1, 1], [1, 2]]> : tensor<3x2xi8> -> tensor<3x2x!a8>
  %zw = arith.constant dense<[[1], [5]]> : tensor<2x1xi32>
  %y = lowbit.scaled_matmul %a, %w activation_scale %sa weight_scale %sw activation_zero_point %za weight_zero_point %zw {block_sizes = array<i64: 2, 0>}
      : (tensor<?x2x!a8>, tensor<3x2x!a8>, tensor<?x1xf32>, tensor<2x1xf32>, tensor<?x1xi32>, tensor<2x1xi32>) -> tensor<?x3xf32>
  return %y : tensor<?x3xf32>
}

// CHECK-LABEL: func @zero_point_of_the_layer
// CHECK:         %[[Z:.*]] = arith.constant dense<-3> : tensor<1x1xi32>
// CHECK:         lowbit.scaled_matmul {{.*}} terms(%{{.*}}) * (%[[Z]]) :
func.func @zero_point_of_the_layer(%a: tensor<?x2x!a8>, %w: tensor<3x2x!a8>, %sa: tensor<?x1xf32>, %sw: tensor<1x1xf32>) -> tensor<?x3xf32> {
  %zw = arith.constant dense<3> : tensor<1x1xi32>
  %y = lowbit.scaled_matmul %a, %w activation_scale %sa weight_scale %sw weight_zero_point %zw
      : (tensor<?x2x!a8>, tensor<3x2x!a8>, tensor<?x1xf32>, tensor<1x1xf32>, tensor<1x1xi32>) -> tensor<?x3xf32>
  return %y : tensor<?x3xf32>
}

// The zero point leaves the integers; -(0.5 * 1.5) for every row and block.
// CHECK-LABEL: func @float_zero_point
// CHECK-SAME:      %[[A:[a-z0-9]+]]: tensor<?x3x!lowbit.affine<8>>
// CHECK-DAG:     %[[SUMS:.*]] = lowbit.row_sums %[[A]] {block = 2 : i64}
// CHECK-DAG:     %[[C:.*]] = arith.constant dense<-7.500000e-01> : tensor<2x2xf32>
// CHECK-NOT:     linalg
// CHECK:         lowbit.scaled_matmul
// CHECK-NOT:     terms
// CHECK-SAME:        offset %[[SUMS]] * %[[C]] {block_sizes = array<i64: 0, 2>}
func.func @float_zero_point(%a: tensor<?x3x!a8>, %w: tensor<2x3x!a8>, %sa: tensor<?x1xf32>) -> tensor<?x2xf32> {
  %sw = arith.constant dense<0.5> : tensor<1x2xf16>
  %zw = arith.constant dense<1.5> : tensor<1x2xf32>
  %y = lowbit.scaled_matmul %a, %w activation_scale %sa weight_scale %sw weight_zero_point %zw {block_sizes = array<i64: 0, 2>}
      : (tensor<?x3x!a8>, tensor<2x3x!a8>, tensor<?x1xf32>, tensor<1x2xf16>, tensor<1x2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// With an activation zero point the row sums are shifted by K_g * za, and its
// own term has the plain sums of the weights.
// CHECK-LABEL: func @float_and_activation_zero_point
// CHECK-SAME:      %[[ZA:[a-z0-9]+]]: tensor<?x1xi32>
// CHECK:         %[[SUMS:.*]] = lowbit.row_sums
// CHECK:         %[[ROWS:.*]] = linalg.generic {{.*}} ins(%[[SUMS]], %[[ZA]] :
// CHECK:           %[[G:.*]] = linalg.index 1
// CHECK:           %[[START:.*]] = arith.muli %[[G]],
// CHECK:           %[[REST:.*]] = arith.subi %{{.*}}, %[[START]]
// CHECK:           arith.minsi %[[REST]],
// CHECK:         %[[COLUMNS:.*]] = arith.constant dense<-7.500000e-01> : tensor<1x2xf32>
// CHECK:         %[[C:.*]] = arith.constant dense<{{\[\[}}-3, -4]]> : tensor<1x2xi32>
// CHECK:         lowbit.scaled_matmul {{.*}} terms(%[[ZA]]) * (%[[C]]) offset %[[ROWS]] * %[[COLUMNS]]
func.func @float_and_activation_zero_point(%za: tensor<?x1xi32>, %a: tensor<?x3x!a8>, %sa: tensor<?x1xf32>) -> tensor<?x1xf32> {
  %w = lowbit.constant dense<[[1, 2, 4]]> : tensor<1x3xi8> -> tensor<1x3x!a8>
  %sw = arith.constant dense<0.5> : tensor<1x2xf32>
  %zw = arith.constant dense<1.5> : tensor<1x2xf32>
  %y = lowbit.scaled_matmul %a, %w activation_scale %sa weight_scale %sw activation_zero_point %za weight_zero_point %zw {block_sizes = array<i64: 0, 2>}
      : (tensor<?x3x!a8>, tensor<1x3x!a8>, tensor<?x1xf32>, tensor<1x2xf32>, tensor<?x1xi32>, tensor<1x2xf32>) -> tensor<?x1xf32>
  return %y : tensor<?x1xf32>
}

// CHECK-LABEL: func @float_zero_point_that_is_zero
// CHECK-NOT:     offset
// CHECK:         return
func.func @float_zero_point_that_is_zero(%a: tensor<?x3x!a8>, %w: tensor<2x3x!a8>, %sa: tensor<?x1xf32>, %sw: tensor<1x1xf32>) -> tensor<?x2xf32> {
  %zw = arith.constant dense<0.0> : tensor<1x1xf32>
  %y = lowbit.scaled_matmul %a, %w activation_scale %sa weight_scale %sw weight_zero_point %zw
      : (tensor<?x3x!a8>, tensor<2x3x!a8>, tensor<?x1xf32>, tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// CHECK-LABEL: func @terms_are_appended
// CHECK-SAME:      %[[R:[a-z0-9]+]]: tensor<1x1xi32>, %[[C:[a-z0-9]+]]: tensor<2x1xi32>, %[[ZA:[a-z0-9]+]]: tensor<?x1xi32>
// CHECK:         lowbit.scaled_matmul {{.*}} terms(%[[R]], %[[ZA]]) * (%[[C]], %{{.*}})
func.func @terms_are_appended(%r: tensor<1x1xi32>, %c: tensor<2x1xi32>, %za: tensor<?x1xi32>, %a: tensor<?x3x!a8>, %w: tensor<2x3x!a8>, %sa: tensor<?x1xf32>, %sw: tensor<1x1xf32>) -> tensor<?x2xf32> {
  %y = lowbit.scaled_matmul %a, %w activation_scale %sa weight_scale %sw activation_zero_point %za terms(%r) * (%c)
      : (tensor<?x3x!a8>, tensor<2x3x!a8>, tensor<?x1xf32>, tensor<1x1xf32>, tensor<?x1xi32>, tensor<1x1xi32>, tensor<2x1xi32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// CHECK-LABEL: func @everything_dynamic
// CHECK-SAME:      %[[A:[a-z0-9]+]]: tensor<?x?x!lowbit.affine<8>>, %[[W:[a-z0-9]+]]: tensor<?x?x!lowbit.affine<8>>, %[[SA:[a-z0-9]+]]: tensor<?x1xf32>, %[[SW:[a-z0-9]+]]: tensor<?x?xbf16>, %[[ZA:[a-z0-9]+]]: tensor<?x1xi32>, %[[ZW:[a-z0-9]+]]: tensor<?x?xf32>
// CHECK-DAG:     lowbit.row_sums %[[A]] {block = 32 : i64}
// CHECK-DAG:     lowbit.row_sums %[[W]] {block = 32 : i64}
// CHECK-DAG:     linalg.generic {indexing_maps = [#[[BLOCKS:.*]], #[[BLOCKS]], #{{.*}}], {{.*}} ins(%[[SW]], %[[ZW]] :
// CHECK:         lowbit.scaled_matmul {{.*}} terms(%[[ZA]]) * (%{{.*}}) offset
func.func @everything_dynamic(%a: tensor<?x?x!a8>, %w: tensor<?x?x!a8>, %sa: tensor<?x1xf32>, %sw: tensor<?x?xbf16>, %za: tensor<?x1xi32>, %zw: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %y = lowbit.scaled_matmul %a, %w activation_scale %sa weight_scale %sw activation_zero_point %za weight_zero_point %zw {block_sizes = array<i64: 16, 32>}
      : (tensor<?x?x!a8>, tensor<?x?x!a8>, tensor<?x1xf32>, tensor<?x?xbf16>, tensor<?x1xi32>, tensor<?x?xf32>) -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}

// CHECK-LABEL: func @none
// CHECK-NEXT:    lowbit.scaled_matmul
// CHECK-NEXT:    return
func.func @none(%a: tensor<?x?x!a8>, %w: tensor<?x?x!t>, %sa: tensor<?x1xf32>, %sw: tensor<?x1xf32>) -> tensor<?x?xf32> {
  %y = lowbit.scaled_matmul %a, %w activation_scale %sa weight_scale %sw
      : (tensor<?x?x!a8>, tensor<?x?x!t>, tensor<?x1xf32>, tensor<?x1xf32>) -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}
