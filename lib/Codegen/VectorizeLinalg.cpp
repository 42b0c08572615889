//===- VectorizeLinalg.cpp - Loops of vectors -----------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TransposeTiles.h"
#include "VectorLoops.h"
#include "lowbit/Codegen/Passes.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Vector/Transforms/LoweringPatterns.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace mlir::lowbit {
#define GEN_PASS_DEF_VECTORIZELINALGPASS
#include "lowbit/Codegen/Passes.h.inc"
} // namespace mlir::lowbit

/// Runs of loops that every operand walks through as one.
static SmallVector<ReassociationIndices> getFlatLoops(linalg::LinalgOp op) {
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  SmallVector<utils::IteratorType> iterators = op.getIteratorTypesArray();
  SmallVector<ReassociationIndices> runs;
  for (int64_t d = 0; d < op.getNumLoops(); ++d) {
    if (d != 0 && iterators[d] == iterators[d - 1]) {
      ReassociationIndices longer = runs.back();
      longer.push_back(d);
      if (linalg::areDimSequencesPreserved(maps, {longer})) {
        runs.back() = longer;
        continue;
      }
    }
    runs.push_back({d});
  }
  return runs;
}

/// Whether upstream can merge loops of `op`.
static bool canFlatten(linalg::LinalgOp op) {
  auto isDense = [](Type type) {
    auto memref = dyn_cast<MemRefType>(type);
    return !memref || memref.getLayout().isIdentity();
  };
  return !op.hasIndexSemantics() &&
         llvm::all_of(op->getOperandTypes(), isDense) &&
         llvm::all_of(op.getIndexingMapsArray(), [](AffineMap map) {
           return map.isProjectedPermutation();
         });
}

/// `op` with as few loops as it takes.
static linalg::LinalgOp flatten(IRRewriter &rewriter, linalg::LinalgOp op) {
  if (!canFlatten(op))
    return op;
  SmallVector<ReassociationIndices> runs = getFlatLoops(op);
  if (runs.size() == op.getNumLoops())
    return op;
  rewriter.setInsertionPoint(op);
  if (!isa<linalg::GenericOp>(op)) {
    FailureOr<linalg::GenericOp> generic =
        linalg::generalizeNamedOp(rewriter, op);
    if (failed(generic))
      return op;
    op = *generic;
  }
  FailureOr<linalg::CollapseResult> collapsed =
      linalg::collapseOpIterationDims(op, runs, rewriter);
  if (failed(collapsed))
    return op;
  rewriter.eraseOp(op);
  return collapsed->collapsedOp;
}

namespace {
struct VectorizeLinalgPass
    : lowbit::impl::VectorizeLinalgPassBase<VectorizeLinalgPass> {
  void runOnOperation() override {
    SmallVector<linalg::LinalgOp> ops;
    getOperation()->walk([&](linalg::LinalgOp op) {
      if (op.hasPureBufferSemantics())
        ops.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (linalg::LinalgOp op : ops) {
      linalg::LinalgOp flat = flatten(rewriter, op);
      if (failed(lowerToTransposeTiles(rewriter, flat)))
        lowerToVectorLoops(rewriter, flat);
    }
    // Before these fold to single elements.
    RewritePatternSet patterns(&getContext());
    vector::populateVectorTransposeLoweringPatterns(
        patterns, vector::VectorTransposeLowering::Shuffle16x16);
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};
} // namespace
