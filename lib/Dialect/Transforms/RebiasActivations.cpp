//===- RebiasActivations.cpp - Make unsigned codes signed -----------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MatrixConstants.h"
#include "ZeroPointTerms.h"
#include "lowbit/Dialect/IR/ConstantData.h"
#include "lowbit/Dialect/Transforms/FoldZeroPoints.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace mlir::lowbit;

/// Half the range of a byte, the distance between the two encodings.
static constexpr int64_t bias = 128;

static RankedTensorType getSignedType(Value codes) {
  auto type = cast<RankedTensorType>(codes.getType());
  return type.clone(
      AffineType::get(codes.getContext(), 8, AffineRange::Signed));
}

/// `zeroPoint - 128`, or -128 in the shape of `like` where there is none.
static Value rebiasZeroPoint(RewriterBase &rewriter, Location location,
                             Value zeroPoint, Value like) {
  auto type = cast<RankedTensorType>((zeroPoint ? zeroPoint : like).getType());
  if (!zeroPoint && type.hasStaticShape()) {
    auto resultType = type.clone(rewriter.getI32Type());
    return arith::ConstantOp::create(
        rewriter, location,
        DenseElementsAttr::get(resultType, static_cast<int32_t>(-bias)));
  }
  if (auto values = zeroPoint ? getConstantIntegers(zeroPoint) : std::nullopt) {
    for (int64_t &value : *values)
      value -= bias;
    return createIntegers(rewriter, location, type.getDimSize(0),
                          type.getDimSize(1), *values);
  }
  Value empty = tensor::EmptyOp::create(
      rewriter, location,
      tensor::getMixedSizes(rewriter, location, zeroPoint ? zeroPoint : like),
      rewriter.getI32Type());
  auto body = [&](OpBuilder &builder, Location at,
                  ValueRange elements) -> Value {
    Value shift = arith::ConstantIntOp::create(builder, at, -bias, 32);
    if (!zeroPoint)
      return shift;
    return arith::AddIOp::create(builder, at, elements[0], shift);
  };
  if (!zeroPoint)
    return createElementwise(rewriter, location, ValueRange(), {}, empty, body);
  return createElementwise(rewriter, location, zeroPoint,
                           Parameters{zeroPoint}.getMap(), empty, body);
}

/// `code - 128`: in two's complement, the highest bit inverted.
static Value recode(RewriterBase &rewriter, Location location, Value codes) {
  auto type = cast<RankedTensorType>(codes.getType());
  Value storage = ToStorageOp::create(rewriter, location,
                                      type.clone(rewriter.getI8Type()), codes);
  Value empty = tensor::EmptyOp::create(
      rewriter, location, tensor::getMixedSizes(rewriter, location, storage),
      rewriter.getI8Type());
  auto body = [](OpBuilder &builder, Location at,
                 ValueRange elements) -> Value {
    Value highest = arith::ConstantIntOp::create(builder, at, -bias, 8);
    return arith::XOrIOp::create(builder, at, elements[0], highest);
  };
  Value recoded =
      createElementwise(rewriter, location, storage,
                        rewriter.getMultiDimIdentityMap(2), empty, body);
  return FromStorageOp::create(rewriter, location, getSignedType(codes),
                               recoded);
}

/// The codes minus 128, from a `lowbit.quantize` that gives them directly
/// where rounding does not depend on the zero point.
static Value rebiasCodes(RewriterBase &rewriter, Location location,
                         Value codes) {
  auto quantize = codes.getDefiningOp<QuantizeOp>();
  Value zeroPoint = quantize ? quantize.getZeroPoint() : Value();
  if (!quantize ||
      (zeroPoint && isa<FloatType>(getElementTypeOrSelf(zeroPoint))))
    return recode(rewriter, location, codes);
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPoint(quantize);
  Value rebiased = rebiasZeroPoint(rewriter, quantize.getLoc(), zeroPoint,
                                   quantize.getScale());
  auto clone = cast<QuantizeOp>(rewriter.clone(*quantize));
  rewriter.modifyOpInPlace(clone, [&] {
    clone.getZeroPointMutable().assign(rebiased);
    clone.getResult().setType(getSignedType(codes));
  });
  return clone;
}

/// Computes the row sums of `codes` from those of `rebiased`, so that nothing
/// needs both.
static void rebiasRowSums(RewriterBase &rewriter, Value codes, Value rebiased) {
  for (Operation *user : llvm::make_early_inc_range(codes.getUsers())) {
    auto sums = dyn_cast<RowSumsOp>(user);
    if (!sums)
      continue;
    OpBuilder::InsertionGuard guard(rewriter);
    rewriter.setInsertionPointAfter(sums);
    SmallPtrSet<Operation *, 4> users(sums->user_begin(), sums->user_end());
    rewriter.modifyOpInPlace(sums,
                             [&] { sums.getCodesMutable().assign(rebiased); });
    Location location = sums.getLoc();
    Value shift = createIntegers(rewriter, location, 1, 1, {-bias});
    Value shifted = createShiftedSums(
        rewriter, location, {sums}, {shift},
        {rebiased, static_cast<int64_t>(sums.getBlock())},
        tensor::getMixedSize(rewriter, location, sums, 0), /*negate=*/false);
    rewriter.replaceUsesWithIf(sums, shifted, [&](OpOperand &use) {
      return users.contains(use.getOwner());
    });
  }
}

template <typename MatmulLike>
static LogicalResult rebias(RewriterBase &rewriter, MatmulLike op) {
  Value codes = op.getActivations();
  auto type = cast<CodeTypeInterface>(getElementTypeOrSelf(codes.getType()));
  if (type.getHighestCode() <= 127)
    return rewriter.notifyMatchFailure(op, "requires codes beyond 127");
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPointAfterValue(codes);
  Value rebiased = rebiasCodes(rewriter, op.getLoc(), codes);
  rebiasRowSums(rewriter, codes, rebiased);
  rewriter.setInsertionPoint(op);
  Value zeroPoint = op.getActivationZeroPoint();
  Value newZeroPoint =
      zeroPoint ? rebiasZeroPoint(rewriter, op.getLoc(), zeroPoint, {})
                : createIntegers(rewriter, op.getLoc(), 1, 1, {-bias});
  rewriter.modifyOpInPlace(op, [&] {
    op.getActivationsMutable().assign(rebiased);
    op.getActivationZeroPointMutable().assign(newZeroPoint);
  });
  if (Operation *producer = codes.getDefiningOp();
      producer && isOpTriviallyDead(producer))
    rewriter.eraseOp(producer);
  return success();
}

LogicalResult mlir::lowbit::rebiasUnsignedActivations(RewriterBase &rewriter,
                                                      Operation *op) {
  if (auto matmul = dyn_cast<MatmulOp>(op))
    return rebias(rewriter, matmul);
  if (auto matmul = dyn_cast<ScaledMatmulOp>(op))
    return rebias(rewriter, matmul);
  return rewriter.notifyMatchFailure(op, "requires a matmul on codes");
}
