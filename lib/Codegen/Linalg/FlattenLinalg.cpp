//===- FlattenLinalg.cpp - As few loops as it takes -----------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FlatLoops.h"
#include "VectorPlan.h"
#include "lowbit/Codegen/Passes.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Utils/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace mlir::lowbit {
#define GEN_PASS_DEF_FLATTENLINALGPASS
#include "lowbit/Codegen/Passes.h.inc"
} // namespace mlir::lowbit

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
      flattenLoops(
          rewriter, op,
          {utils::IteratorType::parallel, utils::IteratorType::reduction});
  }
};
} // namespace
