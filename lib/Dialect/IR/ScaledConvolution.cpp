//===- ScaledConvolution.cpp - Scales behind a sum of integers ------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/IR/ScaledConvolution.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

using namespace mlir;
using namespace mlir::lowbit;

/// Where the scale for `index` lies: an extent of 1 spans all.
static AffineMap getScaleMap(Value scale, AffineExpr index) {
  MLIRContext *context = scale.getContext();
  AffineExpr zero = getAffineConstantExpr(0, context);
  bool isOne = cast<RankedTensorType>(scale.getType()).getDimSize(0) == 1;
  return AffineMap::get(4, 0, {isOne ? zero : index, zero, zero, zero},
                        context);
}

Value mlir::lowbit::decomposeScaledConvolution(OpBuilder &builder,
                                               ScaledConv2DOp op) {
  ImplicitLocOpBuilder b(op.getLoc(), builder);
  ReifiedRankedShapedTypeDims shapes;
  (void)op.reifyResultShapes(b, shapes);
  auto createEmpty = [&](Type element) {
    Value empty = tensor::EmptyOp::create(b, shapes.front(), element);
    return b.createOrFold<tensor::CastOp>(op.getType().clone(element), empty);
  };
  Value zero = arith::ConstantIntOp::create(b, 0, 32);
  Value zeros =
      linalg::FillOp::create(b, zero, createEmpty(b.getI32Type())).getResult(0);
  Value sums =
      Conv2DOp::create(b, zeros.getType(), op.getActivations(), op.getWeights(),
                       op.getActivationZeroPoint(), op.getWeightZeroPoint(),
                       zeros, op.getGroups(), op.getStrides(),
                       op.getDilations(), op.getPadding(), op.getLayerAttr());
  AffineMap identity = b.getMultiDimIdentityMap(4);
  SmallVector<AffineMap> maps = {
      identity, getScaleMap(op.getWeightScale(), b.getAffineDimExpr(3)),
      getScaleMap(op.getActivationScale(), b.getAffineDimExpr(0)), identity};
  SmallVector<utils::IteratorType> loops(4, utils::IteratorType::parallel);
  auto body = [](OpBuilder &nested, Location at, ValueRange elements) {
    ImplicitLocOpBuilder b(at, nested);
    Value real = arith::SIToFPOp::create(b, b.getF32Type(), elements[0]);
    Value scale = elements[1];
    if (!scale.getType().isF32())
      scale = arith::ExtFOp::create(b, b.getF32Type(), scale);
    Value product = arith::MulFOp::create(b, real, scale);
    linalg::YieldOp::create(
        b, Value(arith::MulFOp::create(b, product, elements[2])));
  };
  return linalg::GenericOp::create(
             b, op.getType(),
             ValueRange{sums, op.getWeightScale(), op.getActivationScale()},
             createEmpty(b.getF32Type()), maps, loops, body)
      .getResult(0);
}
