//===- GenericPopcnt.cpp - Bits counted byte by byte ----------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// The number of bits of each byte is added to a sum of 8 bits, and after 31
// lines these are added up in their words. As NEON has it; where there is no
// such instruction LLVM writes the count in arithmetic. Binary times binary,
// per quarter of a line and row:
//
//   ld1r  a, [activations + 4 * line]         once a line
//   ldr   w, [weights + 64 * line]            once for all rows
//   eor   x, w, a
//   cnt   x, x
//   add   X[m], X[m], x
//
// Ternary times ternary, a mask and a sign on each side:
//
//   ld1r  n, s, [activations + 8 * line]      once a line
//   and   n, n, [weights + 128 * line]
//   eor   x, s, [weights + 128 * line + 64]
//   and   x, x, n
//   cnt   n, n
//   cnt   x, x
//   add   N[m], N[m], n
//   add   X[m], X[m], x
//

#include "PopcntKernel.h"
#include "lowbit/Codegen/MicroKernelRegistry.h"

using namespace mlir::lowbit;

std::unique_ptr<MicroKernel> mlir::lowbit::createGenericPopcntKernel() {
  CountUnit unit;
  unit.bits = 8;
  unit.rows = 2;
  return std::make_unique<PopcntKernel>("generic_popcnt", unit);
}
