//===- LowerToReferencePack.cpp - Meaning of packing ----------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PackedAccess.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace mlir::lowbit;

/// `tensor` after `body(tensor, i, j)` for all `i < rows` and `j < columns`, in
/// this order.
static Value
loopNest(ReferenceBuilder &builder, OpFoldResult rows, OpFoldResult columns,
         Value tensor,
         function_ref<Value(ReferenceBuilder &, Value, Value, Value)> body) {
  auto outer = [&](ReferenceBuilder &b, Value i,
                   ValueRange carried) -> SmallVector<Value> {
    auto inner = [&](ReferenceBuilder &b, Value j,
                     ValueRange carried) -> SmallVector<Value> {
      return {body(b, carried[0], i, j)};
    };
    return b.loop(b.toValue(columns), carried, inner);
  };
  return builder.loop(builder.toValue(rows), tensor, outer)[0];
}

namespace {

struct PackToReference : OpConversionPattern<PackOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(PackOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ReferenceBuilder builder(op.getLoc(), rewriter);
    PackedAccess access(op.getLayout());
    PackedLayout layout = op.getLayout().getPacked();
    Value codes = adaptor.getCodes();
    OpFoldResult rows = builder.size(codes, 0), depth = builder.size(codes, 1);
    auto code =
        cast<CodeTypeInterface>(op.getCodes().getType().getElementType());

    Value packed = builder.zeros(op.getType(),
                                 access.getPackedSizes(builder, rows, depth));
    packed = loopNest(builder, rows, depth, packed,
                      [&](ReferenceBuilder &b, Value bytes, Value n, Value k) {
                        return access.insertCode(
                            b, b.extractCode(codes, code, {n, k}), bytes, n, k);
                      });
    auto packVector = [&](Value vector, HeaderVector kind, int64_t index,
                          bool byBlock) {
      auto insert = [&](ReferenceBuilder &b, Value bytes, Value n, Value g) {
        // Terms and offset have one extent per block of the layout; what
        // granularity says is said of codes, so the block's first code stands
        // for all.
        SmallVector<Value> group =
            byBlock ? b.groupOf({n, g}, vector, {})
                    : b.groupOf({n, b.mul(g, b.index(layout.block))}, vector,
                                op.getBlockSizes());
        return access.insertHeader(b, b.extract(vector, group), bytes, n, g,
                                   kind, index);
      };
      packed = loopNest(builder, rows, builder.numBlocks(depth, layout.block),
                        packed, insert);
    };
    if (adaptor.getScale())
      packVector(adaptor.getScale(), HeaderVector::Scale, 0, false);
    for (auto [index, term] : llvm::enumerate(adaptor.getTerms()))
      packVector(term, HeaderVector::Term, index, true);
    if (adaptor.getOffset())
      packVector(adaptor.getOffset(), HeaderVector::Offset, 0, true);
    rewriter.replaceOp(op, packed);
    return success();
  }
};

struct PackCodesToReference : OpConversionPattern<PackCodesOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(PackCodesOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (!op.hasPureTensorSemantics())
      return rewriter.notifyMatchFailure(op, "requires tensors");
    ReferenceBuilder builder(op.getLoc(), rewriter);
    PackedAccess access(op.getLayout());
    Value codes = adaptor.getCodes(), init = adaptor.getInit();
    OpFoldResult rows = builder.size(codes, 0), depth = builder.size(codes, 1);
    Value packed =
        builder.zeros(cast<RankedTensorType>(init.getType()),
                      {builder.size(init, 0), builder.size(init, 1)});
    auto insertCode = [&](ReferenceBuilder &b, Value bytes, Value n, Value k) {
      Value offset = b.i32(op.getLayout().getPacked().codeOffset);
      Value byte =
          arith::ExtUIOp::create(b, b.getI32Type(), b.extract(codes, {n, k}));
      Value field = arith::AndIOp::create(b, b.add(byte, offset), b.i32(255));
      return access.insertCode(b, b.sub(field, offset), bytes, n, k);
    };
    packed = loopNest(builder, rows, depth, packed, insertCode);
    auto packVector = [&](Value vector, HeaderVector kind, int64_t index) {
      auto insert = [&](ReferenceBuilder &b, Value bytes, Value n, Value g) {
        Value value = b.extract(vector, b.groupOf({n, g}, vector, {}));
        return access.insertHeader(b, value, bytes, n, g, kind, index);
      };
      packed = loopNest(builder, rows,
                        builder.numBlocks(depth, op.getLayout().getBlock()),
                        packed, insert);
    };
    if (adaptor.getScale())
      packVector(adaptor.getScale(), HeaderVector::Scale, 0);
    for (auto [index, term] : llvm::enumerate(adaptor.getTerms()))
      packVector(term, HeaderVector::Term, index);
    if (adaptor.getOffset())
      packVector(adaptor.getOffset(), HeaderVector::Offset, 0);
    rewriter.replaceOp(op, packed);
    return success();
  }
};

struct UnpackToReference : OpConversionPattern<UnpackOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(UnpackOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ReferenceBuilder builder(op.getLoc(), rewriter);
    PackedAccess access(op.getLayout());
    auto code = cast<CodeTypeInterface>(op.getType().getElementType());
    auto type = op.getType().clone(code.getStorageType());
    SmallVector<OpFoldResult> sizes =
        getMixedValues(type.getShape(), adaptor.getDynamicSizes(), rewriter);
    auto element = [&](ReferenceBuilder &b, ValueRange at) -> Value {
      Value field = access.extractField(b, adaptor.getPacked(), at[0], at[1]);
      return b.toStorage(access.decode(b, field), code);
    };
    rewriter.replaceOp(op, builder.mapElements(type, sizes, element));
    return success();
  }
};

struct PackActivationsToReference : OpConversionPattern<PackActivationsOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(PackActivationsOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (!op.hasPureTensorSemantics())
      return rewriter.notifyMatchFailure(op, "requires tensors");
    ReferenceBuilder builder(op.getLoc(), rewriter);
    Value source = adaptor.getSource();
    OpFoldResult rows = builder.size(source, 0);
    OpFoldResult depth = builder.size(source, 1);
    int64_t block = op.getBlock();
    PackedLayout layout = op.getRows();
    auto getPosition = [&](ReferenceBuilder &b, Value k) {
      return b.applyValue(layout.paddedPosition(b.getAffineDimExpr(0)), {k});
    };

    auto insertCode = [&](ReferenceBuilder &b, Value codes, Value m,
                          Value k) -> Value {
      Value code = b.extract(source, {m, k});
      if (adaptor.getScale()) {
        auto parameter = [&](Value vector) -> Value {
          if (!vector)
            return {};
          return b.extract(vector, b.groupOf({m, b.index(0)}, vector, {}));
        };
        ScalarQuantizer quantizer{op.getCode()};
        code = quantizer.quantize(b, code, parameter(adaptor.getScale()),
                                  parameter(adaptor.getZeroPoint()),
                                  parameter(adaptor.getThreshold()), {});
        code = b.toStorage(code, op.getCode());
      }
      return b.insert(code, codes, {m, getPosition(b, k)});
    };
    auto codesType = cast<RankedTensorType>(op.getCodesInit().getType());
    int64_t dynamic = ShapedType::kDynamic;
    OpFoldResult padded =
        builder.apply(layout.paddedDepth(builder.getAffineDimExpr(0)), depth);
    auto paddedType =
        RankedTensorType::get({codesType.getDimSize(0),
                               getConstantIntValue(padded).value_or(dynamic)},
                              codesType.getElementType());
    Value codes = builder.zeros(paddedType, {rows, padded});
    codes = loopNest(builder, rows, depth, codes, insertCode);

    auto sumBlock = [&](ReferenceBuilder &b, ValueRange at) -> Value {
      Value m = at[0], g = at[1];
      auto addCode = [&](ReferenceBuilder &b, Value i,
                         ValueRange sum) -> SmallVector<Value> {
        Value position = getPosition(b, b.getDepth(g, block, i));
        Value code = arith::ExtSIOp::create(b, b.getI32Type(),
                                            b.extract(codes, {m, position}));
        if (layout.bits) // its mask
          code = arith::AndIOp::create(b, code, b.i32(1));
        return {b.add(sum[0], code)};
      };
      return b.loop(b.blockLength(depth, block, g), b.i32(0), addCode)[0];
    };
    auto sumsType = cast<RankedTensorType>(op.getRowSumsInit().getType());
    Value sums = builder.mapElements(
        sumsType, {rows, builder.numBlocks(depth, block)}, sumBlock);
    if (layout.bits)
      codes = packBits(builder, layout, codes, depth, codesType);
    rewriter.replaceOp(op, {codes, sums});
    return success();
  }

private:
  /// The words of `codes`, which are padded.
  static Value packBits(ReferenceBuilder &builder, const PackedLayout &layout,
                        Value codes, OpFoldResult depth,
                        RankedTensorType type) {
    OpFoldResult rows = builder.size(codes, 0);
    OpFoldResult bytes =
        builder.apply(layout.rowBytes(builder.getAffineDimExpr(0)), depth);
    auto insert = [&](ReferenceBuilder &b, Value words, Value m, Value k) {
      Value position =
          b.applyValue(layout.paddedPosition(b.getAffineDimExpr(0)), {k});
      Value code = arith::ExtSIOp::create(b, b.getI32Type(),
                                          b.extract(codes, {m, position}));
      return insertBits(b, layout.bits, encodeBits(b, layout.bits, code), words,
                        m, position);
    };
    return loopNest(builder, rows, depth, builder.zeros(type, {rows, bytes}),
                    insert);
  }
};

} // namespace

void mlir::lowbit::populateReferencePackPatterns(const TypeConverter &converter,
                                                 RewritePatternSet &patterns) {
  patterns.add<PackActivationsToReference, PackCodesToReference,
               PackToReference, UnpackToReference>(converter,
                                                   patterns.getContext());
}
