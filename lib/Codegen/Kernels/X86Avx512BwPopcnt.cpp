//===- X86Avx512BwPopcnt.cpp - 512-bit vpternlogd and vpshufb -------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// Binary times binary; for 8 lines and one row:
//
//   vmovdqu64   w, [weights + 64 * line]              8 times
//   vpternlogd  ones = ones ^ w ^ [activations + 4 * line]{1to16}   8 times
//   vpternlogd  c = t ? ~ones : old                   4 times, for two lines
//   vpternlogd  twos = twos ^ c ^ c'                  2 times
//   vpternlogd  d = majority(old, c, c')              2 times
//   vpternlogd  fours = fours ^ d ^ d'
//   vpternlogd  e = majority(old, d, d')
//   vpandq      l, e, 0x0f
//   vpshufb     l, table, l
//   vpaddb      X, X, l
//   vpsrlw      h, e, 4
//   vpandq      h, h, 0x0f
//   vpshufb     h, table, h
//   vpaddb      X, X, h
//
// where t is what ones were between the two lines.
//
// Ternary times ternary, a mask and a sign on each side:
//
//   vpbroadcastd  n, [activations + 8 * line]         8 times
//   vpandd        n, n, [weights + 128 * line]        8 times
//   vpbroadcastd  s, [activations + 8 * line + 4]     8 times
//   vpternlogd    x = n & (s ^ [weights + 128 * line + 64])   8 times
//
// with an adder and a count as above for n and for x, of which all carries are
// majorities.
//

#include "PopcntKernel.h"
#include "lowbit/Codegen/MicroKernelRegistry.h"

using namespace mlir::lowbit;

std::unique_ptr<MicroKernel> mlir::lowbit::createX86Avx512BwPopcntKernel() {
  CountUnit unit;
  unit.feature = "avx512bw";
  unit.bits = 8;
  unit.rows = 1;
  unit.adderPlanes = 3;
  unit.ternaryLogic = "llvm.x86.avx512.pternlog.d.512";
  return std::make_unique<PopcntKernel>("x86_avx512bw_popcnt", unit);
}
