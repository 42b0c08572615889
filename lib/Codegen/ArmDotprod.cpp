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

#include "NestedViews.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace {
class ArmDotprodKernel : public NestedViewsKernel {
public:
  ArmDotprodKernel()
      : NestedViewsKernel({/*registers=*/32, /*registerBytes=*/16,
                           /*segmentBits=*/8, /*isUnsigned=*/false,
                           /*lines=*/1}) {}

  StringRef getName() const override { return "arm_dotprod"; }

  bool serves(const Target &target, LayoutAttr, MClass) const override {
    return target.hasFeature("dotprod");
  }

  Value emitDot(OpBuilder &builder, Location loc, Value sums, Value weights,
                Value codes) const override {
    return emitIntrinsic(builder, loc, "llvm.aarch64.neon.sdot.v4i32.v16i8",
                         sums.getType(), {sums, weights, codes});
  }

  Value emitShuffle(OpBuilder &builder, Location loc, Value table,
                    Value indices) const override {
    return emitIntrinsic(builder, loc, "llvm.aarch64.neon.tbl1.v16i8",
                         table.getType(), {table, indices});
  }
};
} // namespace

std::unique_ptr<MicroKernel> mlir::lowbit::createArmDotprodKernel() {
  return std::make_unique<ArmDotprodKernel>();
}
