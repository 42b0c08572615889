//===- ExpandShapes.cpp - Shapes with several unknown extents -------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Codegen/Passes.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace mlir::lowbit {
#define GEN_PASS_DEF_EXPANDSHAPESPASS
#include "lowbit/Codegen/Passes.h.inc"
} // namespace mlir::lowbit

namespace {
struct CastExpandShape : OpRewritePattern<memref::ExpandShapeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(memref::ExpandShapeOp op,
                                PatternRewriter &rewriter) const override {
    MemRefType type = op.getResultType();
    if (!type.getLayout().isIdentity())
      return rewriter.notifyMatchFailure(op, "requires elements side by side");
    auto hasSeveral = [&](const ReassociationIndices &group) {
      return llvm::count_if(
                 group, [&](int64_t d) { return type.isDynamicDim(d); }) > 1;
    };
    if (llvm::none_of(op.getReassociationIndices(), hasSeveral))
      return rewriter.notifyMatchFailure(op, "requires unknown extents");
    SmallVector<OpFoldResult> sizes = op.getMixedOutputShape();
    SmallVector<OpFoldResult> strides(sizes.size(), rewriter.getIndexAttr(1));
    AffineExpr product =
        rewriter.getAffineSymbolExpr(0) * rewriter.getAffineSymbolExpr(1);
    for (size_t d = sizes.size() - 1; d > 0; --d)
      strides[d - 1] = affine::makeComposedFoldedAffineApply(
          rewriter, op.getLoc(), product, {strides[d], sizes[d]});
    rewriter.replaceOpWithNewOp<memref::ReinterpretCastOp>(
        op, type, op.getSrc(), rewriter.getIndexAttr(0), sizes, strides);
    return success();
  }
};

struct ExpandShapesPass : lowbit::impl::ExpandShapesPassBase<ExpandShapesPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<CastExpandShape>(&getContext());
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};
} // namespace
