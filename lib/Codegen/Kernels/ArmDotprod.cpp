//===- ArmDotprod.cpp - NEON sdot -----------------------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// Nested views; per quarter of a 64-byte line, for each of several rows what
// has an m, and for as many views as there are registers for their sums:
//
//   ld1r  a[m], [activations[m] + 4 * line]     once a line
//   ldr   w, [weights + 64 * line]
//   and   v, w, mask[f]                         F - 1 times
//   eor   v, w, 128
//   sdot  U[m][f], v, a[m]                      F times
//   sdot  A[m], ones, a[m]                      once a line
//
// Planes are such loops, one after the other. Of fields in base 3, five rows to
// a byte:
//
//   mul   v, w, 3^i                             5 times
//   eor   v, v, 128                             6 times
//   sdot  X[m][i], v, a[m]                      6 times
//
// and of fields that stand for levels, in a table of levels that are 128 lower:
//
//   ushr  v, w, bits * f                        F - 1 times
//   and   v, v, mask[0]                         F times
//   tbl   v, table, v                           F times
//   sdot  S[m][f], v, a[m]                      F times
//

#include "DotKernel.h"
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
  return std::make_unique<DotKernel>("arm_dotprod", unit);
}
