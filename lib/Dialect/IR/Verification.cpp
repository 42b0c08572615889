//===- Verification.cpp - Checks that ops share ---------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Verification.h"
#include "lowbit/Dialect/IR/ConstantData.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/TypeUtilities.h"
#include <cmath>

using namespace mlir;
using namespace mlir::lowbit;

int64_t mlir::lowbit::numBlocks(int64_t k, int64_t block) {
  if (block == 0)
    return 1;
  return ShapedType::isDynamic(k) ? k : ceilDivide(k, block);
}

LogicalResult mlir::lowbit::verifyBlock(Operation *op, int64_t block) {
  if (block >= 0)
    return success();
  return op->emitOpError("expected a block of at least 0, but got ") << block;
}

static bool extentsAgree(int64_t a, int64_t b) {
  return a == b || ShapedType::isDynamic(a) || ShapedType::isDynamic(b);
}

/// `shape` as in a type: "4x?x1".
static std::string shapeText(ArrayRef<int64_t> shape) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  llvm::interleave(
      shape, stream,
      [&](int64_t extent) {
        ShapedType::isDynamic(extent) ? stream << '?' : stream << extent;
      },
      "x");
  return text;
}

LogicalResult mlir::lowbit::verifyShape(Operation *op, StringRef name, Type got,
                                        ArrayRef<int64_t> shape) {
  auto type = cast<ShapedType>(got);
  if (type.getRank() == static_cast<int64_t>(shape.size()) &&
      llvm::all_of_zip(type.getShape(), shape, extentsAgree))
    return success();
  return op->emitOpError("expected ")
         << name << " of shape " << shapeText(shape) << ", but got " << type;
}

LogicalResult mlir::lowbit::verifyBroadcast(Operation *op, StringRef name,
                                            Type got, ArrayRef<int64_t> shape) {
  auto type = cast<ShapedType>(got);
  SmallVector<int64_t> broadcast(shape);
  if (type.getRank() == static_cast<int64_t>(shape.size()))
    for (auto [extent, actual] : llvm::zip(broadcast, type.getShape()))
      extent = actual == 1 ? 1 : extent;
  if (succeeded(verifyCompatibleShape(type.getShape(), broadcast)))
    return success();
  return op->emitOpError("expected ")
         << name << " of shape " << shapeText(shape)
         << " or with extents of 1, but got " << type;
}

LogicalResult mlir::lowbit::verifySameShape(Operation *op,
                                            RankedTensorType expected,
                                            RankedTensorType got) {
  if (succeeded(verifyCompatibleShape(expected, got)))
    return success();
  return op->emitOpError("expected shape ")
         << shapeText(expected.getShape()) << ", but got " << got;
}

LogicalResult mlir::lowbit::verifyGranularity(Operation *op, StringRef name,
                                              RankedTensorType codes,
                                              RankedTensorType parameter,
                                              BlockSizes blocks) {
  if (parameter.getRank() != codes.getRank())
    return op->emitOpError("expected ")
           << name << " of rank " << codes.getRank() << ", but got "
           << parameter;
  if (blocks && static_cast<int64_t>(blocks->size()) != codes.getRank())
    return op->emitOpError("expected ")
           << codes.getRank() << " block_sizes, but got " << blocks->size();
  for (int64_t d = 0; d < codes.getRank(); ++d) {
    int64_t block = blocks ? (*blocks)[d] : 0;
    int64_t extent = codes.getDimSize(d), actual = parameter.getDimSize(d);
    if (block < 0)
      return op->emitOpError("expected block_sizes of at least 0, but got ")
             << block;
    if (block == 0 && actual != 1 && !extentsAgree(actual, extent))
      return op->emitOpError("expected ")
             << name << " extent 1 or " << extent << " in dimension " << d
             << " without block_sizes, but got " << actual;
    if (block != 0 && !extentsAgree(actual, numBlocks(extent, block)))
      return op->emitOpError("expected ")
             << name << " extent " << numBlocks(extent, block)
             << " in dimension " << d << ", but got " << actual;
  }
  return success();
}

LogicalResult mlir::lowbit::verifyCodes(Operation *op, ElementsAttr codes,
                                        CodeTypeInterface type) {
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(codes)) {
    auto *blob = resource.getRawHandle().getBlob();
    int64_t expected = codes.getNumElements() *
                       codes.getElementType().getIntOrFloatBitWidth() / 8;
    int64_t actual = blob ? blob->getData().size() : 0;
    if (!blob || actual != expected)
      return op->emitOpError("expected a resource of ")
             << expected << " bytes, but got " << actual;
  }
  // The interface is asked once, not for each of millions of codes.
  int64_t lowest = type.getLowestCode(), highest = type.getHighestCode();
  int64_t step = type.getCodeStep();
  bool isSigned = type.isSigned();
  auto isCode = [=](int64_t code) {
    return code >= lowest && code <= highest &&
           (step == 1 || (code - lowest) % step == 0);
  };
  auto check = [&](auto values) -> LogicalResult {
    for (auto value : values) {
      using T = decltype(value);
      int64_t code = isSigned
                         ? int64_t(value)
                         : int64_t(static_cast<std::make_unsigned_t<T>>(value));
      if (!isCode(code))
        return op->emitOpError("expected codes of ")
               << type << ", but got " << code;
    }
    return success();
  };
  if (auto resource = dyn_cast<DenseI8ResourceElementsAttr>(codes))
    return check(*resource.tryGetAsArrayRef());
  if (auto resource = dyn_cast<DenseI16ResourceElementsAttr>(codes))
    return check(*resource.tryGetAsArrayRef());
  auto dense = dyn_cast<DenseIntElementsAttr>(codes);
  if (!dense)
    return op->emitOpError("expected dense or dense_resource codes");
  if (type.getStorageType().getWidth() == 8)
    return check(dense.getValues<int8_t>());
  return check(dense.getValues<int16_t>());
}

LogicalResult mlir::lowbit::verifyConstantScale(Operation *op, Value scale) {
  auto values = getConstantFloats(scale);
  if (!values)
    return success();
  for (float value : *values)
    if (!(value > 0) || !std::isnormal(value) || std::isinf(1 / value))
      return op->emitOpError("expected positive, normal scales, but got ")
             << value;
  return success();
}

LogicalResult mlir::lowbit::verifyConstantCodes(Operation *op, StringRef name,
                                                CodeTypeInterface code,
                                                Value codes) {
  if (auto integers = getConstantIntegers(codes))
    for (int64_t value : *integers)
      if (!code.isCode(value))
        return op->emitOpError("expected ")
               << name << " of " << code.getLowestCode() << " to "
               << code.getHighestCode() << ", but got " << value;
  return success();
}

/// A constant zero point is a code (integer) or finite (float).
static LogicalResult verifyConstantZeroPoint(Operation *op, StringRef name,
                                             CodeTypeInterface code,
                                             Value zeroPoint) {
  if (failed(verifyConstantCodes(op, name, code, zeroPoint)))
    return failure();
  if (auto floats = getConstantFloats(zeroPoint))
    for (float value : *floats)
      if (!std::isfinite(value))
        return op->emitOpError("expected a finite ")
               << name << ", but got " << value;
  return success();
}

LogicalResult mlir::lowbit::verifyZeroPoint(Operation *op, StringRef name,
                                            RankedTensorType codes,
                                            Value zeroPoint,
                                            BlockSizes blocks) {
  if (!zeroPoint)
    return success();
  auto code = cast<CodeTypeInterface>(codes.getElementType());
  if (!code.allowsZeroPoint())
    return op->emitOpError("expected no ") << name << " on " << code;
  if (failed(verifyGranularity(op, name, codes,
                               cast<RankedTensorType>(zeroPoint.getType()),
                               blocks)))
    return failure();
  return verifyConstantZeroPoint(op, name, code, zeroPoint);
}

LogicalResult mlir::lowbit::verifyRowZeroPoint(Operation *op, StringRef name,
                                               RankedTensorType codes,
                                               Value zeroPoint) {
  if (failed(verifyZeroPoint(op, name, codes, zeroPoint, {})))
    return failure();
  if (!zeroPoint)
    return success();
  SmallVector<int64_t> shape(codes.getRank(), 1);
  shape[0] = codes.getDimSize(0);
  return verifyBroadcast(op, name, zeroPoint.getType(), shape);
}

LogicalResult mlir::lowbit::verifyParameters(Operation *op,
                                             RankedTensorType codes,
                                             Value scale, Value zeroPoint,
                                             BlockSizes blocks) {
  if (failed(verifyGranularity(op, "scale", codes,
                               cast<RankedTensorType>(scale.getType()),
                               blocks)) ||
      failed(verifyConstantScale(op, scale)) ||
      failed(verifyZeroPoint(op, "zero point", codes, zeroPoint, blocks)))
    return failure();
  if (!zeroPoint)
    return success();
  auto scaleShape = cast<RankedTensorType>(scale.getType()).getShape();
  return verifyShape(op, "zero point", zeroPoint.getType(), scaleShape);
}

LogicalResult mlir::lowbit::verifyFactor(Operation *op,
                                         RankedTensorType codes) {
  auto code = cast<CodeTypeInterface>(codes.getElementType());
  if (code.getBits() <= 8 && code.isUniform())
    return success();
  return op->emitOpError("expected uniform codes of at most 8 bits, but got ")
         << code;
}

LogicalResult mlir::lowbit::verifyMatmulShapes(Operation *op,
                                               RankedTensorType activations,
                                               RankedTensorType weights,
                                               RankedTensorType result) {
  if (activations.getRank() != 2 || weights.getRank() != 2)
    return op->emitOpError("expected matrices, but got ")
           << activations << " and " << weights;
  if (!extentsAgree(activations.getDimSize(1), weights.getDimSize(1)))
    return op->emitOpError("expected equal K, but got ")
           << activations << " and " << weights;
  return verifyShape(op, "a result", result,
                     {activations.getDimSize(0), weights.getDimSize(0)});
}

LogicalResult mlir::lowbit::verifyMatmulOperands(Operation *op,
                                                 RankedTensorType activations,
                                                 RankedTensorType weights,
                                                 RankedTensorType result) {
  if (failed(verifyFactor(op, activations)) ||
      failed(verifyFactor(op, weights)))
    return failure();
  return verifyMatmulShapes(op, activations, weights, result);
}

LogicalResult
mlir::lowbit::verifyFields(function_ref<InFlightDiagnostic()> emitError,
                           int64_t fieldBits, int64_t codeOffset,
                           int64_t codeStep) {
  if (fieldBits < 1 || fieldBits > 8)
    return emitError() << "expected 1 to 8 field_bits, but got " << fieldBits;
  if (codeOffset < 0 || codeOffset > 255)
    return emitError() << "expected a code_offset of 0 to 255, but got "
                       << codeOffset;
  if (codeStep < 1 || codeStep > 2)
    return emitError() << "expected code_step 1 or 2, but got " << codeStep;
  return success();
}
