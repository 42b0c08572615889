//===- ReductionParts.cpp - Partial results side by side ------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ReductionParts.h"
#include "FlatLoops.h"
#include "Memory/BufferSizes.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::lowbit;

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

std::optional<unsigned> mlir::lowbit::findLongReduction(linalg::LinalgOp op) {
  auto isProjected = [](AffineMap map) { return map.isProjectedPermutation(); };
  if (!op.hasPureTensorSemantics() || hasNoElements(op) ||
      !llvm::all_of(op.getIndexingMapsArray(), isProjected))
    return std::nullopt;
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

namespace {
/// Rewrites one op.
class Splitter {
public:
  Splitter(RewriterBase &rewriter, linalg::LinalgOp op, unsigned reduction,
           ValueRange starts, CombineFn combine, RefineFn refine)
      : b(rewriter), op(op), loc(op.getLoc()), reduction(reduction),
        starts(starts), combine(combine), refine(refine) {}

  SmallVector<Value> split();

private:
  OpFoldResult apply(AffineExpr expr, ArrayRef<OpFoldResult> operands) {
    return affine::makeComposedFoldedAffineApply(b, loc, expr, operands);
  }
  /// Loop `reduction` becomes loops `reduction`, of steps, and the last.
  AffineMap splitMap(AffineMap map);
  /// The elements from `first` on along the reduction.
  Value slice(OpOperand *operand, OpFoldResult first, OpFoldResult size);
  /// Cuts the dimension of `slice` that is the reduction in `parts`.
  Value expand(Value slice, AffineMap map, OpFoldResult steps, int64_t parts);
  /// `parts` starts for each element of the results.
  SmallVector<Value> createInits(int64_t parts);
  /// Replaces positions along the reduction in the body of `moved`.
  void movePositions(linalg::LinalgOp moved, function_ref<Value(Value)> move);
  SmallVector<Value> reduceSteps(ValueRange inits, int64_t parts,
                                 OpFoldResult first, OpFoldResult steps);
  /// Combines the elements along dimension `d` of `parts`.
  SmallVector<Value> combineAlong(ValueRange parts, unsigned d,
                                  ValueRange inits);
  SmallVector<Value> leaveFew(ValueRange parts);
  SmallVector<Value> reduceRest(ValueRange inits, OpFoldResult whole,
                                OpFoldResult extent);

  RewriterBase &b;
  linalg::LinalgOp op;
  Location loc;
  unsigned reduction;
  ValueRange starts;
  CombineFn combine;
  RefineFn refine;
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

SmallVector<Value> Splitter::createInits(int64_t parts) {
  SmallVector<Value> inits;
  for (auto [start, result] : llvm::zip(starts, op.getDpsInits())) {
    SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, result);
    sizes.push_back(b.getIndexAttr(parts));
    Value empty = tensor::EmptyOp::create(b, loc, sizes, start.getType());
    inits.push_back(linalg::FillOp::create(b, loc, start, empty).getResult(0));
  }
  return inits;
}

void Splitter::movePositions(linalg::LinalgOp moved,
                             function_ref<Value(Value)> move) {
  OpBuilder::InsertionGuard guard(b);
  for (auto position :
       llvm::make_early_inc_range(moved.getBlock()->getOps<linalg::IndexOp>()))
    if (position.getDim() == reduction) {
      b.setInsertionPoint(position);
      b.replaceOp(position, move(linalg::IndexOp::create(b, loc, reduction)));
    }
}

/// init[.., l] + x[.., first + l] + x[.., first + parts + l] + ...
SmallVector<Value> Splitter::reduceSteps(ValueRange inits, int64_t parts,
                                         OpFoldResult first,
                                         OpFoldResult steps) {
  OpFoldResult size = apply(b.getAffineDimExpr(0) * parts, {steps});
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
  auto sums = linalg::GenericOp::create(b, loc, TypeRange(inits), inputs, inits,
                                        maps, iterators);
  b.cloneRegionBefore(op->getRegion(0), sums.getRegion(),
                      sums.getRegion().begin());
  movePositions(sums, [&](Value step) -> Value {
    Value factor = arith::ConstantIndexOp::create(b, loc, parts);
    Value start = arith::AddIOp::create(
        b, loc, arith::MulIOp::create(b, loc, step, factor),
        getValueOrCreateConstantIndexOp(b, loc, first));
    return arith::AddIOp::create(b, loc, start,
                                 linalg::IndexOp::create(b, loc, last));
  });
  OpBuilder::InsertionGuard guard(b);
  refine(sums);
  return sums->getResults();
}

SmallVector<Value> Splitter::combineAlong(ValueRange parts, unsigned d,
                                          ValueRange inits) {
  unsigned rank = cast<RankedTensorType>(parts[0].getType()).getRank();
  AffineMap all = b.getMultiDimIdentityMap(rank);
  SmallVector<AffineMap> maps(parts.size(), all);
  maps.append(parts.size(), all.dropResult(d));
  SmallVector<utils::IteratorType> iterators(rank,
                                             utils::IteratorType::parallel);
  iterators[d] = utils::IteratorType::reduction;
  return linalg::GenericOp::create(
             b, loc, TypeRange(inits), parts, inits, maps, iterators,
             [&](OpBuilder &builder, Location loc, ValueRange elements) {
               linalg::YieldOp::create(
                   builder, loc,
                   combine(builder, loc, elements.drop_front(parts.size()),
                           elements.take_front(parts.size())));
             })
      ->getResults();
}

/// few[.., l] = parts[.., l] + parts[.., l + 8] + parts[.., l + 16] + ...
SmallVector<Value> Splitter::leaveFew(ValueRange parts) {
  int64_t last = cast<RankedTensorType>(parts[0].getType()).getRank() - 1;
  SmallVector<ReassociationIndices> groups;
  for (int64_t d = 0; d < last; ++d)
    groups.push_back({d});
  groups.push_back({last, last + 1});
  SmallVector<Value> rows;
  for (Value part : parts) {
    SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, part);
    sizes.back() = b.getIndexAttr(kParts / kFewParts);
    sizes.push_back(b.getIndexAttr(kFewParts));
    auto type = RankedTensorType::get(decomposeMixedValues(sizes).first,
                                      getElementTypeOrSelf(part));
    rows.push_back(
        tensor::ExpandShapeOp::create(b, loc, type, part, groups, sizes));
  }
  return combineAlong(rows, last, createInits(kFewParts));
}

/// The op on the elements that are not whole steps, if there are any.
SmallVector<Value> Splitter::reduceRest(ValueRange inits, OpFoldResult whole,
                                        OpFoldResult extent) {
  AffineExpr d0, d1;
  bindDims(b.getContext(), d0, d1);
  OpFoldResult size = apply(d0 - d1, {extent, whole});
  if (isConstantIntValue(size, 0))
    return inits;
  SmallVector<Value> operands;
  for (OpOperand *input : op.getDpsInputOperands())
    operands.push_back(isa<RankedTensorType>(input->get().getType())
                           ? slice(input, whole, size)
                           : input->get());
  llvm::append_range(operands, inits);
  auto rest =
      cast<linalg::LinalgOp>(clone(b, op, op->getResultTypes(), operands));
  movePositions(rest, [&](Value position) -> Value {
    return arith::AddIOp::create(
        b, loc, position, getValueOrCreateConstantIndexOp(b, loc, whole));
  });
  return rest->getResults();
}

SmallVector<Value> Splitter::split() {
  OpFoldResult extent = op.createLoopRanges(b, loc)[reduction].size;
  AffineExpr d0, d1;
  bindDims(b.getContext(), d0, d1);
  OpFoldResult none = b.getIndexAttr(0), done = none;
  SmallVector<Value> few;
  if (getConstantIntValue(extent).value_or(kMinWholeExtent) < kMinWholeExtent) {
    few = createInits(kFewParts);
  } else {
    OpFoldResult steps = apply(d0.floorDiv(kParts), {extent});
    few = leaveFew(reduceSteps(createInits(kParts), kParts, none, steps));
    done = apply(d0.floorDiv(kParts) * kParts, {extent});
  }
  OpFoldResult steps = apply((d0 - d1).floorDiv(kFewParts), {extent, done});
  if (!isConstantIntValue(steps, 0))
    few = reduceSteps(few, kFewParts, done, steps);
  done = apply(d0.floorDiv(kFewParts) * kFewParts, {extent});
  unsigned last = cast<RankedTensorType>(few[0].getType()).getRank() - 1;
  return reduceRest(combineAlong(few, last, op.getDpsInits()), done, extent);
}

SmallVector<Value>
mlir::lowbit::reduceInParts(RewriterBase &rewriter, linalg::LinalgOp op,
                            unsigned reduction, ValueRange starts,
                            CombineFn combine, RefineFn refine) {
  return Splitter(rewriter, op, reduction, starts, combine, refine).split();
}
