//===- MoveBiases.cpp - Add biases before results are rearranged ----------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FloatOps.h"
#include "Propagate.h"
#include "Windows.h"
#include "lowbit/Dialect/IR/ConstantData.h"
#include "lowbit/Dialect/IR/LowbitDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace {
/// Values that are repeated along all but some ascending `dimensions`.
struct Bias {
  Value values;
  SmallVector<int64_t> dimensions;
};
} // namespace

static std::optional<Bias> matchBias(Value value) {
  auto broadcast = value.getDefiningOp<linalg::BroadcastOp>();
  if (!broadcast)
    return std::nullopt;
  Bias bias = {broadcast.getInput(), {}};
  int64_t rank = cast<ShapedType>(value.getType()).getRank();
  for (int64_t d = 0; d < rank; ++d)
    if (!llvm::is_contained(broadcast.getDimensions(), d))
      bias.dimensions.push_back(d);
  return bias;
}

//===----------------------------------------------------------------------===//
// The bias of what an op rearranges, from the bias of its result
//===----------------------------------------------------------------------===//

static std::optional<Bias> moveBias(OpBuilder &, linalg::TransposeOp move,
                                    const Bias &bias) {
  Bias source = {bias.values, {}};
  for (int64_t d : bias.dimensions)
    source.dimensions.push_back(move.getPermutation()[d]);
  if (!llvm::is_sorted(source.dimensions))
    return std::nullopt;
  return source;
}

/// Dimensions that come of one become this one.
static std::optional<Bias>
moveBias(OpBuilder &builder, tensor::ExpandShapeOp move, const Bias &bias) {
  Bias source = {bias.values, {}};
  SmallVector<ReassociationIndices> joined;
  int64_t next = 0;
  for (auto [d, group] : llvm::enumerate(move.getReassociationIndices())) {
    auto isOfBias = [&](int64_t dimension) {
      return llvm::is_contained(bias.dimensions, dimension);
    };
    if (llvm::none_of(group, isOfBias))
      continue;
    if (!llvm::all_of(group, isOfBias))
      return std::nullopt;
    source.dimensions.push_back(d);
    joined.emplace_back();
    for (size_t i = 0; i < group.size(); ++i)
      joined.back().push_back(next++);
  }
  if (joined.size() != bias.dimensions.size())
    source.values = builder.createOrFold<tensor::CollapseShapeOp>(
        move.getLoc(), bias.values, joined);
  return source;
}

/// A dimension that several become is these.
static std::optional<Bias>
moveBias(OpBuilder &builder, tensor::CollapseShapeOp move, const Bias &bias) {
  Bias source = {bias.values, {}};
  SmallVector<ReassociationIndices> split;
  SmallVector<int64_t> shape;
  for (int64_t d : bias.dimensions) {
    split.emplace_back();
    for (int64_t dimension : move.getReassociationIndices()[d]) {
      split.back().push_back(static_cast<int64_t>(shape.size()));
      source.dimensions.push_back(dimension);
      shape.push_back(move.getSrcType().getDimSize(dimension));
    }
  }
  if (ShapedType::isDynamicShape(shape))
    return std::nullopt;
  auto type = cast<RankedTensorType>(bias.values.getType());
  if (shape.size() != bias.dimensions.size())
    source.values = builder.createOrFold<tensor::ExpandShapeOp>(
        move.getLoc(), type.clone(shape), bias.values, split);
  return source;
}

//===----------------------------------------------------------------------===//
// Sums
//===----------------------------------------------------------------------===//

/// `reals + bias`
static Value addBias(OpBuilder &builder, Location location, Value reals,
                     const Bias &bias) {
  auto type = cast<RankedTensorType>(reals.getType());
  SmallVector<int64_t> others;
  for (int64_t d = 0; d < type.getRank(); ++d)
    if (!llvm::is_contained(bias.dimensions, d))
      others.push_back(d);
  Value empty = tensor::EmptyOp::create(
      builder, location, tensor::getMixedSizes(builder, location, reals),
      type.getElementType());
  if (empty.getType() != type)
    empty = tensor::CastOp::create(builder, location, type, empty);
  Value repeated =
      linalg::BroadcastOp::create(builder, location, bias.values, empty, others)
          ->getResult(0);
  return linalg::AddOp::create(builder, location, ValueRange{reals, repeated},
                               ValueRange{empty})
      .getResult(0);
}

/// The operands of `move` plus what of `bias` they become, or nothing.
static SmallVector<Value> addBefore(OpBuilder &builder, Operation *move,
                                    const Bias &bias) {
  auto addToSource = [&](auto op) -> SmallVector<Value> {
    auto source = moveBias(builder, op, bias);
    if (!source)
      return {};
    return {addBias(builder, op.getLoc(), op->getOperand(0), *source)};
  };
  return llvm::TypeSwitch<Operation *, SmallVector<Value>>(move)
      .Case<linalg::TransposeOp, tensor::CollapseShapeOp,
            tensor::ExpandShapeOp>(addToSource)
      .Default(SmallVector<Value>());
}

/// The same for equal parts, side by side.
static SmallVector<Value> addBefore(OpBuilder &builder, tensor::ConcatOp concat,
                                    const Bias &bias) {
  ValueRange parts = concat.getInputs();
  if (!llvm::all_equal(parts.getTypes()))
    return {};
  const auto *along =
      llvm::find(bias.dimensions, static_cast<int64_t>(concat.getDim()));
  SmallVector<Value> sums;
  for (auto [index, part] : llvm::enumerate(parts)) {
    Bias own = bias;
    if (along != bias.dimensions.end())
      own.values = slice(
          builder, concat.getLoc(), bias.values,
          along - bias.dimensions.begin(),
          {static_cast<int64_t>(index), static_cast<int64_t>(parts.size())});
    sums.push_back(addBias(builder, concat.getLoc(), part, own));
  }
  return sums;
}

/// `value` as a sum with a bias, if it is one.
static std::optional<std::pair<Value, Bias>> matchBiasedSum(Value value) {
  auto addition = matchAddition(value);
  if (!addition)
    return std::nullopt;
  auto [reals, addend] = *addition;
  if (!matchBias(addend))
    std::swap(reals, addend);
  auto bias = matchBias(addend);
  if (!bias)
    return std::nullopt;
  return std::pair(reals, *bias);
}

namespace {
/// quantize((x + bias) + bias) -> quantize(x + bias), of constant biases
struct JoinBiases : OpRewritePattern<QuantizeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(QuantizeOp op,
                                PatternRewriter &rewriter) const override {
    auto outer = matchBiasedSum(op.getInput());
    auto inner = outer ? matchBiasedSum(outer->first) : std::nullopt;
    if (!inner || inner->second.dimensions != outer->second.dimensions)
      return rewriter.notifyMatchFailure(op, "requires two biases along the "
                                             "same dimensions");
    auto first = getConstantFloats(inner->second.values);
    auto second = getConstantFloats(outer->second.values);
    if (!first || !second)
      return rewriter.notifyMatchFailure(op, "requires constant biases");
    for (auto [sum, addend] : llvm::zip_equal(*first, *second))
      sum += addend;
    Location location = op.getInput().getLoc();
    auto type = cast<RankedTensorType>(inner->second.values.getType());
    Value values = arith::ConstantOp::create(
        rewriter, location,
        DenseElementsAttr::get(type, ArrayRef<float>(*first)));
    Value sum = addBias(rewriter, location, inner->first,
                        {values, inner->second.dimensions});
    rewriter.modifyOpInPlace(op, [&] { op.getInputMutable().assign(sum); });
    return success();
  }
};

/// quantize(move(x) + bias) -> quantize(move(x + bias))
struct MoveBias : OpRewritePattern<QuantizeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(QuantizeOp op,
                                PatternRewriter &rewriter) const override {
    auto biased = matchBiasedSum(op.getInput());
    if (!biased)
      return rewriter.notifyMatchFailure(op, "requires an addend that is "
                                             "repeated along dimensions");
    auto [reals, bias] = *biased;
    Operation *move = reals.getDefiningOp();
    if (!move)
      return rewriter.notifyMatchFailure(op, "requires a rearranged tensor");
    auto concat = dyn_cast<tensor::ConcatOp>(move);
    SmallVector<Value> sums = concat ? addBefore(rewriter, concat, bias)
                                     : addBefore(rewriter, move, bias);
    if (sums.empty())
      return rewriter.notifyMatchFailure(op, "requires a tensor that is "
                                             "transposed, reshaped along whole "
                                             "dimensions of the bias, or "
                                             "joined of equal parts");
    Operation *moved = rewriter.clone(*move);
    rewriter.modifyOpInPlace(moved, [&] {
      for (auto [index, sum] : llvm::enumerate(sums))
        moved->setOperand(index, sum);
    });
    rewriter.modifyOpInPlace(
        op, [&] { op.getInputMutable().assign(moved->getResult(0)); });
    return success();
  }
};
} // namespace

void mlir::lowbit::populateMoveBiasesPatterns(RewritePatternSet &patterns) {
  patterns.add<JoinBiases, MoveBias>(patterns.getContext());
}
