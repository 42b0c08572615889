// RUN: lowbit-opt %s --lowbit-emit-kernels --split-input-file | FileCheck %s
// RUN: lowbit-opt %s --lowbit-emit-kernels=target=x86-avx512vnni --split-input-file | FileCheck %s --check-prefix=VNNI

// The scale of a block is applied once behind its k, each of which is one fma
// per row, behind one look at the line.
// CHECK-LABEL: func @blocks
// CHECK:         scf.if
// CHECK:           call @lowbit_generic_b4_o8_s1_k32_f16_float_m1(
// CHECK:         } else {
// CHECK:           call @lowbit_generic_b4_o8_s1_k32_f16_float_m2(
// CHECK:         func private @lowbit_generic_b4_o8_s1_k32_f16_float_m1(
// CHECK-SAME:        %{{.*}}: memref<?x?xf32, strided<[?, 1], offset: ?>> {llvm.noalias}, %{{.*}}: memref<?x?xi8, strided<[?, 1], offset: ?>> {llvm.noalias}, %{{.*}}: memref<?x?xf32, strided<[?, 1], offset: ?>> {llvm.noalias})
// CHECK-NOT:     llvm.x86
// CHECK:         func private @lowbit_generic_b4_o8_s1_k32_f16_float_m2(
//
// One row reads two panels at once, others share the look at one.
// VNNI-LABEL:  func @blocks
// VNNI:          func private @lowbit_x86_avx512vnni_b4_o8_s1_k32_f16_float_m1_p2(
// VNNI:            %[[TABLE:.*]] = arith.constant dense<[-8.000000e+00, -7.000000e+00, {{.*}}, 7.000000e+00]> : vector<16xf32>
// VNNI:            %[[V:.*]] = llvm.call_intrinsic "llvm.x86.avx512.permvar.sf.512"(%[[TABLE]], %{{.*}})
// VNNI-COUNT-16:   math.fma
// VNNI:          func private @lowbit_x86_avx512vnni_b4_o8_s1_k32_f16_float_m8(
func.func @blocks(%a: memref<?x70xf32>, %w: memref<1x1344xi8>, %y: memref<?x16xf32>) {
  lowbit.packed_weight_only_matmul <field_bits = 4, code_offset = 8, block = 32, scale = f16> %a, %w into %y
      : (memref<?x70xf32>, memref<1x1344xi8>, memref<?x16xf32>) -> ()
  return
}

// -----

// Levels beyond what a register holds are made of bits: 128 more than 2^23 is
// taken off, and the zero points.
// VNNI-LABEL:  func @bytes
// VNNI:          func private @lowbit_x86_avx512vnni_b8_o128_s1_k0_f32_offset_float_m1_p2(
// VNNI:            %[[BITS:.*]] = arith.ori
// VNNI:            %[[REAL:.*]] = arith.bitcast %[[BITS]] : vector<16xi32> to vector<16xf32>
// VNNI:            %[[BASE:.*]] = arith.constant dense<0x4B000080> : vector<16xf32>
// VNNI:            %[[CODE:.*]] = arith.subf %[[REAL]], %[[BASE]]
// VNNI:            %[[VALUE:.*]] = arith.subf %[[CODE]], %{{.*}}
// VNNI:            math.fma %{{.*}}, %[[VALUE]], %{{.*}}
// VNNI-NOT:      permvar
func.func @bytes(%a: memref<?x4xf32>, %w: memref<1x192xi8>, %y: memref<?x2xf32>) {
  lowbit.packed_weight_only_matmul <field_bits = 8, code_offset = 128, scale = f32, offset = true> %a, %w into %y
      : (memref<?x4xf32>, memref<1x192xi8>, memref<?x2xf32>) -> ()
  return
}

// -----

// The levels of a codebook, 5 less, four times: a look at four bits sees the two
// that count and two others.
// CHECK-LABEL: func @levels
// CHECK:         func private @lowbit_generic_b2_o5_s1_k0_f32_levels_0_5_12_132_float_m1(
// CHECK:           arith.select
// VNNI-LABEL:  func @levels
// VNNI:          arith.constant dense<[-5.000000e+00, 0.000000e+00, 7.000000e+00, 1.270000e+02, -5.000000e+00, 0.000000e+00, 7.000000e+00, 1.270000e+02, -5.000000e+00, 0.000000e+00, 7.000000e+00, 1.270000e+02, -5.000000e+00, 0.000000e+00, 7.000000e+00, 1.270000e+02]> : vector<16xf32>
func.func @levels(%a: memref<?x4xf32>, %w: memref<1x320xi8>, %y: memref<?x2xf32>) {
  lowbit.packed_weight_only_matmul <field_bits = 2, code_offset = 5, scale = f32, levels = [0, 5, 12, 132]> %a, %w into %y
      : (memref<?x4xf32>, memref<1x320xi8>, memref<?x2xf32>) -> ()
  return
}
