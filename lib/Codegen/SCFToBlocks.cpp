//===- SCFToBlocks.cpp - Structured control flow, from the end ------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LoopAnnotations.h"
#include "lowbit/Codegen/Passes.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Iterators.h"
#include "mlir/Rewrite/FrozenRewritePatternSet.h"
#include "mlir/Rewrite/PatternApplicator.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace mlir::lowbit {
#define GEN_PASS_DEF_SCFTOBLOCKSPASS
#include "lowbit/Codegen/Passes.h.inc"
} // namespace mlir::lowbit

/// The ops of scf, the last one first, but each before those inside it.
static SmallVector<Operation *> collectBackwards(Operation *root) {
  SmallVector<Operation *> ops;
  root->walk<WalkOrder::PreOrder, ReverseIterator>([&](Operation *op) {
    if (isa<scf::SCFDialect>(op->getDialect()) &&
        !op->hasTrait<OpTrait::IsTerminator>())
      ops.push_back(op);
  });
  return ops;
}

/// Gives the annotation of a loop the name that the branch of the LLVM dialect
/// has for it, to which attributes are handed on as they are.
static void nameAnnotation(cf::BranchOp branch) {
  if (Attribute annotation = branch->removeAttr(kLoopAnnotation))
    branch->setAttr("loop_annotation", annotation);
}

namespace {
struct SCFToBlocksPass : lowbit::impl::SCFToBlocksPassBase<SCFToBlocksPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    populateSCFToControlFlowConversionPatterns(patterns);
    FrozenRewritePatternSet frozen(std::move(patterns));
    PatternApplicator applicator(frozen);
    applicator.applyDefaultCostModel();
    PatternRewriter rewriter(&getContext());
    SmallVector<Operation *> ops;
    // Some become other ops of scf first.
    while (!(ops = collectBackwards(getOperation())).empty())
      for (Operation *op : ops) {
        rewriter.setInsertionPoint(op);
        if (failed(applicator.matchAndRewrite(op, rewriter))) {
          op->emitError("expected control flow that has a lowering, but got ")
              << op->getName();
          return signalPassFailure();
        }
      }
    getOperation()->walk(nameAnnotation);
  }
};
} // namespace
