//===- TilePackedMatmul.cpp - Parallel tiles of whole panels --------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Codegen/Passes.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Transforms/TileUsingInterface.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace mlir::lowbit {
#define GEN_PASS_DEF_TILEPACKEDMATMULPASS
#include "lowbit/Codegen/Passes.h.inc"
} // namespace mlir::lowbit

/// Bytes of packed weights per tile: large enough to hide the cost of a call,
/// small enough to share a layer between threads.
static constexpr int64_t kTileBytes = 128 * 1024;

/// Panels per tile where the bytes of a panel are not known.
static constexpr int64_t kTilePanels = 16;

static int64_t getTilePanels(PackedMatmulInterface op) {
  auto weights = cast<ShapedType>(op.getWeightsMutable().get().getType());
  int64_t bytes = weights.getDimSize(1);
  if (ShapedType::isDynamic(bytes) || bytes == 0)
    return kTilePanels;
  // An even number: there are kernels that read two panels at once.
  return std::max<int64_t>(1, kTileBytes / bytes / 2) * 2;
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
    IRRewriter rewriter(&getContext());
    for (PackedMatmulInterface op : matmuls) {
      int64_t rows = getTilePanels(op) * op.getLayout().getPacked().panelRows();
      Value init = op.getInitMutable().get();
      int64_t n = cast<ShapedType>(init.getType()).getDimSize(1);
      if (!ShapedType::isDynamic(n) && n <= rows)
        continue;
      rewriter.setInsertionPoint(op);
      scf::SCFTilingOptions options;
      options.setLoopType(scf::SCFTilingOptions::LoopType::ForallOp);
      options.setTileSizes(
          {rewriter.getIndexAttr(0), rewriter.getIndexAttr(rows)});
      auto tiled = scf::tileUsingSCF(
          rewriter, cast<TilingInterface>(op.getOperation()), options);
      if (failed(tiled))
        return signalPassFailure();
      rewriter.replaceOp(op, tiled->replacements);
    }
  }
};
} // namespace
