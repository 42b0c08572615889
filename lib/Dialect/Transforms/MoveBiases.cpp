//===- MoveBiases.cpp - Add biases before results are rearranged ----------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FloatOps.h"
#include "Propagate.h"
#include "lowbit/Dialect/IR/ConstantData.h"
#include "lowbit/Dialect/IR/LowbitDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace {
/// One value for each index of a dimension, repeated along all others.
struct Bias {
  Value values;
  int64_t dimension;
};
} // namespace

static std::optional<Bias> matchBias(Value value) {
  auto broadcast = value.getDefiningOp<linalg::BroadcastOp>();
  if (!broadcast ||
      cast<ShapedType>(broadcast.getInput().getType()).getRank() != 1)
    return std::nullopt;
  int64_t rank = cast<ShapedType>(value.getType()).getRank();
  for (int64_t d = 0; d < rank; ++d)
    if (!llvm::is_contained(broadcast.getDimensions(), d))
      return Bias{broadcast.getInput(), d};
  return std::nullopt;
}

/// The dimension of the first operand of `move` that becomes `dimension` of its
/// result, alone and as a whole.
static std::optional<int64_t> getSourceDimension(Operation *move,
                                                 int64_t dimension) {
  if (auto transpose = dyn_cast_or_null<linalg::TransposeOp>(move))
    return transpose.getPermutation()[dimension];
  auto expand = dyn_cast_or_null<tensor::ExpandShapeOp>(move);
  if (!expand)
    return std::nullopt;
  for (auto [source, group] : llvm::enumerate(expand.getReassociationIndices()))
    if (group.size() == 1 && group.front() == dimension)
      return source;
  return std::nullopt;
}

/// `reals + bias`
static Value addBias(OpBuilder &builder, Location location, Value reals,
                     const Bias &bias) {
  auto type = cast<RankedTensorType>(reals.getType());
  SmallVector<int64_t> others;
  for (int64_t d = 0; d < type.getRank(); ++d)
    if (d != bias.dimension)
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
    if (!inner || inner->second.dimension != outer->second.dimension)
      return rewriter.notifyMatchFailure(op, "requires two biases along one "
                                             "dimension");
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
                        {values, inner->second.dimension});
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
      return rewriter.notifyMatchFailure(op, "requires one addend for each "
                                             "index of one dimension");
    auto [reals, bias] = *biased;
    Operation *move = reals.getDefiningOp();
    auto dimension = getSourceDimension(move, bias.dimension);
    if (!dimension)
      return rewriter.notifyMatchFailure(op, "requires a transposed or "
                                             "expanded tensor");
    Value sum = addBias(rewriter, move->getLoc(), move->getOperand(0),
                        {bias.values, *dimension});
    Operation *moved = rewriter.clone(*move);
    rewriter.modifyOpInPlace(moved, [&] { moved->setOperand(0, sum); });
    rewriter.modifyOpInPlace(
        op, [&] { op.getInputMutable().assign(moved->getResult(0)); });
    return success();
  }
};
} // namespace

void mlir::lowbit::populateMoveBiasesPatterns(RewritePatternSet &patterns) {
  patterns.add<JoinBiases, MoveBias>(patterns.getContext());
}
