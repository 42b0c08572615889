//===- X86Avx512Popcnt.cpp - 512-bit vpopcntd -----------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// Binary times binary, per two 64-byte lines, which have 512 codes each, and
// row, of several:
//
//   vpbroadcastd  t, [activations + 4 * line]
//   vpternlogd    t = t ^ w0 ^ ones[m]
//   vpbroadcastd  s, [activations + 4 * line + 4]
//   vpternlogd    s = s ^ w1 ^ t
//   vpternlogd    c = t ? ~s : ones[m]           ones[m] is s from now on
//   vpopcntd      c, c
//   vpaddd        X[m], X[m], c
//
// One row, or a line that is left, has no ones:
//
//   vpxord    x, w, [activations + 4 * line]{1to16}
//   vpopcntd  x, x
//   vpaddd    X, X, x
//
// A mask on one side makes vpternlogd of vpxord; masks on both are
//
//   vpandd      n, mask_w, [mask_a]{1to16}
//   vpternlogd  x = n & (sign_w ^ [sign_a]{1to16})
//
// with a count of each.
//

#include "PopcntKernel.h"
#include "lowbit/Codegen/MicroKernelRegistry.h"

using namespace mlir::lowbit;

std::unique_ptr<MicroKernel> mlir::lowbit::createX86Avx512PopcntKernel() {
  CountUnit unit;
  unit.feature = "avx512vpopcntdq";
  unit.bits = 32;
  unit.rows = 8;
  unit.adderPlanes = 1;
  unit.ternaryLogic = "llvm.x86.avx512.pternlog.d.512";
  return std::make_unique<PopcntKernel>("x86_avx512popcnt", unit);
}
