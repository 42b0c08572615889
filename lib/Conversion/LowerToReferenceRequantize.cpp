//===- LowerToReferenceRequantize.cpp - Meaning of requantization ---------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ReferenceBuilder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::lowbit;

static Value i64(ReferenceBuilder &b, int64_t value) {
  return arith::ConstantIntOp::create(b, value, 64);
}

static Value extendTo64(ReferenceBuilder &b, Value integer) {
  return arith::ExtSIOp::create(b, b.getI64Type(), integer);
}

/// What DOUBLE_ROUND adds: 2^30 with the sign of `value` if `shift` > 31.
static Value roundTwice(ReferenceBuilder &b, Value value, Value shift) {
  Value isNegative =
      arith::CmpIOp::create(b, arith::CmpIPredicate::slt, value, i64(b, 0));
  Value half = arith::SelectOp::create(
      b, isNegative, i64(b, -(int64_t(1) << 30)), i64(b, int64_t(1) << 30));
  Value isLong =
      arith::CmpIOp::create(b, arith::CmpIPredicate::sgt, shift, i64(b, 31));
  return arith::SelectOp::create(b, isLong, half, i64(b, 0));
}

/// `rescale` of Quantization/Requantize.h: i32 in, i64 out.
static Value rescale(ReferenceBuilder &b, Value value, Value multiplier,
                     Value shift, RescaleRounding rounding) {
  value = extendTo64(b, value);
  shift = extendTo64(b, shift);
  Value last = b.sub(shift, i64(b, 1));
  Value round = arith::ShLIOp::create(b, i64(b, 1), last);
  if (rounding == RescaleRounding::DoubleRound)
    round = b.add(round, roundTwice(b, value, shift));
  Value product = b.mul(value, extendTo64(b, multiplier));
  return arith::ShRSIOp::create(b, b.add(product, round), shift);
}

namespace {

struct RequantizeToReference : OpConversionPattern<RequantizeOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(RequantizeOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ReferenceBuilder builder(op.getLoc(), rewriter);
    auto code = cast<CodeTypeInterface>(op.getType().getElementType());
    SmallVector<OpFoldResult> sizes =
        tensor::getMixedSizes(rewriter, op.getLoc(), adaptor.getInput());
    auto element = [&](ReferenceBuilder &b, ValueRange at) -> Value {
      auto parameter = [&](Value tensor) {
        return b.extract(tensor, b.groupOf(at, tensor, {}));
      };
      Value result = rescale(b, b.extract(adaptor.getInput(), at),
                             parameter(adaptor.getMultiplier()),
                             parameter(adaptor.getShift()), op.getRounding());
      if (Value zeroPoint = adaptor.getZeroPoint())
        result = b.add(result, extendTo64(b, parameter(zeroPoint)));
      result = arith::MaxSIOp::create(b, result, i64(b, code.getLowestCode()));
      result = arith::MinSIOp::create(b, result, i64(b, code.getHighestCode()));
      return b.toStorage(result, code);
    };
    auto type = op.getType().clone(code.getStorageType());
    rewriter.replaceOp(op, builder.mapElements(type, sizes, element));
    return success();
  }
};

} // namespace

void mlir::lowbit::populateReferenceRequantizePatterns(
    const TypeConverter &converter, RewritePatternSet &patterns) {
  patterns.add<RequantizeToReference>(converter, patterns.getContext());
}
