//===- ArmI8mm.cpp - NEON usdot -------------------------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// Nested views; per quarter of a 64-byte line:
//
//   ld1r  a, [activations + 4 * line]           once a line
//   ldr   w, [weights + 64 * line]
//   and   v, w, mask[f]                         F - 1 times
//   usdot U[f], v, a                            F times
//
// and of fields in base 3, five rows to a byte:
//
//   usdot X[0], w, a
//   mul   v, w, 3^i                             5 times
//   usdot X[i], v, a                            5 times
//

#include "NestedViews.h"
#include "lowbit/Codegen/MicroKernelRegistry.h"

using namespace mlir;
using namespace mlir::lowbit;

std::unique_ptr<MicroKernel> mlir::lowbit::createArmI8mmKernel() {
  DotUnit unit;
  unit.feature = "i8mm";
  unit.dot = "llvm.aarch64.neon.usdot.v4i32.v16i8";
  unit.shuffle = "llvm.aarch64.neon.tbl1.v16i8";
  unit.registers = 32;
  unit.registerBytes = 16;
  return std::make_unique<NestedViewsKernel>("arm_i8mm", unit);
}
