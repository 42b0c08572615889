//===- LowerToReferenceMatmul.cpp - Meaning of sums of codes --------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ReferenceBuilder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::lowbit;

static CodeTypeInterface getCode(Value codes) {
  auto type = cast<RankedTensorType>(codes.getType());
  return cast<CodeTypeInterface>(type.getElementType());
}

/// The value for row `row` of a parameter of shape `rows x 1` or `1 x 1`.
static Value getRowValue(ReferenceBuilder &b, Value parameter, Value row) {
  return b.extract(parameter, b.groupOf({row, b.index(0)}, parameter, {}));
}

namespace {

struct RowSumsToReference : OpConversionPattern<RowSumsOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(RowSumsOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ReferenceBuilder builder(op.getLoc(), rewriter);
    Value codes = adaptor.getCodes();
    int64_t block = op.getBlock();
    OpFoldResult depth = builder.size(codes, 1);
    auto element = [&](ReferenceBuilder &b, ValueRange at) -> Value {
      Value m = at[0], g = at[1];
      auto addCode = [&](ReferenceBuilder &b, Value i,
                         ValueRange sum) -> SmallVector<Value> {
        Value k = b.getDepth(g, block, i);
        return {b.add(sum[0],
                      b.extractCode(codes, getCode(op.getCodes()), {m, k}))};
      };
      return b.loop(b.blockLength(depth, block, g), b.i32(0), addCode)[0];
    };
    rewriter.replaceOp(op,
                       builder.mapElements(op.getType(),
                                           {builder.size(codes, 0),
                                            builder.numBlocks(depth, block)},
                                           element));
    return success();
  }
};

struct MatmulToReference : OpConversionPattern<MatmulOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(MatmulOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ReferenceBuilder builder(op.getLoc(), rewriter);
    Value activations = adaptor.getActivations();
    Value weights = adaptor.getWeights();
    OpFoldResult depth = builder.size(activations, 1);
    auto element = [&](ReferenceBuilder &b, ValueRange at) -> Value {
      Value m = at[0], n = at[1];
      auto value = [&](ReferenceBuilder &b, Value codes, Value type,
                       Value zeroPoint, ValueRange at) -> Value {
        Value code = b.extractCode(codes, getCode(type), at);
        if (!zeroPoint)
          return code;
        return b.sub(code, getRowValue(b, zeroPoint, at[0]));
      };
      auto addProduct = [&](ReferenceBuilder &b, Value k,
                            ValueRange sum) -> SmallVector<Value> {
        Value a = value(b, activations, op.getActivations(),
                        adaptor.getActivationZeroPoint(), {m, k});
        Value w = value(b, weights, op.getWeights(),
                        adaptor.getWeightZeroPoint(), {n, k});
        return {b.add(sum[0], b.mul(a, w))};
      };
      return b.loop(b.toValue(depth), b.extract(adaptor.getInit(), at),
                    addProduct)[0];
    };
    rewriter.replaceOp(op, builder.mapElements(op.getType(),
                                               {builder.size(activations, 0),
                                                builder.size(weights, 0)},
                                               element));
    return success();
  }
};

/// One element of a scaled matmul, block by block.
struct ScaledSum {
  ScaledMatmulOp op;
  ScaledMatmulOp::Adaptor adaptor;
  Value m, n;

  /// `a - za` at depth `k`.
  Value getActivation(ReferenceBuilder &b, Value k) {
    Value a = b.extractCode(adaptor.getActivations(),
                            getCode(op.getActivations()), {m, k});
    Value zeroPoint = adaptor.getActivationZeroPoint();
    if (!zeroPoint)
      return a;
    return b.sub(a, getRowValue(b, zeroPoint, m));
  }

  /// An element of the weight scale or zero point.
  Value getParameter(ReferenceBuilder &b, Value parameter, Value k) {
    return b.extract(parameter,
                     b.groupOf({n, k}, parameter, op.getBlockSizes()));
  }

  bool hasFloatZeroPoint() {
    Value zeroPoint = adaptor.getWeightZeroPoint();
    return zeroPoint &&
           cast<ShapedType>(zeroPoint.getType()).getElementType().isF32();
  }

  /// `sum_{k in g} (a - za)(w - zw)`; with a float zero point
  /// `sum_{k in g} (a - za) w` and `sum_{k in g} (a - za)`.
  SmallVector<Value> sumBlock(ReferenceBuilder &b, Value g,
                              OpFoldResult depth) {
    auto addProduct = [&](ReferenceBuilder &b, Value i,
                          ValueRange sums) -> SmallVector<Value> {
      Value k = b.getDepth(g, op.getBlock(), i);
      Value a = getActivation(b, k);
      Value w =
          b.extractCode(adaptor.getWeights(), getCode(op.getWeights()), {n, k});
      Value zeroPoint = adaptor.getWeightZeroPoint();
      if (zeroPoint && !hasFloatZeroPoint())
        w = b.sub(w, getParameter(b, zeroPoint, k));
      SmallVector<Value> next = {b.add(sums[0], b.mul(a, w))};
      if (hasFloatZeroPoint())
        next.push_back(b.add(sums[1], a));
      return next;
    };
    SmallVector<Value> zeros(hasFloatZeroPoint() ? 2 : 1, b.i32(0));
    return b.loop(b.blockLength(depth, op.getBlock(), g), zeros, addProduct);
  }

  /// `acc` after block `g`.
  Value addBlock(ReferenceBuilder &b, Value g, OpFoldResult depth, Value acc) {
    SmallVector<Value> sums = sumBlock(b, g, depth);
    Value sum = sums[0], k = b.getDepth(g, op.getBlock(), b.index(0));
    for (auto [rows, columns] :
         llvm::zip(adaptor.getRowTerms(), adaptor.getColumnTerms())) {
      Value row = b.extract(rows, b.groupOf({m, g}, rows, {}));
      Value column = b.extract(columns, b.groupOf({n, g}, columns, {}));
      sum = b.add(sum, b.mul(row, column));
    }
    Value scale = b.extend(getParameter(b, adaptor.getWeightScale(), k));
    acc = b.fma(b.toFloat(sum), scale, acc);
    if (hasFloatZeroPoint()) {
      Value zeroPoint = getParameter(b, adaptor.getWeightZeroPoint(), k);
      Value column = arith::NegFOp::create(b, b.mul(scale, zeroPoint));
      return b.fma(b.toFloat(sums[1]), column, acc);
    }
    if (!adaptor.getOffsetRows())
      return acc;
    return b.fma(b.toFloat(b.extract(adaptor.getOffsetRows(), {m, g})),
                 b.extract(adaptor.getOffsetColumns(), {n, g}), acc);
  }
};

struct ScaledMatmulToReference : OpConversionPattern<ScaledMatmulOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(ScaledMatmulOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ReferenceBuilder builder(op.getLoc(), rewriter);
    Value activations = adaptor.getActivations();
    OpFoldResult depth = builder.size(activations, 1);
    OpFoldResult blocks = builder.numBlocks(depth, op.getBlock());
    auto element = [&](ReferenceBuilder &b, ValueRange at) -> Value {
      ScaledSum sum{op, adaptor, at[0], at[1]};
      auto addBlock = [&](ReferenceBuilder &b, Value g,
                          ValueRange acc) -> SmallVector<Value> {
        return {sum.addBlock(b, g, depth, acc[0])};
      };
      Value acc = b.loop(b.toValue(blocks), b.f32(0), addBlock)[0];
      return b.mul(acc, getRowValue(b, adaptor.getActivationScale(), at[0]));
    };
    rewriter.replaceOp(
        op, builder.mapElements(op.getType(),
                                {builder.size(activations, 0),
                                 builder.size(adaptor.getWeights(), 0)},
                                element));
    return success();
  }
};

} // namespace

void mlir::lowbit::populateReferenceMatmulPatterns(
    const TypeConverter &converter, RewritePatternSet &patterns) {
  patterns.add<MatmulToReference, RowSumsToReference, ScaledMatmulToReference>(
      converter, patterns.getContext());
}
