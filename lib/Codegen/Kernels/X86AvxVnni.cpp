//===- X86AvxVnni.cpp - 256-bit vpdpbusd ----------------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// Nested views; per half of a 64-byte line:
//
//   vpbroadcastd a, [activations + 4 * line]    once a line
//   vmovdqu      w, [weights + 64 * line]
//   vpand        v, w, mask[f]                  F - 1 times
//   vpdpbusd     U[f], v, a                     F times
//
// and of fields in base 3, five rows to a byte:
//
//   vpdpbusd     X[0], w, a
//   vpaddb       v, w, w                        5 times
//   vpaddb       w, v, w                        5 times
//   vpdpbusd     X[i], w, a                     5 times
//
// and of fields that stand for levels:
//
//   vpsrlw       v, w, bits * f                 F - 1 times
//   vpand        v, v, mask[0]                  F times
//   vpshufb      v, table, v                    F times
//   vpdpbusd     S[f], v, a                     F times
//

#include "DotKernel.h"
#include "lowbit/Codegen/MicroKernelRegistry.h"

using namespace mlir;
using namespace mlir::lowbit;

std::unique_ptr<MicroKernel> mlir::lowbit::createX86AvxVnniKernel() {
  DotUnit unit;
  unit.feature = "avxvnni";
  unit.dot = "llvm.x86.avx512.vpdpbusd.256";
  unit.shuffle = "llvm.x86.avx2.pshuf.b";
  unit.registerClass = "x";
  unit.registers = 16;
  unit.registerBytes = 32;
  return std::make_unique<DotKernel>("x86_avxvnni", unit);
}
