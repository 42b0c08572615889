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

#include "NestedViews.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace {
class ArmI8mmKernel : public NestedViewsKernel {
public:
  ArmI8mmKernel()
      : NestedViewsKernel({/*registers=*/32, /*registerBytes=*/16,
                           /*segmentBits=*/8, /*isUnsigned=*/true,
                           /*lines=*/1}) {}

  StringRef getName() const override { return "arm_i8mm"; }

  bool serves(const Target &target, LayoutAttr, MClass) const override {
    return target.hasFeature("i8mm");
  }

  Value emitDot(OpBuilder &builder, Location loc, Value sums, Value weights,
                Value codes) const override {
    return emitIntrinsic(builder, loc, "llvm.aarch64.neon.usdot.v4i32.v16i8",
                         sums.getType(), {sums, weights, codes});
  }

  Value emitShuffle(OpBuilder &builder, Location loc, Value table,
                    Value indices) const override {
    return emitIntrinsic(builder, loc, "llvm.aarch64.neon.tbl1.v16i8",
                         table.getType(), {table, indices});
  }
};
} // namespace

std::unique_ptr<MicroKernel> mlir::lowbit::createArmI8mmKernel() {
  return std::make_unique<ArmI8mmKernel>();
}
