//===- LowerToReferenceParams.cpp - Meaning of choose_params --------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DynamicParams.h"
#include "lowbit/Quantization/DynamicParams.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::lowbit;

/// `bits ^ ((bits >> 31) & 0x7fffffff)`: integers in the order of the floats.
/// Its own inverse.
static Value mirrorNegatives(ReferenceBuilder &b, Value bits) {
  Value sign = arith::ShRSIOp::create(b, bits, b.i32(31));
  return b.bitXor(bits, arith::AndIOp::create(b, sign, b.i32(0x7fffffff)));
}

SmallVector<Value> mlir::lowbit::reduceElement(ReferenceBuilder &b, Value real,
                                               ValueRange keys) {
  Value bits = arith::BitcastOp::create(b, b.getI32Type(), real);
  Value magnitude = arith::AndIOp::create(b, bits, b.i32(0x7fffffff));
  Value isFinite = arith::CmpIOp::create(b, arith::CmpIPredicate::slt,
                                         magnitude, b.i32(0x7f800000));
  bool isSymmetric = keys.size() == 1;
  Value key = isSymmetric ? magnitude : mirrorNegatives(b, bits);
  key = arith::SelectOp::create(b, isFinite, key, b.i32(0));
  Value largest = arith::MaxSIOp::create(b, keys.back(), key);
  if (isSymmetric)
    return {largest};
  return {arith::MinSIOp::create(b, keys.front(), key), largest};
}

SmallVector<Value> mlir::lowbit::chooseScalars(ReferenceBuilder &b,
                                               CodeTypeInterface code,
                                               ValueRange keys) {
  bool isSymmetric = keys.size() == 1;
  auto toReal = [&](Value key) -> Value {
    Value bits = isSymmetric ? key : mirrorNegatives(b, key);
    return arith::BitcastOp::create(b, b.getF32Type(), bits);
  };
  int64_t low = code.getLowestCode();
  int64_t high = code.getHighestCode();
  Value top = toReal(keys.back());
  Value bottom = isSymmetric ? top : toReal(keys.front());
  Value steps = b.f32(isSymmetric ? high : high - low);
  Value largest = top, quotient = b.div(top, steps);
  if (!isSymmetric) {
    Value negated = arith::NegFOp::create(b, bottom);
    largest = arith::MaximumFOp::create(b, negated, top);
    quotient = b.sub(quotient, b.div(bottom, steps));
  }
  Value some = arith::CmpFOp::create(b, arith::CmpFPredicate::OGE, largest,
                                     b.f32(kSmallestDynamicValue));
  Value scale =
      arith::MaximumFOp::create(b, quotient, b.f32(kSmallestDynamicScale));
  scale = arith::SelectOp::create(b, some, scale, b.f32(1));
  if (isSymmetric)
    return {scale};
  Value zeroPoint = b.sub(b.f32(low), b.div(bottom, scale));
  zeroPoint = arith::SelectOp::create(b, some, zeroPoint, b.f32(0));
  zeroPoint = math::RoundEvenOp::create(b, zeroPoint);
  return {scale, b.saturate(zeroPoint, low, high)};
}

namespace {

/// `keys` with the elements of `group` whose first indices are `indices`.
SmallVector<Value> reduceGroup(ReferenceBuilder &builder, ChooseParamsOp op,
                               ArrayRef<OpFoldResult> sizes, ValueRange group,
                               SmallVector<Value> indices, ValueRange keys) {
  size_t d = indices.size();
  if (d == sizes.size())
    return reduceElement(builder, builder.extract(op.getInput(), indices),
                         keys);
  int64_t block = op.getBlockSizes() ? (*op.getBlockSizes())[d] : 0;
  bool isWhole = op.getScale().getType().getDimSize(d) == 1;
  if (!isWhole && block == 0) {
    indices.push_back(group[d]);
    return reduceGroup(builder, op, sizes, group, indices, keys);
  }
  int64_t length = isWhole ? 0 : block;
  auto body = [&](ReferenceBuilder &b, Value i, ValueRange carried) {
    SmallVector<Value> next = indices;
    next.push_back(b.getDepth(group[d], length, i));
    return reduceGroup(b, op, sizes, group, next, carried);
  };
  return builder.loop(builder.blockLength(sizes[d], length, group[d]), keys,
                      body);
}

struct ChooseParamsToReference : OpRewritePattern<ChooseParamsOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ChooseParamsOp op,
                                PatternRewriter &rewriter) const override {
    ReferenceBuilder builder(op.getLoc(), rewriter);
    SmallVector<OpFoldResult> inputSizes, groupSizes;
    for (int64_t d = 0; d < op.getInput().getType().getRank(); ++d) {
      int64_t block = op.getBlockSizes() ? (*op.getBlockSizes())[d] : 0;
      OpFoldResult size = builder.size(op.getInput(), d);
      inputSizes.push_back(size);
      groupSizes.push_back(block == 0 ? size : builder.numBlocks(size, block));
    }
    SmallVector<RankedTensorType> types;
    for (Type type : op.getResultTypes())
      types.push_back(cast<RankedTensorType>(type));
    auto elements = [&](ReferenceBuilder &b, ValueRange group) {
      SmallVector<Value> zeros(types.size(), b.i32(0));
      return chooseScalars(b, op.getCode(),
                           reduceGroup(b, op, inputSizes, group, {}, zeros));
    };
    rewriter.replaceOp(op, builder.mapElements(types, groupSizes, elements));
    return success();
  }
};

} // namespace

void mlir::lowbit::populateReferenceParamsPatterns(
    RewritePatternSet &patterns) {
  patterns.add<ChooseParamsToReference>(patterns.getContext());
}
