// RUN: lowbit-opt %s --lowbit-emit-kernels | FileCheck %s

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
// CHECK:          arith.ori {{.*}} vector<16xi32>
// CHECK-COUNT-16: vector.store %{{.*}}, %[[PACKED]]{{.*}} vector<64xi8>
func.func @pack(%w: memref<?x?xi8>, %s: memref<?x1xf32>, %t: memref<1x1xi32>, %p: memref<?x?xi8>) {
  lowbit.pack_codes <field_bits = 4, code_offset = 8, scale = f32, terms = 1> %w scale %s terms(%t) into %p
      : (memref<?x?xi8>, memref<?x1xf32>, memref<1x1xi32>, memref<?x?xi8>) -> ()
  return
}
