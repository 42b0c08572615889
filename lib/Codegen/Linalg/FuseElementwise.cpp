//===- FuseElementwise.cpp - One loop for elementwise ops -----------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Codegen/Passes.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/MemRef/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace mlir::lowbit {
#define GEN_PASS_DEF_FUSEELEMENTWISEPASS
#include "lowbit/Codegen/Passes.h.inc"
} // namespace mlir::lowbit

/// A producer becomes a part of its only consumer, unless this reduces and
/// reads each of its elements several times, or in another order.
static bool shouldFuse(OpOperand *operand) {
  Operation *producer = operand->get().getDefiningOp();
  if (!producer || !producer->hasOneUse())
    return false;
  auto consumer = dyn_cast<linalg::LinalgOp>(operand->getOwner());
  return !consumer || consumer.getNumReductionLoops() == 0 ||
         consumer.getMatchingIndexingMap(operand).isIdentity();
}

/// Whether no element of the results of `op` is computed from several of an
/// operand. Fills have patterns of their own.
static bool isNamedElementwise(linalg::LinalgOp op) {
  return !isa<linalg::FillOp, linalg::GenericOp>(op) &&
         op.hasPureTensorSemantics() &&
         op.getNumParallelLoops() == op.getNumLoops();
}

/// Writes what can be fused in the form that fusion knows.
static void generalize(Operation *root) {
  IRRewriter rewriter(root->getContext());
  root->walk([&](Operation *op) {
    rewriter.setInsertionPoint(op);
    // What has no generic form stays.
    if (auto named = dyn_cast<linalg::LinalgOp>(op);
        named && isNamedElementwise(named))
      (void)linalg::generalizeNamedOp(rewriter, named);
    else if (auto generate = dyn_cast<tensor::GenerateOp>(op))
      (void)linalg::rewriteInDestinationPassingStyle(rewriter, generate);
  });
}

namespace {
struct FuseElementwisePass
    : lowbit::impl::FuseElementwisePassBase<FuseElementwisePass> {
  void runOnOperation() override {
    MLIRContext *context = &getContext();
    generalize(getOperation());
    RewritePatternSet patterns(context);
    linalg::populateElementwiseOpsFusionPatterns(patterns, shouldFuse);
    linalg::populateFoldReshapeOpsByExpansionPatterns(patterns, shouldFuse);
    linalg::populateConstantFoldLinalgOperations(patterns, shouldFuse);
    // Sizes are no consumers.
    memref::populateResolveRankedShapedTypeResultDimsPatterns(patterns);
    linalg::GenericOp::getCanonicalizationPatterns(patterns, context);
    tensor::CollapseShapeOp::getCanonicalizationPatterns(patterns, context);
    tensor::ExpandShapeOp::getCanonicalizationPatterns(patterns, context);
    context->getLoadedDialect<linalg::LinalgDialect>()
        ->getCanonicalizationPatterns(patterns);
    // Producers first: a chain is fused in one go.
    (void)applyPatternsGreedily(
        getOperation(), std::move(patterns),
        GreedyRewriteConfig().setUseTopDownTraversal(true));
  }
};
} // namespace
