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
//   vpsrlw   h, e, 4
//   vpand    h, h, 0x0f
//   vpshufb  l, table, l
//   vpshufb  h, table, h
//   vpaddb   l, l, h
//   vpaddb   X, X, l
//
// With 512-bit registers lines are whole, and an adder is 2 vpternlogd; of
// those that take x[i], 3, which read w[i] and a[i] instead.
//

#include "PopcntKernel.h"

using namespace mlir::lowbit;

static CountUnit getUnit(llvm::StringRef feature, int64_t registerBytes) {
  CountUnit unit;
  unit.feature = feature;
  unit.bits = 8;
  unit.rows = 1;
  unit.registerBytes = registerBytes;
  unit.adderPlanes = 3;
  if (registerBytes == 64)
    unit.ternaryLogic = "llvm.x86.avx512.pternlog.d.512";
  return unit;
}

std::unique_ptr<MicroKernel> mlir::lowbit::createX86Avx2PopcntKernel() {
  return std::make_unique<PopcntKernel>("x86_avx2_popcnt", getUnit("avx2", 32));
}

std::unique_ptr<MicroKernel> mlir::lowbit::createX86Avx512BwPopcntKernel() {
  return std::make_unique<PopcntKernel>("x86_avx512bw_popcnt",
                                        getUnit("avx512bw", 64));
}
