//===- CodeClamps.cpp - Clamps of reals as clamps of codes ----------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CodeClamps.h"
#include "FloatOps.h"
#include "lowbit/Dialect/IR/ConstantData.h"
#include "lowbit/Quantization/Rounding.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace mlir::lowbit;

//===----------------------------------------------------------------------===//
// Parameters of a whole tensor
//===----------------------------------------------------------------------===//

static std::optional<TensorParams> matchParams(Value codes, Value scale,
                                               Value zeroPoint) {
  TensorParams params;
  params.code = cast<CodeTypeInterface>(getElementTypeOrSelf(codes));
  auto scales = getConstantFloats(scale);
  if (!scales || scales->size() != 1 || params.code.getCodeStep() != 1)
    return std::nullopt;
  params.scale = scales->front();
  if (!zeroPoint)
    return params;
  auto zeroPoints = getConstantIntegers(zeroPoint);
  if (!zeroPoints)
    return std::nullopt;
  params.zeroPoint = zeroPoints->front();
  return params;
}

std::optional<TensorParams> TensorParams::match(QuantizeOp op) {
  if (op.getThreshold() || op.getRounding() == Rounding::Stochastic)
    return std::nullopt;
  return matchParams(op.getResult(), op.getScale(), op.getZeroPoint());
}

std::optional<TensorParams> TensorParams::match(DequantizeOp op) {
  return matchParams(op.getInput(), op.getScale(), op.getZeroPoint());
}

int64_t TensorParams::quantize(float real, Rounding rounding) const {
  RoundingSpec spec;
  spec.mode = rounding == Rounding::NearestAway ? RoundingMode::NearestAway
                                                : RoundingMode::NearestEven;
  return quantizeValue(real, scale, static_cast<int32_t>(zeroPoint),
                       static_cast<int32_t>(code.getLowestCode()),
                       static_cast<int32_t>(code.getHighestCode()), spec);
}

//===----------------------------------------------------------------------===//
// Clamps of codes
//===----------------------------------------------------------------------===//

Value mlir::lowbit::clampCodes(OpBuilder &builder, Location location,
                               Value codes, int64_t lowest, int64_t highest) {
  auto type = cast<RankedTensorType>(codes.getType());
  auto code = cast<CodeTypeInterface>(type.getElementType());
  IntegerType storageType = code.getStorageType();
  bool raises = lowest > code.getLowestCode();
  bool lowers = highest < code.getHighestCode();
  if (!raises && !lowers)
    return codes;
  Value storage =
      ToStorageOp::create(builder, location, type.clone(storageType), codes);
  Value empty = tensor::EmptyOp::create(
      builder, location, tensor::getMixedSizes(builder, location, storage),
      storageType);
  SmallVector<AffineMap> maps(2,
                              builder.getMultiDimIdentityMap(type.getRank()));
  SmallVector<utils::IteratorType> loops(type.getRank(),
                                         utils::IteratorType::parallel);
  auto body = [&](OpBuilder &nested, Location at, ValueRange elements) {
    Value value = elements.front();
    auto constant = [&](int64_t end) -> Value {
      return arith::ConstantOp::create(
          nested, at,
          IntegerAttr::get(storageType, APInt(storageType.getWidth(), end,
                                              /*isSigned=*/true,
                                              /*implicitTrunc=*/true)));
    };
    auto apply = [&](auto signedOp, auto unsignedOp, int64_t end) {
      if (code.isSigned())
        value = decltype(signedOp)::create(nested, at, value, constant(end));
      else
        value = decltype(unsignedOp)::create(nested, at, value, constant(end));
    };
    if (raises)
      apply(arith::MaxSIOp(), arith::MaxUIOp(), lowest);
    if (lowers)
      apply(arith::MinSIOp(), arith::MinUIOp(), highest);
    linalg::YieldOp::create(nested, at, value);
  };
  Value clamped = linalg::GenericOp::create(builder, location, empty.getType(),
                                            storage, empty, maps, loops, body)
                      .getResult(0);
  if (clamped.getType() != storage.getType())
    clamped =
        tensor::CastOp::create(builder, location, storage.getType(), clamped);
  return FromStorageOp::create(builder, location, type, clamped);
}

//===----------------------------------------------------------------------===//
// Clamps of reals
//===----------------------------------------------------------------------===//

namespace {
/// quantize(clamp(x)) -> clamp(quantize(x))
struct ClampCodes : OpRewritePattern<QuantizeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(QuantizeOp op,
                                PatternRewriter &rewriter) const override {
    auto params = TensorParams::match(op);
    if (!params)
      return rewriter.notifyMatchFailure(op, "requires one scale and one "
                                             "integer zero point, constant");
    auto clamp = matchClamp(op.getInput());
    if (!clamp)
      return rewriter.notifyMatchFailure(op, "requires a clamp of reals");
    int64_t lowest = params->quantize(clamp->lowest, op.getRounding());
    int64_t highest = params->quantize(clamp->highest, op.getRounding());
    auto codes = cast<QuantizeOp>(rewriter.clone(*op));
    rewriter.modifyOpInPlace(
        codes, [&] { codes.getInputMutable().assign(clamp->input); });
    rewriter.replaceOp(
        op, clampCodes(rewriter, op.getLoc(), codes, lowest, highest));
    return success();
  }
};
} // namespace

void mlir::lowbit::populateClampCodesPatterns(RewritePatternSet &patterns) {
  patterns.add<ClampCodes>(patterns.getContext());
}
