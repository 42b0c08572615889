// RUN: lowbit-opt %s --lowbit-requantize-to-linalg | FileCheck %s
// RUN: lowbit-opt %s --lowbit-requantize-to-linalg -o %t
// RUN: lowbit-opt %t --lowbit-requantize-to-linalg | diff %t -

!i8 = !lowbit.affine<8>

// CHECK-DAG: #[[$ALL:.+]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG: #[[$TENSOR:.+]] = affine_map<(d0, d1) -> (0, 0)>
// CHECK-DAG: #[[$CHANNEL:.+]] = affine_map<(d0, d1) -> (0, d1)>

// CHECK-LABEL: func @narrow(
// CHECK-SAME: %[[X:.+]]: tensor<?x16xi32>)
// CHECK: linalg.generic {indexing_maps = [#[[$ALL]], #[[$TENSOR]], #[[$TENSOR]], #[[$ALL]]]
// CHECK-SAME: ins(%[[X]],
// CHECK-NOT: i64
// CHECK: %[[PRODUCT:.+]] = arith.muli
// CHECK: %[[SUM:.+]] = arith.addi %[[PRODUCT]]
// CHECK-NEXT: arith.shrsi %[[SUM]]
// CHECK: arith.maxsi
// CHECK: arith.minsi
// CHECK: arith.trunci {{.*}} : i32 to i8
// CHECK: lowbit.from_storage
func.func @narrow(%x: tensor<?x16xi32>) -> tensor<?x16x!i8> {
  %m = arith.constant dense<40000> : tensor<1x1xi32>
  %s = arith.constant dense<20> : tensor<1x1xi32>
  %q = lowbit.requantize %x multiplier %m shift %s {bound = 4096 : i64}
      : (tensor<?x16xi32>, tensor<1x1xi32>, tensor<1x1xi32>) -> tensor<?x16x!i8>
  return %q : tensor<?x16x!i8>
}

// CHECK-LABEL: func @noBound(
// CHECK: arith.muli {{.*}} : i64
func.func @noBound(%x: tensor<?x16xi32>) -> tensor<?x16x!i8> {
  %m = arith.constant dense<40000> : tensor<1x1xi32>
  %s = arith.constant dense<20> : tensor<1x1xi32>
  %q = lowbit.requantize %x multiplier %m shift %s
      : (tensor<?x16xi32>, tensor<1x1xi32>, tensor<1x1xi32>) -> tensor<?x16x!i8>
  return %q : tensor<?x16x!i8>
}

// One product has more than 32 bits: the upper half of each, of the value times
// 2^13, so that the shift of 20 is one of 33.
// CHECK-LABEL: func @oneChannelTooLarge(
// CHECK: linalg.generic {indexing_maps = [#[[$ALL]], #[[$CHANNEL]], #[[$CHANNEL]], #[[$TENSOR]], #[[$ALL]]]
// CHECK-NOT: i64
// CHECK: %[[LIFTED:.+]] = arith.shli %{{.+}}, %c13_i32
// CHECK: %{{.+}}, %[[HIGH:.+]] = arith.mulsi_extended %[[LIFTED]], %{{.+}} : i32
// CHECK: %[[REST:.+]] = arith.subi %{{.+}}, %c19_i32
// CHECK: %[[SUM:.+]] = arith.addi %[[HIGH]],
// CHECK: arith.shrsi %[[SUM]], %[[REST]] : i32
func.func @oneChannelTooLarge(%x: tensor<?x2xi32>) -> tensor<?x2x!i8> {
  %m = arith.constant dense<[[40000, 600000]]> : tensor<1x2xi32>
  %s = arith.constant dense<[[20, 31]]> : tensor<1x2xi32>
  %z = arith.constant dense<3> : tensor<1x1xi32>
  %q = lowbit.requantize %x multiplier %m shift %s zero_point %z
      {bound = 4096 : i64, rounding = #lowbit.rescale_rounding<DOUBLE_ROUND>}
      : (tensor<?x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x1xi32>) -> tensor<?x2x!i8>
  return %q : tensor<?x2x!i8>
}

// A shift of 33 and more needs no bound, and nothing is lifted.
// CHECK-LABEL: func @longShifts(
// CHECK-NOT: i64
// CHECK-NOT: arith.shli %{{[a-z]*}}in
// CHECK: arith.mulsi_extended %in, %{{.+}} : i32
// CHECK: arith.shrsi {{.*}} : i32
func.func @longShifts(%x: tensor<?x2xi32>) -> tensor<?x2x!i8> {
  %m = arith.constant dense<[[2147483647, 0]]> : tensor<1x2xi32>
  %s = arith.constant dense<[[33, 62]]> : tensor<1x2xi32>
  %q = lowbit.requantize %x multiplier %m shift %s
      : (tensor<?x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>) -> tensor<?x2x!i8>
  return %q : tensor<?x2x!i8>
}

// Lifted by 1, the other shift would be 63.
// CHECK-LABEL: func @shiftsTooFarApart(
// CHECK: arith.muli {{.*}} : i64
func.func @shiftsTooFarApart(%x: tensor<?x2xi32>) -> tensor<?x2x!i8> {
  %m = arith.constant dense<1073741824> : tensor<1x2xi32>
  %s = arith.constant dense<[[32, 62]]> : tensor<1x2xi32>
  %q = lowbit.requantize %x multiplier %m shift %s {bound = 1 : i64}
      : (tensor<?x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>) -> tensor<?x2x!i8>
  return %q : tensor<?x2x!i8>
}

// Lifted by 1, 2^30 would be 2^31.
// CHECK-LABEL: func @boundTooLarge(
// CHECK: arith.muli {{.*}} : i64
func.func @boundTooLarge(%x: tensor<?x2xi32>) -> tensor<?x2x!i8> {
  %m = arith.constant dense<1073741824> : tensor<1x1xi32>
  %s = arith.constant dense<32> : tensor<1x1xi32>
  %q = lowbit.requantize %x multiplier %m shift %s {bound = 1073741824 : i64}
      : (tensor<?x2xi32>, tensor<1x1xi32>, tensor<1x1xi32>) -> tensor<?x2x!i8>
  return %q : tensor<?x2x!i8>
}

// CHECK-LABEL: func @roundsTwice(
// CHECK: arith.select
func.func @roundsTwice(%x: tensor<?x2xi32>) -> tensor<?x2x!i8> {
  %m = arith.constant dense<[[40000, 600000]]> : tensor<1x2xi32>
  %s = arith.constant dense<[[20, 32]]> : tensor<1x2xi32>
  %q = lowbit.requantize %x multiplier %m shift %s {rounding = #lowbit.rescale_rounding<DOUBLE_ROUND>}
      : (tensor<?x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>) -> tensor<?x2x!i8>
  return %q : tensor<?x2x!i8>
}

// CHECK-LABEL: func @dynamicParameters(
// CHECK: arith.muli {{.*}} : i64
// CHECK: arith.select
func.func @dynamicParameters(%x: tensor<?x2xi32>, %m: tensor<1x2xi32>, %s: tensor<1x2xi32>) -> tensor<?x2x!i8> {
  %q = lowbit.requantize %x multiplier %m shift %s {bound = 1 : i64, rounding = #lowbit.rescale_rounding<DOUBLE_ROUND>}
      : (tensor<?x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>) -> tensor<?x2x!i8>
  return %q : tensor<?x2x!i8>
}
