// RUN: lowbit-opt %s --lowbit-emit-kernels --split-input-file | FileCheck %s

// Calls share a leaf function; the index is clamped, and 16 codes of a block are
// decoded at once.
// CHECK-LABEL: func @in_vectors
// CHECK: %[[T:.*]] = memref.cast %{{.*}} : memref<7x32xi8> to memref<?x?xi8, strided<[?, 1], offset: ?>>
// CHECK: call @lowbit_gather_b4_o8_s1_g1x32_i64_f16_i32(%[[T]],
// CHECK: call @lowbit_gather_b4_o8_s1_g1x32_i64_f16_i32(
// CHECK-NOT: call @
// CHECK: func private @lowbit_gather_b4_o8_s1_g1x32_i64_f16_i32(%[[T:[^:]*]]: memref<?x?xi8, strided<[?, 1], offset: ?>> {llvm.noalias}, %[[I:[^:]*]]: memref<?xi64, strided<[1], offset: ?>> {llvm.noalias}, %[[S:[^:]*]]: memref<?x?xf16, {{.*}}, %[[Z:[^:]*]]: memref<?x?xi32, {{.*}}, %[[Y:[^:]*]]: memref<?x?xf32,
// CHECK: scf.for %[[M:.*]] =
// CHECK: %[[GIVEN:.*]] = memref.load %[[I]][%[[M]]]
// CHECK: %[[INDEX:.*]] = arith.index_cast %[[GIVEN]] : i64 to index
// CHECK: %[[ABOVE:.*]] = arith.maxsi %[[INDEX]], %c0
// CHECK: %[[ROW:.*]] = arith.minsi %[[ABOVE]],
// CHECK: scf.for %[[G:.*]] =
// CHECK: memref.load %[[S]][%{{.*}}, %[[G]]]
// CHECK: arith.extf
// CHECK: memref.load %[[Z]][%{{.*}}, %[[G]]]
// CHECK: scf.for %{{.*}} step %c16
// CHECK: %[[BYTES:.*]] = vector.load %[[T]][%[[ROW]], %{{.*}}] : memref<{{.*}}>, vector<8xi8>
// CHECK: %[[LOW:.*]] = arith.andi %[[BYTES]]
// CHECK: %[[HIGH:.*]] = arith.shrui %[[BYTES]]
// CHECK: %[[FIELDS:.*]] = vector.interleave %[[LOW]], %[[HIGH]] : vector<8xi8> -> vector<16xi8>
// CHECK: arith.extui %[[FIELDS]] : vector<16xi8> to vector<16xi32>
// CHECK: vector.store %{{.*}}, %[[Y]]
// CHECK: scf.for
// CHECK: memref.store %{{.*}}, %[[Y]]
func.func @in_vectors(%t: memref<7x32xi8>, %i: memref<?xi64>, %s: memref<7x2xf16>, %z: memref<7x2xi32>, %y: memref<?x64xf32>) {
  lowbit.packed_gather <field_bits = 4, code_offset = 8> %t[%i] scale %s zero_point %z into %y {block_sizes = array<i64: 0, 32>}
      : (memref<7x32xi8>, memref<?xi64>, memref<7x2xf16>, memref<7x2xi32>, memref<?x64xf32>) -> ()
  lowbit.packed_gather <field_bits = 4, code_offset = 8> %t[%i] scale %s zero_point %z into %y {block_sizes = array<i64: 0, 32>}
      : (memref<7x32xi8>, memref<?xi64>, memref<7x2xf16>, memref<7x2xi32>, memref<?x64xf32>) -> ()
  return
}

// -----

// Blocks that are no whole vectors are read code by code.
// CHECK-LABEL: func @in_scalars
// CHECK: func private @lowbit_gather_b1_o1_s2_g2x5_i32_f32_f32_levels(
// CHECK-NOT: vector.load
// CHECK: return
func.func @in_scalars(%t: memref<7x8xi8>, %i: memref<?xi32>, %s: memref<4x13xf32>, %z: memref<4x13xf32>, %l: memref<2xi32>, %y: memref<?x64xf32>) {
  lowbit.packed_gather <field_bits = 1, code_offset = 1, code_step = 2> %t[%i] scale %s zero_point %z levels %l into %y {block_sizes = array<i64: 2, 5>}
      : (memref<7x8xi8>, memref<?xi32>, memref<4x13xf32>, memref<4x13xf32>, memref<2xi32>, memref<?x64xf32>) -> ()
  return
}

// -----

// CHECK-LABEL: func @levels
// CHECK: func private @lowbit_gather_b2_o0_s1_g0x0_i32_f32_levels(
// CHECK-COUNT-2: vector.interleave
// CHECK: vector.gather %{{.*}}[%c0{{.*}}] [%{{.*}}], %{{.*}} : memref<?xi32, strided<[1], offset: ?>>, vector<16xi32>
func.func @levels(%t: memref<7x16xi8>, %i: memref<?xi32>, %s: memref<1x1xf32>, %l: memref<4xi32>, %y: memref<?x64xf32>) {
  lowbit.packed_gather <field_bits = 2> %t[%i] scale %s levels %l into %y
      : (memref<7x16xi8>, memref<?xi32>, memref<1x1xf32>, memref<4xi32>, memref<?x64xf32>) -> ()
  return
}
