//===- ExtentChecks.cpp - Extents that must agree -------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ExtentChecks.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace {
/// One dimension of a buffer.
struct Extent {
  Value buffer;
  unsigned dim;

  bool isDynamic() const {
    return cast<ShapedType>(buffer.getType()).isDynamicDim(dim);
  }
};
} // namespace

/// Extents that are one number: those that one loop runs over, or those of the
/// two sides of a copy.
using EqualExtents = SmallVector<Extent>;

static SmallVector<EqualExtents> getEqualExtents(linalg::LinalgOp op) {
  SmallVector<EqualExtents> loops(op.getNumLoops());
  for (OpOperand &operand : op->getOpOperands()) {
    if (!isa<MemRefType>(operand.get().getType()))
      continue;
    AffineMap map = op.getMatchingIndexingMap(&operand);
    for (auto [dim, expr] : llvm::enumerate(map.getResults()))
      if (auto loop = dyn_cast<AffineDimExpr>(expr))
        loops[loop.getPosition()].push_back(
            {operand.get(), static_cast<unsigned>(dim)});
  }
  return loops;
}

static SmallVector<EqualExtents> getEqualExtents(memref::CopyOp op) {
  SmallVector<EqualExtents> pairs;
  auto type = cast<ShapedType>(op.getSource().getType());
  for (unsigned dim = 0; dim < type.getRank(); ++dim)
    pairs.push_back({{op.getSource(), dim}, {op.getTarget(), dim}});
  return pairs;
}

Value mlir::lowbit::emitExtentChecks(Block &block, SizeCloner &cloner,
                                     OpBuilder &builder) {
  Location loc = builder.getUnknownLoc();
  Value fits;
  for (Operation &op : block) {
    SmallVector<EqualExtents> groups;
    if (auto loops = dyn_cast<linalg::LinalgOp>(op))
      groups = getEqualExtents(loops);
    else if (auto copy = dyn_cast<memref::CopyOp>(op))
      groups = getEqualExtents(copy);
    for (const EqualExtents &extents : groups) {
      if (llvm::none_of(extents, std::mem_fn(&Extent::isDynamic)))
        continue;
      SmallVector<Value> sizes;
      for (const Extent &extent : extents) {
        auto shape = cloner.tryCloneShape(extent.buffer);
        if (succeeded(shape))
          sizes.push_back((*shape)[extent.dim]);
      }
      if (sizes.empty())
        continue;
      for (Value size : ArrayRef(sizes).drop_front()) {
        Value equal = arith::CmpIOp::create(
            builder, loc, arith::CmpIPredicate::eq, sizes.front(), size);
        fits =
            fits ? arith::AndIOp::create(builder, loc, fits, equal).getResult()
                 : equal;
      }
    }
  }
  return fits;
}
