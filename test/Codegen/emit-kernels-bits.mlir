// RUN: lowbit-opt %s --lowbit-emit-kernels --split-input-file | FileCheck %s
// RUN: lowbit-opt %s --lowbit-emit-kernels=target=x86-avx512popcnt --split-input-file | FileCheck %s --check-prefix=POPCNT

// The planes of both sides are a part of the name. Bytes are counted for 31 lines,
// lanes for all.
// CHECK-LABEL: func @pairs
// CHECK:         func private @lowbit_generic_popcnt_b1_o0_s1_k0_bits_s_s_m1(
// CHECK:           arith.constant 31 : index
// CHECK:           arith.xori {{.*}} : vector<16xi32>
// CHECK:           math.ctpop {{.*}} : vector<64xi8>
// CHECK:         func private @lowbit_generic_popcnt_b2_o0_s1_k0_bits_ms_m_m1(
// CHECK:         func private @lowbit_generic_popcnt_b2_o0_s1_k0_bits_ms_m_m2(
// POPCNT-LABEL: func @pairs
// POPCNT:        func private @lowbit_x86_avx512popcnt_b1_o0_s1_k0_bits_s_s_m1(
// POPCNT-NOT:      arith.constant 31 : index
// POPCNT:          math.ctpop {{.*}} : vector<16xi32>
// POPCNT:        func private @lowbit_x86_avx512popcnt_b1_o0_s1_k0_bits_s_s_m8(
func.func @pairs(%a: memref<?x8xi8>, %sums: memref<?x1xi32>, %w: memref<1x128xi8>, %v: memref<1x256xi8>, %y: memref<?x2xi32>) {
  lowbit.packed_matmul <field_bits = 1, sign = true> %a, %sums, %w into %y {activation_type = !lowbit.binary}
      : (memref<?x8xi8>, memref<?x1xi32>, memref<1x128xi8>, memref<?x2xi32>) -> ()
  lowbit.packed_matmul <field_bits = 2, mask = true, sign = true> %a, %sums, %v into %y {activation_type = !lowbit.binary<unipolar>}
      : (memref<?x8xi8>, memref<?x1xi32>, memref<1x256xi8>, memref<?x2xi32>) -> ()
  return
}

// -----

// One function for each way from elements to bits.
// CHECK-LABEL: func @activations
// CHECK:         call @lowbit_pack_bits_s_k0_c1_1_sign(
// CHECK:         call @lowbit_pack_bits_m_k0_c0_1_sign(
// CHECK:         call @lowbit_pack_bits_ms_k0_c1_1_round(
// CHECK:         call @lowbit_pack_bits_ms_k0_c1_1_threshold(
// CHECK:         call @lowbit_pack_bits_ms_k40_c1_1_codes(
// CHECK:         call @lowbit_pack_bits_s_k0_c1_1_sign(
// CHECK:         func private @lowbit_pack_bits_s_k0_c1_1_sign(
// CHECK:           arith.cmpf olt, {{.*}} : vector<32xf32>
// CHECK:         func private @lowbit_pack_bits_m_k0_c0_1_sign(
// CHECK:           arith.cmpf uge, {{.*}} : vector<32xf32>
// CHECK:           math.ctpop
// CHECK:         func private @lowbit_pack_bits_ms_k0_c1_1_round(
// CHECK:         func private @lowbit_pack_bits_ms_k0_c1_1_threshold(
// CHECK:         func private @lowbit_pack_bits_ms_k40_c1_1_codes(
// CHECK-NOT:     func private
func.func @activations(%x: memref<?x64xf32>, %s: memref<1x1xf32>, %a: memref<?x8xi8>, %b: memref<?x16xi8>, %sums: memref<?x1xi32>,
                       %i: memref<?x64xi8>, %c: memref<?x24xi8>, %blocks: memref<?x2xi32>) {
  lowbit.pack_activations %x scale %s into %a, %sums as !lowbit.binary {bits}
      : (memref<?x64xf32>, memref<1x1xf32>, memref<?x8xi8>, memref<?x1xi32>) -> ()
  lowbit.pack_activations %x scale %s into %a, %sums as !lowbit.binary<unipolar> {bits}
      : (memref<?x64xf32>, memref<1x1xf32>, memref<?x8xi8>, memref<?x1xi32>) -> ()
  lowbit.pack_activations %x scale %s into %b, %sums as !lowbit.ternary {bits}
      : (memref<?x64xf32>, memref<1x1xf32>, memref<?x16xi8>, memref<?x1xi32>) -> ()
  lowbit.pack_activations %x scale %s threshold %s into %b, %sums as !lowbit.ternary {bits}
      : (memref<?x64xf32>, memref<1x1xf32>, memref<1x1xf32>, memref<?x16xi8>, memref<?x1xi32>) -> ()
  lowbit.pack_activations %i into %c, %blocks as !lowbit.ternary {bits, block = 40 : i64}
      : (memref<?x64xi8>, memref<?x24xi8>, memref<?x2xi32>) -> ()
  lowbit.pack_activations %x scale %s into %a, %sums as !lowbit.binary {bits}
      : (memref<?x64xf32>, memref<1x1xf32>, memref<?x8xi8>, memref<?x1xi32>) -> ()
  return
}
