//===- ArmFma.cpp - NEON fmla ---------------------------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// Per k, of 6 rows and the four quarters of a panel:
//
//   ldp   w[q], w[q + 1], [weights + 64 * k]     2 times
//   ldr   a, [activations + 4 * k]               6 times
//   fmla  sum[m, q], w[q], a.s[0]                24 times
//
// One row is multiplied by 6 panels at once.
//

#include "lowbit/Codegen/MicroKernelRegistry.h"

using namespace mlir::lowbit;

std::unique_ptr<FloatKernel> mlir::lowbit::createArmFmaKernel() {
  FloatUnit unit;
  unit.feature = "neon";
  unit.registers = 32;
  unit.registerBytes = 16;
  return std::make_unique<VectorFloatKernel>("arm_fma", unit);
}
