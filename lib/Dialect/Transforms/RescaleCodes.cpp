//===- RescaleCodes.cpp - Sums and means of codes -------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CodeArithmetic.h"
#include "FloatOps.h"
#include "Propagate.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include <cmath>

using namespace mlir;
using namespace mlir::lowbit;

/// The bits of the multipliers of a sum of two: with levels below 2^8 the sum
/// stays within 2 * 2^8 * 2^21 = 2^30.
static constexpr int sumBits = 21;

/// The largest ratio of an input scale to the output scale in a sum of two; the
/// multipliers are then off by at most 2^-13 each, and the sum by 2^-4.
static constexpr double largestSumRatio = 256;

/// The codes that `reals` are dequantized from, and their parameters.
static std::optional<std::pair<Value, TensorParams>> matchCodes(Value reals) {
  auto dequantize = reals.getDefiningOp<DequantizeOp>();
  if (!dequantize)
    return std::nullopt;
  auto params = TensorParams::match(dequantize);
  if (!params || params->code.getBits() > 8)
    return std::nullopt;
  return std::pair(dequantize.getInput(), *params);
}

/// `getMatched` of a quantize whose parameters are constant and of one value.
static FailureOr<TensorParams> getOutput(PatternRewriter &rewriter,
                                         QuantizeOp op) {
  auto output = TensorParams::match(op);
  if (!output)
    return rewriter.notifyMatchFailure(op, "requires one scale and one integer "
                                           "zero point, constant");
  return *output;
}

namespace {
/// quantize(dequantize(q)) -> requantize(q), or q where nothing changes
struct RescaleCodes : OpRewritePattern<QuantizeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(QuantizeOp op,
                                PatternRewriter &rewriter) const override {
    auto output = getOutput(rewriter, op);
    auto input = matchCodes(op.getInput());
    if (failed(output) || !input)
      return rewriter.notifyMatchFailure(op, "requires dequantized codes");
    auto [codes, params] = *input;
    if (params == *output)
      return rewriter.notifyMatchFailure(op, "folds");
    DyadicScale scale;
    std::string reason;
    if (!chooseDyadicScale(double(params.scale) / output->scale, 31, scale,
                           reason))
      return rewriter.notifyMatchFailure(op, reason);
    Value levels = createLevels(rewriter, op.getLoc(), codes, params.zeroPoint);
    rewriter.replaceOp(op,
                       requantizeTensor(rewriter, op.getLoc(), levels, scale,
                                        *output, getLargestLevel(params)));
    return success();
  }
};

/// quantize(dequantize(a) + dequantize(b)) -> requantize(ma * a + mb * b)
struct AddCodes : OpRewritePattern<QuantizeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(QuantizeOp op,
                                PatternRewriter &rewriter) const override {
    auto output = getOutput(rewriter, op);
    auto addition = matchAddition(op.getInput());
    if (failed(output) || !addition)
      return rewriter.notifyMatchFailure(op, "requires a sum");
    auto lhs = matchCodes(addition->first), rhs = matchCodes(addition->second);
    if (!lhs || !rhs)
      return rewriter.notifyMatchFailure(op, "requires a sum of dequantized "
                                             "codes");
    const TensorParams sides[] = {lhs->second, rhs->second};
    double ratios[] = {double(sides[0].scale) / output->scale,
                       double(sides[1].scale) / output->scale};
    double largest = std::max(ratios[0], ratios[1]);
    DyadicScale common;
    std::string reason;
    if (largest > largestSumRatio ||
        !chooseDyadicScale(largest, sumBits, common, reason))
      return rewriter.notifyMatchFailure(op, "requires input scales of at most "
                                             "256 output scales");
    int64_t multipliers[2], bound = 0;
    for (int side : {0, 1}) {
      multipliers[side] = static_cast<int64_t>(
          std::nearbyint(std::ldexp(ratios[side], common.shift)));
      bound += multipliers[side] * getLargestLevel(sides[side]);
    }
    auto body = [&](ImplicitLocOpBuilder &b, ValueRange codes) -> Value {
      Value terms[2];
      for (int side : {0, 1}) {
        auto constant = [&](int64_t value) -> Value {
          return arith::ConstantIntOp::create(b, value, 32);
        };
        Value level = arith::SubIOp::create(b, codes[side],
                                            constant(sides[side].zeroPoint));
        terms[side] =
            arith::MulIOp::create(b, level, constant(multipliers[side]));
      }
      return arith::AddIOp::create(b, terms[0], terms[1]);
    };
    Value sum = mapCodes(rewriter, op.getLoc(), {lhs->first, rhs->first}, body);
    rewriter.replaceOp(op, requantizeTensor(rewriter, op.getLoc(), sum,
                                            {1, common.shift}, *output, bound));
    return success();
  }
};

/// quantize(sum-pool(dequantize(q)) * c) -> requantize(sum-pool(q))
struct AveragePoolCodes : OpRewritePattern<QuantizeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(QuantizeOp op,
                                PatternRewriter &rewriter) const override {
    auto output = getOutput(rewriter, op);
    FloatScaling scaling{op.getInput(), 1};
    if (auto scaled = matchScaling(op.getInput()))
      scaling = *scaled;
    Operation *pool = scaling.input.getDefiningOp();
    if (failed(output) ||
        !isa_and_present<linalg::PoolingNhwcSumOp, linalg::PoolingNchwSumOp>(
            pool))
      return rewriter.notifyMatchFailure(op, "requires a scaled sum-pooling");
    auto input = matchCodes(pool->getOperand(0));
    if (!input || getRepeatedReal(pool->getOperand(2)) != 0.0f)
      return rewriter.notifyMatchFailure(op, "requires a sum of dequantized "
                                             "codes from zero");
    auto [codes, params] = *input;
    auto window = cast<RankedTensorType>(pool->getOperand(1).getType());
    if (!window.hasStaticShape())
      return rewriter.notifyMatchFailure(op, "requires a static window");
    double bound = double(window.getNumElements()) * getLargestLevel(params);
    DyadicScale scale;
    std::string reason;
    if (bound > std::numeric_limits<int32_t>::max() ||
        !chooseDyadicScale(params.scale * scaling.factor / output->scale, 31,
                           scale, reason))
      return rewriter.notifyMatchFailure(op, "requires sums of 32 bits and a "
                                             "scale in range");
    Location location = pool->getLoc();
    Value levels = createLevels(rewriter, location, codes, params.zeroPoint);
    auto create = [&](auto pooling) -> Value {
      Type integer = rewriter.getI32Type();
      auto emptyLike = [&](Value tensor) -> Value {
        return tensor::EmptyOp::create(
            rewriter, location,
            tensor::getMixedSizes(rewriter, location, tensor), integer);
      };
      Value zero = arith::ConstantIntOp::create(rewriter, location, 0, 32);
      Value empty = emptyLike(pool->getOperand(2));
      Value init =
          linalg::FillOp::create(rewriter, location, zero, empty).getResult(0);
      return decltype(pooling)::create(
                 rewriter, location, init.getType(),
                 ValueRange{levels, emptyLike(pool->getOperand(1))},
                 ValueRange{init}, pool->getAttr("strides"),
                 pool->getAttr("dilations"))
          ->getResult(0);
    };
    Value sums = isa<linalg::PoolingNhwcSumOp>(pool)
                     ? create(linalg::PoolingNhwcSumOp())
                     : create(linalg::PoolingNchwSumOp());
    auto type = op.getType().clone(rewriter.getI32Type());
    if (sums.getType() != type)
      sums = tensor::CastOp::create(rewriter, location, type, sums);
    rewriter.replaceOp(op,
                       requantizeTensor(rewriter, location, sums, scale,
                                        *output, static_cast<int64_t>(bound)));
    return success();
  }
};
} // namespace

void mlir::lowbit::populateRescaleCodesPatterns(RewritePatternSet &patterns) {
  patterns.add<AddCodes, AveragePoolCodes, RescaleCodes>(patterns.getContext());
}
