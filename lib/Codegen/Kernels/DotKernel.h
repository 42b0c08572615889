//===- DotKernel.h - Kernels of dot products of bytes ---------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// For each plane of a line, and each vector and each register of it: load, emit
// the views (see Views.h), and add their products with 4 codes of each row in
// every lane. Where the sums do not fit into the registers (see
// RegisterTile.h), several loops take a part of the views each. Behind the
// loops the sums of the fields follow from those of the views, and those of the
// planes are added up: S += S[plane] << shift.
//
// Where there is a product of matrices, and an even number of rows, registers
// of two lines are put together before the views are taken, and codes of two
// rows (see DotUnit.h). The sums of the rows are taken apart behind the loops.
//
// Of short blocks, sums of weights are those of a row of ones.
//
// Where the instruction takes signed weights, whole bytes have 128 subtracted,
// and 128 * sum a is added in the end:
//
//   A = dot(A, 1, a)
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_CODEGEN_KERNELS_DOTKERNEL_H
#define LOWBIT_LIB_CODEGEN_KERNELS_DOTKERNEL_H

#include "RegisterTile.h"
#include "Views.h"
#include "lowbit/Codegen/MicroKernel.h"

namespace mlir::lowbit {

/// An emitter for an instruction that, in each 32-bit lane, adds the products
/// of 4 weights and 4 activation codes.
class DotKernel : public MicroKernel {
public:
  DotKernel(StringRef name, const DotUnit &unit) : name(name), unit(unit) {}

  StringRef getName() const override { return name; }
  bool serves(const Target &target, LayoutAttr layout, MClass) const override {
    return target.hasFeature(unit.feature) && !layout.getPacked().bits;
  }
  int64_t getTileRows(LayoutAttr layout, MClass mClass) const override {
    return getTile(layout, mClass).rows;
  }
  int64_t getTilePanels(LayoutAttr layout, MClass mClass) const override {
    return getTile(layout, mClass).panels;
  }
  int64_t getPartRatio() const override {
    return unit.matrix.empty() ? MicroKernel::getPartRatio() : 2;
  }
  int64_t getMaxLines(LayoutAttr layout) const override;
  TileSums emitBlock(OpBuilder &builder, Location loc, LayoutAttr layout,
                     const BlockOperands &block) const override;

  const DotUnit &getUnit() const { return unit; }

  /// `sums` plus the products of the bytes `weights` and `codes`.
  virtual Value emitDot(OpBuilder &builder, Location loc, Value sums,
                        Value weights, Value codes) const {
    return emitIntrinsic(builder, loc, unit.dot, sums.getType(),
                         {sums, weights, codes});
  }

  /// Where products are narrow, zero of the type of their sums.
  virtual Value emitNarrowZero(OpBuilder &, Location) const {
    llvm_unreachable("products are as wide as sums");
  }

  /// Where products are narrow, `sums` plus sums of them.
  virtual Value emitWiden(OpBuilder &, Location, Value, Value) const {
    llvm_unreachable("products are as wide as sums");
  }

private:
  RegisterTile getTile(LayoutAttr layout, MClass mClass) const;

  const StringRef name;
  const DotUnit unit;
};

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_KERNELS_DOTKERNEL_H
