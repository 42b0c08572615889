//===- FoldConvolutionZeroPoints.cpp - The same for windows ---------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AccumulatorTerms.h"
#include "Windows.h"
#include "ZeroPointTerms.h"
#include "lowbit/Dialect/IR/ConstantData.h"
#include "lowbit/Dialect/IR/ScaledConvolution.h"
#include "lowbit/Dialect/Transforms/FoldZeroPoints.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace mlir::lowbit;

/// The parameter `first x 1 x 1 x 1` as the matrix `first x 1`.
static Value toColumn(OpBuilder &builder, Location location, Value parameter) {
  return builder.createOrFold<tensor::CollapseShapeOp>(
      location, parameter, ArrayRef<ReassociationIndices>{{0}, {1, 2, 3}});
}

/// The images of `op` with its padding around them, of the code of real zero.
static Value padImages(OpBuilder &builder, Conv2DOp op) {
  ImplicitLocOpBuilder b(op.getLoc(), builder);
  auto type = op.getActivations().getType();
  auto code = cast<CodeTypeInterface>(type.getElementType());
  Value zeroPoint = op.getActivationZeroPoint();
  bool isOne = cast<RankedTensorType>(zeroPoint.getType()).getDimSize(0) == 1;
  Value storage = ToStorageOp::create(b, type.clone(code.getStorageType()),
                                      op.getActivations());
  auto sides = [&](int64_t first) -> SmallVector<OpFoldResult> {
    return {b.getIndexAttr(0), b.getIndexAttr(op.getPadding()[first]),
            b.getIndexAttr(op.getPadding()[first + 2]), b.getIndexAttr(0)};
  };
  Value zero = arith::ConstantIndexOp::create(b, 0);
  auto pad = tensor::PadOp::create(b, Type(), storage, sides(0), sides(1));
  {
    OpBuilder::InsertionGuard guard(b);
    SmallVector<Type> indices(4, b.getIndexType());
    SmallVector<Location> locations(4, b.getLoc());
    Block *block = b.createBlock(&pad.getRegion(), {}, indices, locations);
    Value image = isOne ? zero : Value(block->getArgument(0));
    Value value = tensor::ExtractOp::create(
        b, zeroPoint, ValueRange{image, zero, zero, zero});
    tensor::YieldOp::create(
        b, Value(arith::TruncIOp::create(b, code.getStorageType(), value)));
  }
  return FromStorageOp::create(
      b, cast<RankedTensorType>(pad.getType()).clone(code), pad);
}

/// `init - zw[o] * sum`, where the sums of codes in windows are a convolution
/// with ones.
static Value subtractWindowSums(RewriterBase &rewriter, Conv2DOp op,
                                Value init) {
  Location location = op.getLoc();
  auto type = op.getWeights().getType();
  auto ones = type.clone(
      AffineType::get(rewriter.getContext(), 2, AffineRange::Signed));
  Value kernel = ConstantOp::create(
      rewriter, location, ones,
      DenseElementsAttr::get(ones.clone(rewriter.getI8Type()), int8_t(1)));
  Value none = arith::ConstantIntOp::create(rewriter, location, 0, 32);
  Value empty = tensor::EmptyOp::create(
      rewriter, location, tensor::getMixedSizes(rewriter, location, init),
      rewriter.getI32Type());
  Value zeros =
      linalg::FillOp::create(rewriter, location, none, empty).getResult(0);
  Value sums = Conv2DOp::create(
      rewriter, location, zeros.getType(), op.getActivations(), kernel,
      /*activation_zero_point=*/Value(), /*weight_zero_point=*/Value(), zeros,
      op.getGroups(), op.getStrides(), op.getDilations(), op.getPadding(),
      /*layer=*/StringAttr());
  AffineExpr o = rewriter.getAffineDimExpr(3);
  AffineExpr zero = rewriter.getAffineConstantExpr(0);
  Value zeroPoint = op.getWeightZeroPoint();
  bool isOne = cast<RankedTensorType>(zeroPoint.getType()).getDimSize(0) == 1;
  AffineMap identity = rewriter.getMultiDimIdentityMap(4);
  AffineMap perOutput = AffineMap::get(
      4, 0, {isOne ? zero : o, zero, zero, zero}, rewriter.getContext());
  SmallVector<utils::IteratorType> loops(4, utils::IteratorType::parallel);
  auto body = [](OpBuilder &builder, Location at, ValueRange elements) {
    Value term = arith::MulIOp::create(builder, at, elements[0], elements[1]);
    linalg::YieldOp::create(
        builder, at,
        Value(arith::SubIOp::create(builder, at, elements[2], term)));
  };
  return linalg::GenericOp::create(
             rewriter, location, init.getType(), ValueRange{sums, zeroPoint},
             init, ArrayRef<AffineMap>{identity, perOutput, identity}, loops,
             body)
      .getResult(0);
}

/// `zeroPoint`, or null if it is zero.
static Value dropZero(Value zeroPoint) {
  return zeroPoint && !isConstantZero(zeroPoint) ? zeroPoint : Value();
}

LogicalResult mlir::lowbit::foldZeroPoints(RewriterBase &rewriter,
                                           Conv2DOp op) {
  if (!op.getActivationZeroPoint() && !op.getWeightZeroPoint())
    return rewriter.notifyMatchFailure(op, "requires zero points");
  auto weights = op.getWeights().getType();
  if (!weights.hasStaticShape())
    return rewriter.notifyMatchFailure(op, "requires a static kernel");
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPoint(op);
  Location location = op.getLoc();
  Value za = dropZero(op.getActivationZeroPoint());
  Value zw = dropZero(op.getWeightZeroPoint());
  if (za && op.hasPadding()) {
    Value padded = padImages(rewriter, op);
    rewriter.modifyOpInPlace(op, [&] {
      op.getActivationsMutable().assign(padded);
      op.setPadding({0, 0, 0, 0});
    });
  }
  Value init = op.getInit();
  if (za) {
    SmallVector<OpFoldResult> sizes =
        tensor::getMixedSizes(rewriter, location, init);
    sizes.pop_back();
    int64_t rows = weights.getDimSize(0);
    int64_t depth = ShapedType::getNumElements(weights.getShape().drop_front());
    Blocks matrix = {reshapeKernel(rewriter, location, op.getWeights(),
                                   {rows, depth}, {{0}, {1, 2, 3}})};
    Value sums = createSums(rewriter, location, matrix);
    Parameters shift;
    if (zw)
      shift = {toColumn(rewriter, location, zw)};
    Value column =
        createShiftedSums(rewriter, location, {sums}, shift, matrix,
                          rewriter.getIndexAttr(rows), /*negate=*/true);
    Value row = repeatPerWindow(rewriter, location,
                                toColumn(rewriter, location, za), sizes);
    init = addTerms(rewriter, location, init, {{row, column}});
  }
  if (zw)
    init = subtractWindowSums(rewriter, op, init);
  rewriter.modifyOpInPlace(op, [&] {
    op.getActivationZeroPointMutable().clear();
    op.getWeightZeroPointMutable().clear();
    op.getInitMutable().assign(init);
  });
  return success();
}

LogicalResult mlir::lowbit::foldZeroPoints(RewriterBase &rewriter,
                                           ScaledConv2DOp op) {
  if (!op.getActivationZeroPoint() && !op.getWeightZeroPoint())
    return rewriter.notifyMatchFailure(op, "requires zero points");
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPoint(op);
  Value scaled = decomposeScaledConvolution(rewriter, op);
  auto sums =
      cast<Conv2DOp>(scaled.getDefiningOp()->getOperand(0).getDefiningOp());
  rewriter.replaceOp(op, scaled);
  return foldZeroPoints(rewriter, sums);
}
