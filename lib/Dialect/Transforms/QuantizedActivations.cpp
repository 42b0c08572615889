//===- QuantizedActivations.cpp - Activation codes with parameters --------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MatrixConstants.h"
#include "QuantizedOperands.h"
#include "lowbit/Dialect/IR/ConstantData.h"
#include "lowbit/Quantization/DynamicParams.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace mlir::lowbit;

/// The first dimension, and all others as one.
static SmallVector<ReassociationIndices> getRows(int64_t rank) {
  SmallVector<ReassociationIndices> groups = {{0}, {}};
  llvm::append_range(groups[1], llvm::seq<int64_t>(1, rank));
  return groups;
}

/// `value` as a matrix with a row for each element of the first dimension.
static Value toRows(OpBuilder &builder, Location location, Value value) {
  int64_t rank = cast<RankedTensorType>(value.getType()).getRank();
  if (rank == 2)
    return value;
  return builder.createOrFold<tensor::CollapseShapeOp>(location, value,
                                                       getRows(rank));
}

/// `rows` in the shape of `like`.
static Value fromRows(OpBuilder &builder, Location location, Value rows,
                      Value like) {
  auto type = cast<RankedTensorType>(like.getType());
  if (type.getRank() == 2)
    return rows;
  return tensor::ExpandShapeOp::create(
      builder, location,
      type.clone(cast<ShapedType>(rows.getType()).getElementType()), rows,
      getRows(type.getRank()), tensor::getMixedSizes(builder, location, like));
}

static CodeTypeInterface getCodeType(MLIRContext *context,
                                     const ActivationEncoding &encoding) {
  switch (encoding.scheme) {
  case ActivationScheme::Affine:
    if (!encoding.isSigned)
      return AffineType::get(context, encoding.bits, AffineRange::Unsigned);
    return AffineType::get(context, encoding.bits,
                           encoding.isSymmetric() ? AffineRange::Narrow
                                                  : AffineRange::Signed);
  case ActivationScheme::Ternary:
    return TernaryType::get(context);
  case ActivationScheme::Binary:
    return BinaryType::get(context, BinaryLevels::Bipolar);
  case ActivationScheme::Float:
    break;
  }
  llvm_unreachable("expected an encoding with codes");
}

/// The codes of `input`, rounded to nearest even.
static QuantizedOperand createActivations(OpBuilder &builder, Location location,
                                          Value input,
                                          const ActivationEncoding &encoding,
                                          Value scale, Value zeroPoint,
                                          Value threshold) {
  Value rows = toRows(builder, location, input);
  auto type = cast<RankedTensorType>(rows.getType());
  Value codes = QuantizeOp::create(
      builder, location,
      type.clone(getCodeType(builder.getContext(), encoding)), rows, scale,
      zeroPoint, threshold, Rounding::NearestEven, /*seed=*/0,
      DenseI64ArrayAttr(), StringAttr());
  return {fromRows(builder, location, codes, input), scale, zeroPoint, {}};
}

/// Quantizes `input` with parameters that are chosen at run time for the rows
/// of `values`, or for all of them.
static QuantizedOperand
createChosenActivations(OpBuilder &builder, Location location, Value input,
                        const ActivationEncoding &encoding, Value values,
                        bool perRow) {
  auto type = cast<RankedTensorType>(values.getType());
  auto scaleType = RankedTensorType::get({perRow ? type.getDimSize(0) : 1, 1},
                                         builder.getF32Type());
  auto zeroPointType =
      encoding.isSymmetric() ? Type() : scaleType.clone(builder.getI32Type());
  auto params = ChooseParamsOp::create(
      builder, location, scaleType, zeroPointType, values,
      TypeAttr::get(getCodeType(builder.getContext(), encoding)),
      DenseI64ArrayAttr());
  return createActivations(builder, location, input, encoding,
                           params.getScale(), params.getZeroPoint(), Value());
}

/// 1 / n in f32, for the n elements of a row of `rows`, or of all.
static Value createShare(OpBuilder &builder, Location location, Value rows,
                         bool perRow) {
  AffineExpr rowCount, depth;
  bindSymbols(builder.getContext(), rowCount, depth);
  OpFoldResult count = affine::makeComposedFoldedAffineApply(
      builder, location, perRow ? depth : rowCount * depth,
      tensor::getMixedSizes(builder, location, rows));
  Value integer = arith::IndexCastOp::create(
      builder, location, builder.getI64Type(),
      getValueOrCreateConstantIndexOp(builder, location, count));
  Value one =
      arith::ConstantOp::create(builder, location, builder.getF32FloatAttr(1));
  return arith::DivFOp::create(
      builder, location, one,
      arith::SIToFPOp::create(builder, location, one.getType(), integer));
}

/// 2^-100 + mean |x| of the finite x of each row of a matrix, or of all.
static Value createMeans(OpBuilder &builder, Location location, Value rows,
                         bool perRow) {
  auto type = cast<RankedTensorType>(rows.getType());
  auto real = [&](float value) -> Value {
    return arith::ConstantOp::create(builder, location,
                                     builder.getF32FloatAttr(value));
  };
  Value share = createShare(builder, location, rows, perRow);
  Value infinity = real(std::numeric_limits<float>::infinity());
  Value zero = real(0);
  auto add = [&](OpBuilder &b, Location l, ValueRange values) {
    Value size = math::AbsFOp::create(b, l, values[0]);
    Value isFinite =
        arith::CmpFOp::create(b, l, arith::CmpFPredicate::OLT, size, infinity);
    Value part = arith::MulFOp::create(b, l, size, share);
    part = arith::SelectOp::create(b, l, isFinite, part, zero);
    Value sum = arith::AddFOp::create(b, l, values[1], part);
    linalg::YieldOp::create(b, l, sum);
  };
  SmallVector<OpFoldResult> groups;
  SmallVector<AffineExpr> group;
  if (perRow) {
    groups.push_back(tensor::getMixedSize(builder, location, rows, 0));
    group.push_back(builder.getAffineDimExpr(0));
  }
  Value empty =
      tensor::EmptyOp::create(builder, location, groups, builder.getF32Type());
  Value least = linalg::FillOp::create(builder, location,
                                       real(kSmallestDynamicScale), empty)
                    .getResult(0);
  AffineMap maps[] = {builder.getMultiDimIdentityMap(2),
                      AffineMap::get(2, 0, group, builder.getContext())};
  utils::IteratorType iterators[] = {perRow ? utils::IteratorType::parallel
                                            : utils::IteratorType::reduction,
                                     utils::IteratorType::reduction};
  Value means = linalg::GenericOp::create(builder, location, least.getType(),
                                          rows, least, maps, iterators, add)
                    .getResult(0);
  auto columnType = RankedTensorType::get({perRow ? type.getDimSize(0) : 1, 1},
                                          builder.getF32Type());
  SmallVector<ReassociationIndices> places;
  if (perRow)
    places.push_back({0, 1});
  groups.resize(2, builder.getIndexAttr(1));
  return tensor::ExpandShapeOp::create(builder, location, columnType, means,
                                       places, groups);
}

QuantizedOperand
mlir::lowbit::createDynamicActivations(OpBuilder &builder, Location location,
                                       Value input,
                                       const ActivationEncoding &encoding) {
  Value rows = toRows(builder, location, input);
  if (encoding.scheme == ActivationScheme::Affine)
    return createChosenActivations(builder, location, input, encoding, rows,
                                   encoding.perRow);
  Value threshold;
  if (encoding.threshold)
    threshold = createFloats(builder, location, builder.getF32Type(), 1, 1,
                             *encoding.threshold);
  return createActivations(
      builder, location, input, encoding,
      createMeans(builder, location, rows, encoding.perRow), Value(),
      threshold);
}

QuantizedOperand mlir::lowbit::createRunningActivations(
    OpBuilder &builder, Location location, Value input,
    const ActivationEncoding &encoding, Value range) {
  return createChosenActivations(builder, location, input, encoding, range,
                                 /*perRow=*/false);
}

QuantizedOperand mlir::lowbit::createStaticActivations(
    OpBuilder &builder, Location location, Value input,
    const ActivationEncoding &encoding, RealRange range) {
  StaticParams params = chooseStaticParams(encoding, range);
  auto createReal = [&](float value) {
    return createFloats(builder, location, builder.getF32Type(), 1, 1, value);
  };
  Value zeroPoint, threshold;
  if (params.zeroPoint != 0)
    zeroPoint = createIntegers(builder, location, 1, 1, {params.zeroPoint});
  if (encoding.threshold)
    threshold = createReal(*encoding.threshold);
  return createActivations(builder, location, input, encoding,
                           createReal(params.scale), zeroPoint, threshold);
}

FailureOr<QuantizedOperand>
mlir::lowbit::takeActivations(OpBuilder &builder, Location location,
                              DequantizeOp dequantize, std::string &reason) {
  Value scale = dequantize.getScale(), zeroPoint = dequantize.getZeroPoint();
  auto scaleType = cast<RankedTensorType>(scale.getType());
  auto code =
      cast<CodeTypeInterface>(dequantize.getInput().getType().getElementType());
  auto refuse = [&](const Twine &text) {
    reason = text.str();
    return failure();
  };
  if (code.getBits() > 8 || !code.isUniform())
    return refuse("expected activation codes of at most 8 bits");
  auto blockSizes = dequantize.getBlockSizes();
  bool isCut = blockSizes && llvm::any_of(*blockSizes, [](int64_t size) {
                 return size != 0;
               });
  auto isOne = [](int64_t extent) { return extent == 1; };
  if (isCut || !llvm::all_of(scaleType.getShape().drop_front(), isOne))
    return refuse("expected an activation scale per row or per tensor");
  if (zeroPoint &&
      isa<FloatType>(cast<ShapedType>(zeroPoint.getType()).getElementType()))
    return refuse("expected an integer activation zero point");
  if (!scaleType.getElementType().isF32()) {
    auto values = getConstantFloats(scale);
    if (!values)
      return refuse("expected an activation scale of f32");
    scale = createFloats(builder, location, builder.getF32Type(),
                         scaleType.getDimSize(0), 1, *values);
  }
  if (zeroPoint)
    zeroPoint = toRows(builder, location, zeroPoint);
  return QuantizedOperand{
      dequantize.getInput(), toRows(builder, location, scale), zeroPoint, {}};
}
