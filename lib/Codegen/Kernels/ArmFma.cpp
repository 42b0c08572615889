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
