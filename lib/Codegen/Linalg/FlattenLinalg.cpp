//===- FlattenLinalg.cpp - As few loops as it takes -----------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VectorPlan.h"
#include "lowbit/Codegen/Passes.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Linalg/Utils/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace mlir::lowbit {
#define GEN_PASS_DEF_FLATTENLINALGPASS
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
  // The extent of nothing among unknown extents is neither known nor unknown.
  auto isDense = [](Type type) {
    auto memref = dyn_cast<MemRefType>(type);
    return !memref || (memref.getLayout().isIdentity() &&
                       !llvm::is_contained(memref.getShape(), 0));
  };
  return !op.hasIndexSemantics() &&
         llvm::all_of(op->getOperandTypes(), isDense) &&
         llvm::all_of(op.getIndexingMapsArray(), [](AffineMap map) {
           return map.isProjectedPermutation();
         });
}

/// Merges loops of `op`, if any can be.
static void flatten(IRRewriter &rewriter, linalg::LinalgOp op) {
  if (!canFlatten(op))
    return;
  SmallVector<ReassociationIndices> runs = getFlatLoops(op);
  if (runs.size() == op.getNumLoops())
    return;
  rewriter.setInsertionPoint(op);
  if (!isa<linalg::GenericOp>(op)) {
    FailureOr<linalg::GenericOp> generic =
        linalg::generalizeNamedOp(rewriter, op);
    if (failed(generic))
      return;
    op = *generic;
  }
  FailureOr<linalg::CollapseResult> collapsed =
      linalg::collapseOpIterationDims(op, runs, rewriter);
  if (failed(collapsed))
    return;
  rewriter.eraseOp(op);
}

/// Writes copies as loops, which can be merged, cut and vectorized.
static void generalizeCopies(Operation *root) {
  IRRewriter rewriter(root->getContext());
  root->walk([&](memref::CopyOp copy) {
    auto source = dyn_cast<MemRefType>(copy.getSource().getType());
    auto target = dyn_cast<MemRefType>(copy.getTarget().getType());
    if (!source || !target || !isInBytes(source.getElementType()))
      return;
    rewriter.setInsertionPoint(copy);
    rewriter.replaceOp(copy, linalg::makeMemRefCopyOp(rewriter, copy.getLoc(),
                                                      copy.getSource(),
                                                      copy.getTarget()));
  });
}

namespace {
struct FlattenLinalgPass
    : lowbit::impl::FlattenLinalgPassBase<FlattenLinalgPass> {
  void runOnOperation() override {
    generalizeCopies(getOperation());
    SmallVector<linalg::LinalgOp> ops;
    getOperation()->walk([&](linalg::LinalgOp op) {
      if (op.hasPureBufferSemantics())
        ops.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (linalg::LinalgOp op : ops)
      flatten(rewriter, op);
  }
};
} // namespace
