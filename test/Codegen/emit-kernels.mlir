// RUN: lowbit-opt %s --lowbit-emit-kernels --split-input-file | FileCheck %s
// RUN: lowbit-opt %s --lowbit-emit-kernels=target=x86-avx512vnni --split-input-file | FileCheck %s --check-prefix=VNNI
// RUN: lowbit-opt %s --lowbit-emit-kernels=target=x86-amx --split-input-file | FileCheck %s --check-prefix=AMX
// RUN: lowbit-opt %s --lowbit-emit-kernels --split-input-file > %t.once
// RUN: lowbit-opt %s --lowbit-emit-kernels --lowbit-emit-kernels --split-input-file | diff - %t.once

// Two calls share the leaf functions, of which one is for a single row.
// CHECK-LABEL: func @shared
// CHECK-SAME:      %[[A:[^:]*]]: memref<?x4xi8>, %[[SUMS:[^:]*]]: memref<?x1xi32>, %[[W:[^:]*]]: memref<1x64xi8>, %[[Y:[^:]*]]: memref<?x2xi32>,
// CHECK:         %[[M:.*]] = memref.dim %[[A]], %c0
// CHECK:         %[[TWO:.*]] = arith.constant 2 : index
// CHECK:         %[[ONE:.*]] = arith.cmpi ult, %[[M]], %[[TWO]]
// CHECK:         scf.if %[[ONE]] {
// CHECK-DAG:       %[[A0:.*]] = memref.cast %[[A]] : memref<?x4xi8> to memref<?x?xi8, strided<[?, 1], offset: ?>>
// CHECK-DAG:       %[[SUMS0:.*]] = memref.cast %[[SUMS]]
// CHECK-DAG:       %[[W0:.*]] = memref.cast %[[W]]
// CHECK-DAG:       %[[Y0:.*]] = memref.cast %[[Y]]
// CHECK:           call @lowbit_generic_b2_o1_s1_k0_m1(%[[A0]], %[[SUMS0]], %[[W0]], %[[Y0]])
// CHECK:         } else {
// CHECK:           call @lowbit_generic_b2_o1_s1_k0_m2(
// CHECK:         }
// CHECK:         call @lowbit_generic_b2_o1_s1_k0_m1(
// CHECK:         call @lowbit_generic_b2_o1_s1_k0_m2(
// CHECK-NOT:     call @
// CHECK:         func private @lowbit_generic_b2_o1_s1_k0_m1({{.*}} {llvm.noalias}, {{.*}} {llvm.noalias}, {{.*}} {llvm.noalias}, {{.*}} {llvm.noalias}) {
// CHECK:         func private @lowbit_generic_b2_o1_s1_k0_m2(
// CHECK-NOT:     func private
// VNNI-LABEL:  func @shared
// VNNI:          func private @lowbit_x86_avx512vnni_b2_o1_s1_k0_m1(
// VNNI:            "llvm.x86.avx512.vpdpbusd.512"
// VNNI:          func private @lowbit_x86_avx512vnni_b2_o1_s1_k0_m8(
// AMX-LABEL:   func @shared
// AMX-NOT:       scf.if
// AMX:           call @lowbit_x86_avx512vnni_b2_o1_s1_k0_m1(
// AMX:           call @lowbit_x86_avx512vnni_b2_o1_s1_k0_m1(
// AMX-NOT:       call @
func.func @shared(%a: memref<?x4xi8>, %sums: memref<?x1xi32>, %w: memref<1x64xi8>, %y: memref<?x2xi32>, %z: memref<?x2xi32, strided<[?, 1], offset: ?>>) {
  lowbit.packed_matmul <field_bits = 2, code_offset = 1> %a, %sums, %w into %y
      : (memref<?x4xi8>, memref<?x1xi32>, memref<1x64xi8>, memref<?x2xi32>) -> ()
  lowbit.packed_matmul <field_bits = 2, code_offset = 1> %a, %sums, %w into %z
      : (memref<?x4xi8>, memref<?x1xi32>, memref<1x64xi8>, memref<?x2xi32, strided<[?, 1], offset: ?>>) -> ()
  return
}

// -----

// Tiles are for several rows of at least 64 codes. The buffers for their sums
// are those of a function of its own.
// CHECK-LABEL: func @deep
// AMX-LABEL:   func @deep
// AMX:           %[[FEW:.*]] = arith.cmpi ult, %{{.*}}, %c2
// AMX:           %[[DEPTH:.*]] = memref.dim %{{.*}}, %c1
// AMX-NEXT:      %[[STEP:.*]] = arith.constant 64 : index
// AMX-NEXT:      %[[SHORT:.*]] = arith.cmpi ult, %[[DEPTH]], %[[STEP]]
// AMX-NEXT:      %[[ONE:.*]] = arith.ori %[[FEW]], %[[SHORT]]
// AMX:           scf.if %[[ONE]] {
// AMX:             call @lowbit_x86_avx512vnni_b2_o1_s1_k0_m1(
// AMX:           } else {
// AMX:               call @lowbit_x86_amx_b2_o1_s1_k0_m16(
// AMX:               call @lowbit_x86_amx_b2_o1_s1_k0_m128(
// AMX:           func private @lowbit_x86_amx_b2_o1_s1_k0_m16({{.*}} attributes {passthrough = ["noinline"]}
// AMX:             memref.alloca() {alignment = 64 : i64} : memref<4x16x16xi32>
// AMX:             "llvm.x86.tdpbsud.internal"
// AMX:           func private @lowbit_x86_amx_b2_o1_s1_k0_m128(
func.func @deep(%a: memref<?x?xi8>, %sums: memref<?x1xi32>, %w: memref<1x?xi8>, %y: memref<?x2xi32>) {
  lowbit.packed_matmul <field_bits = 2, code_offset = 1> %a, %sums, %w into %y
      : (memref<?x?xi8>, memref<?x1xi32>, memref<1x?xi8>, memref<?x2xi32>) -> ()
  return
}

// -----

// What is known of M needs no dispatch.
// CHECK-LABEL: func @rows
// VNNI-LABEL:  func @rows
// VNNI-NOT:      scf.if
// VNNI:          call @lowbit_x86_avx512vnni_b8_o128_s1_k0_m1(
// VNNI-NEXT:     return
// VNNI-NOT:      func private @lowbit_x86_avx512vnni_b8_o128_s1_k0_m{{[2-9]}}
func.func @rows(%a: memref<1x64xi8>, %sums: memref<1x1xi32>, %w: memref<1x1024xi8>, %y: memref<1x16xi32>) {
  lowbit.packed_matmul <field_bits = 8, code_offset = 128> %a, %sums, %w into %y
      : (memref<1x64xi8>, memref<1x1xi32>, memref<1x1024xi8>, memref<1x16xi32>) -> ()
  return
}

// -----

// Every part of the layout is a part of the name; steps, terms and offsets are
// arguments or code.
// CHECK-LABEL: func @names
// CHECK:         func private @lowbit_generic_b1_o1_s2_k0_m1(
// CHECK:         func private @lowbit_generic_b4_o8_s1_k32_f16_t2_offset_m1(
// CHECK-SAME:        %{{.*}}: memref<?x?xi8, {{.*}}, %{{.*}}: memref<?x?xi32, {{.*}}, %{{.*}}: memref<?x?xi8, {{.*}}, %{{.*}}: memref<?x?xf32, {{.*}}, %{{.*}}: memref<?x?xi32, {{.*}}, %{{.*}}: memref<?x?xi32, {{.*}}, %{{.*}}: memref<?x?xi32, {{.*}}, %{{.*}}: memref<?x?xf32,
func.func @names(%a: memref<?x32xi8>, %sums: memref<?x1xi32>, %w: memref<1x512xi8>, %y: memref<?x2xi32>, %v: memref<1x960xi8>, %s: memref<1x1xf32>, %t: memref<?x1xi32>, %z: memref<?x2xf32>) {
  lowbit.packed_matmul <field_bits = 1, code_offset = 1, code_step = 2> %a, %sums, %w into %y
      : (memref<?x32xi8>, memref<?x1xi32>, memref<1x512xi8>, memref<?x2xi32>) -> ()
  lowbit.packed_matmul <field_bits = 4, code_offset = 8, block = 32, scale = f16, terms = 2, offset = true> %a, %sums, %v
      row_scale %s row_terms(%t, %t) offset_rows %t into %z
      : (memref<?x32xi8>, memref<?x1xi32>, memref<1x960xi8>, memref<1x1xf32>, memref<?x1xi32>, memref<?x1xi32>, memref<?x1xi32>, memref<?x2xf32>) -> ()
  return
}

// -----

// The zero point of activations, too.
// CHECK-LABEL: func @zero_point
// CHECK:         func private @lowbit_generic_b4_o8_s1_k32_f16_z_m1(
func.func @zero_point(%a: memref<?x32xi8>, %sums: memref<?x1xi32>, %w: memref<1x576xi8>, %s: memref<1x1xf32>, %z: memref<?x1xi32>, %y: memref<?x2xf32>) {
  lowbit.packed_matmul <field_bits = 4, code_offset = 8, block = 32, scale = f16> %a, %sums, %w
      row_scale %s activation_zero_point %z into %y
      : (memref<?x32xi8>, memref<?x1xi32>, memref<1x576xi8>, memref<1x1xf32>, memref<?x1xi32>, memref<?x2xf32>) -> ()
  return
}

// -----

// One function per code range, block and zero point.
// CHECK-LABEL: func @activations
// CHECK:         call @lowbit_pack_activations_k0_c128_127(
// CHECK:         call @lowbit_pack_activations_k0_c128_127_z(
// CHECK:         call @lowbit_pack_activations_k3_c7_7(
// CHECK:         call @lowbit_pack_activations_k0(
// CHECK:         call @lowbit_pack_activations_k0_c128_127(
// CHECK:         func private @lowbit_pack_activations_k0_c128_127(
// CHECK:         func private @lowbit_pack_activations_k0_c128_127_z(
// CHECK:         func private @lowbit_pack_activations_k3_c7_7(
// CHECK:         func private @lowbit_pack_activations_k0(
// CHECK-NOT:     func private
func.func @activations(%x: memref<?x4xf32>, %s: memref<1x1xf32>, %z: memref<?x1xi32>, %a: memref<?x4xi8>, %sums: memref<?x1xi32>, %b: memref<?x8xi8>, %blocks: memref<?x2xi32>, %i: memref<?x4xi8>) {
  lowbit.pack_activations %x scale %s into %a, %sums as !lowbit.affine<8>
      : (memref<?x4xf32>, memref<1x1xf32>, memref<?x4xi8>, memref<?x1xi32>) -> ()
  lowbit.pack_activations %x scale %s zero_point %z into %a, %sums as !lowbit.affine<8>
      : (memref<?x4xf32>, memref<1x1xf32>, memref<?x1xi32>, memref<?x4xi8>, memref<?x1xi32>) -> ()
  lowbit.pack_activations %x scale %s into %b, %blocks as !lowbit.affine<4, narrow> {block = 3 : i64}
      : (memref<?x4xf32>, memref<1x1xf32>, memref<?x8xi8>, memref<?x2xi32>) -> ()
  lowbit.pack_activations %i into %a, %sums as !lowbit.ternary
      : (memref<?x4xi8>, memref<?x4xi8>, memref<?x1xi32>) -> ()
  lowbit.pack_activations %x scale %s into %a, %sums as !lowbit.affine<8>
      : (memref<?x4xf32>, memref<1x1xf32>, memref<?x4xi8>, memref<?x1xi32>) -> ()
  return
}

// -----

// CHECK-LABEL: func @foreign
// CHECK-NEXT:    linalg.exp
// CHECK-NEXT:    return
// CHECK-NOT:     func private
func.func @foreign(%x: memref<4xf32>) {
  linalg.exp ins(%x : memref<4xf32>) outs(%x : memref<4xf32>)
  return
}
