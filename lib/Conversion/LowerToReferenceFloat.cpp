//===- LowerToReferenceFloat.cpp - Meaning of products of reals -----------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ReferenceBuilder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mlir::lowbit;

static constexpr int64_t kLanes = PackedLayout::lanes;

namespace {

struct PackFloatsToReference : OpConversionPattern<PackFloatsOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(PackFloatsOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (!op.hasPureTensorSemantics())
      return rewriter.notifyMatchFailure(op, "requires tensors");
    ReferenceBuilder builder(op.getLoc(), rewriter);
    Value source = adaptor.getSource(), init = adaptor.getInit();
    auto type = cast<RankedTensorType>(init.getType());
    bool transposed = op.getTransposed();
    Value rows = builder.toValue(builder.size(source, transposed ? 1 : 0));
    auto element = [&](ReferenceBuilder &b, ValueRange at) -> Value {
      AffineExpr panel = b.getAffineDimExpr(0), lane = b.getAffineDimExpr(1);
      Value n = b.applyValue(panel * kLanes + lane % kLanes, {at[0], at[1]});
      Value k = b.applyValue(panel.floorDiv(kLanes), {at[1]});
      Value isRow =
          arith::CmpIOp::create(b, arith::CmpIPredicate::ult, n, rows);
      auto choice = scf::IfOp::create(
          b, isRow,
          [&](OpBuilder &nested, Location loc) {
            ReferenceBuilder inner(loc, nested);
            scf::YieldOp::create(nested, loc,
                                 inner.extract(source, transposed
                                                           ? ValueRange{k, n}
                                                           : ValueRange{n, k}));
          },
          [&](OpBuilder &nested, Location loc) {
            Value zero = arith::ConstantOp::create(
                nested, loc, nested.getFloatAttr(type.getElementType(), 0.0));
            scf::YieldOp::create(nested, loc, zero);
          });
      return choice.getResult(0);
    };
    rewriter.replaceOp(
        op, builder.mapElements(
                type, {builder.size(init, 0), builder.size(init, 1)}, element));
    return success();
  }
};

struct PackedFloatMatmulToReference : OpConversionPattern<PackedFloatMatmulOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(PackedFloatMatmulOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (!op.hasPureTensorSemantics())
      return rewriter.notifyMatchFailure(op, "requires tensors");
    ReferenceBuilder builder(op.getLoc(), rewriter);
    Value activations = adaptor.getActivations(), init = adaptor.getInit();
    OpFoldResult depth = builder.size(activations, 1);
    auto element = [&](ReferenceBuilder &b, ValueRange at) -> Value {
      AffineExpr d0 = b.getAffineDimExpr(0), d1 = b.getAffineDimExpr(1);
      Value panel = b.applyValue(d0.floorDiv(kLanes), {at[1]});
      auto addProduct = [&](ReferenceBuilder &b, Value k,
                            ValueRange acc) -> SmallVector<Value> {
        Value lane = b.applyValue(d0 * kLanes + d1 % kLanes, {k, at[1]});
        Value weight = b.extract(adaptor.getWeights(), {panel, lane});
        Value activation = b.extract(activations, {at[0], k});
        return {b.fma(b.extend(activation), b.extend(weight), acc[0])};
      };
      return b.loop(b.toValue(depth), b.extract(init, at), addProduct)[0];
    };
    rewriter.replaceOp(
        op, builder.mapElements(cast<RankedTensorType>(init.getType()),
                                {builder.size(init, 0), builder.size(init, 1)},
                                element));
    return success();
  }
};

/// Computes nothing.
struct EraseRequireEqual : OpConversionPattern<RequireEqualOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(RequireEqualOp op, OpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    rewriter.eraseOp(op);
    return success();
  }
};

} // namespace

void mlir::lowbit::populateReferenceFloatPatterns(
    const TypeConverter &converter, RewritePatternSet &patterns) {
  patterns.add<EraseRequireEqual, PackFloatsToReference,
               PackedFloatMatmulToReference>(converter, patterns.getContext());
}
