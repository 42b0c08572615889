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

#include "NestedViews.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace {
class X86AvxVnniKernel : public NestedViewsKernel {
public:
  X86AvxVnniKernel()
      : NestedViewsKernel({/*registers=*/16, /*registerBytes=*/32,
                           /*segmentBits=*/8, /*isUnsigned=*/true,
                           /*lines=*/1}) {}

  StringRef getName() const override { return "x86_avxvnni"; }

  bool serves(const Target &target, LayoutAttr, MClass) const override {
    return target.hasFeature("avxvnni");
  }

  Value emitDot(OpBuilder &builder, Location loc, Value sums, Value weights,
                Value codes) const override {
    return emitIntrinsic(builder, loc, "llvm.x86.avx512.vpdpbusd.256",
                         sums.getType(), {sums, weights, codes});
  }

  Value emitShuffle(OpBuilder &builder, Location loc, Value table,
                    Value indices) const override {
    return emitIntrinsic(builder, loc, "llvm.x86.avx2.pshuf.b", table.getType(),
                         {table, indices});
  }
};
} // namespace

std::unique_ptr<MicroKernel> mlir::lowbit::createX86AvxVnniKernel() {
  return std::make_unique<X86AvxVnniKernel>();
}
