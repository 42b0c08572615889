// RUN: lowbit-opt %s --lowbit-emit-kernels --split-input-file | FileCheck %s

// 16 rows of 64 codes are transposed as words; of two rows that share a byte, the
// second ones are shifted and joined.
// CHECK-LABEL: func @pack
// CHECK:         call @lowbit_pack_codes_b4_o8_s1_f32_t1(
// CHECK:       func private @lowbit_pack_codes_b4_o8_s1_f32_t1(
// CHECK-SAME:      %[[CODES:.*]]: memref<?x?xi8, strided<[?, 1], offset: ?>> {llvm.noalias}, %{{.*}}: memref<?x?xf32, strided<[?, 1], offset: ?>> {llvm.noalias}, %{{.*}}: memref<?x?xi32, strided<[?, 1], offset: ?>> {llvm.noalias}, %[[PACKED:.*]]: memref<?x?xi8, strided<[?, 1], offset: ?>> {llvm.noalias})
// CHECK-COUNT-16: vector.load %[[CODES]]{{.*}} vector<64xi8>
// CHECK-COUNT-64: vector.shuffle {{.*}} vector<16xi32>
// CHECK-COUNT-16: vector.load %[[CODES]]{{.*}} vector<64xi8>
// CHECK-COUNT-64: vector.shuffle {{.*}} vector<16xi32>
// CHECK:          arith.shli {{.*}} vector<64xi8>
// CHECK:          arith.ori {{.*}} vector<64xi8>
// CHECK-COUNT-16: vector.store %{{.*}}, %[[PACKED]]{{.*}} vector<64xi8>
func.func @pack(%w: memref<?x?xi8>, %s: memref<?x1xf32>, %t: memref<1x1xi32>, %p: memref<?x?xi8>) {
  lowbit.pack_codes <field_bits = 4, code_offset = 8, scale = f32, terms = 1> %w scale %s terms(%t) into %p
      : (memref<?x?xi8>, memref<?x1xf32>, memref<1x1xi32>, memref<?x?xi8>) -> ()
  return
}

// -----

// Of each row, 32 codes are compared at once, and the word is stored in its lane.
// CHECK-LABEL: func @bits
// CHECK:         call @lowbit_pack_codes_ms_k40(
// CHECK:       func private @lowbit_pack_codes_ms_k40(
// CHECK-SAME:      %[[CODES:.*]]: memref<?x?xi8, strided<[?, 1], offset: ?>> {llvm.noalias}, %[[PACKED:.*]]: memref<?x?xi8, strided<[?, 1], offset: ?>> {llvm.noalias})
// CHECK:         %[[X:.*]] = vector.load %[[CODES]]{{.*}} vector<32xi8>
// CHECK-DAG:     arith.cmpi ne, %[[X]], %{{.*}} : vector<32xi8>
// CHECK-DAG:     arith.cmpi slt, %[[X]], %{{.*}} : vector<32xi8>
// CHECK-COUNT-2: vector.store %{{.*}}, %[[PACKED]]{{.*}} vector<4xi8>
func.func @bits(%w: memref<?x?xi8>, %p: memref<?x?xi8>) {
  lowbit.pack_codes <field_bits = 2, block = 40, mask = true, sign = true> %w into %p : (memref<?x?xi8>, memref<?x?xi8>) -> ()
  return
}

// -----

// The plane of 2 bits takes two vectors of a line, each full after four rows; the
// one of 1 bit takes one, full after eight.
// CHECK-LABEL: func @planes
// CHECK:         call @lowbit_pack_codes_b3_o4_s1(
// CHECK:       func private @lowbit_pack_codes_b3_o4_s1(
// CHECK-SAME:      %[[CODES:.*]]: memref<?x?xi8, strided<[?, 1], offset: ?>> {llvm.noalias}, %[[PACKED:.*]]: memref<?x?xi8, strided<[?, 1], offset: ?>> {llvm.noalias})
// CHECK-COUNT-64: vector.load %[[CODES]]{{.*}} vector<64xi8>
// CHECK-COUNT-16: vector.store %{{.*}}, %[[PACKED]]{{.*}} vector<64xi8>
// CHECK-COUNT-64: vector.load %[[CODES]]{{.*}} vector<64xi8>
// CHECK-COUNT-32: vector.store %{{.*}}, %[[PACKED]]{{.*}} vector<64xi8>
func.func @planes(%w: memref<?x?xi8>, %p: memref<?x?xi8>) {
  lowbit.pack_codes <field_bits = 3, code_offset = 4> %w into %p : (memref<?x?xi8>, memref<?x?xi8>) -> ()
  return
}
