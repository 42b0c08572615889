//===- ArmI8mm.cpp - NEON usdot and usmmla --------------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// Nested views. Of one row, per quarter of a 64-byte line:
//
//   ld1r   a, [activations + 4 * line]          once a line
//   ldr    w, [weights + 64 * line]
//   and    v, w, mask[f]                        F - 1 times
//   usdot  U[f], v, a                           F times
//
// Of rows in twos, which take half as many products, per half of a quarter of
// two lines, and for as many views as there are registers for their sums:
//
//   ldr    a[m], [activations[m] + 4 * line]    8 bytes, for each row
//   mov    a[m].d[1], a[m + 1].d[0]             for each two rows
//   ldr    w, [weights + 64 * line]
//   ldr    x, [weights + 64 * (line + 1)]
//   zip1   w, w, x                              or zip2
//   and    v, w, mask[f]                        F - 1 times
//   usmmla U[m][f], v, a[m]                     F times for each two rows
//
// Planes are such loops, one after the other. Of fields in base 3, five rows to
// a byte, and with usmmla as with usdot:
//
//   usdot  X[0], w, a
//   mul    v, w, 3^i                            5 times
//   usdot  X[i], v, a                           5 times
//
// and of fields that stand for levels:
//
//   ushr   v, w, bits * f                       F - 1 times
//   and    v, v, mask[0]                        F times
//   tbl    v, table, v                          F times
//   usdot  S[f], v, a                           F times
//

#include "DotKernel.h"
#include "lowbit/Codegen/MicroKernelRegistry.h"

using namespace mlir;
using namespace mlir::lowbit;

std::unique_ptr<MicroKernel> mlir::lowbit::createArmI8mmKernel() {
  DotUnit unit;
  unit.feature = "i8mm";
  unit.dot = "llvm.aarch64.neon.usdot.v4i32.v16i8";
  unit.matrix = "llvm.aarch64.neon.usmmla.v4i32.v16i8";
  unit.shuffle = "llvm.aarch64.neon.tbl1.v16i8";
  unit.registers = 32;
  unit.registerBytes = 16;
  return std::make_unique<DotKernel>("arm_i8mm", unit);
}
