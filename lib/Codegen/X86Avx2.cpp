//===- X86Avx2.cpp - 256-bit vpmaddubsw -----------------------------------===//
//------------------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// Nested views of the two halves of a byte; per half of a 64-byte line:
//
//   vpbroadcastd a, [activations + 4 * line]    once a line
//   vmovdqu      w, [weights + 64 * line]
//   vpsrlw       x, w, 4
//   vpand        v, w or x, mask[f]             F times
//   vpmaddubsw   p, v, a                        F times
//   vpaddw       n[f], n[f], p                  F times
//
// and, after 8 lines:
//
//   vpmaddwd     n[f], n[f], ones
//   vpaddd       U[f], U[f], n[f]
//

#include "NestedViews.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace {
/// Two products of a segment and a code are added per 16-bit lane and line.
constexpr int64_t kLines = std::numeric_limits<int16_t>::max() / (2 * 15 * 128);

class X86Avx2Kernel : public NestedViewsKernel {
public:
  X86Avx2Kernel()
      : NestedViewsKernel({/*registers=*/16, /*registerBytes=*/32,
                           /*segmentBits=*/4, /*isUnsigned=*/true,
                           /*lines=*/kLines}) {}

  StringRef getName() const override { return "x86_avx2"; }

  bool serves(const Target &target, LayoutAttr, MClass) const override {
    return target.hasFeature("avx2");
  }

  Value emitDot(OpBuilder &builder, Location loc, Value sums, Value weights,
                Value codes) const override {
    Value products = emitIntrinsic(builder, loc, "llvm.x86.avx2.pmadd.ub.sw",
                                   sums.getType(), {weights, codes});
    return arith::AddIOp::create(builder, loc, sums, products);
  }

  Value emitNarrowZero(OpBuilder &builder, Location loc) const override {
    return splat(builder, loc, 0);
  }

  Value emitWiden(OpBuilder &builder, Location loc, Value sums,
                  Value narrow) const override {
    Value pairs =
        emitIntrinsic(builder, loc, "llvm.x86.avx2.pmadd.wd", sums.getType(),
                      {narrow, splat(builder, loc, 1)});
    return arith::AddIOp::create(builder, loc, sums, pairs);
  }

  Value emitShuffle(OpBuilder &builder, Location loc, Value table,
                    Value indices) const override {
    return emitIntrinsic(builder, loc, "llvm.x86.avx2.pshuf.b", table.getType(),
                         {table, indices});
  }

private:
  static Value splat(OpBuilder &builder, Location loc, int16_t value) {
    auto narrow = VectorType::get(16, builder.getI16Type());
    return arith::ConstantOp::create(builder, loc,
                                     DenseElementsAttr::get(narrow, value));
  }
};
} // namespace

std::unique_ptr<MicroKernel> mlir::lowbit::createX86Avx2Kernel() {
  return std::make_unique<X86Avx2Kernel>();
}
