//===- ParallelizeRows.cpp - Parallel tiles of rows -----------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Codegen/Passes.h"
#include "lowbit/Dialect/IR/LowbitDialect.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace mlir::lowbit {
#define GEN_PASS_DEF_PARALLELIZEROWSPASS
#include "lowbit/Codegen/Passes.h.inc"
} // namespace mlir::lowbit

/// Elements of the first result in a tile: some microseconds.
static constexpr int64_t kTileElements = 16 * 1024;

/// What is taken for a row whose length is not known.
static constexpr int64_t kUnknownColumns = 1024;

/// Whether `operand` has a row per row of the results, not one for all.
static bool hasRows(DestinationStyleOpInterface op, OpOperand &operand) {
  if (cast<ShapedType>(operand.get().getType()).getDimSize(0) == 1)
    return false;
  auto gather = dyn_cast<PackedGatherOp>(*op);
  return !gather || &operand == &gather.getIndicesMutable() ||
         op.isDpsInit(&operand);
}

/// The slice of rows [`offset`, `offset` + `count`) of `source`: offsets and
/// sizes.
static std::pair<SmallVector<OpFoldResult>, SmallVector<OpFoldResult>>
getRows(OpBuilder &builder, Location loc, Value source, OpFoldResult offset,
        OpFoldResult count) {
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(builder, loc, source);
  SmallVector<OpFoldResult> offsets(sizes.size(), builder.getIndexAttr(0));
  offsets.front() = offset;
  sizes.front() = count;
  return {offsets, sizes};
}

/// Cuts `op` into tiles of `size` rows.
static void tile(RewriterBase &rewriter, DestinationStyleOpInterface op,
                 int64_t size) {
  Location loc = op.getLoc();
  SmallVector<Value> inits(op.getDpsInits());
  OpFoldResult rows = tensor::getMixedSize(rewriter, loc, inits.front(), 0);
  auto loop = scf::ForallOp::create(
      rewriter, loc, ArrayRef<OpFoldResult>{rewriter.getIndexAttr(0)},
      ArrayRef<OpFoldResult>{rows},
      ArrayRef<OpFoldResult>{rewriter.getIndexAttr(size)}, inits,
      /*mapping=*/std::nullopt);
  rewriter.setInsertionPoint(loop.getTerminator());
  OpFoldResult offset = loop.getInductionVar(0);
  AffineExpr left =
      rewriter.getAffineSymbolExpr(0) - rewriter.getAffineDimExpr(0);
  OpFoldResult count = affine::makeComposedFoldedAffineMin(
      rewriter, loc,
      AffineMap::get(1, 1, {left, rewriter.getAffineConstantExpr(size)},
                     rewriter.getContext()),
      {offset, rows});
  IRMapping mapping;
  mapping.map(inits, loop.getRegionIterArgs());
  SmallVector<Value> operands;
  SmallVector<Type> types;
  for (OpOperand &operand : op->getOpOperands()) {
    Value value = mapping.lookupOrDefault(operand.get());
    if (hasRows(op, operand)) {
      auto [offsets, sizes] = getRows(rewriter, loc, value, offset, count);
      SmallVector<OpFoldResult> strides(sizes.size(), rewriter.getIndexAttr(1));
      value = tensor::ExtractSliceOp::create(rewriter, loc, value, offsets,
                                             sizes, strides);
    }
    operands.push_back(value);
    if (op.isDpsInit(&operand))
      types.push_back(value.getType());
  }
  Operation *part = mlir::clone(rewriter, op, types, operands);
  SmallVector<Value> results(part->getResults());
  for (auto [result, target] : llvm::zip(results, loop.getRegionIterArgs())) {
    rewriter.setInsertionPoint(loop.getTerminator());
    auto [offsets, sizes] = getRows(rewriter, loc, target, offset, count);
    SmallVector<OpFoldResult> strides(sizes.size(), rewriter.getIndexAttr(1));
    rewriter.setInsertionPointToEnd(loop.getTerminator().getBody());
    tensor::ParallelInsertSliceOp::create(rewriter, loc, result, target,
                                          offsets, sizes, strides);
  }
  rewriter.replaceOp(op, loop.getResults());
}

/// Rows of a tile of `op`; 0: all.
static int64_t getTileRows(DestinationStyleOpInterface op) {
  auto type = cast<ShapedType>(op.getDpsInits().front().getType());
  int64_t rows = type.getDimSize(0);
  int64_t columns = type.isDynamicDim(1) ? kUnknownColumns : type.getDimSize(1);
  if (columns == 0)
    return 0;
  int64_t size = std::max<int64_t>(kTileElements / columns, 1);
  return !ShapedType::isDynamic(rows) && rows <= size ? 0 : size;
}

namespace {
struct ParallelizeRowsPass
    : lowbit::impl::ParallelizeRowsPassBase<ParallelizeRowsPass> {
  void runOnOperation() override {
    SmallVector<DestinationStyleOpInterface> ops;
    getOperation()->walk([&](DestinationStyleOpInterface op) {
      if (isa<PackActivationsOp, PackedGatherOp>(*op) &&
          op->getNumResults() != 0 &&
          !op->getParentOfType<LoopLikeOpInterface>())
        ops.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (DestinationStyleOpInterface op : ops) {
      rewriter.setInsertionPoint(op);
      if (int64_t size = getTileRows(op))
        tile(rewriter, op, size);
    }
  }
};
} // namespace
