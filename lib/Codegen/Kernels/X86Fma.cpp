//===- X86Fma.cpp - 256-bit vfmadd231ps -----------------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// Per k, of 6 rows and the two halves of a panel:
//
//   vmovups       w[h], [weights + 64 * k]     2 times
//   vbroadcastss  a, [activations + 4 * k]     6 times
//   vfmadd231ps   sum[m, h], a, w[h]           12 times
//
// One row is multiplied by 6 panels at once, whose weights are prefetched.
//

#include "lowbit/Codegen/MicroKernelRegistry.h"

using namespace mlir::lowbit;

std::unique_ptr<FloatKernel> mlir::lowbit::createX86FmaKernel() {
  FloatUnit unit;
  unit.feature = "fma";
  unit.registers = 16;
  unit.registerBytes = 32;
  return std::make_unique<VectorFloatKernel>("x86_fma", unit);
}
