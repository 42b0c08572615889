// RUN: lowbit-opt %s --lowbit-carry-in-place | FileCheck %s
// RUN: lowbit-opt %s --lowbit-decompose-aggregated-ops | FileCheck %s
// RUN: lowbit-opt %s --lowbit-emit-kernels | FileCheck %s
// RUN: lowbit-opt %s --lowbit-flatten-epilogues | FileCheck %s
// RUN: lowbit-opt %s --lowbit-fold-zero-points | FileCheck %s
// RUN: lowbit-opt %s --lowbit-fuse-elementwise | FileCheck %s
// RUN: lowbit-opt %s --lowbit-insert-profile-points | FileCheck %s
// RUN: lowbit-opt %s --lowbit-lower-to-reference | FileCheck %s
// RUN: lowbit-opt %s --lowbit-pack-weights | FileCheck %s
// RUN: lowbit-opt %s --lowbit-parallel-to-runtime | FileCheck %s
// RUN: lowbit-opt %s --lowbit-parallelize-rows | FileCheck %s
// RUN: lowbit-opt %s --lowbit-protect-inputs | FileCheck %s
// RUN: lowbit-opt %s --lowbit-quantize=weights=int8 | FileCheck %s
// RUN: lowbit-opt %s --lowbit-quantize-pipeline=weights=int8 | FileCheck %s
// RUN: lowbit-opt %s --lowbit-scf-to-blocks | FileCheck %s
// RUN: lowbit-opt %s --lowbit-tile-packed-matmul | FileCheck %s
// RUN: lowbit-opt %s --lowbit-verify-bufferizable | FileCheck %s
// RUN: lowbit-opt %s --lowbit-verify-stage=stage=imported | FileCheck %s
// RUN: lowbit-opt %s --lowbit-verify-stage=stage=integer | FileCheck %s
// RUN: lowbit-opt %s --lowbit-verify-stage=stage=llvm | FileCheck %s
// RUN: lowbit-opt %s --lowbit-verify-stage=stage=packed | FileCheck %s
// RUN: lowbit-opt %s --lowbit-verify-stage=stage=quantized | FileCheck %s
// RUN: lowbit-opt %s --lowbit-plan-memory | FileCheck %s
// RUN: lowbit-opt %s --lowbit-cpu-pipeline | FileCheck %s
// RUN: not lowbit-compile %s -o %t.so 2>&1 | FileCheck %s --check-prefix=COMPILE
// RUN: not ls %t.so

// No pass minds an empty module, but there is nothing to compile in one.

// CHECK:      {{^}}module {
// CHECK-NEXT: {{^}}}
// COMPILE:    error: expected {{.*}} public function
module {
}
