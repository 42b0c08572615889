//===- FoldZeroPoints.cpp - Turn zero points into terms -------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/Transforms/FoldZeroPoints.h"
#include "AccumulatorTerms.h"
#include "ZeroPointTerms.h"
#include "lowbit/Dialect/Transforms/Passes.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_FOLDZEROPOINTSPASS
#include "lowbit/Dialect/Transforms/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

namespace {
/// What the zero points of one matmul are computed from.
struct Operands {
  Blocks activations, weights;
  int64_t rowBlock = 0;
  Value activationZeroPoint, weightZeroPoint;
};
} // namespace

/// The operands of a matmul; zero points that are zero are missing.
template <typename MatmulLike>
static Operands getOperands(MatmulLike op, int64_t block, int64_t rowBlock) {
  Operands operands;
  operands.activations = {op.getActivations(), block};
  operands.weights = {op.getWeights(), block};
  operands.rowBlock = rowBlock;
  auto keep = [](Value zeroPoint) {
    return zeroPoint && !isConstantZero(zeroPoint) ? zeroPoint : Value();
  };
  operands.activationZeroPoint = keep(op.getActivationZeroPoint());
  operands.weightZeroPoint = keep(op.getWeightZeroPoint());
  return operands;
}

/// The terms that replace integer zero points: steps 4 and 5 of the dialect's
/// derivation.
static SmallVector<Term> createTerms(RewriterBase &rewriter, Location location,
                                     const Operands &operands) {
  SmallVector<Term> terms;
  Parameters weightZeroPoint = {operands.weightZeroPoint, operands.rowBlock};
  if (operands.activationZeroPoint) {
    Value sums = createSums(rewriter, location, operands.weights);
    OpFoldResult rows = tensor::getMixedSize(rewriter, location, sums, 0);
    Value column =
        createShiftedSums(rewriter, location, {sums}, weightZeroPoint,
                          operands.weights, rows, /*negate=*/true);
    if (sums.use_empty())
      rewriter.eraseOp(sums.getDefiningOp());
    terms.push_back({operands.activationZeroPoint, column});
  }
  if (operands.weightZeroPoint) {
    Value owner = operands.rowBlock == 0 ? operands.weightZeroPoint
                                         : operands.weights.codes;
    OpFoldResult rows = tensor::getMixedSize(rewriter, location, owner, 0);
    Value row = createSums(rewriter, location, operands.activations);
    Value column = createShiftedSums(rewriter, location, weightZeroPoint, {},
                                     operands.weights, rows, /*negate=*/true);
    terms.push_back({row, column});
  }
  llvm::erase_if(terms, [&](const Term &term) {
    if (!isConstantZero(term.column))
      return false;
    rewriter.eraseOp(term.column.getDefiningOp());
    return true;
  });
  return terms;
}

//===----------------------------------------------------------------------===//
// MatmulOp
//===----------------------------------------------------------------------===//

LogicalResult mlir::lowbit::foldZeroPoints(RewriterBase &rewriter,
                                           MatmulOp op) {
  if (!op.getActivationZeroPoint() && !op.getWeightZeroPoint())
    return rewriter.notifyMatchFailure(op, "requires zero points");
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPoint(op);
  Location location = op.getLoc();
  Value init = addTerms(rewriter, location, op.getInit(),
                        createTerms(rewriter, location, getOperands(op, 0, 0)));
  rewriter.modifyOpInPlace(op, [&] {
    op.getActivationZeroPointMutable().clear();
    op.getWeightZeroPointMutable().clear();
    op.getInitMutable().assign(init);
  });
  return success();
}

//===----------------------------------------------------------------------===//
// ScaledMatmulOp
//===----------------------------------------------------------------------===//

LogicalResult mlir::lowbit::foldZeroPoints(RewriterBase &rewriter,
                                           ScaledMatmulOp op) {
  if (!op.getActivationZeroPoint() && !op.getWeightZeroPoint())
    return rewriter.notifyMatchFailure(op, "requires zero points");
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPoint(op);
  Location location = op.getLoc();
  std::optional<ArrayRef<int64_t>> sizes = op.getBlockSizes();
  int64_t rowBlock = sizes ? sizes->front() : 0;
  Operands operands = getOperands(op, op.getBlock(), rowBlock);

  Value offsetRows = op.getOffsetRows(), offsetColumns = op.getOffsetColumns();
  Value shift = operands.weightZeroPoint;
  if (shift && isa<FloatType>(getElementTypeOrSelf(shift))) {
    operands.weightZeroPoint = {};
    Value sums = createSums(rewriter, location, operands.activations);
    offsetRows = sums;
    if (operands.activationZeroPoint)
      offsetRows = createShiftedSums(
          rewriter, location, {sums}, {operands.activationZeroPoint},
          operands.activations,
          tensor::getMixedSize(rewriter, location, sums, 0), /*negate=*/false);
    offsetColumns = createOffsets(
        rewriter, location, {op.getWeightScale(), rowBlock}, {shift, rowBlock},
        tensor::getMixedSize(rewriter, location, op.getWeights(), 0));
  }
  SmallVector<Term> terms = createTerms(rewriter, location, operands);
  rewriter.modifyOpInPlace(op, [&] {
    op.getActivationZeroPointMutable().clear();
    op.getWeightZeroPointMutable().clear();
    for (const Term &term : terms) {
      op.getRowTermsMutable().append(term.row);
      op.getColumnTermsMutable().append(term.column);
    }
    if (offsetRows) {
      op.getOffsetRowsMutable().assign(offsetRows);
      op.getOffsetColumnsMutable().assign(offsetColumns);
    }
  });
  return success();
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

namespace {
template <typename ProductOp>
struct FoldZeroPoints : OpRewritePattern<ProductOp> {
  using OpRewritePattern<ProductOp>::OpRewritePattern;

  LogicalResult matchAndRewrite(ProductOp op,
                                PatternRewriter &rewriter) const override {
    return foldZeroPoints(rewriter, op);
  }
};

struct FoldZeroPointsPass
    : lowbit::impl::FoldZeroPointsPassBase<FoldZeroPointsPass> {
  using FoldZeroPointsPassBase::FoldZeroPointsPassBase;

  void runOnOperation() override {
    if (rebiasUnsigned) {
      IRRewriter rewriter(&getContext());
      getOperation()->walk([&](Operation *op) {
        (void)rebiasUnsignedActivations(rewriter, op);
      });
    }
    RewritePatternSet patterns(&getContext());
    populateFoldZeroPointsPatterns(patterns);
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};
} // namespace

void mlir::lowbit::populateFoldZeroPointsPatterns(RewritePatternSet &patterns) {
  patterns.add<FoldZeroPoints<Conv2DOp>, FoldZeroPoints<MatmulOp>,
               FoldZeroPoints<ScaledConv2DOp>, FoldZeroPoints<ScaledMatmulOp>>(
      patterns.getContext());
}
