//===- LowerToReferenceGather.cpp - Meaning of rows of tables -------------===//
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

/// The row that the index at `position` reads from a table of `rows` rows, of
/// which there is at least one: min(max(index, 0), rows - 1).
static Value getRow(ReferenceBuilder &b, Value indices, ValueRange position,
                    OpFoldResult rows) {
  Value index = arith::IndexCastOp::create(b, b.getIndexType(),
                                           b.extract(indices, position));
  Value last = b.applyValue(b.getAffineDimExpr(0) - 1, {rows});
  return arith::MinSIOp::create(b, arith::MaxSIOp::create(b, index, b.index(0)),
                                last);
}

/// `real`, or 0.0 if there are no `rows`.
static Value zeroIfEmpty(ReferenceBuilder &b, OpFoldResult rows,
                         function_ref<Value(ReferenceBuilder &)> real) {
  std::optional<int64_t> known = getConstantIntValue(rows);
  if (known)
    return *known == 0 ? b.f32(0) : real(b);
  Value isEmpty = arith::CmpIOp::create(b, arith::CmpIPredicate::eq,
                                        b.toValue(rows), b.index(0));
  auto yield = [](function_ref<Value(ReferenceBuilder &)> value) {
    return [value](OpBuilder &nested, Location loc) {
      ReferenceBuilder body(loc, nested);
      scf::YieldOp::create(body, value(body));
    };
  };
  auto zero = [](ReferenceBuilder &body) { return body.f32(0); };
  return scf::IfOp::create(b, isEmpty, yield(zero), yield(real)).getResult(0);
}

namespace {

struct GatherToReference : OpConversionPattern<GatherOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(GatherOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ReferenceBuilder builder(op.getLoc(), rewriter);
    auto code =
        cast<CodeTypeInterface>(op.getTable().getType().getElementType());
    Value table = adaptor.getTable(), indices = adaptor.getIndices();
    OpFoldResult rows = builder.size(table, 0);
    SmallVector<OpFoldResult> sizes;
    for (int64_t d = 0; d < op.getIndices().getType().getRank(); ++d)
      sizes.push_back(builder.size(indices, d));
    sizes.push_back(builder.size(table, 1));
    ScalarDequantizer dequantizer{adaptor.getScale(), adaptor.getZeroPoint(),
                                  op.getBlockSizes()};
    auto element = [&](ReferenceBuilder &b, ValueRange at) -> Value {
      auto real = [&](ReferenceBuilder &b) {
        Value row = getRow(b, indices, at.drop_back(), rows);
        Value level = b.extractCode(table, code, {row, at.back()});
        return dequantizer.dequantize(b, level, {row, at.back()});
      };
      return zeroIfEmpty(b, rows, real);
    };
    rewriter.replaceOp(op, builder.mapElements(op.getType(), sizes, element));
    return success();
  }
};

struct PackedGatherToReference : OpConversionPattern<PackedGatherOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(PackedGatherOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (!op.hasPureTensorSemantics())
      return rewriter.notifyMatchFailure(op, "requires tensors");
    ReferenceBuilder builder(op.getLoc(), rewriter);
    OpFoldResult rows = builder.size(adaptor.getTable(), 0);
    ScalarDequantizer dequantizer{adaptor.getScale(), adaptor.getZeroPoint(),
                                  op.getBlockSizes()};
    auto element = [&](ReferenceBuilder &b, ValueRange at) -> Value {
      Value row = getRow(b, adaptor.getIndices(), at[0], rows);
      Value code = getCode(b, op.getLayout().getLayout(), adaptor, row, at[1]);
      return dequantizer.dequantize(b, code, {row, at[1]});
    };
    auto type = cast<RankedTensorType>(op.getInit().getType());
    rewriter.replaceOp(op,
                       builder.mapElements(type,
                                           {builder.size(adaptor.getInit(), 0),
                                            builder.size(adaptor.getInit(), 1)},
                                           element));
    return success();
  }

private:
  /// The code in row `row` at column `d`, as an i32.
  static Value getCode(ReferenceBuilder &b, RowLayout layout,
                       OpAdaptor operands, Value row, Value d) {
    AffineExpr column = b.getAffineDimExpr(0);
    Value field;
    for (int64_t i = 0; i < layout.getPlanes().size(); ++i) {
      PackedPlane plane = layout.getPlanes()[i];
      Value byte = arith::ExtUIOp::create(
          b, b.getI32Type(),
          b.extract(operands.getTable(),
                    {row, b.applyValue(layout.byteOf(column, plane), {d})}));
      Value shift = arith::IndexCastOp::create(
          b, b.getI32Type(), b.applyValue(layout.shiftOf(column, plane), {d}));
      Value bits =
          arith::AndIOp::create(b, arith::ShRUIOp::create(b, byte, shift),
                                b.i32((1 << plane.bits) - 1));
      if (plane.shift != 0)
        bits = arith::ShLIOp::create(b, bits, b.i32(plane.shift));
      field = field ? arith::OrIOp::create(b, field, bits) : bits;
    }
    if (Value levels = operands.getLevels())
      return b.extract(levels, Value(arith::IndexCastOp::create(
                                   b, b.getIndexType(), field)));
    return b.sub(b.mul(field, b.i32(layout.codeStep)),
                 b.i32(layout.codeOffset));
  }
};

} // namespace

void mlir::lowbit::populateReferenceGatherPatterns(
    const TypeConverter &converter, RewritePatternSet &patterns) {
  patterns.add<GatherToReference, PackedGatherToReference>(
      converter, patterns.getContext());
}
