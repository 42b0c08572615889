// RUN: lowbit-opt %s --lowbit-fold-zero-points="rebias-unsigned" | FileCheck %s
// RUN: lowbit-opt %s --lowbit-fold-zero-points="rebias-unsigned" > %t.once
// RUN: lowbit-opt %t.once --lowbit-fold-zero-points="rebias-unsigned" | diff - %t.once

!a8 = !lowbit.affine<8>
!u8 = !lowbit.affine<8, unsigned>
!t = !lowbit.ternary

// 130 - 128 = 2, and the weights sum to 1.
// CHECK-LABEL: func @quantize_gives_signed_codes
// CHECK-DAG:     %[[Z:.*]] = arith.constant dense<2> : tensor<1x1xi32>
// CHECK-DAG:     %[[A:.*]] = lowbit.quantize %{{.*}} scale %{{.*}} zero_point %[[Z]] : {{.*}} -> tensor<?x4x!lowbit.affine<8>>
// CHECK-DAG:     %[[B:.*]] = arith.constant dense<-2> : tensor<1xi32>
// CHECK-NOT:     unsigned
// CHECK:         %[[I:.*]] = linalg.broadcast ins(%[[B]] :
// CHECK:         lowbit.matmul %[[A]], %{{.*}} init %[[I]]
func.func @quantize_gives_signed_codes(%x: tensor<?x4xf32>, %s: tensor<1x1xf32>, %empty: tensor<?x1xi32>) -> tensor<?x1xi32> {
  %w = lowbit.constant dense<[[1, 0, -1, 1]]> : tensor<1x4xi8> -> tensor<1x4x!t>
  %za = arith.constant dense<130> : tensor<1x1xi32>
  %a = lowbit.quantize %x scale %s zero_point %za : (tensor<?x4xf32>, tensor<1x1xf32>, tensor<1x1xi32>) -> tensor<?x4x!u8>
  %zero = arith.constant 0 : i32
  %init = linalg.fill ins(%zero : i32) outs(%empty : tensor<?x1xi32>) -> tensor<?x1xi32>
  %y = lowbit.matmul %a, %w activation_zero_point %za init %init
      : (tensor<?x4x!u8>, tensor<1x4x!t>, tensor<1x1xi32>, tensor<?x1xi32>) -> tensor<?x1xi32>
  return %y : tensor<?x1xi32>
}

// CHECK-LABEL: func @quantize_without_zero_point
// CHECK-DAG:     %[[Z:.*]] = arith.constant dense<-128> : tensor<1x1xi32>
// CHECK-DAG:     lowbit.quantize %{{.*}} scale %{{.*}} zero_point %[[Z]]
// CHECK-DAG:     arith.constant dense<128> : tensor<1xi32>
func.func @quantize_without_zero_point(%x: tensor<?x4xf32>, %s: tensor<1x1xf32>, %empty: tensor<?x1xi32>) -> tensor<?x1xi32> {
  %w = lowbit.constant dense<[[1, 0, -1, 1]]> : tensor<1x4xi8> -> tensor<1x4x!t>
  %a = lowbit.quantize %x scale %s : (tensor<?x4xf32>, tensor<1x1xf32>) -> tensor<?x4x!u8>
  %zero = arith.constant 0 : i32
  %init = linalg.fill ins(%zero : i32) outs(%empty : tensor<?x1xi32>) -> tensor<?x1xi32>
  %y = lowbit.matmul %a, %w init %init : (tensor<?x4x!u8>, tensor<1x4x!t>, tensor<?x1xi32>) -> tensor<?x1xi32>
  return %y : tensor<?x1xi32>
}

// CHECK-LABEL: func @zero_point_of_run_time
// CHECK:         %[[S:.*]], %[[Z:.*]] = lowbit.choose_params
// CHECK:         %[[Z2:.*]] = linalg.generic {{.*}} ins(%[[Z]] : tensor<?x1xi32>)
// CHECK:           arith.addi %{{.*}}, %{{.*}} : i32
// CHECK:         lowbit.quantize %{{.*}} scale %[[S]] zero_point %[[Z2]] : {{.*}} -> tensor<?x4x!lowbit.affine<8>>
func.func @zero_point_of_run_time(%x: tensor<?x4xf32>, %w: tensor<1x4x!t>, %sw: tensor<1x1xf32>) -> tensor<?x1xf32> {
  %s, %z = lowbit.choose_params %x for !u8 : (tensor<?x4xf32>) -> (tensor<?x1xf32>, tensor<?x1xi32>)
  %a = lowbit.quantize %x scale %s zero_point %z : (tensor<?x4xf32>, tensor<?x1xf32>, tensor<?x1xi32>) -> tensor<?x4x!u8>
  %y = lowbit.scaled_matmul %a, %w activation_scale %s weight_scale %sw activation_zero_point %z
      : (tensor<?x4x!u8>, tensor<1x4x!t>, tensor<?x1xf32>, tensor<1x1xf32>, tensor<?x1xi32>) -> tensor<?x1xf32>
  return %y : tensor<?x1xf32>
}

// CHECK-LABEL: func @scale_per_row_without_zero_point
// CHECK:         %[[E:.*]] = tensor.empty(%{{.*}}) : tensor<?x1xi32>
// CHECK:         %[[Z:.*]] = linalg.generic {{.*}} outs(%[[E]] : tensor<?x1xi32>)
// CHECK:         lowbit.quantize %{{.*}} scale %{{.*}} zero_point %[[Z]]
func.func @scale_per_row_without_zero_point(%x: tensor<?x4xf32>, %s: tensor<?x1xf32>, %w: tensor<1x4x!t>, %init: tensor<?x1xi32>) -> tensor<?x1xi32> {
  %a = lowbit.quantize %x scale %s : (tensor<?x4xf32>, tensor<?x1xf32>) -> tensor<?x4x!u8>
  %y = lowbit.matmul %a, %w init %init : (tensor<?x4x!u8>, tensor<1x4x!t>, tensor<?x1xi32>) -> tensor<?x1xi32>
  return %y : tensor<?x1xi32>
}

// A float zero point is inside the rounding, so the codes are recoded instead.
// CHECK-LABEL: func @float_zero_point
// CHECK:         %[[A:.*]] = lowbit.quantize {{.*}} -> tensor<?x4x!lowbit.affine<8, unsigned>>
// CHECK:         lowbit.to_storage %[[A]]
// CHECK:         arith.constant -128 : i8
// CHECK:         arith.xori
// CHECK:         lowbit.from_storage {{.*}} -> tensor<?x4x!lowbit.affine<8>>
func.func @float_zero_point(%x: tensor<?x4xf32>, %s: tensor<1x1xf32>, %w: tensor<1x4x!t>, %init: tensor<?x1xi32>) -> tensor<?x1xi32> {
  %z = arith.constant dense<1.5> : tensor<1x1xf32>
  %a = lowbit.quantize %x scale %s zero_point %z : (tensor<?x4xf32>, tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<?x4x!u8>
  %y = lowbit.matmul %a, %w init %init : (tensor<?x4x!u8>, tensor<1x4x!t>, tensor<?x1xi32>) -> tensor<?x1xi32>
  return %y : tensor<?x1xi32>
}

// CHECK-LABEL: func @codes_from_elsewhere
// CHECK-SAME:      %[[U:[a-z0-9]+]]: tensor<?x4x!lowbit.affine<8, unsigned>>
// CHECK:         %[[BYTES:.*]] = lowbit.to_storage %[[U]]
// CHECK:         %[[X:.*]] = linalg.generic {{.*}} ins(%[[BYTES]] : tensor<?x4xi8>)
// CHECK:         %[[A:.*]] = lowbit.from_storage %[[X]]
// CHECK:         lowbit.matmul %[[A]],
func.func @codes_from_elsewhere(%a: tensor<?x4x!u8>, %w: tensor<1x4x!t>, %init: tensor<?x1xi32>) -> tensor<?x1xi32> {
  %y = lowbit.matmul %a, %w init %init : (tensor<?x4x!u8>, tensor<1x4x!t>, tensor<?x1xi32>) -> tensor<?x1xi32>
  return %y : tensor<?x1xi32>
}

// Row sums that are there already follow: sum u = sum a + 128 K_g.
// CHECK-LABEL: func @row_sums_follow
// CHECK-SAME:      %[[U:[a-z0-9]+]]:
// CHECK:         %[[A:.*]] = lowbit.from_storage
// CHECK:         %[[SUMS:.*]] = lowbit.row_sums %[[A]]
// CHECK:         %[[SHIFT:.*]] = arith.constant dense<-128>
// CHECK:         %[[OLD:.*]] = linalg.generic {{.*}} ins(%[[SUMS]], %[[SHIFT]] :
// CHECK-NOT:     lowbit.row_sums %[[U]]
// CHECK:         return %{{.*}}, %[[OLD]]
func.func @row_sums_follow(%a: tensor<?x4x!u8>, %w: tensor<1x4x!t>, %init: tensor<?x1xi32>) -> (tensor<?x1xi32>, tensor<?x1xi32>) {
  %sums = lowbit.row_sums %a : tensor<?x4x!u8> -> tensor<?x1xi32>
  %y = lowbit.matmul %a, %w init %init : (tensor<?x4x!u8>, tensor<1x4x!t>, tensor<?x1xi32>) -> tensor<?x1xi32>
  return %y, %sums : tensor<?x1xi32>, tensor<?x1xi32>
}

// CHECK-LABEL: func @codes_that_fit
// CHECK-NEXT:    lowbit.matmul
// CHECK-NEXT:    return
func.func @codes_that_fit(%a: tensor<?x4x!lowbit.affine<7, unsigned>>, %w: tensor<1x4x!t>, %init: tensor<?x1xi32>) -> tensor<?x1xi32> {
  %y = lowbit.matmul %a, %w init %init : (tensor<?x4x!lowbit.affine<7, unsigned>>, tensor<1x4x!t>, tensor<?x1xi32>) -> tensor<?x1xi32>
  return %y : tensor<?x1xi32>
}
