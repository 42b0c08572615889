//===- X86Avx2Popcnt.cpp - Carry-save adders and vpshufb ------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// Binary times binary; for 8 lines, first one half of each, then the other:
//
//   vpxor    x[i], w[i], a[i]                 8 times, a: a word in every lane
//   vpxor, vpand, vpxor, vpand, vpor          7 times, a full adder
//   vpand    l, e, 0x0f                       e: what the last one carries
//   vpshufb  l, table, l
//   vpaddb   X, X, l
//   vpsrlw   h, e, 4
//   vpand    h, h, 0x0f
//   vpshufb  h, table, h
//   vpaddb   X, X, h
//
// Ternary times ternary, a mask and a sign on each side:
//
//   vpand    n[i], mask_w[i], mask_a[i]       8 times
//   vpxor    x[i], sign_w[i], sign_a[i]       8 times
//   vpand    x[i], x[i], n[i]                 8 times
//
// and adders and counts as above for n and for x. Their planes are more than
// there are registers: some are kept on the stack.
//

#include "PopcntKernel.h"
#include "lowbit/Codegen/MicroKernelRegistry.h"

using namespace mlir::lowbit;

std::unique_ptr<MicroKernel> mlir::lowbit::createX86Avx2PopcntKernel() {
  CountUnit unit;
  unit.feature = "avx2";
  unit.bits = 8;
  unit.rows = 1;
  unit.registerBytes = 32;
  unit.adderPlanes = 3;
  return std::make_unique<PopcntKernel>("x86_avx2_popcnt", unit);
}
