//===- LowerToReferenceWeightOnly.cpp - Meaning of reals by codes ---------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PackedAccess.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace {

/// The value of a weight by its block g and its k.
using ValueFn = function_ref<Value(ReferenceBuilder &, Value, Value)>;
/// The scale of block g.
using ScaleFn = function_ref<Value(ReferenceBuilder &, Value)>;

/// `sum_g scale(g) * sum_{k in g} activations[m, k] * value(g, k)` in the order
/// of `lowbit.weight_only_matmul`.
Value sumBlocks(ReferenceBuilder &builder, Value activations, Value m,
                int64_t block, ValueFn value, ScaleFn scale) {
  OpFoldResult depth = builder.size(activations, 1);
  auto addBlock = [&](ReferenceBuilder &b, Value g,
                      ValueRange acc) -> SmallVector<Value> {
    auto addProduct = [&](ReferenceBuilder &b, Value i,
                          ValueRange sum) -> SmallVector<Value> {
      Value k = b.getDepth(g, block, i);
      Value a = b.extend(b.extract(activations, {m, k}));
      return {b.fma(a, value(b, g, k), sum[0])};
    };
    Value sum = b.loop(b.blockLength(depth, block, g), b.f32(0), addProduct)[0];
    return {b.fma(sum, scale(b, g), acc[0])};
  };
  return builder.loop(builder.toValue(builder.numBlocks(depth, block)),
                      builder.f32(0), addBlock)[0];
}

struct WeightOnlyMatmulToReference : OpConversionPattern<WeightOnlyMatmulOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(WeightOnlyMatmulOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ReferenceBuilder builder(op.getLoc(), rewriter);
    Value activations = adaptor.getActivations();
    Value weights = adaptor.getWeights();
    auto code =
        cast<CodeTypeInterface>(op.getWeights().getType().getElementType());
    auto element = [&](ReferenceBuilder &b, ValueRange at) -> Value {
      Value m = at[0], n = at[1];
      auto parameter = [&](ReferenceBuilder &b, Value values, Value k) {
        return b.extract(values, b.groupOf({n, k}, values, op.getBlockSizes()));
      };
      auto value = [&](ReferenceBuilder &b, Value, Value k) -> Value {
        Value level = b.extractCode(weights, code, {n, k});
        if (!adaptor.getZeroPoint())
          return b.toFloat(level);
        Value zero = parameter(b, adaptor.getZeroPoint(), k);
        if (isa<FloatType>(zero.getType()))
          return b.sub(b.toFloat(level), zero);
        return b.toFloat(b.sub(level, zero));
      };
      auto scale = [&](ReferenceBuilder &b, Value g) -> Value {
        Value k = b.getDepth(g, op.getBlock(), b.index(0));
        return b.extend(parameter(b, adaptor.getScale(), k));
      };
      return sumBlocks(b, activations, m, op.getBlock(), value, scale);
    };
    rewriter.replaceOp(op, builder.mapElements(op.getType(),
                                               {builder.size(activations, 0),
                                                builder.size(weights, 0)},
                                               element));
    return success();
  }
};

struct PackedWeightOnlyMatmulToReference
    : OpConversionPattern<PackedWeightOnlyMatmulOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(PackedWeightOnlyMatmulOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (!op.hasPureTensorSemantics())
      return rewriter.notifyMatchFailure(op, "requires tensors");
    ReferenceBuilder builder(op.getLoc(), rewriter);
    LayoutAttr layout = op.getLayout();
    PackedAccess access(layout);
    Value weights = adaptor.getWeights(), init = adaptor.getInit();
    auto element = [&](ReferenceBuilder &b, ValueRange at) -> Value {
      Value m = at[0], n = at[1];
      auto header = [&](ReferenceBuilder &b, Value g, HeaderVector vector) {
        return access.extractHeader(b, weights, n, g, vector);
      };
      auto value = [&](ReferenceBuilder &b, Value g, Value k) -> Value {
        Value field = access.extractField(b, weights, n, k);
        Value code =
            b.sub(b.mul(access.getLevel(b, field), b.i32(layout.getCodeStep())),
                  b.i32(layout.getCodeOffset()));
        if (!layout.getOffset())
          return b.toFloat(code);
        return b.sub(b.toFloat(code), header(b, g, HeaderVector::Offset));
      };
      auto scale = [&](ReferenceBuilder &b, Value g) -> Value {
        return header(b, g, HeaderVector::Scale);
      };
      return sumBlocks(b, adaptor.getActivations(), m, layout.getBlock(), value,
                       scale);
    };
    rewriter.replaceOp(
        op, builder.mapElements(cast<RankedTensorType>(init.getType()),
                                {builder.size(init, 0), builder.size(init, 1)},
                                element));
    return success();
  }
};

} // namespace

void mlir::lowbit::populateReferenceWeightOnlyPatterns(
    const TypeConverter &converter, RewritePatternSet &patterns) {
  patterns.add<PackedWeightOnlyMatmulToReference, WeightOnlyMatmulToReference>(
      converter, patterns.getContext());
}
