//===- LowbitOps.cpp - Verifiers and folds of ops on codes ----------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PackedTiling.h"
#include "Verification.h"
#include "lowbit/Dialect/IR/ConstantData.h"
#include "lowbit/Dialect/IR/LowbitDialect.h"
#include "lowbit/Quantization/Requantize.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::lowbit;

//===----------------------------------------------------------------------===//
// ConstantOp, ToStorageOp, FromStorageOp
//===----------------------------------------------------------------------===//

LogicalResult ConstantOp::verify() {
  auto type = getType();
  auto code = cast<CodeTypeInterface>(type.getElementType());
  auto expected = type.clone(code.getStorageType());
  if (!type.hasStaticShape())
    return emitOpError("expected a static shape, but got ") << type;
  if (getCodes().getType() != expected)
    return emitOpError("expected codes of type ")
           << expected << ", but got " << getCodes().getType();
  return verifyCodes(*this, getCodes(), code);
}

/// Verifies that `storage` holds the elements of `codes`, one by one.
static LogicalResult verifyStorage(Operation *op, RankedTensorType codes,
                                   RankedTensorType storage) {
  auto code = cast<CodeTypeInterface>(codes.getElementType());
  auto expected = codes.clone(code.getStorageType());
  if (storage == expected)
    return success();
  return op->emitOpError("expected storage of type ")
         << expected << ", but got " << storage;
}

LogicalResult ToStorageOp::verify() {
  return verifyStorage(*this, getCodes().getType(), getType());
}

OpFoldResult ToStorageOp::fold(FoldAdaptor) {
  if (auto source = getCodes().getDefiningOp<FromStorageOp>())
    return source.getStorage();
  if (auto constant = getCodes().getDefiningOp<ConstantOp>())
    return constant.getCodes();
  return {};
}

LogicalResult FromStorageOp::verify() {
  return verifyStorage(*this, getType(), getStorage().getType());
}

OpFoldResult FromStorageOp::fold(FoldAdaptor) {
  auto source = getStorage().getDefiningOp<ToStorageOp>();
  if (source && source.getCodes().getType() == getType())
    return source.getCodes();
  return {};
}

//===----------------------------------------------------------------------===//
// LookupOp
//===----------------------------------------------------------------------===//

LogicalResult LookupOp::verify() {
  auto code = dyn_cast<CodebookType>(getCodes().getType().getElementType());
  if (!code)
    return emitOpError("expected codes of a codebook, but got ")
           << getCodes().getType().getElementType();
  auto level = AffineType::get(getContext(), 8, AffineRange::Signed);
  if (getType() != getCodes().getType().clone(level))
    return emitOpError("expected a result of type ")
           << getCodes().getType().clone(level) << ", but got " << getType();
  return verifyShape(*this, "a table", getTable().getType(),
                     {code.getHighestCode() + 1});
}

std::optional<SmallVector<int64_t>> LookupOp::getConstantTable() {
  return getConstantIntegers(getTable());
}

//===----------------------------------------------------------------------===//
// QuantizeOp, DequantizeOp, ChooseParamsOp
//===----------------------------------------------------------------------===//

LogicalResult QuantizeOp::verify() {
  auto code = cast<CodeTypeInterface>(getType().getElementType());
  if (!code.isUniform())
    return emitOpError("expected a uniform code type, but got ") << code;
  if (getThreshold() && !isa<TernaryType>(code))
    return emitOpError("expected no threshold on ") << code;
  if (getRounding() == Rounding::Stochastic &&
      (getThreshold() || isa<BinaryType>(code)))
    return emitOpError("expected no stochastic rounding of comparisons");
  if (failed(verifySameShape(*this, getInput().getType(), getType())))
    return failure();
  if (getThreshold() &&
      failed(verifyGranularity(*this, "threshold", getType(),
                               getThreshold().getType(), getBlockSizes())))
    return failure();
  return verifyParameters(*this, getType(), getScale(), getZeroPoint(),
                          getBlockSizes());
}

/// Whether every scale in `scale` is a constant for which
/// `round(scale * d / scale) == d` holds for all |d| < 2^9 in f32: neither the
/// product overflows, nor does it reach the denormals.
static bool scalesRoundTrip(Value scale) {
  auto values = getConstantFloats(scale);
  return values && llvm::all_of(*values, [](float value) {
           return value >= 0x1p-126f && value <= 0x1p118f;
         });
}

OpFoldResult QuantizeOp::fold(FoldAdaptor) {
  auto dequantize = getInput().getDefiningOp<DequantizeOp>();
  if (!dequantize || dequantize.getInput().getType() != getType())
    return {};
  bool sameParameters = dequantize.getScale() == getScale() &&
                        dequantize.getZeroPoint() == getZeroPoint() &&
                        dequantize.getBlockSizes() == getBlockSizes();
  auto code = cast<CodeTypeInterface>(getType().getElementType());
  bool floatZeroPoint =
      getZeroPoint() && isa<FloatType>(getElementTypeOrSelf(getZeroPoint()));
  // The step function has no fixed point at code 0: it takes 0.0 to 1.
  bool isStep = isa<BinaryType>(code) && code.isCode(0);
  if (!sameParameters || code.getBits() > 8 || floatZeroPoint || isStep ||
      getThreshold() || getRounding() == Rounding::Stochastic ||
      !scalesRoundTrip(getScale()))
    return {};
  return dequantize.getInput();
}

LogicalResult DequantizeOp::verify() {
  auto code = cast<CodeTypeInterface>(getInput().getType().getElementType());
  if (!code.isUniform())
    return emitOpError("expected a uniform code type, but got ") << code;
  if (failed(verifySameShape(*this, getInput().getType(), getType())))
    return failure();
  return verifyParameters(*this, getInput().getType(), getScale(),
                          getZeroPoint(), getBlockSizes());
}

LogicalResult ChooseParamsOp::verify() {
  CodeTypeInterface code = getCode();
  if (!isa<AffineType>(code))
    return emitOpError("expected an affine code type, but got ") << code;
  if (getZeroPoint() && !code.allowsZeroPoint())
    return emitOpError("expected no zero point on ") << code;
  if (code.getBits() < 2)
    return emitOpError("expected at least 2 bits, but got ") << code;
  auto shape = getInput().getType();
  if (failed(verifyGranularity(*this, "scale", shape, getScale().getType(),
                               getBlockSizes())))
    return failure();
  if (!getZeroPoint())
    return success();
  return verifySameShape(*this, getScale().getType(),
                         cast<RankedTensorType>(getZeroPoint().getType()));
}

//===----------------------------------------------------------------------===//
// RowSumsOp, MatmulOp, ScaledMatmulOp, WeightOnlyMatmulOp
//===----------------------------------------------------------------------===//

LogicalResult RowSumsOp::verify() {
  auto codes = getCodes().getType(), sums = getType();
  if (codes.getRank() != 2)
    return emitOpError("expected codes of rank 2, but got ") << codes;
  if (failed(verifyBlock(*this, getBlock())))
    return failure();
  int64_t blocks = numBlocks(codes.getDimSize(1), getBlock());
  return verifyShape(*this, "row sums", sums, {codes.getDimSize(0), blocks});
}

LogicalResult MatmulOp::verify() {
  auto activations = getActivations().getType();
  auto weights = getWeights().getType();
  if (failed(verifyMatmulOperands(*this, activations, weights, getType())))
    return failure();
  if (getInit().getType() != getType())
    return emitOpError("expected init of type ")
           << getType() << ", but got " << getInit().getType();
  if (failed(verifyRowZeroPoint(*this, "activation zero point", activations,
                                getActivationZeroPoint())))
    return failure();
  return verifyRowZeroPoint(*this, "weight zero point", weights,
                            getWeightZeroPoint());
}

/// Every constant element of `parameter` lies in [lowest, highest].
static LogicalResult verifyConstantRange(Operation *op, StringRef name,
                                         Value parameter, int64_t lowest,
                                         int64_t highest) {
  auto values = getConstantIntegers(parameter);
  if (!values)
    return success();
  for (int64_t value : *values)
    if (value < lowest || value > highest)
      return op->emitOpError("expected ")
             << name << " from " << lowest << " to " << highest << ", but got "
             << value;
  return success();
}

LogicalResult RequantizeOp::verify() {
  auto code = cast<CodeTypeInterface>(getType().getElementType());
  if (!code.isUniform() || code.getCodeStep() != 1)
    return emitOpError("expected codes at a distance of 1, but got ") << code;
  if (failed(verifySameShape(*this, getInput().getType(), getType())) ||
      failed(verifyGranularity(*this, "multiplier", getType(),
                               getMultiplier().getType(), {})) ||
      failed(verifySameShape(*this, getMultiplier().getType(),
                             getShift().getType())) ||
      failed(verifyConstantRange(*this, "a multiplier", getMultiplier(), 0,
                                 DyadicScale::largestMultiplier)) ||
      failed(verifyConstantRange(*this, "a shift", getShift(),
                                 DyadicScale::smallestShift,
                                 DyadicScale::largestShift)))
    return failure();
  if (getBound() && static_cast<int64_t>(*getBound()) < 0)
    return emitOpError("expected a bound of at least 0, but got ")
           << static_cast<int64_t>(*getBound());
  return verifyZeroPoint(*this, "zero point", getType(), getZeroPoint(), {});
}

/// The k per block of weights that are cut like this, 0: all of K.
static int64_t getBlockAlongK(BlockSizes sizes) {
  return sizes && sizes->size() == 2 ? (*sizes)[1] : 0;
}

int64_t ScaledMatmulOp::getBlock() { return getBlockAlongK(getBlockSizes()); }

/// Scale and zero point of weights, whose blocks along K are those of a sum.
static LogicalResult verifyWeightParameters(Operation *op,
                                            RankedTensorType weights,
                                            Value scale, Value zeroPoint,
                                            BlockSizes sizes) {
  if (failed(verifyParameters(op, weights, scale, zeroPoint, sizes)))
    return failure();
  auto type = cast<RankedTensorType>(scale.getType());
  if (getBlockAlongK(sizes) == 0 && type.getDimSize(1) != 1)
    return op->emitOpError("expected block_sizes for a scale of type ") << type;
  return success();
}

LogicalResult ScaledMatmulOp::verify() {
  auto activations = getActivations().getType();
  auto weights = getWeights().getType();
  if (failed(verifyMatmulOperands(*this, activations, weights, getType())))
    return failure();
  if (failed(verifyWeightParameters(*this, weights, getWeightScale(),
                                    getWeightZeroPoint(), getBlockSizes())))
    return failure();
  int64_t g = numBlocks(weights.getDimSize(1), getBlock());
  int64_t m = activations.getDimSize(0), n = weights.getDimSize(0);
  auto scale = getActivationScale().getType();
  if (failed(verifyBroadcast(*this, "activation scale", scale, {m, 1})) ||
      failed(verifyConstantScale(*this, getActivationScale())) ||
      failed(verifyRowZeroPoint(*this, "activation zero point", activations,
                                getActivationZeroPoint())))
    return failure();
  if (getRowTerms().size() != getColumnTerms().size())
    return emitOpError("expected as many row terms as column terms, but got ")
           << getRowTerms().size() << " and " << getColumnTerms().size();
  for (Value term : getRowTerms())
    if (failed(verifyBroadcast(*this, "row term", term.getType(), {m, g})))
      return failure();
  for (Value term : getColumnTerms())
    if (failed(verifyBroadcast(*this, "column term", term.getType(), {n, g})))
      return failure();
  if (!getOffsetRows() != !getOffsetColumns())
    return emitOpError("expected offset rows and columns, but got one of them");
  if (!getOffsetRows())
    return success();
  if (getWeightZeroPoint())
    return emitOpError("expected a weight zero point or an offset, not both");
  if (failed(
          verifyShape(*this, "offset rows", getOffsetRows().getType(), {m, g})))
    return failure();
  return verifyShape(*this, "offset columns", getOffsetColumns().getType(),
                     {n, g});
}

LogicalResult
ScaledMatmulOp::reifyResultShapes(OpBuilder &builder,
                                  ReifiedRankedShapedTypeDims &shapes) {
  auto rows = [&](Value matrix) {
    return tensor::getMixedSize(builder, getLoc(), matrix, 0);
  };
  shapes = {{rows(getActivations()), rows(getWeights())}};
  return success();
}

int64_t WeightOnlyMatmulOp::getBlock() {
  return getBlockAlongK(getBlockSizes());
}

LogicalResult WeightOnlyMatmulOp::verify() {
  auto weights = getWeights().getType();
  if (failed(verifyMatmulShapes(*this, getActivations().getType(), weights,
                                getType())) ||
      failed(verifyFactor(*this, weights)))
    return failure();
  return verifyWeightParameters(*this, weights, getScale(), getZeroPoint(),
                                getBlockSizes());
}

#include "lowbit/Dialect/IR/LowbitOpInterfaces.cpp.inc"

#define GET_OP_CLASSES
#include "lowbit/Dialect/IR/LowbitOps.cpp.inc"
