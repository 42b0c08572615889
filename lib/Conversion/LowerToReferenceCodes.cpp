//===- LowerToReferenceCodes.cpp - Meaning of codes as such ---------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CodeStorage.h"
#include "ReferenceBuilder.h"
#include "lowbit/Quantization/Rounding.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace mlir::lowbit;

//===----------------------------------------------------------------------===//
// One real to one code
//===----------------------------------------------------------------------===//

/// `h ^= h >> bits`
static Value foldDown(ReferenceBuilder &b, Value h, int64_t bits) {
  return b.bitXor(h, b.shiftRight(h, bits));
}

/// getStochasticDraw of Quantization/Rounding.h.
static Value drawUniform(ReferenceBuilder &b, uint32_t seed, Value position) {
  auto word = [&](uint32_t bits) { return b.i32(static_cast<int32_t>(bits)); };
  Value step = b.mul(position, word(kStochasticIndexStep));
  Value h = b.add(step, word(getStochasticKey(seed)));
  h = b.mul(foldDown(b, h, 16), word(0x85EBCA6Bu));
  h = b.mul(foldDown(b, h, 13), word(0xC2B2AE35u));
  h = foldDown(b, h, 16);
  Value odd = arith::OrIOp::create(b, b.shiftRight(h, 8), b.i32(1));
  return b.mul(b.toFloat(odd), b.f32(0x1p-24f));
}

static Value compare(ReferenceBuilder &b, arith::CmpFPredicate predicate,
                     Value lhs, Value rhs) {
  return arith::CmpFOp::create(b, predicate, lhs, rhs);
}

static Value roundReal(ReferenceBuilder &b, const ScalarQuantizer &quantizer,
                       Value real, function_ref<Value()> position) {
  if (quantizer.rounding == Rounding::NearestEven)
    return math::RoundEvenOp::create(b, real);
  if (quantizer.rounding == Rounding::NearestAway)
    return math::RoundOp::create(b, real);
  Value below = math::FloorOp::create(b, real);
  Value up =
      compare(b, arith::CmpFPredicate::OLT,
              drawUniform(b, quantizer.seed, position()), b.sub(real, below));
  return b.add(below, arith::SelectOp::create(b, up, b.f32(1), b.f32(0)));
}

Value ScalarQuantizer::quantize(ReferenceBuilder &b, Value real, Value scale,
                                Value zeroPoint, Value threshold,
                                function_ref<Value()> position) const {
  auto select = [&](arith::CmpFPredicate predicate, Value lhs, Value rhs,
                    Value yes, Value no) -> Value {
    return arith::SelectOp::create(b, compare(b, predicate, lhs, rhs), yes, no);
  };
  int64_t low = code.getLowestCode(), high = code.getHighestCode();
  if (isa<BinaryType>(code))
    return select(arith::CmpFPredicate::OLT, real, b.f32(0), b.i32(low),
                  b.i32(high));
  if (threshold) {
    Value negated = arith::NegFOp::create(b, threshold);
    Value negative =
        select(arith::CmpFPredicate::OLT, real, negated, b.i32(-1), b.i32(0));
    return select(arith::CmpFPredicate::OGT, real, threshold, b.i32(1),
                  negative);
  }
  Value quotient = b.div(real, b.extend(scale));
  quotient =
      select(arith::CmpFPredicate::UNO, quotient, quotient, b.f32(0), quotient);
  if (!zeroPoint)
    return b.saturate(roundReal(b, *this, quotient, position), low, high);
  if (isa<FloatType>(zeroPoint.getType())) {
    Value shifted = b.add(quotient, zeroPoint);
    return b.saturate(roundReal(b, *this, shifted, position), low, high);
  }
  Value rounded = roundReal(b, *this, quotient, position);
  return b.saturate(b.add(rounded, b.toFloat(zeroPoint)), low, high);
}

//===----------------------------------------------------------------------===//
// One code to one real
//===----------------------------------------------------------------------===//

Value ScalarDequantizer::dequantize(ReferenceBuilder &b, Value code,
                                    ValueRange indices) const {
  auto parameter = [&](Value tensor) {
    return b.extract(tensor, b.groupOf(indices, tensor, blockSizes));
  };
  Value factor = b.extend(parameter(scale));
  if (!zeroPoint)
    return b.mul(factor, b.toFloat(code));
  Value zero = parameter(zeroPoint);
  if (isa<FloatType>(zero.getType()))
    return b.mul(factor, b.sub(b.toFloat(code), zero));
  return b.mul(factor, b.toFloat(b.sub(code, zero)));
}

//===----------------------------------------------------------------------===//
// Patterns
//===----------------------------------------------------------------------===//

namespace {

/// All extents of `tensor`.
SmallVector<OpFoldResult> sizesOf(ReferenceBuilder &b, Value tensor) {
  SmallVector<OpFoldResult> sizes;
  for (int64_t d = 0; d < cast<ShapedType>(tensor.getType()).getRank(); ++d)
    sizes.push_back(b.size(tensor, d));
  return sizes;
}

struct LookupToReference : OpConversionPattern<LookupOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(LookupOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ReferenceBuilder builder(op.getLoc(), rewriter);
    auto code =
        cast<CodeTypeInterface>(op.getCodes().getType().getElementType());
    auto element = [&](ReferenceBuilder &b, ValueRange at) -> Value {
      Value index = b.extractCode(adaptor.getCodes(), code, at);
      index = arith::IndexCastOp::create(b, b.getIndexType(), index);
      return b.extract(adaptor.getTable(), index);
    };
    rewriter.replaceOp(
        op, builder.mapElements(op.getType().clone(rewriter.getI8Type()),
                                sizesOf(builder, adaptor.getCodes()), element));
    return success();
  }
};

struct QuantizeToReference : OpConversionPattern<QuantizeOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(QuantizeOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ReferenceBuilder builder(op.getLoc(), rewriter);
    auto code = cast<CodeTypeInterface>(op.getType().getElementType());
    ScalarQuantizer quantizer{code, op.getRounding(),
                              static_cast<uint32_t>(op.getSeed())};
    Value input = adaptor.getInput();
    SmallVector<OpFoldResult> sizes = sizesOf(builder, input);
    auto element = [&](ReferenceBuilder &b, ValueRange indices) -> Value {
      auto parameter = [&](Value tensor) -> Value {
        if (!tensor)
          return {};
        return b.extract(tensor,
                         b.groupOf(indices, tensor, op.getBlockSizes()));
      };
      auto position = [&]() -> Value {
        if (indices.empty())
          return b.i32(0);
        Value linear = indices.front();
        for (auto [index, size] : llvm::drop_begin(llvm::zip(indices, sizes)))
          linear = b.add(b.mul(linear, b.toValue(size)), index);
        return arith::IndexCastOp::create(b, b.getI32Type(), linear);
      };
      Value result = quantizer.quantize(
          b, b.extract(input, indices), parameter(adaptor.getScale()),
          parameter(adaptor.getZeroPoint()), parameter(adaptor.getThreshold()),
          position);
      return b.toStorage(result, code);
    };
    auto type = op.getType().clone(code.getStorageType());
    rewriter.replaceOp(op, builder.mapElements(type, sizes, element));
    return success();
  }
};

struct DequantizeToReference : OpConversionPattern<DequantizeOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(DequantizeOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ReferenceBuilder builder(op.getLoc(), rewriter);
    auto code =
        cast<CodeTypeInterface>(op.getInput().getType().getElementType());
    ScalarDequantizer dequantizer{adaptor.getScale(), adaptor.getZeroPoint(),
                                  op.getBlockSizes()};
    auto element = [&](ReferenceBuilder &b, ValueRange indices) -> Value {
      Value level = b.extractCode(adaptor.getInput(), code, indices);
      return dequantizer.dequantize(b, level, indices);
    };
    rewriter.replaceOp(
        op, builder.mapElements(op.getType(),
                                sizesOf(builder, adaptor.getInput()), element));
    return success();
  }
};

struct ObserveToReference : OpConversionPattern<ObserveOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(ObserveOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, adaptor.getInput());
    return success();
  }
};

} // namespace

void mlir::lowbit::populateReferenceCodesPatterns(
    const TypeConverter &converter, RewritePatternSet &patterns) {
  populateCodeStoragePatterns(converter, patterns);
  patterns.add<DequantizeToReference, LookupToReference, ObserveToReference,
               QuantizeToReference>(converter, patterns.getContext());
}
