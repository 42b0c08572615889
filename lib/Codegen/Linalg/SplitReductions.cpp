//===- SplitReductions.cpp - Partial results side by side -----------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Memory/BufferSizes.h"
#include "lowbit/Codegen/Passes.h"
#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace mlir::lowbit {
#define GEN_PASS_DEF_SPLITREDUCTIONSPASS
#include "lowbit/Codegen/Passes.h.inc"
} // namespace mlir::lowbit

/// Partial results of a reduction, on every target.
static constexpr int64_t kParts = 32;

/// Those that are left when whole vectors of them are combined.
static constexpr int64_t kFewParts = 8;

/// Shorter reductions have few parts from the start: they are the same.
static constexpr int64_t kMinWholeExtent = 2 * kParts;

/// Shorter reductions are left alone.
static constexpr int64_t kMinExtent = 2 * kFewParts;

/// Whether the last dimension of `tensor` may be long enough.
static bool mayBeLong(Value tensor) {
  int64_t last = cast<ShapedType>(tensor.getType()).getRank() - 1;
  FailureOr<int64_t> most = getMaxExtent(tensor, last);
  return failed(most) || *most >= kMinExtent;
}

/// Whether `operand` is read once as a whole, its last dimension being loop
/// `d`.
static bool isReducedAlong(linalg::LinalgOp op, OpOperand *operand,
                           unsigned d) {
  AffineMap map = op.getMatchingIndexingMap(operand);
  return map.isPermutation() && map.getNumResults() != 0 &&
         map.getResults().back() == getAffineDimExpr(d, op.getContext()) &&
         mayBeLong(operand->get());
}

/// The reduction along which elements lie side by side, if parts of it can be
/// computed apart.
static std::optional<unsigned> findReduction(linalg::LinalgOp op) {
  for (auto [d, iterator] : llvm::enumerate(op.getIteratorTypesArray())) {
    if (iterator != utils::IteratorType::reduction)
      continue;
    auto isReduced = [&, d = d](OpOperand *operand) {
      return isReducedAlong(op, operand, d);
    };
    if (llvm::any_of(op.getDpsInputOperands(), isReduced))
      return d;
  }
  return std::nullopt;
}

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
  if (!isa<arith::MaxNumFOp, arith::MinNumFOp>(combiner) || !isNumber(init))
    return arith::getNeutralElement(combiner);
  auto type = cast<FloatType>(combiner->getResult(0).getType());
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

namespace {
struct SplitReduction : OpInterfaceRewritePattern<linalg::LinalgOp> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;
  LogicalResult matchAndRewrite(linalg::LinalgOp op,
                                PatternRewriter &rewriter) const override;
};

/// Rewrites one op.
class Splitter {
public:
  /// `combiners` combine the elements of one result each.
  Splitter(RewriterBase &rewriter, linalg::LinalgOp op, unsigned reduction,
           ArrayRef<Operation *> combiners)
      : b(rewriter), op(op), loc(op.getLoc()), reduction(reduction),
        combiners(combiners) {}

  /// The results of the op, given the neutral elements of the combiners.
  SmallVector<Value> split(ArrayRef<TypedAttr> neutral);

private:
  /// Loop `reduction` becomes loops `reduction`, of steps, and the last.
  AffineMap splitMap(AffineMap map);
  /// The elements from `first` on along the reduction.
  Value slice(OpOperand *operand, OpFoldResult first, OpFoldResult size);
  /// Cuts the dimension of `slice` that is the reduction in `parts`.
  Value expand(Value slice, AffineMap map, OpFoldResult steps, int64_t parts);
  /// `parts` of `neutral` for each element of result `number`.
  Value createInit(unsigned number, TypedAttr neutral, int64_t parts);
  SmallVector<Value> addSteps(ArrayRef<Value> inits,
                              ArrayRef<TypedAttr> neutral, int64_t parts,
                              OpFoldResult first, OpFoldResult steps);
  /// Combines the elements along dimension `d` of `parts`.
  Value combine(unsigned number, Value parts, unsigned d, Value init);
  Value leaveFew(unsigned number, Value parts, TypedAttr neutral);
  SmallVector<Value> reduceRest(ArrayRef<Value> inits, OpFoldResult whole,
                                OpFoldResult extent);

  RewriterBase &b;
  linalg::LinalgOp op;
  Location loc;
  unsigned reduction;
  ArrayRef<Operation *> combiners;
};
} // namespace

AffineMap Splitter::splitMap(AffineMap map) {
  unsigned last = op.getNumLoops();
  SmallVector<AffineExpr> results;
  for (AffineExpr expr : map.getResults()) {
    results.push_back(expr);
    if (expr == b.getAffineDimExpr(reduction))
      results.push_back(b.getAffineDimExpr(last));
  }
  return AffineMap::get(last + 1, 0, results, b.getContext());
}

Value Splitter::slice(OpOperand *operand, OpFoldResult first,
                      OpFoldResult size) {
  AffineMap map = op.getMatchingIndexingMap(operand);
  if (!map.isFunctionOfDim(reduction))
    return operand->get();
  SmallVector<OpFoldResult> sizes =
      tensor::getMixedSizes(b, loc, operand->get());
  SmallVector<OpFoldResult> offsets(sizes.size(), b.getIndexAttr(0));
  SmallVector<OpFoldResult> ones(sizes.size(), b.getIndexAttr(1));
  for (auto [d, expr] : llvm::enumerate(map.getResults()))
    if (expr == b.getAffineDimExpr(reduction)) {
      offsets[d] = first;
      sizes[d] = size;
    }
  return b.createOrFold<tensor::ExtractSliceOp>(loc, operand->get(), offsets,
                                                sizes, ones);
}

Value Splitter::expand(Value slice, AffineMap map, OpFoldResult steps,
                       int64_t parts) {
  SmallVector<ReassociationIndices> groups;
  SmallVector<OpFoldResult> sizes;
  for (auto [d, expr] : llvm::enumerate(map.getResults())) {
    groups.push_back({static_cast<int64_t>(sizes.size())});
    if (expr != b.getAffineDimExpr(reduction)) {
      sizes.push_back(tensor::getMixedSize(b, loc, slice, d));
      continue;
    }
    groups.back().push_back(sizes.size() + 1);
    sizes.push_back(steps);
    sizes.push_back(b.getIndexAttr(parts));
  }
  if (groups.size() == sizes.size())
    return slice;
  auto type = RankedTensorType::get(decomposeMixedValues(sizes).first,
                                    getElementTypeOrSelf(slice));
  return tensor::ExpandShapeOp::create(b, loc, type, slice, groups, sizes);
}

Value Splitter::createInit(unsigned number, TypedAttr neutral, int64_t parts) {
  SmallVector<OpFoldResult> sizes =
      tensor::getMixedSizes(b, loc, op.getDpsInits()[number]);
  sizes.push_back(b.getIndexAttr(parts));
  Value empty = tensor::EmptyOp::create(b, loc, sizes, neutral.getType());
  Value value = arith::ConstantOp::create(b, loc, neutral);
  return linalg::FillOp::create(b, loc, value, empty).getResult(0);
}

/// init[.., l] + x[.., first + l] + x[.., first + parts + l] + ...
SmallVector<Value> Splitter::addSteps(ArrayRef<Value> inits,
                                      ArrayRef<TypedAttr> neutral,
                                      int64_t parts, OpFoldResult first,
                                      OpFoldResult steps) {
  OpFoldResult size = affine::makeComposedFoldedAffineApply(
      b, loc, b.getAffineDimExpr(0) * parts, {steps});
  SmallVector<Value> inputs;
  SmallVector<AffineMap> maps;
  for (OpOperand *input : op.getDpsInputOperands()) {
    AffineMap map = op.getMatchingIndexingMap(input);
    inputs.push_back(isa<RankedTensorType>(input->get().getType())
                         ? expand(slice(input, first, size), map, steps, parts)
                         : input->get());
    maps.push_back(splitMap(map));
  }
  unsigned last = op.getNumLoops();
  for (OpOperand &init : op.getDpsInitsMutable()) {
    AffineMap map = op.getMatchingIndexingMap(&init);
    maps.push_back(
        AffineMap::get(last + 1, 0, map.getResults(), b.getContext())
            .insertResult(b.getAffineDimExpr(last), map.getNumResults()));
  }
  SmallVector<utils::IteratorType> iterators = op.getIteratorTypesArray();
  iterators.push_back(utils::IteratorType::parallel);
  auto sums = linalg::GenericOp::create(b, loc, TypeRange(ValueRange(inits)),
                                        inputs, inits, maps, iterators);
  IRMapping mapping;
  b.cloneRegionBefore(op->getRegion(0), sums.getRegion(),
                      sums.getRegion().begin(), mapping);
  OpBuilder::InsertionGuard guard(b);
  for (auto [number, soFar] : llvm::enumerate(sums.getRegionOutputArgs()))
    compareNumbers(b, mapping.lookup(combiners[number]), soFar,
                   neutral[number]);
  return sums->getResults();
}

Value Splitter::combine(unsigned number, Value parts, unsigned d, Value init) {
  unsigned rank = cast<RankedTensorType>(parts.getType()).getRank();
  AffineMap all = b.getMultiDimIdentityMap(rank);
  SmallVector<utils::IteratorType> iterators(rank,
                                             utils::IteratorType::parallel);
  iterators[d] = utils::IteratorType::reduction;
  return linalg::GenericOp::create(
             b, loc, init.getType(), parts, init, {all, all.dropResult(d)},
             iterators,
             [&](OpBuilder &builder, Location loc, ValueRange elements) {
               Operation *combine = builder.clone(*combiners[number]);
               combine->setOperands({elements[1], elements[0]});
               linalg::YieldOp::create(builder, loc, combine->getResults());
             })
      .getResult(0);
}

/// few[.., l] = parts[.., l] + parts[.., l + 8] + parts[.., l + 16] + ...
Value Splitter::leaveFew(unsigned number, Value parts, TypedAttr neutral) {
  int64_t last = cast<RankedTensorType>(parts.getType()).getRank() - 1;
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, parts);
  sizes.back() = b.getIndexAttr(kParts / kFewParts);
  sizes.push_back(b.getIndexAttr(kFewParts));
  SmallVector<ReassociationIndices> groups;
  for (int64_t d = 0; d < last; ++d)
    groups.push_back({d});
  groups.push_back({last, last + 1});
  auto type = RankedTensorType::get(decomposeMixedValues(sizes).first,
                                    getElementTypeOrSelf(parts));
  Value rows =
      tensor::ExpandShapeOp::create(b, loc, type, parts, groups, sizes);
  Value init = createInit(number, neutral, kFewParts);
  return combine(number, rows, last, init);
}

/// The op on the elements that are not whole steps, if there are any.
SmallVector<Value> Splitter::reduceRest(ArrayRef<Value> inits,
                                        OpFoldResult whole,
                                        OpFoldResult extent) {
  AffineExpr d0, d1;
  bindDims(b.getContext(), d0, d1);
  OpFoldResult size =
      affine::makeComposedFoldedAffineApply(b, loc, d0 - d1, {extent, whole});
  if (isConstantIntValue(size, 0))
    return SmallVector<Value>(inits);
  SmallVector<Value> operands;
  for (OpOperand *input : op.getDpsInputOperands())
    operands.push_back(isa<RankedTensorType>(input->get().getType())
                           ? slice(input, whole, size)
                           : input->get());
  llvm::append_range(operands, inits);
  return clone(b, op, op->getResultTypes(), operands)->getResults();
}

SmallVector<Value> Splitter::split(ArrayRef<TypedAttr> neutral) {
  OpFoldResult extent = op.createLoopRanges(b, loc)[reduction].size;
  AffineExpr d0, d1;
  bindDims(b.getContext(), d0, d1);
  auto compute = [&](AffineExpr expr, ArrayRef<OpFoldResult> operands) {
    return affine::makeComposedFoldedAffineApply(b, loc, expr, operands);
  };
  OpFoldResult none = b.getIndexAttr(0), done = none;
  SmallVector<Value> few;
  if (getConstantIntValue(extent).value_or(kMinWholeExtent) < kMinWholeExtent) {
    for (auto [number, element] : llvm::enumerate(neutral))
      few.push_back(createInit(number, element, kFewParts));
  } else {
    SmallVector<Value> inits;
    for (auto [number, element] : llvm::enumerate(neutral))
      inits.push_back(createInit(number, element, kParts));
    OpFoldResult steps = compute(d0.floorDiv(kParts), {extent});
    for (auto [number, parts] :
         llvm::enumerate(addSteps(inits, neutral, kParts, none, steps)))
      few.push_back(leaveFew(number, parts, neutral[number]));
    done = compute(d0.floorDiv(kParts) * kParts, {extent});
  }
  OpFoldResult steps = compute((d0 - d1).floorDiv(kFewParts), {extent, done});
  if (!isConstantIntValue(steps, 0))
    few = addSteps(few, neutral, kFewParts, done, steps);
  done = compute(d0.floorDiv(kFewParts) * kFewParts, {extent});
  SmallVector<Value> results;
  for (auto [number, parts] : llvm::enumerate(few)) {
    Value init = op.getDpsInits()[number];
    unsigned last = cast<RankedTensorType>(init.getType()).getRank();
    results.push_back(combine(number, parts, last, init));
  }
  return reduceRest(results, done, extent);
}

LogicalResult SplitReduction::matchAndRewrite(linalg::LinalgOp op,
                                              PatternRewriter &rewriter) const {
  if (!op.hasPureTensorSemantics())
    return rewriter.notifyMatchFailure(op, "requires tensors");
  if (op.hasIndexSemantics() ||
      !llvm::all_of(op.getIndexingMapsArray(),
                    [](AffineMap map) { return map.isProjectedPermutation(); }))
    return rewriter.notifyMatchFailure(op, "requires operands without indices");
  std::optional<unsigned> reduction = findReduction(op);
  if (!reduction)
    return rewriter.notifyMatchFailure(op, "requires a long inner reduction");
  SmallVector<Operation *> combiners;
  SmallVector<TypedAttr> neutral;
  for (unsigned number = 0; number < op->getNumResults(); ++number) {
    SmallVector<Operation *> found;
    if (!matchReduction(op.getRegionOutputArgs(), number, found) ||
        found.size() != 1 || found.front()->getNumOperands() != 2)
      return rewriter.notifyMatchFailure(op, "requires one op that combines");
    std::optional<TypedAttr> element =
        getNeutralElement(found.front(), op.getDpsInits()[number]);
    if (!element)
      return rewriter.notifyMatchFailure(op, "requires a neutral element");
    combiners.push_back(found.front());
    neutral.push_back(*element);
  }
  rewriter.replaceOp(
      op, Splitter(rewriter, op, *reduction, combiners).split(neutral));
  return success();
}

namespace {
struct SplitReductionsPass
    : lowbit::impl::SplitReductionsPassBase<SplitReductionsPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<SplitReduction>(&getContext());
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};
} // namespace
