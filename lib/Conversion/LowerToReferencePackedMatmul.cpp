//===- LowerToReferencePackedMatmul.cpp - Meaning of packed_matmul --------===//
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

/// One element of a packed matmul, block by block.
struct PackedSum {
  PackedMatmulOp op;
  PackedMatmulOp::Adaptor adaptor;
  PackedAccess access;
  PackedLayout layout;
  Value m, n;

  /// The element of a row vector (`M x G`, an extent of 1 spans all).
  Value getRowValue(ReferenceBuilder &b, Value vector, Value g) {
    return b.extract(vector, b.groupOf({m, g}, vector, {}));
  }

  Value getHeader(ReferenceBuilder &b, Value g, HeaderVector vector,
                  int64_t index = 0) {
    return access.extractHeader(b, adaptor.getWeights(), n, g, vector, index);
  }

  /// `sum_k a * level` over block `g`, whose padding in the activations is 0.
  Value sumLevels(ReferenceBuilder &b, Value g, OpFoldResult depth) {
    Value activations = adaptor.getActivations();
    auto addProduct = [&](ReferenceBuilder &b, Value i,
                          ValueRange sum) -> SmallVector<Value> {
      Value k = b.getDepth(g, layout.block, i);
      AffineExpr position = layout.paddedPosition(b.getAffineDimExpr(0));
      Value a = arith::ExtSIOp::create(
          b, b.getI32Type(),
          b.extract(activations, {m, b.applyValue(position, {k})}));
      Value field = access.extractField(b, adaptor.getWeights(), n, k);
      return {b.add(sum[0], b.mul(a, access.getLevel(b, field)))};
    };
    return b.loop(getLength(b, g, depth), b.i32(0), addProduct)[0];
  }

  /// `sum_k a * w` over block `g` of bits: see BitPlanes.h.
  Value sumBits(ReferenceBuilder &b, Value g, OpFoldResult depth) {
    BitPlanes planes = op.getPlanes();
    auto addProduct = [&](ReferenceBuilder &b, Value i,
                          ValueRange sums) -> SmallVector<Value> {
      Value k = b.getDepth(g, layout.block, i);
      AffineExpr position = layout.paddedPosition(b.getAffineDimExpr(0));
      auto a = getMaskAndSign(b, planes,
                              extractBits(b, planes, adaptor.getActivations(),
                                          m, b.applyValue(position, {k})));
      auto w = getMaskAndSign(
          b, layout.bits, access.extractField(b, adaptor.getWeights(), n, k));
      Value mask = arith::AndIOp::create(b, a.mask, w.mask);
      Value negative = arith::AndIOp::create(b, mask, b.bitXor(a.sign, w.sign));
      return {b.add(sums[0], mask), b.add(sums[1], negative)};
    };
    SmallVector<Value> counts =
        b.loop(getLength(b, g, depth), {b.i32(0), b.i32(0)}, addProduct);
    Value all =
        layout.bits.mask ? counts[0] : b.extract(adaptor.getRowSums(), {m, g});
    return b.sub(all, b.mul(counts[1], b.i32(2)));
  }

  /// `code_step * sum_k a * level - code_offset * row_sum`.
  Value sumCodes(ReferenceBuilder &b, Value g, OpFoldResult depth) {
    if (layout.bits)
      return sumBits(b, g, depth);
    Value rowSum = b.extract(adaptor.getRowSums(), {m, g});
    return b.sub(
        b.mul(sumLevels(b, g, depth), b.i32(op.getLayout().getCodeStep())),
        b.mul(rowSum, b.i32(op.getLayout().getCodeOffset())));
  }

  /// `sum_k code_step * level - code_offset`.
  Value sumWeights(ReferenceBuilder &b, Value g, OpFoldResult depth) {
    LayoutAttr layout = op.getLayout();
    auto addWeight = [&](ReferenceBuilder &b, Value i,
                         ValueRange sum) -> SmallVector<Value> {
      Value k = b.getDepth(g, layout.getBlock(), i);
      Value level = access.getLevel(
          b, access.extractField(b, adaptor.getWeights(), n, k));
      Value weight = b.sub(b.mul(level, b.i32(layout.getCodeStep())),
                           b.i32(layout.getCodeOffset()));
      return {b.add(sum[0], weight)};
    };
    return b.loop(getLength(b, g, depth), b.i32(0), addWeight)[0];
  }

  /// The sum of block `g` and its terms.
  Value sumBlock(ReferenceBuilder &b, Value g, OpFoldResult depth) {
    Value sum = sumCodes(b, g, depth);
    if (Value zeroPoint = adaptor.getActivationZeroPoint())
      sum = b.sub(sum,
                  b.mul(getRowValue(b, zeroPoint, g), sumWeights(b, g, depth)));
    for (auto [index, rows] : llvm::enumerate(adaptor.getRowTerms())) {
      Value column = getHeader(b, g, HeaderVector::Term, index);
      sum = b.add(sum, b.mul(getRowValue(b, rows, g), column));
    }
    return sum;
  }

  /// `acc` after block `g`.
  Value addBlock(ReferenceBuilder &b, Value g, OpFoldResult depth, Value acc) {
    Value sum = sumBlock(b, g, depth);
    if (!adaptor.getRowScale())
      return b.add(acc, sum);
    acc = b.fma(b.toFloat(sum), getHeader(b, g, HeaderVector::Scale), acc);
    if (!adaptor.getOffsetRows())
      return acc;
    return b.fma(b.toFloat(getRowValue(b, adaptor.getOffsetRows(), g)),
                 getHeader(b, g, HeaderVector::Offset), acc);
  }

private:
  /// The k of block `g` that have a field: the last block ends with the padded
  /// activations.
  Value getLength(ReferenceBuilder &b, Value g, OpFoldResult depth) {
    if (layout.block == 0)
      return b.toValue(depth);
    AffineExpr start =
        layout.paddedPosition(b.getAffineDimExpr(1) * layout.block);
    Value rest = b.applyValue(b.getAffineDimExpr(0) - start, {depth, g});
    return arith::MinSIOp::create(b, b.index(layout.block), rest);
  }
};

struct PackedMatmulToReference : OpConversionPattern<PackedMatmulOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(PackedMatmulOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (!op.hasPureTensorSemantics())
      return rewriter.notifyMatchFailure(op, "requires tensors");
    ReferenceBuilder builder(op.getLoc(), rewriter);
    Value init = adaptor.getInit();
    OpFoldResult depth =
        builder.apply(builder.getAffineDimExpr(0).floorDiv(op.getLineBytes()) *
                          op.getLayout().getPacked().lineDepth(),
                      builder.size(adaptor.getActivations(), 1));
    OpFoldResult blocks = builder.size(adaptor.getRowSums(), 1);
    auto element = [&](ReferenceBuilder &b, ValueRange at) -> Value {
      PackedSum sum{op,
                    adaptor,
                    PackedAccess(op.getLayout()),
                    op.getLayout().getPacked(),
                    at[0],
                    at[1]};
      auto addBlock = [&](ReferenceBuilder &b, Value g,
                          ValueRange acc) -> SmallVector<Value> {
        return {sum.addBlock(b, g, depth, acc[0])};
      };
      Value scale = adaptor.getRowScale();
      Value first = scale ? b.f32(0) : b.extract(init, at);
      Value acc = b.loop(b.toValue(blocks), first, addBlock)[0];
      if (!scale)
        return acc;
      return b.mul(acc, sum.getRowValue(b, scale, b.index(0)));
    };
    rewriter.replaceOp(
        op, builder.mapElements(cast<RankedTensorType>(init.getType()),
                                {builder.size(init, 0), builder.size(init, 1)},
                                element));
    return success();
  }
};

} // namespace

void mlir::lowbit::populateReferencePackedMatmulPatterns(
    const TypeConverter &converter, RewritePatternSet &patterns) {
  patterns.add<PackedMatmulToReference>(converter, patterns.getContext());
}
