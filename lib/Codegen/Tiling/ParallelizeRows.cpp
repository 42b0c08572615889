//===- ParallelizeRows.cpp - Parallel tiles of rows -----------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RowChain.h"
#include "lowbit/Codegen/Passes.h"
#include "lowbit/Dialect/IR/LowbitDialect.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tensor/Transforms/Transforms.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace mlir::lowbit {
#define GEN_PASS_DEF_PARALLELIZEROWSPASS
#include "lowbit/Codegen/Passes.h.inc"
} // namespace mlir::lowbit

/// Elements of the first result in a tile: some microseconds.
static constexpr int64_t kTileElements = 16 * 1024;

/// Those of a tile whose rows are computed in it, and stay in the first cache.
static constexpr int64_t kChainElements = 2 * 1024;

/// Longer rows are computed by themselves, so that they and their sums stay in
/// registers, if that is all.
static constexpr int64_t kMinRowElements = 64;

/// The longest row that is computed in a tile, in bytes: it lies on the stack.
static constexpr int64_t kMaxRowBytes = 64 * 1024;

/// What is taken for a row whose length is not known.
static constexpr int64_t kUnknownColumns = 1024;

namespace {
/// What is cut into tiles of rows.
struct RowPlan {
  DestinationStyleOpInterface last;
  SmallVector<linalg::LinalgOp> chain; ///< what is computed with it, before it
  unsigned rank;                       ///< leading dimensions that are cut
  int64_t size;                        ///< rows of a tile
};

/// Makes one loop of a plan.
class RowLoop {
public:
  RowLoop(RewriterBase &rewriter, RowPlan &plan)
      : b(rewriter), plan(plan), loc(plan.last.getLoc()) {
    leaving.insert(plan.last);
    for (linalg::LinalgOp op : plan.chain)
      if (llvm::any_of(op->getUsers(),
                       [&](Operation *user) { return isLater(user); }))
        leaving.insert(op);
  }

  LogicalResult emit();

private:
  /// Whether `user` reads values as a whole, after the loop.
  bool isLater(Operation *user) const;
  void createLoop();
  LogicalResult compute(DestinationStyleOpInterface op);
  void insertRows(ArrayRef<Value> parts, ValueRange targets);

  RewriterBase &b;
  RowPlan &plan;
  Location loc;
  DenseSet<Operation *> leaving; ///< ops whose results are those of the loop
  scf::ForallOp loop;
  RowTile tile;
  unsigned numResults = 0; ///< of the loop, of the ops that are computed in it
};
} // namespace

bool RowLoop::isLater(Operation *user) const {
  Operation *top = plan.last->getBlock()->findAncestorOpInBlock(*user);
  return !isa<tensor::DimOp>(user) && top && plan.last->isBeforeInBlock(top);
}

void RowLoop::createLoop() {
  b.setInsertionPoint(plan.last);
  SmallVector<Value> inits(plan.last.getDpsInits());
  for (linalg::LinalgOp op : plan.chain)
    if (leaving.contains(op))
      llvm::append_range(inits, op.getDpsInits());
  SmallVector<OpFoldResult> extents =
      tensor::getMixedSizes(b, loc, inits.front());
  extents.resize(plan.rank);
  SmallVector<OpFoldResult> zeros(plan.rank, b.getIndexAttr(0));
  SmallVector<OpFoldResult> steps(plan.rank, b.getIndexAttr(1));
  steps.back() = b.getIndexAttr(plan.size);
  loop = scf::ForallOp::create(b, loc, zeros, extents, steps, inits,
                               /*mapping=*/std::nullopt);
  b.setInsertionPoint(loop.getTerminator());
  for (Value variable : loop.getInductionVars())
    tile.offsets.push_back(variable);
  tile.sizes.assign(plan.rank, b.getIndexAttr(1));
  AffineExpr left = b.getAffineSymbolExpr(0) - b.getAffineDimExpr(0);
  if (plan.size != 1)
    tile.sizes.back() = affine::makeComposedFoldedAffineMin(
        b, loc,
        AffineMap::get(1, 1, {left, b.getAffineConstantExpr(plan.size)},
                       b.getContext()),
        {tile.offsets.back(), extents.back()});
}

/// Puts the rows `parts` into `targets`, which the loop shares.
void RowLoop::insertRows(ArrayRef<Value> parts, ValueRange targets) {
  for (auto [part, target] : llvm::zip(parts, targets)) {
    b.setInsertionPoint(loop.getTerminator());
    SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, target);
    SmallVector<OpFoldResult> offsets(sizes.size(), b.getIndexAttr(0));
    SmallVector<OpFoldResult> ones(sizes.size(), b.getIndexAttr(1));
    llvm::copy(tile.offsets, offsets.begin());
    llvm::copy(tile.sizes, sizes.begin());
    b.setInsertionPointToEnd(loop.getTerminator().getBody());
    tensor::ParallelInsertSliceOp::create(b, loc, part, target, offsets, sizes,
                                          ones);
  }
}

/// Takes the sizes of the results of `op` from what it writes into.
static void moveSizes(RewriterBase &rewriter, DestinationStyleOpInterface op) {
  for (OpResult result : op->getResults())
    for (Operation *user : llvm::make_early_inc_range(result.getUsers()))
      if (auto size = dyn_cast<tensor::DimOp>(user))
        rewriter.modifyOpInPlace(size, [&] {
          size.getSourceMutable().assign(op.getTiedOpOperand(result)->get());
        });
}

/// Computes a tile of `op`, whose readers in the loop are slices, and what it
/// is of the results of the loop.
LogicalResult RowLoop::compute(DestinationStyleOpInterface op) {
  SmallVector<tensor::ExtractSliceOp> slices;
  for (Operation *user : op->getUsers())
    if (auto slice = dyn_cast<tensor::ExtractSliceOp>(user);
        slice && slice->getParentOp() == loop)
      slices.push_back(slice);
  Operation *first = loop.getTerminator();
  for (tensor::ExtractSliceOp slice : slices)
    if (slice->isBeforeInBlock(first))
      first = slice;
  b.setInsertionPoint(first);
  Operation *whole = op;
  ValueRange targets;
  bool leaves = leaving.contains(op);
  if (leaves) {
    targets = ValueRange(loop.getRegionIterArgs())
                  .slice(numResults, op->getNumResults());
    whole = b.clone(*op);
    cast<DestinationStyleOpInterface>(whole).getDpsInitsMutable().assign(
        targets);
  }
  FailureOr<SmallVector<Value>> parts =
      tileRows(b, cast<DestinationStyleOpInterface>(whole), tile);
  if (failed(parts))
    return failure();
  for (tensor::ExtractSliceOp slice : slices) {
    Value part = (*parts)[cast<OpResult>(slice.getSource()).getResultNumber()];
    b.setInsertionPoint(slice);
    if (part.getType() != slice.getType())
      part = tensor::CastOp::create(b, loc, slice.getType(), part);
    b.replaceOp(slice, part);
  }
  moveSizes(b, op);
  if (leaves) {
    b.eraseOp(whole);
    insertRows(*parts, targets);
    b.replaceAllUsesWith(
        op->getResults(),
        loop.getResults().slice(numResults, op->getNumResults()));
    numResults += op->getNumResults();
  }
  b.eraseOp(op);
  return success();
}

LogicalResult RowLoop::emit() {
  createLoop();
  if (failed(compute(plan.last)))
    return failure();
  for (linalg::LinalgOp op : plan.chain)
    if (failed(compute(cast<DestinationStyleOpInterface>(op.getOperation()))))
      return failure();
  return success();
}

/// The elements of a row of `value`, of `rank` leading dimensions.
static int64_t getColumns(Value value, unsigned rank) {
  int64_t columns = 1;
  for (int64_t extent :
       cast<ShapedType>(value.getType()).getShape().drop_front(rank))
    columns *= ShapedType::isDynamic(extent) ? kUnknownColumns : extent;
  return columns;
}

/// The elements of the longest row that `op` reads or writes.
static int64_t getMaxColumns(Operation *op, unsigned rank) {
  int64_t columns = 0;
  for (OpOperand &operand : op->getOpOperands())
    if (isa<ShapedType>(operand.get().getType()) && hasRows(operand, rank))
      columns = std::max(columns, getColumns(operand.get(), rank));
  return columns;
}

/// Whether `op` computes one element of a row, such as a scale from a range:
/// some ten scalar instructions, or as many vectors for many rows.
static bool isOncePerRow(linalg::LinalgOp op, unsigned rank) {
  return op.getNumReductionLoops() == 0 &&
         getColumns(op->getResult(0), rank) == 1 &&
         !op.getBlock()->without_terminator().empty();
}

/// The elements of a tile of `plan`, whose longest rows have `columns`.
static int64_t getTileElements(const RowPlan &plan, int64_t columns) {
  if (plan.chain.empty())
    return kTileElements;
  bool isManyRows =
      columns < kMinRowElements ||
      llvm::any_of(
          plan.chain,
          [&](linalg::LinalgOp op) { return isOncePerRow(op, plan.rank); });
  return isManyRows ? kChainElements : columns;
}

/// The rows of `op`, if they are worth a loop.
static std::optional<RowPlan> planRows(DestinationStyleOpInterface op,
                                       unsigned rank) {
  int64_t columns = getColumns(op->getResult(0), rank);
  if (columns == 0)
    return std::nullopt;
  RowPlan plan = {op, collectRowChain(op, rank, kMaxRowBytes), rank, 1};
  auto reduces = [](linalg::LinalgOp op) {
    return op.getNumReductionLoops() != 0;
  };
  // Elementwise ops by themselves are cut later.
  if (isa<linalg::LinalgOp>(*op) && llvm::none_of(plan.chain, reduces))
    return std::nullopt;
  columns = std::max(columns, getMaxColumns(op, rank));
  for (linalg::LinalgOp op : plan.chain)
    columns = std::max(columns, getMaxColumns(op, rank));
  plan.size = std::max<int64_t>(getTileElements(plan, columns) / columns, 1);
  ArrayRef<int64_t> extents = cast<ShapedType>(op->getResultTypes().front())
                                  .getShape()
                                  .take_front(rank);
  bool isSmall = !ShapedType::isDynamicShape(extents) &&
                 ShapedType::getNumElements(extents) * columns <= kTileElements;
  return isSmall ? std::nullopt : std::optional(plan);
}

/// The leading dimensions of the results of `op` along which it may be cut; 0:
/// none.
static unsigned getRowRank(DestinationStyleOpInterface op) {
  if (op->getNumResults() == 0 || op->getParentOfType<LoopLikeOpInterface>())
    return 0;
  if (isa<PackActivationsOp, PackedGatherOp>(*op))
    return 1;
  auto linalgOp = dyn_cast<linalg::LinalgOp>(*op);
  if (!linalgOp || linalgOp.getNumParallelLoops() != linalgOp.getNumLoops() ||
      linalgOp.getNumLoops() < 2)
    return 0;
  unsigned rank = linalgOp.getNumLoops() - 1;
  return getRowLoops(linalgOp, rank) ? rank : 0;
}

namespace {
struct ParallelizeRowsPass
    : lowbit::impl::ParallelizeRowsPassBase<ParallelizeRowsPass> {
  void runOnOperation() override {
    SmallVector<std::pair<DestinationStyleOpInterface, unsigned>> ops;
    getOperation()->walk([&](DestinationStyleOpInterface op) {
      if (unsigned rank = getRowRank(op))
        ops.push_back({op, rank});
    });
    IRRewriter rewriter(&getContext());
    // Backwards: what is computed with a later op is not cut again.
    DenseSet<Operation *> fused;
    for (auto [op, rank] : llvm::reverse(ops)) {
      if (fused.contains(op))
        continue;
      std::optional<RowPlan> plan = planRows(op, rank);
      if (!plan)
        continue;
      for (linalg::LinalgOp member : plan->chain)
        fused.insert(member);
      if (failed(RowLoop(rewriter, *plan).emit()))
        return signalPassFailure();
    }
    if (fused.empty())
      return;
    // Intermediates become as large as a tile.
    RewritePatternSet patterns(&getContext());
    tensor::populateFoldTensorEmptyPatterns(patterns);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
