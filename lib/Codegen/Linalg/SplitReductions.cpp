//===- SplitReductions.cpp - Partial results side by side -----------------===//
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
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace mlir::lowbit {
#define GEN_PASS_DEF_SPLITREDUCTIONSPASS
#include "lowbit/Codegen/Passes.h.inc"
} // namespace mlir::lowbit

/// Whether `init` holds one constant that is a number.
static bool isNumber(Value init) {
  auto fill = init.getDefiningOp<linalg::FillOp>();
  FloatAttr value;
  return fill && matchPattern(fill.value(), m_Constant(&value)) &&
         !value.getValue().isNaN();
}

/// What does not change what `combiner` combines with it, from `init` on.
static std::optional<TypedAttr> getNeutralElement(Operation *combiner,
                                                  Value init) {
  auto type = dyn_cast<FloatType>(combiner->getResult(0).getType());
  if (isa<arith::AddFOp>(combiner)) // +0.0 + -0.0 is +0.0
    return FloatAttr::get(type, APFloat::getZero(type.getFloatSemantics(),
                                                 /*Negative=*/true));
  if (!isa<arith::MaxNumFOp, arith::MinNumFOp>(combiner) || !isNumber(init))
    return arith::getNeutralElement(combiner);
  return FloatAttr::get(type, APFloat::getInf(type.getFloatSemantics(),
                                              isa<arith::MaxNumFOp>(combiner)));
}

/// Writes `combiner`, if it starts from a number, as one comparison: what is
/// `soFar` is never NaN, and stays if the next element is.
static void compareNumbers(RewriterBase &rewriter, Operation *combiner,
                           Value soFar, TypedAttr neutral) {
  bool isMax = isa<arith::MaxNumFOp>(combiner);
  if ((!isMax && !isa<arith::MinNumFOp>(combiner)) ||
      cast<FloatAttr>(neutral).getValue().isNaN())
    return;
  Value next = combiner->getOperand(combiner->getOperand(0) == soFar ? 1 : 0);
  rewriter.setInsertionPoint(combiner);
  Value isNext = arith::CmpFOp::create(rewriter, combiner->getLoc(),
                                       isMax ? arith::CmpFPredicate::OGT
                                             : arith::CmpFPredicate::OLT,
                                       next, soFar);
  rewriter.replaceOpWithNewOp<arith::SelectOp>(combiner, isNext, next, soFar);
}

/// The op that combines the elements of result `number` with the result so far;
/// null if there is no such op.
static Operation *findCombiner(linalg::LinalgOp op, unsigned number) {
  SmallVector<Operation *> found;
  if (!matchReduction(op.getRegionOutputArgs(), number, found) ||
      found.size() != 1 || found.front()->getNumOperands() != 2)
    return nullptr;
  return found.front();
}

namespace {
struct SplitReduction : OpInterfaceRewritePattern<linalg::LinalgOp> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;
  LogicalResult matchAndRewrite(linalg::LinalgOp op,
                                PatternRewriter &rewriter) const override {
    if (!op.hasPureTensorSemantics())
      return rewriter.notifyMatchFailure(op, "requires tensors");
    if (op.hasIndexSemantics())
      return rewriter.notifyMatchFailure(op, "requires no indices");
    std::optional<unsigned> reduction = findLongReduction(op);
    if (!reduction)
      return rewriter.notifyMatchFailure(op, "requires a long inner reduction");
    SmallVector<Operation *> combiners;
    SmallVector<TypedAttr> neutral;
    for (auto [number, init] : llvm::enumerate(op.getDpsInits())) {
      Operation *combiner = findCombiner(op, number);
      if (!combiner)
        return rewriter.notifyMatchFailure(op, "requires one op that combines");
      std::optional<TypedAttr> element = getNeutralElement(combiner, init);
      if (!element)
        return rewriter.notifyMatchFailure(op, "requires a neutral element");
      combiners.push_back(combiner);
      neutral.push_back(*element);
    }
    SmallVector<Value> starts;
    for (TypedAttr element : neutral)
      starts.push_back(
          arith::ConstantOp::create(rewriter, op.getLoc(), element));
    auto combine = [&](OpBuilder &b, Location, ValueRange soFar,
                       ValueRange next) {
      SmallVector<Value> results;
      for (auto [number, combiner] : llvm::enumerate(combiners)) {
        Operation *clone = b.clone(*combiner);
        clone->setOperands({soFar[number], next[number]});
        results.push_back(clone->getResult(0));
      }
      return results;
    };
    auto compare = [&](linalg::GenericOp parts) {
      for (auto [number, soFar] : llvm::enumerate(parts.getRegionOutputArgs()))
        compareNumbers(rewriter, findCombiner(parts, number), soFar,
                       neutral[number]);
    };
    rewriter.replaceOp(
        op, reduceInParts(rewriter, op, *reduction, starts, combine, compare));
    return success();
  }
};

struct SplitReductionsPass
    : lowbit::impl::SplitReductionsPassBase<SplitReductionsPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<SplitReduction>(&getContext());
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};
} // namespace
