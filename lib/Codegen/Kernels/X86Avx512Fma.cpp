//===- X86Avx512Fma.cpp - 512-bit vfmadd231ps -----------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// Per k, of 6 rows and 4 panels:
//
//   vmovups       w[p], [weights + 64 * k]     4 times
//   vbroadcastss  a, [activations + 4 * k]     6 times
//   vfmadd231ps   sum[m, p], a, w[p]           24 times
//
// One row is multiplied by 8 panels at once, whose weights are prefetched.
// Weights in bf16 are, for many rows a block at once,
//
//   vpmovzxwd     w, [weights + 32 * k]
//   vpslld        w, w, 16
//

#include "lowbit/Codegen/MicroKernelRegistry.h"

using namespace mlir::lowbit;

std::unique_ptr<FloatKernel> mlir::lowbit::createX86Avx512FmaKernel() {
  FloatUnit unit;
  unit.feature = "avx512f";
  unit.registers = 32;
  unit.registerBytes = 64;
  return std::make_unique<VectorFloatKernel>("x86_avx512fma", unit);
}
