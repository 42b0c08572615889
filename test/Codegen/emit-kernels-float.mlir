// RUN: lowbit-opt %s --lowbit-emit-kernels --split-input-file | FileCheck %s
// RUN: lowbit-opt %s --lowbit-emit-kernels=target=x86-avx512vnni --split-input-file | FileCheck %s --check-prefix=AVX512
// RUN: lowbit-opt %s --lowbit-emit-kernels=target=x86-amx --split-input-file | FileCheck %s --check-prefix=AMX
// RUN: lowbit-opt %s --lowbit-emit-kernels=target=x86-avx2 --split-input-file | FileCheck %s --check-prefix=AVX2

// The tile follows from the registers; products are fused where the target can.
// One row reads many panels at once and does not cut K.
// CHECK-LABEL:  func @reals
// CHECK:          scf.if
// CHECK:            call @lowbit_generic_float_f32_m1_p3(
// CHECK:          } else {
// CHECK:            call @lowbit_generic_float_f32_m3_p1(
// CHECK:          func private @lowbit_generic_float_f32_m1_p3(
// CHECK-NOT:      math.fma
// CHECK:            arith.mulf
// CHECK:            arith.addf
//
// AVX512-LABEL: func @reals
// AVX512:         scf.if
// AVX512:           call @lowbit_x86_avx512fma_f32_m1_p8(
// AVX512:         } else {
// AVX512:           scf.if
// AVX512:             call @lowbit_x86_avx512fma_f32_m4_p4(
// AVX512:           } else {
// AVX512:             call @lowbit_x86_avx512fma_f32_m6_p4(
// AVX512:         func private @lowbit_x86_avx512fma_f32_m1_p8(
// AVX512-SAME:        %{{.*}}: memref<?x?xf32, strided<[?, 1], offset: ?>> {llvm.noalias}, %{{.*}}: memref<?x?xf32, strided<[?, 1], offset: ?>> {llvm.noalias}, %{{.*}}: memref<?x?xf32, strided<[?, 1], offset: ?>> {llvm.noalias})
// AVX512-NOT:       step %c128
// AVX512:           memref.prefetch
// AVX512-COUNT-8:   math.fma
// AVX512:         func private @lowbit_x86_avx512fma_f32_m4_p4(
// AVX512:           scf.for %{{.*}} = %c0{{.*}} to %{{.*}} step %c128
// AVX512-NOT:       memref.prefetch
// AVX512-COUNT-16:  math.fma
// AVX512-NOT:       memref.alloca
// AVX512:         func private @lowbit_x86_avx512fma_f32_m6_p4(
// AVX512:           scf.for %{{.*}} = %c0{{.*}} to %{{.*}} step %c128
// AVX512-COUNT-24:  math.fma
//
// AVX2-LABEL:   func @reals
// AVX2:           func private @lowbit_x86_fma_f32_m1_p6(
// AVX2:           func private @lowbit_x86_fma_f32_m4_p1(
// AVX2:           func private @lowbit_x86_fma_f32_m6_p1(
func.func @reals(%a: memref<?x70xf32>, %w: memref<2x1120xf32>, %y: memref<?x20xf32>) {
  lowbit.packed_float_matmul %a, %w into %y : (memref<?x70xf32>, memref<2x1120xf32>, memref<?x20xf32>) -> ()
  return
}

// -----

// A block of weights in bf16 is widened once for many rows, by a shift.
// AVX512-LABEL: func @halves
// AVX512:         func private @lowbit_x86_avx512fma_bf16_m4_p4(
// AVX512-NOT:       memref.alloca
// AVX512:         func private @lowbit_x86_avx512fma_bf16_m6_p4_widened(
// AVX512:           %[[BLOCK:.*]] = memref.alloca() {alignment = 64 : i64} : memref<4x2048xf32>
// AVX512:           %[[LOADED:.*]] = vector.load %{{.*}} : memref<?x?xbf16, strided<[?, 1], offset: ?>>, vector<16xbf16>
// AVX512:           %[[BITS:.*]] = vector.bitcast %[[LOADED]] : vector<16xbf16> to vector<16xi16>
// AVX512:           %[[WIDE:.*]] = arith.extui %[[BITS]]
// AVX512:           %[[SHIFTED:.*]] = arith.shli %[[WIDE]], %{{.*}}
// AVX512:           %[[REAL:.*]] = vector.bitcast %[[SHIFTED]]
// AVX512:           vector.store %[[REAL]], %[[BLOCK]]
func.func @halves(%a: memref<?x70xf32>, %w: memref<2x1120xbf16>, %y: memref<?x20xf32>) {
  lowbit.packed_float_matmul %a, %w into %y : (memref<?x70xf32>, memref<2x1120xbf16>, memref<?x20xf32>) -> ()
  return
}

// -----

// Activations in bf16 are extended one by one, or multiplied in tiles.
// AVX512-LABEL: func @narrow
// AVX512:         func private @lowbit_x86_avx512fma_bf16_bf16_m1_p8(
// AVX512:           %[[A:.*]] = memref.load %{{.*}} : memref<?x?xbf16, strided<[?, 1], offset: ?>>
// AVX512:           arith.extf %[[A]] : bf16 to f32
// AMX-LABEL:    func @narrow
// AMX:            scf.if
// AMX:              call @lowbit_x86_amx_bf16_bf16_bf16_m16_p4(
// AMX:              call @lowbit_x86_amx_bf16_bf16_bf16_m16_p4(
// AMX:              call @lowbit_x86_amx_bf16_bf16_bf16_m32_p2(
// AMX-COUNT-4:    "llvm.x86.tdpbf16ps.internal"
func.func @narrow(%a: memref<?x70xbf16>, %w: memref<2x1120xbf16>, %y: memref<?x20xf32>) {
  lowbit.packed_float_matmul %a, %w into %y : (memref<?x70xbf16>, memref<2x1120xbf16>, memref<?x20xf32>) -> ()
  return
}

// -----

// 16 rows are transposed in four stages of 16 shuffles; rows side by side are
// copied.
// CHECK-LABEL: func @pack
// CHECK:         call @lowbit_pack_f32(
// CHECK:         call @lowbit_pack_bf16_transposed(
// CHECK:       func private @lowbit_pack_f32(
// CHECK-COUNT-16: vector.load {{.*}} vector<16xf32>
// CHECK-COUNT-64: vector.shuffle
// CHECK-COUNT-16: vector.store {{.*}} vector<16xf32>
// CHECK:       func private @lowbit_pack_bf16_transposed(
// CHECK:         vector.load {{.*}} vector<16xbf16>
// CHECK-NEXT:    arith.constant
// CHECK-NOT:     vector.shuffle
func.func @pack(%w: memref<20x?xf32>, %p: memref<2x?xf32>, %v: memref<?x20xbf16>, %q: memref<2x?xbf16>) {
  lowbit.pack_floats %w into %p : (memref<20x?xf32>, memref<2x?xf32>) -> ()
  lowbit.pack_floats %v into %q {transposed} : (memref<?x20xbf16>, memref<2x?xbf16>) -> ()
  return
}
