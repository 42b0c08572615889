//===- FlatLoops.cpp - Loops that are one ---------------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FlatLoops.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Linalg/Utils/Utils.h"

using namespace mlir;
using namespace mlir::lowbit;

bool mlir::lowbit::hasNoElements(linalg::LinalgOp op) {
  return llvm::any_of(op->getOperandTypes(), [](Type type) {
    auto shaped = dyn_cast<ShapedType>(type);
    return shaped && llvm::is_contained(shaped.getShape(), 0);
  });
}

/// Runs of loops of `kinds` that every operand walks through as one, and all
/// other loops.
static SmallVector<ReassociationIndices>
getFlatLoops(linalg::LinalgOp op, ArrayRef<utils::IteratorType> kinds) {
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  SmallVector<utils::IteratorType> iterators = op.getIteratorTypesArray();
  SmallVector<ReassociationIndices> runs;
  for (int64_t d = 0; d < op.getNumLoops(); ++d) {
    if (d != 0 && iterators[d] == iterators[d - 1] &&
        llvm::is_contained(kinds, iterators[d])) {
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
  return !op.hasIndexSemantics() && !hasNoElements(op) &&
         llvm::all_of(op->getOperandTypes(), isDense) &&
         llvm::all_of(op.getIndexingMapsArray(), [](AffineMap map) {
           return map.isProjectedPermutation();
         });
}

void mlir::lowbit::flattenLoops(RewriterBase &rewriter, linalg::LinalgOp op,
                                ArrayRef<utils::IteratorType> kinds) {
  if (!canFlatten(op))
    return;
  SmallVector<ReassociationIndices> runs = getFlatLoops(op, kinds);
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
  if (succeeded(collapsed))
    rewriter.replaceOp(op, collapsed->results);
}
