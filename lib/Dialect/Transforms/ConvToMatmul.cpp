//===- ConvToMatmul.cpp - From convolutions to matmuls on codes -----------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/Transforms/ConvToMatmul.h"
#include "Windows.h"
#include "lowbit/Dialect/Transforms/Passes.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_CONVTOMATMULPASS
#include "lowbit/Dialect/Transforms/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

/// The parameter `first x 1 x 1 x 1` as the matrix `first x 1`.
static Value toColumn(OpBuilder &builder, Location location, Value parameter) {
  return builder.createOrFold<tensor::CollapseShapeOp>(
      location, parameter, ArrayRef<ReassociationIndices>{{0}, {1, 2, 3}});
}

/// The accumulator `N x OH x OW x O` as a matrix with a row per window. A bias
/// that is repeated for each window stays one.
static Value toMatrixInit(OpBuilder &builder, Location location, Value init) {
  Value matrix = collapseWindows(builder, location, init);
  auto broadcast = init.getDefiningOp<linalg::BroadcastOp>();
  if (!broadcast || broadcast.getDimensions() != ArrayRef<int64_t>{0, 1, 2})
    return matrix;
  Value empty = tensor::EmptyOp::create(
      builder, location, tensor::getMixedSizes(builder, location, matrix),
      getElementTypeOrSelf(matrix));
  return linalg::BroadcastOp::create(builder, location, broadcast.getInput(),
                                     empty, ArrayRef<int64_t>{0})
      ->getResult(0);
}

namespace {
/// conv_2d(a, w, init) -> expand(matmul(im2col(a), collapse(w),
/// collapse(init)))
struct ConvToMatmul : OpRewritePattern<Conv2DOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(Conv2DOp op,
                                PatternRewriter &rewriter) const override {
    auto images = op.getActivations().getType();
    auto weights = op.getWeights().getType();
    auto code = cast<CodeTypeInterface>(images.getElementType());
    int64_t groups = op.getGroups();
    if (llvm::is_contained(op.getType().getShape(), 0))
      return rewriter.notifyMatchFailure(op, "requires windows");
    if (weights.isDynamicDim(1) || weights.isDynamicDim(2))
      return rewriter.notifyMatchFailure(op, "requires a static kernel");
    if (groups != 1 && weights.getDimSize(3) == 1)
      return rewriter.notifyMatchFailure(
          op, "requires groups of more than one channel");
    if (groups != 1 && (weights.isDynamicDim(0) || images.isDynamicDim(3)))
      return rewriter.notifyMatchFailure(op, "requires static groups");
    if (op.hasPadding() && !op.getActivationZeroPoint() && !code.isCode(0))
      return rewriter.notifyMatchFailure(op, "requires a code for the padding");

    Location location = op.getLoc();
    SmallVector<OpFoldResult> sizes =
        tensor::getMixedSizes(rewriter, location, op.getInit());
    sizes.pop_back();
    SmallVector<Value> results;
    for (int64_t group = 0; group < groups; ++group)
      results.push_back(multiplyGroup(rewriter, op, {group, groups}, sizes));
    Value joined = joinColumns(rewriter, location, results);
    Value result = expandWindows(rewriter, location, joined, sizes);
    rewriter.replaceOp(op, rewriter.createOrFold<tensor::CastOp>(
                               location, op.getType(), result));
    return success();
  }

private:
  /// The outputs of one group: `(N * OH * OW) x (O / groups)`.
  static Value multiplyGroup(OpBuilder &builder, Conv2DOp op, Part group,
                             ArrayRef<OpFoldResult> sizes) {
    Location location = op.getLoc();
    Value images = slice(builder, location, op.getActivations(), 3, group);
    Value init = toMatrixInit(builder, location,
                              slice(builder, location, op.getInit(), 3, group));
    Value weights = slice(builder, location, op.getWeights(), 0, group);
    ArrayRef<int64_t> shape =
        cast<RankedTensorType>(weights.getType()).getShape();
    int64_t k = ShapedType::isDynamic(shape[3])
                    ? shape[3]
                    : shape[1] * shape[2] * shape[3];
    Value zeroPoint = op.getActivationZeroPoint();
    Value windows =
        createWindows(builder, location, images, zeroPoint,
                      {shape[1], shape[2]}, {op.getAxis(0), op.getAxis(1)});
    if (zeroPoint)
      zeroPoint = repeatPerWindow(
          builder, location, toColumn(builder, location, zeroPoint), sizes);
    return MatmulOp::create(builder, location, init.getType(), windows,
                            reshapeKernel(builder, location, weights,
                                          {shape[0], k}, {{0}, {1, 2, 3}}),
                            zeroPoint, getWeightZeroPoint(builder, op, group),
                            init, op.getLayerAttr());
  }

  /// The weight zero point of one group, with a row per output or one.
  static Value getWeightZeroPoint(OpBuilder &builder, Conv2DOp op, Part group) {
    auto zeroPoint = op.getWeightZeroPoint();
    if (!zeroPoint)
      return {};
    bool spansAll = zeroPoint.getType().getDimSize(0) == 1;
    Value part =
        spansAll ? zeroPoint : slice(builder, op.getLoc(), zeroPoint, 0, group);
    return toColumn(builder, op.getLoc(), part);
  }
};

struct ConvToMatmulPass : lowbit::impl::ConvToMatmulPassBase<ConvToMatmulPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    populateConvToMatmulPatterns(patterns);
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};
} // namespace

void mlir::lowbit::populateConvToMatmulPatterns(RewritePatternSet &patterns) {
  patterns.add<ConvToMatmul>(patterns.getContext());
}
