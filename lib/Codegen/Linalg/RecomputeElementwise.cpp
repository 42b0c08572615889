//===- RecomputeElementwise.cpp - What is cheaper than memory -------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Codegen/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace mlir::lowbit {
#define GEN_PASS_DEF_RECOMPUTEELEMENTWISEPASS
#include "lowbit/Codegen/Passes.h.inc"
} // namespace mlir::lowbit

/// Instructions per element that are not more than a store and a load.
static constexpr unsigned kMaxInstructions = 2;

/// Whether `op` makes each element of one of another tensor, which is in memory
/// for others anyway, and of what is the same along the last loop.
static bool readsOneElement(linalg::LinalgOp op) {
  unsigned last = op.getNumLoops() - 1;
  unsigned whole = 0;
  for (OpOperand *input : op.getDpsInputOperands()) {
    AffineMap map = op.getMatchingIndexingMap(input);
    if (!map.isFunctionOfDim(last))
      continue;
    if (!map.isIdentity() || input->get().hasOneUse())
      return false;
    ++whole;
  }
  return whole == 1;
}

/// Whether the body of `op` is so short: what is the same along the last loop
/// is computed before it.
static bool isCheap(linalg::LinalgOp op) {
  unsigned last = op.getNumLoops() - 1;
  DenseSet<Value> changing;
  for (OpOperand *input : op.getDpsInputOperands())
    if (op.getMatchingIndexingMap(input).isFunctionOfDim(last))
      changing.insert(op.getMatchingBlockArgument(input));
  unsigned instructions = 0;
  for (Operation &inner : op.getBlock()->without_terminator()) {
    if (llvm::none_of(inner.getOperands(),
                      [&](Value value) { return changing.contains(value); }))
      continue;
    if (!isa<arith::AddFOp, arith::MulFOp, arith::SubFOp>(inner) ||
        ++instructions > kMaxInstructions)
      return false;
    changing.insert(inner.getResult(0));
  }
  return true;
}

/// Whether `op` is an elementwise one that costs less than its result does in
/// memory.
static bool canRecompute(linalg::LinalgOp op) {
  return op.hasPureTensorSemantics() && op->getNumResults() == 1 &&
         !op->hasOneUse() && op.getNumLoops() != 0 &&
         op.getNumParallelLoops() == op.getNumLoops() &&
         !op.hasIndexSemantics() &&
         !op.payloadUsesValueFromOperand(op.getDpsInitOperand(0)) &&
         op.getMatchingIndexingMap(op.getDpsInitOperand(0)).isIdentity() &&
         readsOneElement(op) && isCheap(op);
}

/// Whether the owner of `use` can do what its producer does.
static bool canRecomputeFor(OpOperand &use) {
  auto reader = dyn_cast<linalg::LinalgOp>(use.getOwner());
  if (!reader || !reader.hasPureTensorSemantics() || reader.isDpsInit(&use))
    return false;
  return reader.getNumParallelLoops() == reader.getNumLoops() ||
         (isa<linalg::GenericOp>(*reader) &&
          reader.getMatchingIndexingMap(&use).isIdentity());
}

/// Gives each reader of `op` its own.
static void copyForReaders(RewriterBase &rewriter, linalg::LinalgOp op) {
  SetVector<Operation *> readers(op->user_begin(), op->user_end());
  for (Operation *reader : readers.getArrayRef().drop_front()) {
    rewriter.setInsertionPoint(op);
    Operation *copy = rewriter.clone(*op);
    rewriter.replaceOpUsesWithIf(op, copy->getResults(), [&](OpOperand &use) {
      return use.getOwner() == reader;
    });
  }
}

namespace {
struct RecomputeElementwisePass
    : lowbit::impl::RecomputeElementwisePassBase<RecomputeElementwisePass> {
  void runOnOperation() override {
    SmallVector<linalg::LinalgOp> ops;
    getOperation()->walk([&](linalg::LinalgOp op) { ops.push_back(op); });
    IRRewriter rewriter(&getContext());
    // Backwards: an op may be recomputed for copies of its readers.
    for (linalg::LinalgOp op : llvm::reverse(ops))
      if (canRecompute(op) && llvm::all_of(op->getUses(), canRecomputeFor))
        copyForReaders(rewriter, op);
  }
};
} // namespace
