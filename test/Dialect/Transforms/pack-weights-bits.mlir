// RUN: lowbit-opt %s --lowbit-pack-weights --split-input-file | FileCheck %s
// RUN: lowbit-opt %s --lowbit-pack-weights --lowbit-pack-weights --split-input-file | FileCheck %s

// Codes of -1, 0 and 1 on both sides become bits.

!b = !lowbit.binary

// Two words and a bit of one row: three lines of one vector.
// CHECK-LABEL: func @binary_times_binary
// CHECK-SAME:      %[[X:.*]]: tensor<?x65xf32>, %[[S:.*]]: tensor<1x1xf32>, %[[INIT:.*]]: tensor<?x2xi32>
// CHECK-NOT:     lowbit.quantize
// CHECK:         %[[W:.*]] = arith.constant dense_resource<{{.*}}> : tensor<1x192xi8>
// CHECK:         %[[WORDS:.*]] = tensor.empty(%{{.*}}) : tensor<?x12xi8>
// CHECK:         %[[A:.*]]:2 = lowbit.pack_activations %[[X]] scale %[[S]] into %[[WORDS]], %{{.*}} as !lowbit.binary {bits} :
// CHECK:         lowbit.packed_matmul <field_bits = 1, sign = true> %[[A]]#0, %[[A]]#1, %[[W]] into %[[INIT]] {activation_type = !lowbit.binary} :
func.func @binary_times_binary(%x: tensor<?x65xf32>, %s: tensor<1x1xf32>, %init: tensor<?x2xi32>) -> tensor<?x2xi32> {
  %w = lowbit.constant dense<1> : tensor<2x65xi8> -> tensor<2x65x!b>
  %a = lowbit.quantize %x scale %s : (tensor<?x65xf32>, tensor<1x1xf32>) -> tensor<?x65x!b>
  %y = lowbit.matmul %a, %w init %init : (tensor<?x65x!b>, tensor<2x65x!b>, tensor<?x2xi32>) -> tensor<?x2xi32>
  return %y : tensor<?x2xi32>
}

// -----

!t = !lowbit.ternary

// A threshold is a part of the packing. Ternary codes are two planes.
// CHECK-LABEL: func @ternary_times_ternary
// CHECK-SAME:      %[[X:.*]]: tensor<?x32xf32>
// CHECK-DAG:     %[[T:.*]] = arith.constant dense<5.000000e-01>
// CHECK-DAG:     arith.constant dense_resource<{{.*}}> : tensor<1x128xi8>
// CHECK-NOT:     lowbit.quantize
// CHECK:         lowbit.pack_activations %[[X]] scale %{{.*}} threshold %[[T]] into %{{.*}}, %{{.*}} as !lowbit.ternary {bits} : {{.*}} -> (tensor<?x8xi8>, tensor<?x1xi32>)
// CHECK:         lowbit.packed_matmul <field_bits = 2, mask = true, sign = true> {{.*}} {activation_type = !lowbit.ternary} :
func.func @ternary_times_ternary(%x: tensor<?x32xf32>, %s: tensor<1x1xf32>, %init: tensor<?x2xi32>) -> tensor<?x2xi32> {
  %t = arith.constant dense<0.5> : tensor<1x1xf32>
  %w = lowbit.constant dense<1> : tensor<2x32xi8> -> tensor<2x32x!t>
  %a = lowbit.quantize %x scale %s threshold %t : (tensor<?x32xf32>, tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<?x32x!t>
  %y = lowbit.matmul %a, %w init %init : (tensor<?x32x!t>, tensor<2x32x!t>, tensor<?x2xi32>) -> tensor<?x2xi32>
  return %y : tensor<?x2xi32>
}

// -----

!t = !lowbit.ternary
!u = !lowbit.binary<unipolar>

// Blocks are padded to whole words; codes that are given are packed as they are.
// CHECK-LABEL: func @blocks
// CHECK-SAME:      %[[A:.*]]: tensor<2x80x!lowbit.ternary>
// CHECK:         %[[I8:.*]] = lowbit.to_storage %[[A]]
// CHECK:         lowbit.pack_activations %[[I8]] into %{{.*}}, %{{.*}} as !lowbit.ternary {bits, block = 40 : i64} : (tensor<2x80xi8>, tensor<2x32xi8>, tensor<2x2xi32>)
// CHECK:         lowbit.packed_matmul <field_bits = 1, block = 40, scale = f32, mask = true> {{.*}} {activation_type = !lowbit.ternary} : {{.*}} tensor<1x384xi8>
func.func @blocks(%a: tensor<2x80x!t>, %s: tensor<1x1xf32>, %sw: tensor<2x2xf32>) -> tensor<2x2xf32> {
  %w = lowbit.constant dense<1> : tensor<2x80xi8> -> tensor<2x80x!u>
  %y = lowbit.scaled_matmul %a, %w activation_scale %s weight_scale %sw {block_sizes = array<i64: 0, 40>}
      : (tensor<2x80x!t>, tensor<2x80x!u>, tensor<1x1xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
  return %y : tensor<2x2xf32>
}

// -----

!a2 = !lowbit.affine<2, narrow>
!a1 = !lowbit.affine<1, unsigned>

// What counts are the codes, not the name of their type. With a zero point the
// codes are packed, and their row sums are their own.
// CHECK-LABEL: func @affine
// CHECK:         lowbit.quantize {{.*}} zero_point
// CHECK:         lowbit.pack_activations %{{.*}} into %{{.*}}, %{{.*}} as !lowbit.affine<1, unsigned> {bits} :
// CHECK:         lowbit.packed_matmul <field_bits = 2, mask = true, sign = true> {{.*}} {activation_type = !lowbit.affine<1, unsigned>} :
func.func @affine(%x: tensor<?x32xf32>, %s: tensor<1x1xf32>, %init: tensor<?x2xi32>) -> tensor<?x2xi32> {
  %z = arith.constant dense<1> : tensor<1x1xi32>
  %w = lowbit.constant dense<1> : tensor<2x32xi8> -> tensor<2x32x!a2>
  %a = lowbit.quantize %x scale %s zero_point %z : (tensor<?x32xf32>, tensor<1x1xf32>, tensor<1x1xi32>) -> tensor<?x32x!a1>
  %y = lowbit.matmul %a, %w activation_zero_point %z init %init : (tensor<?x32x!a1>, tensor<2x32x!a2>, tensor<1x1xi32>, tensor<?x2xi32>) -> tensor<?x2xi32>
  return %y : tensor<?x2xi32>
}

// -----

!b = !lowbit.binary
!a1 = !lowbit.affine<1>

// Row sums are of codes, not of magnitudes.
// CHECK-LABEL: func @row_sums
// CHECK:         lowbit.pack_activations {{.*}} {bits}
// CHECK:         %[[R:.*]] = lowbit.row_sums
// CHECK:         linalg.generic {{.*}} ins(%[[R]],
func.func @row_sums(%a: tensor<?x32x!b>, %e: tensor<?x2xi32>) -> tensor<?x2xi32> {
  %z = arith.constant dense<[[-1], [0]]> : tensor<2x1xi32>
  %w = lowbit.constant dense<-1> : tensor<2x32xi8> -> tensor<2x32x!a1>
  %y = lowbit.matmul %a, %w weight_zero_point %z init %e : (tensor<?x32x!b>, tensor<2x32x!a1>, tensor<2x1xi32>, tensor<?x2xi32>) -> tensor<?x2xi32>
  return %y : tensor<?x2xi32>
}

// -----

!b = !lowbit.binary
!a8 = !lowbit.affine<8>
!a2 = !lowbit.affine<2>

// One side of other codes: bytes times fields.
// CHECK-LABEL: func @not_both
// CHECK-NOT:     {bits}
// CHECK:         lowbit.packed_matmul <field_bits = 1, code_offset = 1, code_step = 2>
// CHECK:         lowbit.packed_matmul <field_bits = 2, code_offset = 2>
func.func @not_both(%a: tensor<?x32x!a8>, %b: tensor<?x32x!b>, %init: tensor<?x2xi32>) -> (tensor<?x2xi32>, tensor<?x2xi32>) {
  %w = lowbit.constant dense<1> : tensor<2x32xi8> -> tensor<2x32x!b>
  %v = lowbit.constant dense<1> : tensor<2x32xi8> -> tensor<2x32x!a2>
  %y = lowbit.matmul %a, %w init %init : (tensor<?x32x!a8>, tensor<2x32x!b>, tensor<?x2xi32>) -> tensor<?x2xi32>
  %z = lowbit.matmul %b, %v init %init : (tensor<?x32x!b>, tensor<2x32x!a2>, tensor<?x2xi32>) -> tensor<?x2xi32>
  return %y, %z : tensor<?x2xi32>, tensor<?x2xi32>
}

// -----

!t = !lowbit.ternary

// Pixels of whole words become bits before windows are made of them; what is in
// the padding has bits of 0.
// CHECK-LABEL: func @windows
// CHECK-SAME:      %[[A:.*]]: tensor<?x8x8x32x!lowbit.ternary>
// CHECK:         %[[PIXELS:.*]] = tensor.collapse_shape %[[A]]
// CHECK:         %[[I8:.*]] = lowbit.to_storage %[[PIXELS]]
// CHECK:         %[[WORDS:.*]]:2 = lowbit.pack_activations %[[I8]] into %{{.*}}, %{{.*}} as !lowbit.ternary {bits} : {{.*}} -> (tensor<?x8xi8>, tensor<?x1xi32>)
// CHECK:         %[[IMAGES:.*]] = tensor.expand_shape %[[WORDS]]#0
// CHECK:         %[[BYTES:.*]] = lowbit.from_storage %[[IMAGES]] : tensor<?x8x8x8xi8> -> tensor<?x8x8x8x!lowbit.affine<8>>
// CHECK:         %[[M:.*]] = lowbit.im2col %[[BYTES]] kernel [3, 3] padding [1, 1, 1, 1] : (tensor<?x8x8x8x!lowbit.affine<8>>) -> tensor<?x72x!lowbit.affine<8>>
// CHECK:         %[[ROWS:.*]] = lowbit.to_storage %[[M]]
// CHECK:         lowbit.packed_matmul <field_bits = 2, mask = true, sign = true> %[[ROWS]],
func.func @windows(%a: tensor<?x8x8x32x!t>, %w: tensor<5x288x!t>, %init: tensor<?x5xi32>) -> tensor<?x5xi32> {
  %m = lowbit.im2col %a kernel [3, 3] padding [1, 1, 1, 1] : (tensor<?x8x8x32x!t>) -> tensor<?x288x!t>
  %y = lowbit.matmul %m, %w init %init : (tensor<?x288x!t>, tensor<5x288x!t>, tensor<?x5xi32>) -> tensor<?x5xi32>
  return %y : tensor<?x5xi32>
}

// -----

!b = !lowbit.binary

// Codes that are never 0 have as many magnitudes as there are.
// CHECK-LABEL: func @windows_without_masks
// CHECK:         %[[K:.*]] = arith.constant 288 : i32
// CHECK:         lowbit.pack_activations {{.*}} {bits} : {{.*}} -> (tensor<?x4xi8>, tensor<?x1xi32>)
// CHECK:         %[[M:.*]] = lowbit.im2col {{.*}} -> tensor<?x36x!lowbit.affine<8>>
// CHECK:         %[[ROWS:.*]] = lowbit.to_storage %[[M]]
// CHECK:         %[[SUMS:.*]] = tensor.splat %[[K]][%{{.*}}] : tensor<?x1xi32>
// CHECK:         lowbit.packed_matmul <field_bits = 1, sign = true> %[[ROWS]], %[[SUMS]],
func.func @windows_without_masks(%a: tensor<?x8x8x32x!b>, %w: tensor<5x288x!b>, %init: tensor<?x5xi32>) -> tensor<?x5xi32> {
  %m = lowbit.im2col %a kernel [3, 3] : (tensor<?x8x8x32x!b>) -> tensor<?x288x!b>
  %y = lowbit.matmul %m, %w init %init : (tensor<?x288x!b>, tensor<5x288x!b>, tensor<?x5xi32>) -> tensor<?x5xi32>
  return %y : tensor<?x5xi32>
}

// -----

!t = !lowbit.ternary
!b = !lowbit.binary

// Magnitudes of windows are summed where the windows are packed; so are pixels
// that are not whole words.
// CHECK-LABEL: func @windows_first
// CHECK:         lowbit.im2col {{.*}} -> tensor<?x288x!lowbit.ternary>
// CHECK:         lowbit.pack_activations {{.*}} {bits}
// CHECK:         lowbit.im2col {{.*}} -> tensor<?x45x!lowbit.ternary>
// CHECK:         lowbit.pack_activations {{.*}} {bits}
func.func @windows_first(%a: tensor<?x8x8x32x!t>, %c: tensor<?x8x8x5x!t>, %w: tensor<5x288x!b>, %v: tensor<5x45x!t>, %init: tensor<?x5xi32>)
    -> (tensor<?x5xi32>, tensor<?x5xi32>) {
  %m = lowbit.im2col %a kernel [3, 3] : (tensor<?x8x8x32x!t>) -> tensor<?x288x!t>
  %n = lowbit.im2col %c kernel [3, 3] : (tensor<?x8x8x5x!t>) -> tensor<?x45x!t>
  %y = lowbit.matmul %m, %w init %init : (tensor<?x288x!t>, tensor<5x288x!b>, tensor<?x5xi32>) -> tensor<?x5xi32>
  %z = lowbit.matmul %n, %v init %init : (tensor<?x45x!t>, tensor<5x45x!t>, tensor<?x5xi32>) -> tensor<?x5xi32>
  return %y, %z : tensor<?x5xi32>, tensor<?x5xi32>
}
