//===- TilePackedMatmul.cpp - Parallel tiles of layers --------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Codegen/Passes.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Transforms/TileUsingInterface.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

#include <numeric>

using namespace mlir;
using namespace mlir::lowbit;

namespace mlir::lowbit {
#define GEN_PASS_DEF_TILEPACKEDMATMULPASS
#include "lowbit/Codegen/Passes.h.inc"
} // namespace mlir::lowbit

//===----------------------------------------------------------------------===//
// Sizes
//===----------------------------------------------------------------------===//

/// Rows of a tile: enough to make up for what is done once per panel.
static constexpr int64_t kTileRows = 128;

/// No kernel has more rows of sums in registers.
static constexpr int64_t kRegisterRows = 32;

/// Elements of a tile, whose sums stay in the cache of a core.
static constexpr int64_t kTileElements = 16 * 1024;

/// Products of a tile, if it has enough rows: some 10 microseconds.
static constexpr int64_t kTileProducts = 1 << 23;

/// Bytes of the packed weights of a tile, if it has few rows: some microseconds
/// from memory.
static constexpr int64_t kTileBytes = 128 * 1024;

/// Columns that are whole lines of cache, even in bytes.
static constexpr int64_t kLineColumns = 64;

/// What is taken for a depth that is not known.
static constexpr int64_t kUnknownDepth = 1024;

static int64_t getExtent(Value tensor, int64_t dim, int64_t unknown) {
  int64_t extent = cast<ShapedType>(tensor.getType()).getDimSize(dim);
  return ShapedType::isDynamic(extent) ? unknown : extent;
}

/// Whether there is nothing to multiply.
static bool isEmpty(PackedMatmulInterface op) {
  return llvm::any_of(op->getOperandTypes(), [](Type type) {
    return llvm::is_contained(cast<ShapedType>(type).getShape(), 0);
  });
}

/// Panels that kernels read at once: at most two of codes, eight of reals.
static int64_t getPanelsAtOnce(PackedMatmulInterface op) {
  return op.getLayout() ? 2 : 8;
}

static int64_t getPanelBytes(PackedMatmulInterface op, int64_t depth) {
  Value weights = op.getWeightsMutable().get();
  int64_t bytes =
      cast<ShapedType>(weights.getType()).getElementTypeBitWidth() / 8;
  return getExtent(weights, 1, op.getPanelRows() * depth) * bytes;
}

static int64_t getTileColumns(PackedMatmulInterface op, int64_t rows,
                              int64_t depth) {
  int64_t panelRows = op.getPanelRows();
  int64_t columns =
      std::min({kTileProducts / (rows * depth), kTileElements / rows,
                kTileBytes / getPanelBytes(op, depth) * panelRows});
  int64_t unit = std::lcm(getPanelsAtOnce(op) * panelRows, kLineColumns);
  return std::max(columns / unit, int64_t(1)) * unit;
}

/// Rows and columns of the tiles of `op`; 0: all.
static SmallVector<int64_t> getTileSizes(PackedMatmulInterface op) {
  Value init = op.getInitMutable().get();
  int64_t m = getExtent(init, 0, std::numeric_limits<int64_t>::max());
  int64_t n = getExtent(init, 1, std::numeric_limits<int64_t>::max());
  int64_t depth = getExtent(op.getActivations(), 1, kUnknownDepth);
  int64_t columns = getTileColumns(op, std::min(m, kTileRows), depth);
  int64_t width = std::min(n, columns);
  int64_t most = kTileElements / width;
  int64_t rows = std::clamp(kTileProducts / (width * depth),
                            std::min(kTileRows, most), most);
  rows = std::max(rows / kRegisterRows, int64_t(1)) * kRegisterRows;
  return {rows < m ? rows : 0, columns < n ? columns : 0};
}

//===----------------------------------------------------------------------===//
// Fusion
//===----------------------------------------------------------------------===//

/// Whether each element of the results of `op` depends on those at the same
/// place, in `operand`.
static bool isElementwise(linalg::GenericOp op, OpOperand &operand) {
  auto isIdentity = [&](OpOperand &value) {
    return op.getMatchingIndexingMap(&value).isIdentity();
  };
  return op.getNumParallelLoops() == op.getNumLoops() &&
         op.isDpsInput(&operand) && isIdentity(operand) &&
         llvm::all_of(op.getDpsInitsMutable(), isIdentity);
}

/// The last of the elementwise ops that follow `op`, each the only user of the
/// one before it; `op` if there are none.
static TilingInterface getEpilogue(PackedMatmulInterface op) {
  Operation *last = op;
  while (last->hasOneUse()) {
    OpOperand &use = *last->use_begin();
    auto next = dyn_cast<linalg::GenericOp>(use.getOwner());
    if (!next || next->getBlock() != op->getBlock() ||
        !isElementwise(next, use))
      break;
    last = next;
  }
  return cast<TilingInterface>(last);
}

/// Whether a tile of `consumer` needs the tile of `operand` at the same place,
/// and no other tile needs that.
static bool isCutAlike(Operation *consumer, OpOperand &operand) {
  if (auto matmul = dyn_cast<PackedMatmulInterface>(consumer))
    return &operand == &matmul.getInitMutable();
  auto map = cast<linalg::LinalgOp>(consumer).getMatchingIndexingMap(&operand);
  return map.isPermutation();
}

/// The ops before `consumer`, which is cut into tiles of `columns`, whose tiles
/// are used nowhere else.
static void collectProducers(Operation *consumer, int64_t columns,
                             SetVector<Operation *> &producers) {
  for (OpOperand &operand : consumer->getOpOperands()) {
    Operation *op = operand.get().getDefiningOp();
    if (!isCutAlike(consumer, operand) || !op || !op->hasOneUse() ||
        op->getBlock() != consumer->getBlock())
      continue;
    auto matmul = dyn_cast<PackedMatmulInterface>(op);
    auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
    if (matmul ? columns % matmul.getPanelRows() != 0
               : !linalgOp ||
                     linalgOp.getNumParallelLoops() != linalgOp.getNumLoops())
      continue;
    producers.insert(op);
    collectProducers(op, columns, producers);
  }
}

/// Computes the tile of a matmul that `slice` reads.
static LogicalResult fuseMatmul(RewriterBase &rewriter,
                                tensor::ExtractSliceOp slice) {
  rewriter.setInsertionPoint(slice);
  auto producer = slice.getSource().getDefiningOp<TilingInterface>();
  FailureOr<TilingResult> tile = producer.getTiledImplementation(
      rewriter, slice.getMixedOffsets(), slice.getMixedSizes());
  if (failed(tile))
    return failure();
  Value value = tile->tiledValues.front();
  if (value.getType() != slice.getType())
    value = tensor::CastOp::create(rewriter, slice.getLoc(), slice.getType(),
                                   value);
  rewriter.replaceOp(slice, value);
  return success();
}

/// Computes in `loops` the tiles of `producers` that slices in them read.
static LogicalResult fuseProducers(RewriterBase &rewriter,
                                   MutableArrayRef<LoopLikeOpInterface> loops,
                                   const SetVector<Operation *> &producers) {
  // Each comes after its only user, which is in the loops by then.
  for (Operation *producer : producers)
    for (Operation *user : llvm::make_early_inc_range(producer->getUsers())) {
      auto slice = dyn_cast<tensor::ExtractSliceOp>(user);
      if (!slice || !loops.front()->isAncestor(slice))
        continue;
      if (isa<PackedMatmulInterface>(producer)) {
        if (failed(fuseMatmul(rewriter, slice)))
          return failure();
      } else if (!scf::tileAndFuseProducerOfSlice(rewriter, slice, loops)) {
        return failure();
      }
    }
  return success();
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

/// Takes the sizes of the results of `op` from what it writes into.
static void moveSizes(RewriterBase &rewriter, DestinationStyleOpInterface op) {
  for (OpResult result : op->getResults())
    for (Operation *user : llvm::make_early_inc_range(result.getUsers()))
      if (auto size = dyn_cast<tensor::DimOp>(user))
        rewriter.modifyOpInPlace(size, [&] {
          size.getSourceMutable().assign(op.getTiedOpOperand(result)->get());
        });
}

/// Cuts `op` with what follows and precedes it, and adds what it erased to
/// `erased`.
static LogicalResult tile(RewriterBase &rewriter, PackedMatmulInterface op,
                          DenseSet<Operation *> &erased) {
  if (isEmpty(op))
    return success();
  SmallVector<int64_t> sizes = getTileSizes(op);
  if (sizes == SmallVector<int64_t>{0, 0})
    return success();
  TilingInterface last = getEpilogue(op);
  SetVector<Operation *> producers;
  collectProducers(last, sizes[1], producers);

  scf::SCFTilingOptions options;
  options.setLoopType(scf::SCFTilingOptions::LoopType::ForallOp);
  options.setTileSizes(getAsIndexOpFoldResult(rewriter.getContext(), sizes));
  // Threads share the weights, and each reads its own once.
  options.setInterchange({1, 0});
  rewriter.setInsertionPoint(last);
  auto tiled = scf::tileUsingSCF(rewriter, last, options);
  if (failed(tiled))
    return failure();
  // The loop is the layer's.
  for (LoopLikeOpInterface loop : tiled->loops)
    loop->setLoc(op.getLoc());
  rewriter.replaceAllUsesWith(last->getResults(), tiled->replacements);
  if (failed(fuseProducers(rewriter, tiled->loops, producers)))
    return failure();
  SmallVector<Operation *> fused = {last};
  llvm::append_range(fused, producers);
  // Each comes after its only user.
  for (Operation *op : fused) {
    moveSizes(rewriter, cast<DestinationStyleOpInterface>(op));
    if (op->use_empty()) {
      erased.insert(op);
      rewriter.eraseOp(op);
    }
  }
  return success();
}

namespace {
struct TilePackedMatmulPass
    : lowbit::impl::TilePackedMatmulPassBase<TilePackedMatmulPass> {
  void runOnOperation() override {
    SmallVector<PackedMatmulInterface> matmuls;
    getOperation()->walk([&](PackedMatmulInterface op) {
      if (op->getNumResults() != 0 && !op->getParentOfType<scf::ForallOp>())
        matmuls.push_back(op);
    });
    if (matmuls.empty())
      return;
    IRRewriter rewriter(&getContext());
    // Backwards: what is fused with a later one is not cut again.
    DenseSet<Operation *> erased;
    for (PackedMatmulInterface op : llvm::reverse(matmuls))
      if (!erased.contains(op) && failed(tile(rewriter, op, erased)))
        return signalPassFailure();
    // Intermediates become as large as a tile.
    RewritePatternSet patterns(&getContext());
    tensor::populateFoldTensorEmptyPatterns(patterns);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
