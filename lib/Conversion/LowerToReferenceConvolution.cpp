//===- LowerToReferenceConvolution.cpp - Meaning of windows ---------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ReferenceBuilder.h"
#include "lowbit/Dialect/IR/ScaledConvolution.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace mlir::lowbit;

static CodeTypeInterface getCode(Value codes) {
  return cast<CodeTypeInterface>(getElementTypeOrSelf(codes));
}

/// The value for element `first` of a parameter of shape `first x 1 x 1 x 1`
/// or `1 x 1 x 1 x 1`.
static Value getFirstValue(ReferenceBuilder &b, Value parameter, Value first) {
  Value zero = b.index(0);
  return b.extract(parameter,
                   b.groupOf({first, zero, zero, zero}, parameter, {}));
}

/// Where the window at `output` has its element `k`.
static Value getPosition(ReferenceBuilder &b, WindowAxis axis, Value output,
                         Value k) {
  return b.applyValue(
      axis.getPosition(b.getAffineDimExpr(0), b.getAffineDimExpr(1)),
      {output, k});
}

/// `inside()` where `(h, w)` is in the images, else `outside()`.
static Value selectInside(ReferenceBuilder &b, Value images, Value h, Value w,
                          function_ref<Value(ReferenceBuilder &)> inside,
                          function_ref<Value(ReferenceBuilder &)> outside) {
  // Unsigned, so that what lies before the image lies far behind it.
  auto isBelow = [&](Value position, int64_t dimension) -> Value {
    return arith::CmpIOp::create(b, arith::CmpIPredicate::ult, position,
                                 b.toValue(b.size(images, dimension)));
  };
  Value isInside = arith::AndIOp::create(b, isBelow(h, 1), isBelow(w, 2));
  auto yield = [](function_ref<Value(ReferenceBuilder &)> value) {
    return [value](OpBuilder &nested, Location loc) {
      ReferenceBuilder body(loc, nested);
      scf::YieldOp::create(body, value(body));
    };
  };
  return scf::IfOp::create(b, isInside, yield(inside), yield(outside))
      .getResult(0);
}

namespace {

/// One element of a convolution, product by product.
struct WindowSum {
  Conv2DOp op;
  Conv2DOp::Adaptor adaptor;
  Value n, y, x, o;

  /// `value(n, h, w, c)` of the op's text.
  Value getActivation(ReferenceBuilder &b, Value h, Value w, Value c) {
    Value images = adaptor.getActivations();
    auto inside = [&](ReferenceBuilder &b) {
      Value code =
          b.extractCode(images, getCode(op.getActivations()), {n, h, w, c});
      Value zeroPoint = adaptor.getActivationZeroPoint();
      return zeroPoint ? b.sub(code, getFirstValue(b, zeroPoint, n)) : code;
    };
    return selectInside(b, images, h, w, inside,
                        [](ReferenceBuilder &b) { return b.i32(0); });
  }

  Value getWeight(ReferenceBuilder &b, Value i, Value j, Value c) {
    Value code = b.extractCode(adaptor.getWeights(), getCode(op.getWeights()),
                               {o, i, j, c});
    Value zeroPoint = adaptor.getWeightZeroPoint();
    return zeroPoint ? b.sub(code, getFirstValue(b, zeroPoint, o)) : code;
  }

  /// `first(o)`: where the channels begin that output `o` sees.
  Value getFirstChannel(ReferenceBuilder &b) {
    Value weights = adaptor.getWeights();
    Value perGroup = b.applyValue(
        b.getAffineDimExpr(0).floorDiv(op.getGroups()), {b.size(weights, 0)});
    Value group = arith::DivUIOp::create(b, o, perGroup);
    return b.mul(group, b.toValue(b.size(weights, 3)));
  }

  Value sum(ReferenceBuilder &b) {
    Value weights = adaptor.getWeights();
    Value init = b.extract(adaptor.getInit(), {n, y, x, o});
    Value first = getFirstChannel(b);
    auto over = [&](ReferenceBuilder &b, int64_t dimension, Value sum,
                    function_ref<Value(ReferenceBuilder &, Value, Value)> add) {
      Value count = b.toValue(b.size(weights, dimension));
      auto body = [&](ReferenceBuilder &b, Value at,
                      ValueRange sum) -> SmallVector<Value> {
        return {add(b, at, sum[0])};
      };
      return b.loop(count, sum, body)[0];
    };
    return over(b, 1, init, [&](ReferenceBuilder &b, Value i, Value sum) {
      return over(b, 2, sum, [&](ReferenceBuilder &b, Value j, Value sum) {
        return over(b, 3, sum, [&](ReferenceBuilder &b, Value c, Value sum) {
          Value a = getActivation(b, getPosition(b, op.getAxis(0), y, i),
                                  getPosition(b, op.getAxis(1), x, j),
                                  b.add(first, c));
          return b.add(sum, b.mul(a, getWeight(b, i, j, c)));
        });
      });
    });
  }
};

struct Conv2DToReference : OpConversionPattern<Conv2DOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(Conv2DOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ReferenceBuilder builder(op.getLoc(), rewriter);
    SmallVector<OpFoldResult> sizes;
    for (int64_t d = 0; d < 4; ++d)
      sizes.push_back(builder.size(adaptor.getInit(), d));
    auto element = [&](ReferenceBuilder &b, ValueRange at) {
      return WindowSum{op, adaptor, at[0], at[1], at[2], at[3]}.sum(b);
    };
    rewriter.replaceOp(op, builder.mapElements(op.getType(), sizes, element));
    return success();
  }
};

/// Six dimensions, which are the rows and columns of the result.
struct Im2ColToReference : OpConversionPattern<Im2ColOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(Im2ColOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ReferenceBuilder builder(op.getLoc(), rewriter);
    auto code = dyn_cast<CodeTypeInterface>(op.getType().getElementType());
    Value images = adaptor.getImages();
    SmallVector<OpFoldResult> sizes = {builder.size(images, 0)};
    for (int64_t d : {0, 1})
      sizes.push_back(op.getAxis(d).getNumWindows(
          builder, op.getLoc(), builder.size(images, d + 1),
          builder.getIndexAttr(op.getKernel()[d])));
    for (int64_t d : {0, 1})
      sizes.push_back(builder.getIndexAttr(op.getKernel()[d]));
    sizes.push_back(builder.size(images, 3));
    auto element = [&](ReferenceBuilder &b, ValueRange at) -> Value {
      Value n = at[0], c = at[5];
      Value h = getPosition(b, op.getAxis(0), at[1], at[3]);
      Value w = getPosition(b, op.getAxis(1), at[2], at[4]);
      auto inside = [&](ReferenceBuilder &b) {
        return b.extract(images, {n, h, w, c});
      };
      auto outside = [&](ReferenceBuilder &b) {
        if (!code)
          return b.f32(0);
        Value pad =
            adaptor.getPad() ? getFirstValue(b, adaptor.getPad(), n) : b.i32(0);
        return b.toStorage(pad, code);
      };
      return selectInside(b, images, h, w, inside, outside);
    };
    Type storage = getElementTypeOrSelf(images);
    auto windows =
        RankedTensorType::get(decomposeMixedValues(sizes).first, storage);
    Value matrix = tensor::CollapseShapeOp::create(
        builder, builder.mapElements(windows, sizes, element),
        ArrayRef<ReassociationIndices>{{0, 1, 2}, {3, 4, 5}});
    rewriter.replaceOpWithNewOp<tensor::CastOp>(op, op.getType().clone(storage),
                                                matrix);
    return success();
  }
};

struct ScaledConv2DToReference : OpConversionPattern<ScaledConv2DOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(ScaledConv2DOp op, OpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, decomposeScaledConvolution(rewriter, op));
    return success();
  }
};

} // namespace

void mlir::lowbit::populateReferenceConvolutionPatterns(
    const TypeConverter &converter, RewritePatternSet &patterns) {
  patterns.add<Conv2DToReference, Im2ColToReference, ScaledConv2DToReference>(
      converter, patterns.getContext());
}
