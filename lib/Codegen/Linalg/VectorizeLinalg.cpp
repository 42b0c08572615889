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
#include "mlir/Dialect/Vector/Transforms/LoweringPatterns.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace mlir::lowbit {
#define GEN_PASS_DEF_VECTORIZELINALGPASS
#include "lowbit/Codegen/Passes.h.inc"
} // namespace mlir::lowbit

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
    for (linalg::LinalgOp op : ops)
      if (failed(lowerToTransposeTiles(rewriter, op)))
        lowerToVectorLoops(rewriter, op);
    // Before these fold to single elements.
    RewritePatternSet patterns(&getContext());
    vector::populateVectorTransposeLoweringPatterns(
        patterns, vector::VectorTransposeLowering::Shuffle16x16);
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};
} // namespace
