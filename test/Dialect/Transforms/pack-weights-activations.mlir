// RUN: lowbit-opt %s --lowbit-pack-weights --split-input-file | FileCheck %s
// RUN: lowbit-opt %s --lowbit-pack-weights --lowbit-pack-weights --split-input-file | FileCheck %s

// Which quantize ops become a part of lowbit.pack_activations, and what becomes
// of the others.

!a8 = !lowbit.affine<8>
!t = !lowbit.ternary

// CHECK-LABEL: func @absorbed
// CHECK-SAME:      %[[X:.*]]: tensor<?x4xf32>, %[[S:.*]]: tensor<?x1xf32>, %[[Z:.*]]: tensor<?x1xi32>
// CHECK-NOT:     lowbit.quantize
// CHECK:         lowbit.pack_activations %[[X]] scale %[[S]] zero_point %[[Z]] into %{{.*}}, %{{.*}} as !lowbit.affine<8> :
func.func @absorbed(%x: tensor<?x4xf32>, %s: tensor<?x1xf32>, %z: tensor<?x1xi32>, %init: tensor<?x2xi32>) -> tensor<?x2xi32> {
  %w = lowbit.constant dense<1> : tensor<2x4xi8> -> tensor<2x4x!t>
  %a = lowbit.quantize %x scale %s zero_point %z : (tensor<?x4xf32>, tensor<?x1xf32>, tensor<?x1xi32>) -> tensor<?x4x!a8>
  %y = lowbit.matmul %a, %w init %init : (tensor<?x4x!a8>, tensor<2x4x!t>, tensor<?x2xi32>) -> tensor<?x2xi32>
  return %y : tensor<?x2xi32>
}

// -----

!n4 = !lowbit.affine<4, narrow>
!t = !lowbit.ternary

// The codes keep their own range, and the blocks of the weights are padded.
// CHECK-LABEL: func @absorbed_in_blocks
// CHECK-NOT:     lowbit.quantize
// CHECK:         %[[A:.*]]:2 = lowbit.pack_activations %{{.*}} scale %{{.*}} into %{{.*}}, %{{.*}} as !lowbit.affine<4, narrow> {block = 3 : i64} : {{.*}} -> (tensor<2x8xi8>, tensor<2x2xi32>)
// CHECK:         lowbit.packed_matmul {{.*}} %[[A]]#0, %[[A]]#1,
func.func @absorbed_in_blocks(%x: tensor<2x4xf32>, %s: tensor<1x1xf32>, %sw: tensor<2x2xf32>) -> tensor<2x2xf32> {
  %w = lowbit.constant dense<1> : tensor<2x4xi8> -> tensor<2x4x!t>
  %a = lowbit.quantize %x scale %s : (tensor<2x4xf32>, tensor<1x1xf32>) -> tensor<2x4x!n4>
  %y = lowbit.scaled_matmul %a, %w activation_scale %s weight_scale %sw {block_sizes = array<i64: 0, 3>}
      : (tensor<2x4x!n4>, tensor<2x4x!t>, tensor<1x1xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
  return %y : tensor<2x2xf32>
}

// -----

!a8 = !lowbit.affine<8>
!t = !lowbit.ternary

// Two layers of one input quantize and pack it once.
// CHECK-LABEL: func @shared
// CHECK-NOT:     lowbit.quantize
func.func @shared(%x: tensor<?x4xf32>, %s: tensor<1x1xf32>, %init: tensor<?x2xi32>) -> (tensor<?x2xi32>, tensor<?x2xi32>) {
  %w = lowbit.constant dense<1> : tensor<2x4xi8> -> tensor<2x4x!t>
  %v = lowbit.constant dense<-1> : tensor<2x4xi8> -> tensor<2x4x!t>
  %a = lowbit.quantize %x scale %s : (tensor<?x4xf32>, tensor<1x1xf32>) -> tensor<?x4x!a8>
  %y = lowbit.matmul %a, %w init %init : (tensor<?x4x!a8>, tensor<2x4x!t>, tensor<?x2xi32>) -> tensor<?x2xi32>
  %z = lowbit.matmul %a, %v init %init : (tensor<?x4x!a8>, tensor<2x4x!t>, tensor<?x2xi32>) -> tensor<?x2xi32>
  return %y, %z : tensor<?x2xi32>, tensor<?x2xi32>
}

// -----

!a8 = !lowbit.affine<8>
!t = !lowbit.ternary

// The codes are still there for who else uses them.
// CHECK-LABEL: func @used_elsewhere
// CHECK:         %[[A:.*]] = lowbit.quantize
// CHECK:         lowbit.pack_activations %{{.*}} scale
// CHECK:         return %{{.*}}, %[[A]]
func.func @used_elsewhere(%x: tensor<?x4xf32>, %s: tensor<1x1xf32>, %init: tensor<?x2xi32>) -> (tensor<?x2xi32>, tensor<?x4x!a8>) {
  %w = lowbit.constant dense<1> : tensor<2x4xi8> -> tensor<2x4x!t>
  %a = lowbit.quantize %x scale %s : (tensor<?x4xf32>, tensor<1x1xf32>) -> tensor<?x4x!a8>
  %y = lowbit.matmul %a, %w init %init : (tensor<?x4x!a8>, tensor<2x4x!t>, tensor<?x2xi32>) -> tensor<?x2xi32>
  return %y, %a : tensor<?x2xi32>, tensor<?x4x!a8>
}

// -----

!a8 = !lowbit.affine<8>
!t = !lowbit.ternary

// Sums of the blocks that are packed are those of the packing; sums of other
// blocks stay.
// CHECK-LABEL: func @row_sums
// CHECK:         %[[A:.*]]:2 = lowbit.pack_activations {{.*}} {block = 2 : i64}
// CHECK:         %[[R:.*]] = lowbit.row_sums %{{.*}} : tensor<?x4x!lowbit.affine<8>> -> tensor<?x1xi32>
// CHECK-NOT:     lowbit.row_sums
// CHECK:         lowbit.packed_matmul {{.*}} row_terms(%[[A]]#1)
// CHECK:         return %{{.*}}, %[[R]]
func.func @row_sums(%a: tensor<?x4x!a8>, %sa: tensor<1x1xf32>, %sw: tensor<2x2xf32>, %columns: tensor<2x2xi32>) -> (tensor<?x2xf32>, tensor<?x1xi32>) {
  %w = lowbit.constant dense<1> : tensor<2x4xi8> -> tensor<2x4x!t>
  %r = lowbit.row_sums %a {block = 2 : i64} : tensor<?x4x!a8> -> tensor<?x2xi32>
  %all = lowbit.row_sums %a : tensor<?x4x!a8> -> tensor<?x1xi32>
  %y = lowbit.scaled_matmul %a, %w activation_scale %sa weight_scale %sw terms(%r) * (%columns) {block_sizes = array<i64: 0, 2>}
      : (tensor<?x4x!a8>, tensor<2x4x!t>, tensor<1x1xf32>, tensor<2x2xf32>, tensor<?x2xi32>, tensor<2x2xi32>) -> tensor<?x2xf32>
  return %y, %all : tensor<?x2xf32>, tensor<?x1xi32>
}

// -----

!a8 = !lowbit.affine<8>
!a4 = !lowbit.affine<4>

// The sums are used by ops before the matmul.
// CHECK-LABEL: func @weight_zero_points
// CHECK-NOT:     lowbit.row_sums
// CHECK:         %[[A:.*]]:2 = lowbit.pack_activations
// CHECK:         %[[INIT:.*]] = linalg.generic {{.*}} ins(%[[A]]#1, %{{.*}} : tensor<?x1xi32>, tensor<2x1xi32>)
// CHECK:         lowbit.packed_matmul {{.*}} %[[A]]#0, %[[A]]#1, %{{.*}} into %[[INIT]]
func.func @weight_zero_points(%x: tensor<?x4xf32>, %s: tensor<?x1xf32>, %e: tensor<?x2xi32>) -> tensor<?x2xi32> {
  %w = lowbit.constant dense<[[1, 0, 1, -1], [1, -1, 1, 1]]> : tensor<2x4xi8> -> tensor<2x4x!a4>
  %a = lowbit.quantize %x scale %s : (tensor<?x4xf32>, tensor<?x1xf32>) -> tensor<?x4x!a8>
  %zw = arith.constant dense<[[3], [0]]> : tensor<2x1xi32>
  %y = lowbit.matmul %a, %w weight_zero_point %zw init %e : (tensor<?x4x!a8>, tensor<2x4x!a4>, tensor<2x1xi32>, tensor<?x2xi32>) -> tensor<?x2xi32>
  return %y : tensor<?x2xi32>
}

// -----

!u8 = !lowbit.affine<8, unsigned>
!t = !lowbit.ternary

// Codes 0 .. 255 become -128 .. 127; the weights sum to 1 and 2, hence 128 and
// 256 more.
// CHECK-LABEL: func @unsigned
// CHECK-DAG:     %[[Z:.*]] = arith.constant dense<-118> : tensor<1x1xi32>
// CHECK-DAG:     arith.constant dense<[128, 256]> : tensor<2xi32>
// CHECK-NOT:     unsigned
// CHECK:         lowbit.pack_activations %{{.*}} scale %{{.*}} zero_point %[[Z]] into %{{.*}} as !lowbit.affine<8> :
// CHECK-NOT:     unsigned
func.func @unsigned(%x: tensor<?x4xf32>, %s: tensor<1x1xf32>, %e: tensor<?x2xi32>) -> tensor<?x2xi32> {
  %w = lowbit.constant dense<[[1, 0, -1, 1], [1, 1, 0, 0]]> : tensor<2x4xi8> -> tensor<2x4x!t>
  %z = arith.constant dense<10> : tensor<1x1xi32>
  %a = lowbit.quantize %x scale %s zero_point %z : (tensor<?x4xf32>, tensor<1x1xf32>, tensor<1x1xi32>) -> tensor<?x4x!u8>
  %zero = arith.constant 0 : i32
  %init = linalg.fill ins(%zero : i32) outs(%e : tensor<?x2xi32>) -> tensor<?x2xi32>
  %y = lowbit.matmul %a, %w init %init : (tensor<?x4x!u8>, tensor<2x4x!t>, tensor<?x2xi32>) -> tensor<?x2xi32>
  return %y : tensor<?x2xi32>
}

// -----

!u7 = !lowbit.affine<7, unsigned>
!t = !lowbit.ternary

// CHECK-LABEL: func @unsigned_that_fits
// CHECK:         lowbit.pack_activations %{{.*}} scale %{{.*}} into %{{.*}} as !lowbit.affine<7, unsigned> :
func.func @unsigned_that_fits(%x: tensor<?x4xf32>, %s: tensor<1x1xf32>, %init: tensor<?x2xi32>) -> tensor<?x2xi32> {
  %w = lowbit.constant dense<1> : tensor<2x4xi8> -> tensor<2x4x!t>
  %a = lowbit.quantize %x scale %s : (tensor<?x4xf32>, tensor<1x1xf32>) -> tensor<?x4x!u7>
  %y = lowbit.matmul %a, %w init %init : (tensor<?x4x!u7>, tensor<2x4x!t>, tensor<?x2xi32>) -> tensor<?x2xi32>
  return %y : tensor<?x2xi32>
}
