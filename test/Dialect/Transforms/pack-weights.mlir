// RUN: lowbit-opt %s --lowbit-pack-weights --split-input-file | FileCheck %s
// RUN: lowbit-opt %s --lowbit-pack-weights --split-input-file > %t.once
// RUN: lowbit-opt %s --lowbit-pack-weights --lowbit-pack-weights --split-input-file | diff - %t.once

// Codes of whole lines are packed as they are, but for their sums. Row 0 is
// [1, 0, -1, 1], hence the fields 2 1 0 2; row 1 is in the next lane.
// CHECK-LABEL: func @ternary
// CHECK-SAME:      %[[A:.*]]: tensor<?x4x!lowbit.affine<8>>, %[[INIT:.*]]: tensor<?x2xi32>
// CHECK-DAG:     %[[W:.*]] = arith.constant dense_resource<fc.packed> : tensor<1x64xi8>
// CHECK-DAG:     %[[BYTES:.*]] = lowbit.to_storage %[[A]] : tensor<?x4x!lowbit.affine<8>> -> tensor<?x4xi8>
// CHECK:         %[[SUMS:.*]] = tensor.generate %{{.*}} {
// CHECK-NEXT:    ^bb0(%[[M:.*]]: index, %{{.*}}: index):
// CHECK-NEXT:      %[[SUM:.*]] = scf.for %[[K:.*]] = %{{.*}} to %{{.*}} step %{{.*}} iter_args(%[[S:.*]] = %{{.*}}) -> (i32) {
// CHECK-NEXT:        %[[BYTE:.*]] = tensor.extract %[[BYTES]][%[[M]], %[[K]]] : tensor<?x4xi8>
// CHECK-NEXT:        %[[CODE:.*]] = arith.extsi %[[BYTE]] : i8 to i32
// CHECK-NEXT:        arith.addi %[[S]], %[[CODE]] : i32
// CHECK:           tensor.yield %[[SUM]] : i32
// CHECK-NEXT:    } : tensor<?x1xi32>
// CHECK:         %[[Y:.*]] = lowbit.packed_matmul <field_bits = 2, code_offset = 1> %[[BYTES]], %[[SUMS]], %[[W]] into %[[INIT]] {layer = "fc"}
// CHECK:         return %[[Y]]
// CHECK:         fc.packed: "0x40000000{{020100020000020100(00)*}}"
func.func @ternary(%a: tensor<?x4x!lowbit.affine<8>>, %init: tensor<?x2xi32>) -> tensor<?x2xi32> {
  %w = lowbit.constant dense<[[1, 0, -1, 1], [-1, -1, 1, 0]]> : tensor<2x4xi8> -> tensor<2x4x!lowbit.ternary>
  %y = lowbit.matmul %a, %w init %init {layer = "fc"}
      : (tensor<?x4x!lowbit.affine<8>>, tensor<2x4x!lowbit.ternary>, tensor<?x2xi32>) -> tensor<?x2xi32> loc("fc")
  return %y : tensor<?x2xi32>
}

// -----

// Row 16 shares the lane of row 0, two bits up: 1 + 4 * 2 and 2 + 4 * 0. K is
// padded to 4.
// CHECK-LABEL: func @rows_in_one_byte
// CHECK-DAG:     arith.constant dense_resource<weights.packed> : tensor<1x64xi8>
// CHECK-DAG:     %[[CODES:.*]] = tensor.empty() : tensor<1x4xi8>
// CHECK-DAG:     %[[SUMS:.*]] = tensor.empty() : tensor<1x1xi32>
// CHECK:         %[[P:.*]]:2 = lowbit.pack_activations %{{.*}} into %[[CODES]], %[[SUMS]] as !lowbit.affine<8>
// CHECK:         lowbit.packed_matmul <field_bits = 2, code_offset = 1> %[[P]]#0, %[[P]]#1
// CHECK:         weights.packed: "0x40000000{{0902000001010000(01010000)*}}"
func.func @rows_in_one_byte(%a: tensor<1x2x!lowbit.affine<8>>, %init: tensor<1x17xi32>) -> tensor<1x17xi32> {
  %w = lowbit.constant dense<[[0, 1], [0, 0], [0, 0], [0, 0], [0, 0], [0, 0], [0, 0], [0, 0], [0, 0],
                              [0, 0], [0, 0], [0, 0], [0, 0], [0, 0], [0, 0], [0, 0], [1, -1]]>
      : tensor<17x2xi8> -> tensor<17x2x!lowbit.ternary>
  %y = lowbit.matmul %a, %w init %init
      : (tensor<1x2x!lowbit.affine<8>>, tensor<17x2x!lowbit.ternary>, tensor<1x17xi32>) -> tensor<1x17xi32>
  return %y : tensor<1x17xi32>
}

// -----

// Two blocks, each 16 scales in f16 (1.0 is 3C00), 16 terms in i32 and 16
// offsets in f32, in all 192 bytes of header, then lines of 4 k.
// CHECK-LABEL: func @header_of_each_block
// CHECK-DAG:     %[[W:.*]] = arith.constant dense_resource<fc.packed> : tensor<1x512xi8>
// CHECK-DAG:     lowbit.pack_activations {{.*}} {block = 2 : i64} : {{.*}} -> (tensor<?x8xi8>, tensor<?x2xi32>)
// CHECK:         lowbit.packed_matmul <field_bits = 8, code_offset = 128, block = 2, scale = f16, terms = 1, offset = true> {{.*}}, %[[W]] row_scale %{{.*}} row_terms(%{{.*}}) offset_rows %{{.*}} into %{{.*}} {layer = "fc"}
// CHECK:         fc.packed: "0x40000000{{003C0040(0000){14}0100000003000000(00000000){14}0000803F00000040(00000000){14}(00){32}8182000000FF0000(00000000){14}00380034(0000){14}02000000FFFFFFFF(00000000){14}0000404000008040(00000000){14}(00){32}830000007F000000(00000000){14}"$}}
func.func @header_of_each_block(%a: tensor<?x3x!lowbit.affine<8>>, %sa: tensor<1x1xf32>, %rows: tensor<?x2xi32>) -> tensor<?x2xf32> {
  %w = lowbit.constant dense<[[1, 2, 3], [-128, 127, -1]]> : tensor<2x3xi8> -> tensor<2x3x!lowbit.affine<8>>
  %sw = arith.constant dense<[[1.0, 0.5], [2.0, 0.25]]> : tensor<2x2xf16>
  %columns = arith.constant dense<[[1, 2], [3, -1]]> : tensor<2x2xi32>
  %reals = arith.constant dense<[[1.0, 3.0], [2.0, 4.0]]> : tensor<2x2xf32>
  %y = lowbit.scaled_matmul %a, %w activation_scale %sa weight_scale %sw terms(%rows) * (%columns) offset %rows * %reals
      {block_sizes = array<i64: 0, 2>, layer = "fc"}
      : (tensor<?x3x!lowbit.affine<8>>, tensor<2x3x!lowbit.affine<8>>, tensor<1x1xf32>, tensor<2x2xf16>,
         tensor<?x2xi32>, tensor<2x2xi32>, tensor<?x2xi32>, tensor<2x2xf32>) -> tensor<?x2xf32> loc("fc")
  return %y : tensor<?x2xf32>
}

// -----

!a8 = !lowbit.affine<8>
!a4 = !lowbit.affine<4>

// Sums of two codes, and numbers up to 32767, fit in 16 bits; 32768 does not, and
// of an argument nothing is known.
// CHECK-LABEL: func @narrow_terms
// CHECK:         lowbit.packed_matmul {{.*}} {narrow_terms}
// CHECK-NOT:     narrow_terms
func.func @narrow_terms(%a: tensor<?x4x!a8>, %sa: tensor<1x1xf32>, %sw: tensor<2x2xf32>, %argument: tensor<?x2xi32>) -> (tensor<?x2xf32>, tensor<?x2xf32>, tensor<?x2xf32>) {
  %w = lowbit.constant dense<1> : tensor<2x4xi8> -> tensor<2x4x!a4>
  %r = lowbit.row_sums %a {block = 2 : i64} : tensor<?x4x!a8> -> tensor<?x2xi32>
  %narrow = arith.constant dense<[[1, 2], [32767, -32768]]> : tensor<2x2xi32>
  %wide = arith.constant dense<[[1, 2], [32768, -32768]]> : tensor<2x2xi32>
  %y0 = lowbit.scaled_matmul %a, %w activation_scale %sa weight_scale %sw terms(%r) * (%narrow) {block_sizes = array<i64: 0, 2>}
      : (tensor<?x4x!a8>, tensor<2x4x!a4>, tensor<1x1xf32>, tensor<2x2xf32>, tensor<?x2xi32>, tensor<2x2xi32>) -> tensor<?x2xf32>
  %y1 = lowbit.scaled_matmul %a, %w activation_scale %sa weight_scale %sw terms(%r) * (%wide) {block_sizes = array<i64: 0, 2>}
      : (tensor<?x4x!a8>, tensor<2x4x!a4>, tensor<1x1xf32>, tensor<2x2xf32>, tensor<?x2xi32>, tensor<2x2xi32>) -> tensor<?x2xf32>
  %y2 = lowbit.scaled_matmul %a, %w activation_scale %sa weight_scale %sw terms(%argument) * (%narrow) {block_sizes = array<i64: 0, 2>}
      : (tensor<?x4x!a8>, tensor<2x4x!a4>, tensor<1x1xf32>, tensor<2x2xf32>, tensor<?x2xi32>, tensor<2x2xi32>) -> tensor<?x2xf32>
  return %y0, %y1, %y2 : tensor<?x2xf32>, tensor<?x2xf32>, tensor<?x2xf32>
}

// -----

!a8 = !lowbit.affine<8>
!a4 = !lowbit.affine<4>

// Kernels make the negated sums of short blocks, which are not packed. Another
// column stays a term, and so do the sums where a block ends within a line.
// CHECK-LABEL: func @zero_point
// CHECK-SAME:    %{{.*}}: tensor<?x8x!lowbit.affine<8>>, %{{.*}}: tensor<?x6x!lowbit.affine<8>>, %{{.*}}: tensor<1x1xf32>, %[[ZERO:[a-z0-9]+]]: tensor<?x1xi32>
// CHECK:         lowbit.packed_matmul <field_bits = 4, code_offset = 8, block = 4, scale = f32, terms = 1> {{.*}} activation_zero_point %[[ZERO]] row_terms(
// CHECK-NOT:     activation_zero_point
// CHECK:         lowbit.packed_matmul <field_bits = 4, code_offset = 8, block = 4, scale = f32, terms = 1> {{.*}} row_terms(%[[ZERO]])
func.func @zero_point(%a: tensor<?x8x!a8>, %b: tensor<?x6x!a8>, %sa: tensor<1x1xf32>, %zero: tensor<?x1xi32>) -> (tensor<?x1xf32>, tensor<?x1xf32>) {
  %w = lowbit.constant dense<[[1, 1, 1, 1, 2, 2, 2, -4]]> : tensor<1x8xi8> -> tensor<1x8x!a4>
  %v = lowbit.constant dense<1> : tensor<1x6xi8> -> tensor<1x6x!a4>
  %sw = arith.constant dense<1.0> : tensor<1x2xf32>
  %other = arith.constant dense<[[-4, -1]]> : tensor<1x2xi32>
  %sums = arith.constant dense<[[-4, -2]]> : tensor<1x2xi32>
  %r = lowbit.row_sums %a {block = 4 : i64} : tensor<?x8x!a8> -> tensor<?x2xi32>
  %y0 = lowbit.scaled_matmul %a, %w activation_scale %sa weight_scale %sw terms(%r, %zero) * (%other, %sums) {block_sizes = array<i64: 0, 4>}
      : (tensor<?x8x!a8>, tensor<1x8x!a4>, tensor<1x1xf32>, tensor<1x2xf32>, tensor<?x2xi32>, tensor<?x1xi32>, tensor<1x2xi32>, tensor<1x2xi32>) -> tensor<?x1xf32>
  %y1 = lowbit.scaled_matmul %b, %v activation_scale %sa weight_scale %sw terms(%zero) * (%sums) {block_sizes = array<i64: 0, 4>}
      : (tensor<?x6x!a8>, tensor<1x6x!a4>, tensor<1x1xf32>, tensor<1x2xf32>, tensor<?x1xi32>, tensor<1x2xi32>) -> tensor<?x1xf32>
  return %y0, %y1 : tensor<?x1xf32>, tensor<?x1xf32>
}

// -----

// A scale for two rows, and a term for all; 1.0 is 3F80 and 2.0 is 4000.
// CHECK-LABEL: func @values_for_many_rows
// CHECK:         weights.packed: "0x40000000{{803F803F0040(0000){13}07000000070000000700000000000000}}
func.func @values_for_many_rows(%a: tensor<?x4x!lowbit.affine<8>>, %sa: tensor<1x1xf32>, %rows: tensor<?x1xi32>) -> tensor<?x3xf32> {
  %w = lowbit.constant dense<1> : tensor<3x4xi8> -> tensor<3x4x!lowbit.affine<8>>
  %sw = arith.constant dense<[[1.0], [2.0]]> : tensor<2x1xbf16>
  %columns = arith.constant dense<7> : tensor<1x1xi32>
  %y = lowbit.scaled_matmul %a, %w activation_scale %sa weight_scale %sw terms(%rows) * (%columns) {block_sizes = array<i64: 2, 0>}
      : (tensor<?x4x!lowbit.affine<8>>, tensor<3x4x!lowbit.affine<8>>, tensor<1x1xf32>, tensor<2x1xbf16>,
         tensor<?x1xi32>, tensor<1x1xi32>) -> tensor<?x3xf32>
  return %y : tensor<?x3xf32>
}

// -----

// CHECK-LABEL: func @splat_of_codes
// CHECK:         weights.packed: "0x40000000{{FFFFFFFF(0F0F0F0F){15}"}}
func.func @splat_of_codes(%a: tensor<?x4x!lowbit.affine<8>>, %init: tensor<?x17xi32>) -> tensor<?x17xi32> {
  %w = lowbit.constant dense<7> : tensor<17x4xi8> -> tensor<17x4x!lowbit.affine<4>>
  %y = lowbit.matmul %a, %w init %init
      : (tensor<?x4x!lowbit.affine<8>>, tensor<17x4x!lowbit.affine<4>>, tensor<?x17xi32>) -> tensor<?x17xi32>
  return %y : tensor<?x17xi32>
}

// -----

// CHECK-LABEL: func @packed_at_run_time
// CHECK-SAME:      %[[A:.*]]: tensor<?x?x!lowbit.affine<8>>, %[[W:.*]]: tensor<?x?x!lowbit.binary>
// CHECK:         %[[CODES:.*]] = lowbit.to_storage %[[W]] : tensor<?x?x!lowbit.binary> -> tensor<?x?xi8>
// CHECK:         %[[BYTES:.*]] = lowbit.pack_codes <field_bits = 1, code_offset = 1, code_step = 2> %[[CODES]] into %{{.*}} : (tensor<?x?xi8>, tensor<?x?xi8>) -> tensor<?x?xi8>
// CHECK:         lowbit.packed_matmul <field_bits = 1, code_offset = 1, code_step = 2> {{.*}}, %[[BYTES]] into
func.func @packed_at_run_time(%a: tensor<?x?x!lowbit.affine<8>>, %w: tensor<?x?x!lowbit.binary>, %init: tensor<?x?xi32>) -> tensor<?x?xi32> {
  %y = lowbit.matmul %a, %w init %init
      : (tensor<?x?x!lowbit.affine<8>>, tensor<?x?x!lowbit.binary>, tensor<?x?xi32>) -> tensor<?x?xi32>
  return %y : tensor<?x?xi32>
}

// -----

// CHECK-LABEL: func @bits_at_run_time
// CHECK:         %[[BYTES:.*]] = lowbit.pack_codes <field_bits = 2, block = 40, scale = f16, mask = true, sign = true> %{{.*}} scale %{{.*}} into
// CHECK:         lowbit.packed_matmul <field_bits = 2, block = 40, scale = f16, mask = true, sign = true> {{.*}}, %[[BYTES]] row_scale
func.func @bits_at_run_time(%a: tensor<?x100x!lowbit.binary>, %w: tensor<?x100x!lowbit.ternary>, %sa: tensor<1x1xf32>, %sw: tensor<?x3xf16>) -> tensor<?x?xf32> {
  %y = lowbit.scaled_matmul %a, %w activation_scale %sa weight_scale %sw {block_sizes = array<i64: 0, 40>}
      : (tensor<?x100x!lowbit.binary>, tensor<?x100x!lowbit.ternary>, tensor<1x1xf32>, tensor<?x3xf16>) -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}

// -----

// Scales of several rows and scales of constant codes are packed one by one.
// CHECK-LABEL: func @blocks_of_rows
// CHECK:         lowbit.pack <field_bits = 8, code_offset = 128, scale = f32> %{{.*}} scale %{{.*}} {block_sizes = array<i64: 2, 0>}
func.func @blocks_of_rows(%a: tensor<?x4x!lowbit.affine<8>>, %w: tensor<4x4x!lowbit.affine<8>>, %sa: tensor<1x1xf32>, %sw: tensor<2x1xf32>) -> tensor<?x4xf32> {
  %y = lowbit.scaled_matmul %a, %w activation_scale %sa weight_scale %sw {block_sizes = array<i64: 2, 0>}
      : (tensor<?x4x!lowbit.affine<8>>, tensor<4x4x!lowbit.affine<8>>, tensor<1x1xf32>, tensor<2x1xf32>) -> tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// -----

// CHECK-LABEL: func @scale_of_run_time
// CHECK-SAME:      %{{.*}}, %{{.*}}, %[[SW:.*]]: tensor<2x1xf32>
// CHECK:         %[[BYTES:.*]] = lowbit.pack <field_bits = 2, code_offset = 1, block = 4, scale = f32> %{{.*}} scale %[[SW]] {block_sizes = array<i64: 0, 4>} : {{.*}} -> tensor<1x320xi8>
// CHECK:         lowbit.packed_matmul <field_bits = 2, code_offset = 1, block = 4, scale = f32> {{.*}}, %[[BYTES]] row_scale
func.func @scale_of_run_time(%a: tensor<?x4x!lowbit.affine<8>>, %sa: tensor<1x1xf32>, %sw: tensor<2x1xf32>) -> tensor<?x2xf32> {
  %w = lowbit.constant dense<1> : tensor<2x4xi8> -> tensor<2x4x!lowbit.ternary>
  %y = lowbit.scaled_matmul %a, %w activation_scale %sa weight_scale %sw {block_sizes = array<i64: 0, 4>}
      : (tensor<?x4x!lowbit.affine<8>>, tensor<2x4x!lowbit.ternary>, tensor<1x1xf32>, tensor<2x1xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// -----

// CHECK-LABEL: func @foreign
// CHECK-NEXT:    linalg.matmul
// CHECK-NEXT:    lowbit.quantize
// CHECK-NEXT:    lowbit.row_sums
// CHECK-NEXT:    return
func.func @foreign(%x: tensor<?x4xf32>, %w: tensor<4x4xf32>, %init: tensor<?x4xf32>, %s: tensor<1x1xf32>) -> (tensor<?x4xf32>, tensor<?x1xi32>) {
  %y = linalg.matmul ins(%x, %w : tensor<?x4xf32>, tensor<4x4xf32>) outs(%init : tensor<?x4xf32>) -> tensor<?x4xf32>
  %q = lowbit.quantize %y scale %s : (tensor<?x4xf32>, tensor<1x1xf32>) -> tensor<?x4x!lowbit.affine<8>>
  %sums = lowbit.row_sums %q : tensor<?x4x!lowbit.affine<8>> -> tensor<?x1xi32>
  return %y, %sums : tensor<?x4xf32>, tensor<?x1xi32>
}
