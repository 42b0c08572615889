//===- TransposeTiles.cpp - Transposes in registers -----------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TransposeTiles.h"
#include "Memory/BufferSizes.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::lowbit;

static constexpr int64_t kTile = 16;

/// The loop of the last dimension of `operand`, if elements lie side by side.
static std::optional<unsigned> getInnerLoop(linalg::LinalgOp op,
                                            OpOperand *operand) {
  auto type = dyn_cast<MemRefType>(operand->get().getType());
  AffineMap map = op.getMatchingIndexingMap(operand);
  if (!type || !map.isPermutation() || map.getNumResults() == 0 ||
      !type.isLastDimUnitStride() || !type.getElementType().isIntOrFloat() ||
      type.getElementTypeBitWidth() % 8 != 0)
    return std::nullopt;
  return cast<AffineDimExpr>(map.getResults().back()).getPosition();
}

/// Whether the last dimension of `operand` is shorter than a tile.
static bool isShort(OpOperand &operand) {
  int64_t rank = cast<ShapedType>(operand.get().getType()).getRank();
  FailureOr<int64_t> most = getMaxExtent(operand.get(), rank - 1);
  return succeeded(most) && *most < kTile;
}

static bool isCopy(linalg::LinalgOp op) {
  Block &body = *op.getBlock();
  return op.getNumDpsInputs() == 1 && op.getNumDpsInits() == 1 &&
         op.getNumParallelLoops() == op.getNumLoops() &&
         llvm::hasSingleElement(body) &&
         body.getTerminator()->getOperand(0) == body.getArgument(0);
}

namespace {
class TransposeTiles {
public:
  TransposeTiles(RewriterBase &rewriter, linalg::LinalgOp op, unsigned from,
                 unsigned to)
      : b(rewriter), op(op), loc(op.getLoc()), from(from), to(to),
        source(op.getDpsInputOperand(0)), target(op.getDpsInitOperand(0)),
        indices(op.getNumLoops()) {}

  void emit();

private:
  void forLoop(unsigned d, OpFoldResult end, int64_t step,
               function_ref<void()> body);
  /// The elements from `indices` on, of the extents `sizes` of all loops.
  Value slice(OpOperand *operand, ArrayRef<OpFoldResult> sizes);
  /// `operand` at `indices`, `k` further on along loop `d`.
  SmallVector<Value> at(OpOperand *operand, unsigned d, int64_t k);
  void emitOuterLoops(unsigned d);
  void emitTile();
  /// Copies `numFrom` x `numTo` elements one by one.
  void emitEdge(OpFoldResult firstFrom, OpFoldResult numFrom,
                OpFoldResult firstTo, OpFoldResult numTo);

  RewriterBase &b;
  linalg::LinalgOp op;
  Location loc;
  unsigned from, to; ///< the inner loops of source and target
  OpOperand *source, *target;
  SmallVector<Range> ranges;
  SmallVector<OpFoldResult> indices;
};
} // namespace

void TransposeTiles::forLoop(unsigned d, OpFoldResult end, int64_t step,
                             function_ref<void()> body) {
  auto index = [&](OpFoldResult value) {
    return getValueOrCreateConstantIndexOp(b, loc, value);
  };
  auto loop = scf::ForOp::create(b, loc, index(b.getIndexAttr(0)), index(end),
                                 index(b.getIndexAttr(step)));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  indices[d] = loop.getInductionVar();
  body();
}

SmallVector<Value> TransposeTiles::at(OpOperand *operand, unsigned d,
                                      int64_t k) {
  SmallVector<OpFoldResult> shifted = indices;
  shifted[d] = affine::makeComposedFoldedAffineApply(
      b, loc, b.getAffineDimExpr(0) + k, {indices[d]});
  SmallVector<Value> values;
  for (AffineExpr expr : op.getMatchingIndexingMap(operand).getResults())
    values.push_back(getValueOrCreateConstantIndexOp(
        b, loc, shifted[cast<AffineDimExpr>(expr).getPosition()]));
  return values;
}

void TransposeTiles::emitTile() {
  Type element = getElementTypeOrSelf(source->get().getType());
  auto row = VectorType::get(kTile, element);
  auto tile = VectorType::get({kTile, kTile}, element);
  Value rows = arith::ConstantOp::create(b, loc, b.getZeroAttr(tile));
  for (int64_t k = 0; k < kTile; ++k) {
    Value elements =
        vector::LoadOp::create(b, loc, row, source->get(), at(source, to, k));
    rows = vector::InsertOp::create(b, loc, elements, rows, k);
  }
  Value columns =
      vector::TransposeOp::create(b, loc, rows, ArrayRef<int64_t>{1, 0});
  for (int64_t k = 0; k < kTile; ++k)
    vector::StoreOp::create(b, loc,
                            vector::ExtractOp::create(b, loc, columns, k),
                            target->get(), at(target, from, k));
}

Value TransposeTiles::slice(OpOperand *operand, ArrayRef<OpFoldResult> sizes) {
  SmallVector<OpFoldResult> offsets, extents;
  for (AffineExpr expr : op.getMatchingIndexingMap(operand).getResults()) {
    unsigned d = cast<AffineDimExpr>(expr).getPosition();
    offsets.push_back(indices[d]);
    extents.push_back(sizes[d]);
  }
  SmallVector<OpFoldResult> ones(offsets.size(), b.getIndexAttr(1));
  return memref::SubViewOp::create(b, loc, operand->get(), offsets, extents,
                                   ones);
}

void TransposeTiles::emitEdge(OpFoldResult firstFrom, OpFoldResult numFrom,
                              OpFoldResult firstTo, OpFoldResult numTo) {
  if (isConstantIntValue(numFrom, 0) || isConstantIntValue(numTo, 0))
    return;
  SmallVector<OpFoldResult> sizes(indices.size(), b.getIndexAttr(1));
  std::tie(indices[from], sizes[from]) = std::pair(firstFrom, numFrom);
  std::tie(indices[to], sizes[to]) = std::pair(firstTo, numTo);
  clone(b, op, {}, {slice(source, sizes), slice(target, sizes)});
}

void TransposeTiles::emitOuterLoops(unsigned d) {
  if (d == from || d == to)
    return emitOuterLoops(d + 1);
  if (d != indices.size())
    return forLoop(d, ranges[d].size, 1, [&] { emitOuterLoops(d + 1); });
  AffineExpr size = b.getAffineDimExpr(0);
  auto apply = [&](AffineExpr expr, OpFoldResult extent) {
    return affine::makeComposedFoldedAffineApply(b, loc, expr, {extent});
  };
  OpFoldResult zero = b.getIndexAttr(0);
  OpFoldResult numFrom = ranges[from].size, numTo = ranges[to].size;
  OpFoldResult wholeFrom = apply(size.floorDiv(kTile) * kTile, numFrom);
  OpFoldResult wholeTo = apply(size.floorDiv(kTile) * kTile, numTo);
  forLoop(from, wholeFrom, kTile,
          [&] { forLoop(to, wholeTo, kTile, [&] { emitTile(); }); });
  emitEdge(zero, wholeFrom, wholeTo, apply(size % kTile, numTo));
  emitEdge(wholeFrom, apply(size % kTile, numFrom), zero, numTo);
}

void TransposeTiles::emit() {
  b.setInsertionPoint(op);
  ranges = op.createLoopRanges(b, loc);
  emitOuterLoops(0);
  b.eraseOp(op);
}

LogicalResult mlir::lowbit::lowerToTransposeTiles(RewriterBase &rewriter,
                                                  linalg::LinalgOp op) {
  if (!isCopy(op))
    return failure();
  std::optional<unsigned> from = getInnerLoop(op, op.getDpsInputOperand(0));
  std::optional<unsigned> to = getInnerLoop(op, op.getDpsInitOperand(0));
  if (!from || !to || from == to || isShort(*op.getDpsInputOperand(0)) ||
      isShort(*op.getDpsInitOperand(0)))
    return failure();
  TransposeTiles(rewriter, op, *from, *to).emit();
  return success();
}
