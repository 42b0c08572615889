//===- SplitSearches.cpp - The best element of parts of a row -------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ReductionParts.h"
#include "lowbit/Codegen/Passes.h"
#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace mlir::lowbit {
#define GEN_PASS_DEF_SPLITSEARCHESPASS
#include "lowbit/Codegen/Passes.h.inc"
} // namespace mlir::lowbit

/// Whether `comparison` compares `next` with `best`.
template <typename CmpOp>
static bool isOf(CmpOp comparison, Value next, Value best) {
  Value lhs = comparison.getLhs(), rhs = comparison.getRhs();
  return (lhs == next && rhs == best) || (lhs == best && rhs == next);
}

/// Whether `condition` says that `next` precedes `best` in a strict weak order,
/// NaN being the first of all.
static bool isOrderWithNaN(Value condition, Value next, Value best) {
  auto both = condition.getDefiningOp<arith::AndIOp>();
  if (!both)
    return false;
  auto isBefore = [&](Value value) {
    auto comparison = value.getDefiningOp<arith::CmpFOp>();
    return comparison && isOf(comparison, next, best) &&
           (comparison.getPredicate() == arith::CmpFPredicate::UGT ||
            comparison.getPredicate() == arith::CmpFPredicate::ULT);
  };
  auto isNumber = [&](Value value) {
    auto comparison = value.getDefiningOp<arith::CmpFOp>();
    return comparison && isOf(comparison, best, best) &&
           comparison.getPredicate() == arith::CmpFPredicate::ORD;
  };
  Value lhs = both.getLhs(), rhs = both.getRhs();
  return (isBefore(lhs) && isNumber(rhs)) || (isBefore(rhs) && isNumber(lhs));
}

/// The same, NaN never being found.
static bool isOrder(Value condition, Value next, Value best) {
  if (auto comparison = condition.getDefiningOp<arith::CmpFOp>())
    return isOf(comparison, next, best) &&
           (comparison.getPredicate() == arith::CmpFPredicate::OGT ||
            comparison.getPredicate() == arith::CmpFPredicate::OLT);
  auto comparison = condition.getDefiningOp<arith::CmpIOp>();
  if (!comparison || !isOf(comparison, next, best))
    return false;
  switch (comparison.getPredicate()) {
  case arith::CmpIPredicate::sgt:
  case arith::CmpIPredicate::slt:
  case arith::CmpIPredicate::ugt:
  case arith::CmpIPredicate::ult:
    return true;
  default:
    return false;
  }
}

/// Positions of fewer bits are not in the order of elements.
static constexpr unsigned kMinPositionBits = 32;

/// Whether `value` is the position along loop `d`.
static bool isPosition(Value value, unsigned d) {
  auto cast = value.getDefiningOp<arith::IndexCastOp>();
  auto index = cast ? cast.getIn().getDefiningOp<linalg::IndexOp>() : nullptr;
  return index && index.getDim() == d &&
         value.getType().getIntOrFloatBitWidth() >= kMinPositionBits;
}

/// Whether `value`, in the body of `op`, does not depend on results so far.
static bool isOfInputs(linalg::LinalgOp op, Value value) {
  auto isResult = [&](Value operand) {
    return llvm::is_contained(op.getRegionOutputArgs(), operand);
  };
  BackwardSliceOptions options;
  options.omitBlockArguments = true;
  options.inclusive = true;
  options.filter = [&](Operation *inner) {
    return inner->getBlock() == op.getBlock();
  };
  SetVector<Operation *> slice;
  return !isResult(value) &&
         succeeded(getBackwardSlice(value, &slice, options)) &&
         llvm::none_of(slice, [&](Operation *inner) {
           return llvm::any_of(inner->getOperands(), isResult);
         });
}

namespace {
/// What an op looks for.
struct Search {
  unsigned element, position; ///< the numbers of its results
  Value next, best;           ///< the elements that it compares...
  Value condition;            ///< ...like this

  /// Whether `lhs` is better than `rhs`.
  Value isBetter(OpBuilder &b, Value lhs, Value rhs) const {
    IRMapping values;
    values.map(next, lhs);
    values.map(best, rhs);
    return clone(b, condition, values);
  }

  /// The better one of two elements with their positions, or the first one.
  SmallVector<Value> combine(OpBuilder &b, Location loc, ValueRange soFar,
                             ValueRange next) const {
    Value isNextBetter = isBetter(b, next[element], soFar[element]);
    Value isNextWorse = isBetter(b, soFar[element], next[element]);
    Value isNextBefore = arith::CmpIOp::create(
        b, loc, arith::CmpIPredicate::ult, next[position], soFar[position]);
    Value none = arith::ConstantIntOp::create(b, loc, 0, 1);
    Value isFirst =
        arith::SelectOp::create(b, loc, isNextWorse, none, isNextBefore);
    Value isTaken = arith::OrIOp::create(b, loc, isNextBetter, isFirst);
    SmallVector<Value> results;
    for (auto [left, right] : llvm::zip(next, soFar))
      results.push_back(arith::SelectOp::create(b, loc, isTaken, left, right));
    return results;
  }

private:
  static Value clone(OpBuilder &b, Value value, IRMapping &values) {
    if (values.contains(value))
      return values.lookup(value);
    for (Value operand : value.getDefiningOp()->getOperands())
      clone(b, operand, values);
    return b.clone(*value.getDefiningOp(), values)->getResult(0);
  }
};
} // namespace

/// What `op` looks for along `reduction`, if its results are the best element
/// and its position, result `element` being the former.
static std::optional<Search> matchSearch(linalg::LinalgOp op,
                                         unsigned reduction, unsigned element) {
  if (op->getNumResults() != 2)
    return std::nullopt;
  unsigned position = 1 - element;
  auto getChoice = [&](unsigned number) {
    return op.getBlock()
        ->getTerminator()
        ->getOperand(number)
        .getDefiningOp<arith::SelectOp>();
  };
  arith::SelectOp value = getChoice(element), at = getChoice(position);
  BlockArgument best = op.getRegionOutputArgs()[element];
  BlockArgument atBest = op.getRegionOutputArgs()[position];
  if (!value || !at || value.getCondition() != at.getCondition() ||
      value.getFalseValue() != best || at.getFalseValue() != atBest ||
      !atBest.hasOneUse() || !isPosition(at.getTrueValue(), reduction))
    return std::nullopt;
  Value next = value.getTrueValue(), condition = value.getCondition();
  if (!isOfInputs(op, next) || !(isOrder(condition, next, best) ||
                                 isOrderWithNaN(condition, next, best)))
    return std::nullopt;
  return Search{element, position, next, best, condition};
}

namespace {
struct SplitSearch : OpRewritePattern<linalg::GenericOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(linalg::GenericOp op,
                                PatternRewriter &rewriter) const override {
    // Positions along one of several are not in the order of elements.
    if (op.getNumReductionLoops() != 1)
      return rewriter.notifyMatchFailure(op, "requires one reduction");
    std::optional<unsigned> reduction = findLongReduction(op);
    if (!reduction)
      return rewriter.notifyMatchFailure(op, "requires a long inner reduction");
    std::optional<Search> search = matchSearch(op, *reduction, 1);
    if (!search)
      search = matchSearch(op, *reduction, 0);
    if (!search)
      return rewriter.notifyMatchFailure(op, "requires a strict comparison");
    SmallVector<Value> starts;
    for (Value init : op.getDpsInits()) {
      auto fill = init.getDefiningOp<linalg::FillOp>();
      if (!fill)
        return rewriter.notifyMatchFailure(op,
                                           "requires scalars to begin with");
      starts.push_back(fill.value());
    }
    auto combine = [&](OpBuilder &b, Location loc, ValueRange soFar,
                       ValueRange next) {
      return search->combine(b, loc, soFar, next);
    };
    auto keep = [](linalg::GenericOp) {};
    rewriter.replaceOp(
        op, reduceInParts(rewriter, op, *reduction, starts, combine, keep));
    return success();
  }
};

struct SplitSearchesPass
    : lowbit::impl::SplitSearchesPassBase<SplitSearchesPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<SplitSearch>(&getContext());
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};
} // namespace
