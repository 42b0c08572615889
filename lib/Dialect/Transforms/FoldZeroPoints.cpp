//===- FoldZeroPoints.cpp - Turn zero points into terms -------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/Transforms/FoldZeroPoints.h"
#include "MatrixConstants.h"
#include "ZeroPointTerms.h"
#include "lowbit/Dialect/IR/ConstantData.h"
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
/// `row[m, g] * column[n, g]`, to be added to the sum of block g.
struct Term {
  Value row;
  Value column;
};

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

/// Takes the terms of one constant by a constant column out of `terms` and
/// returns their sum, one value for each of the `n` columns; empty if none.
static SmallVector<int64_t> takeConstantTerms(RewriterBase &rewriter, int64_t n,
                                              SmallVector<Term> &terms) {
  SmallVector<int64_t> sum;
  llvm::erase_if(terms, [&](const Term &term) {
    auto row = getConstantIntegers(term.row);
    auto column = getConstantIntegers(term.column);
    if (!row || row->size() != 1 || !column ||
        static_cast<int64_t>(column->size()) != n)
      return false;
    sum.resize(n, 0);
    for (auto [total, value] : llvm::zip_equal(sum, *column))
      total += row->front() * value;
    rewriter.eraseOp(term.column.getDefiningOp());
    return true;
  });
  return sum;
}

/// `init` plus a value per column, where `init` is a constant repeated in each
/// row, as such a constant; otherwise nothing.
static Value addToRepeatedRow(RewriterBase &rewriter, Location location,
                              Value init, ArrayRef<int64_t> column) {
  if (cast<RankedTensorType>(init.getType()).isDynamicDim(1))
    return {};
  SmallVector<int64_t> sum(column);
  Value output;
  APInt filled;
  auto broadcast = init.getDefiningOp<linalg::BroadcastOp>();
  auto fill = init.getDefiningOp<linalg::FillOp>();
  if (broadcast && broadcast.getDimensions() == ArrayRef<int64_t>{0}) {
    auto bias = getConstantIntegers(broadcast.getInput());
    if (!bias || bias->size() != sum.size())
      return {};
    output = broadcast.getInit();
    for (auto [total, value] : llvm::zip_equal(sum, *bias))
      total += value;
  } else if (fill && matchPattern(fill.value(), m_ConstantInt(&filled))) {
    output = fill.output();
    for (int64_t &total : sum)
      total += filled.getSExtValue();
  } else {
    return {};
  }
  auto wrapped = llvm::map_to_vector(
      sum, [](int64_t value) { return static_cast<int32_t>(value); });
  Value bias = arith::ConstantOp::create(rewriter, location,
                                         rewriter.getI32TensorAttr(wrapped));
  return linalg::BroadcastOp::create(rewriter, location, bias, output,
                                     ArrayRef<int64_t>{0})
      ->getResult(0);
}

/// `init[m, n]` plus the sum of `row[m] * column[n]`, where a missing row is 1.
static Value addTerms(RewriterBase &rewriter, Location location, Value init,
                      ArrayRef<Term> terms) {
  SmallVector<Value> inputs;
  SmallVector<AffineMap> maps;
  AffineExpr n = rewriter.getAffineDimExpr(1);
  AffineExpr zero = rewriter.getAffineConstantExpr(0);
  for (const Term &term : terms) {
    if (term.row) {
      inputs.push_back(term.row);
      maps.push_back(Parameters{term.row}.getMap());
    }
    bool spansAll =
        cast<RankedTensorType>(term.column.getType()).getDimSize(0) == 1;
    inputs.push_back(term.column);
    maps.push_back(AffineMap::get(2, 0, {spansAll ? zero : n, zero},
                                  rewriter.getContext()));
  }
  auto body = [&](OpBuilder &builder, Location at, ValueRange elements) {
    Value sum = elements.back();
    unsigned next = 0;
    for (const Term &term : terms) {
      Value row = term.row ? elements[next++] : Value();
      Value value = elements[next++];
      if (row)
        value = arith::MulIOp::create(builder, at, row, value);
      sum = arith::AddIOp::create(builder, at, sum, value);
    }
    return sum;
  };
  return createElementwise(rewriter, location, inputs, maps, init, body);
}

LogicalResult mlir::lowbit::foldZeroPoints(RewriterBase &rewriter,
                                           MatmulOp op) {
  if (!op.getActivationZeroPoint() && !op.getWeightZeroPoint())
    return rewriter.notifyMatchFailure(op, "requires zero points");
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPoint(op);
  Location location = op.getLoc();
  SmallVector<Term> terms =
      createTerms(rewriter, location, getOperands(op, 0, 0));
  Value init = op.getInit();
  SmallVector<int64_t> constant = takeConstantTerms(
      rewriter, op.getWeights().getType().getDimSize(0), terms);
  if (!constant.empty()) {
    if (Value folded = addToRepeatedRow(rewriter, location, init, constant))
      init = folded;
    else
      terms.push_back({Value(), createIntegers(rewriter, location,
                                               constant.size(), 1, constant)});
  }
  if (!terms.empty())
    init = addTerms(rewriter, location, init, terms);
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
template <typename MatmulLike>
struct FoldZeroPoints : OpRewritePattern<MatmulLike> {
  using OpRewritePattern<MatmulLike>::OpRewritePattern;

  LogicalResult matchAndRewrite(MatmulLike op,
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
  patterns.add<FoldZeroPoints<MatmulOp>, FoldZeroPoints<ScaledMatmulOp>>(
      patterns.getContext());
}
