//===- RowChain.cpp - Ops that need no other row --------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RowChain.h"
#include "lowbit/Dialect/IR/LowbitDialect.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::lowbit;

/// The loops that are the first `rank` results of `map`, if no other result
/// depends on them.
static std::optional<SmallVector<unsigned>> getLeadingLoops(AffineMap map,
                                                            unsigned rank) {
  if (map.getNumResults() < rank)
    return std::nullopt;
  SmallVector<unsigned> loops;
  for (AffineExpr expr : map.getResults().take_front(rank)) {
    auto dim = dyn_cast<AffineDimExpr>(expr);
    if (!dim || llvm::is_contained(loops, dim.getPosition()))
      return std::nullopt;
    loops.push_back(dim.getPosition());
  }
  for (AffineExpr expr : map.getResults().drop_front(rank))
    if (llvm::any_of(loops,
                     [&](unsigned d) { return expr.isFunctionOfDim(d); }))
      return std::nullopt;
  return loops;
}

std::optional<SmallVector<unsigned>>
mlir::lowbit::getRowLoops(linalg::LinalgOp op, unsigned rank) {
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  if (!op.hasPureTensorSemantics() ||
      llvm::none_of(maps, [](AffineMap map) { return map.isPermutation(); }))
    return std::nullopt;
  std::optional<SmallVector<unsigned>> loops;
  for (OpOperand &init : op.getDpsInitsMutable()) {
    auto leading = getLeadingLoops(op.getMatchingIndexingMap(&init), rank);
    if (!leading || (loops && *loops != *leading))
      return std::nullopt;
    loops = leading;
  }
  return loops;
}

bool mlir::lowbit::hasRows(OpOperand &operand, unsigned rank) {
  Operation *op = operand.getOwner();
  if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op)) {
    auto loops = getRowLoops(linalgOp, rank);
    return loops &&
           loops ==
               getLeadingLoops(linalgOp.getMatchingIndexingMap(&operand), rank);
  }
  // One row stands for all.
  if (cast<ShapedType>(operand.get().getType()).getDimSize(0) == 1)
    return false;
  auto gather = dyn_cast<PackedGatherOp>(op);
  return !gather || &operand == &gather.getIndicesMutable() ||
         cast<DestinationStyleOpInterface>(op).isDpsInit(&operand);
}

/// Whether rows of all results of `op` have at most `most` bytes.
static bool hasShortRows(linalg::LinalgOp op, unsigned rank, int64_t most) {
  return llvm::all_of(op->getResultTypes(), [&](Type type) {
    auto shaped = cast<ShapedType>(type);
    ArrayRef<int64_t> row = shaped.getShape().drop_front(rank);
    Type element = shaped.getElementType();
    int64_t bits =
        element.isIntOrFloat() ? element.getIntOrFloatBitWidth() : 64;
    return !ShapedType::isDynamicShape(row) &&
           ShapedType::getNumElements(row) <=
               most / llvm::divideCeilSigned(bits, 8);
  });
}

/// Whether the results of `op` may be needed as a whole, too: nothing in a loop
/// computes what it writes into.
static bool canLeaveLoop(linalg::LinalgOp op) {
  return op.getNumParallelLoops() == op.getNumLoops() &&
         llvm::none_of(op.getDpsInits(), [](Value init) {
           return init.getDefiningOp<linalg::LinalgOp>();
         });
}

SmallVector<linalg::LinalgOp>
mlir::lowbit::collectRowChain(DestinationStyleOpInterface last, unsigned rank,
                              int64_t maxRowBytes) {
  SetVector<Operation *> chain;
  chain.insert(last);
  auto isReadInChain = [&](OpOperand &use) {
    // The loop shares what `last` writes into.
    bool isShared = use.getOwner() == last && last.isDpsInit(&use);
    return chain.contains(use.getOwner()) && hasRows(use, rank) && !isShared;
  };
  auto isReadLater = [&](OpOperand &use) {
    Operation *user = last->getBlock()->findAncestorOpInBlock(*use.getOwner());
    return user && last->isBeforeInBlock(user);
  };
  auto isMember = [&](linalg::LinalgOp op) {
    bool canLeave = canLeaveLoop(op);
    return op->getBlock() == last->getBlock() && getRowLoops(op, rank) &&
           hasShortRows(op, rank, maxRowBytes) &&
           llvm::all_of(op->getUses(), [&](OpOperand &use) {
             return isa<tensor::DimOp>(use.getOwner()) || isReadInChain(use) ||
                    (canLeave && isReadLater(use));
           });
  };
  // What comes later is added when its last reader is.
  for (unsigned i = 0; i < chain.size(); ++i)
    for (Value operand : chain[i]->getOperands())
      if (auto op = operand.getDefiningOp<linalg::LinalgOp>();
          op && isMember(op))
        chain.insert(op);
  return llvm::map_to_vector(
      chain.getArrayRef().drop_front(),
      [](Operation *op) { return cast<linalg::LinalgOp>(op); });
}

/// The rows `tile` of `value`.
static Value sliceRows(OpBuilder &builder, Location loc, Value value,
                       const RowTile &tile) {
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(builder, loc, value);
  SmallVector<OpFoldResult> offsets(sizes.size(), builder.getIndexAttr(0));
  SmallVector<OpFoldResult> ones(sizes.size(), builder.getIndexAttr(1));
  llvm::copy(tile.offsets, offsets.begin());
  llvm::copy(tile.sizes, sizes.begin());
  return tensor::ExtractSliceOp::create(builder, loc, value, offsets, sizes,
                                        ones);
}

FailureOr<SmallVector<Value>>
mlir::lowbit::tileRows(RewriterBase &rewriter, DestinationStyleOpInterface op,
                       const RowTile &tile) {
  Location loc = op.getLoc();
  unsigned rank = tile.offsets.size();
  if (auto linalgOp = dyn_cast<linalg::LinalgOp>(*op)) {
    auto tileable = cast<TilingInterface>(*op);
    SmallVector<OpFoldResult> offsets, sizes;
    for (Range range : tileable.getIterationDomain(rewriter)) {
      offsets.push_back(range.offset);
      sizes.push_back(range.size);
    }
    for (auto [d, loop] : llvm::enumerate(*getRowLoops(linalgOp, rank))) {
      offsets[loop] = tile.offsets[d];
      sizes[loop] = tile.sizes[d];
    }
    FailureOr<TilingResult> part =
        tileable.getTiledImplementation(rewriter, offsets, sizes);
    if (failed(part))
      return failure();
    return SmallVector<Value>(part->tiledValues);
  }
  SmallVector<Value> operands;
  SmallVector<Type> types;
  for (OpOperand &operand : op->getOpOperands()) {
    operands.push_back(hasRows(operand, rank)
                           ? sliceRows(rewriter, loc, operand.get(), tile)
                           : operand.get());
    if (op.isDpsInit(&operand))
      types.push_back(operands.back().getType());
  }
  return SmallVector<Value>(
      mlir::clone(rewriter, op, types, operands)->getResults());
}
