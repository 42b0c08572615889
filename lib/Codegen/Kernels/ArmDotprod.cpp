//===- ArmDotprod.cpp - NEON sdot -----------------------------------------===//
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
//   eor   v, w, 128
//   sdot  U[f], v, a                            F times
//   sdot  A, ones, a                            once a line
//
// and of fields in base 3, five rows to a byte, with A as above:
//
//   mul   v, w, 3^i                             5 times
//   eor   v, v, 128                             6 times
//   sdot  X[i], v, a                            6 times
//

#include "NestedViews.h"
#include "lowbit/Codegen/MicroKernelRegistry.h"

using namespace mlir;
using namespace mlir::lowbit;

std::unique_ptr<MicroKernel> mlir::lowbit::createArmDotprodKernel() {
  DotUnit unit;
  unit.feature = "dotprod";
  unit.dot = "llvm.aarch64.neon.sdot.v4i32.v16i8";
  unit.shuffle = "llvm.aarch64.neon.tbl1.v16i8";
  unit.registers = 32;
  unit.registerBytes = 16;
  unit.isUnsigned = false;
  return std::make_unique<NestedViewsKernel>("arm_dotprod", unit);
}
