//===- QuantizedOperands.cpp - Weight codes with parameters ---------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantizedOperands.h"
#include "MatrixConstants.h"
#include "lowbit/Dialect/IR/ConstantData.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/IR/DialectResourceBlobManager.h"

using namespace mlir;
using namespace mlir::lowbit;

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

static Value createCodes(OpBuilder &builder, Location location, StringRef layer,
                         CodeTypeInterface code, int64_t n, int64_t k,
                         ArrayRef<int8_t> codes) {
  auto type = RankedTensorType::get({n, k}, builder.getI8Type());
  auto codesType = RankedTensorType::get({n, k}, code);
  if (codes.empty())
    return ConstantOp::create(builder, location, codesType,
                              DenseElementsAttr::get(type, codes));
  ArrayRef<char> bytes(reinterpret_cast<const char *>(codes.data()),
                       codes.size());
  Attribute elements = DenseI8ResourceElementsAttr::get(
      type, ((layer.empty() ? "weights" : layer) + ".codes").str(),
      HeapAsmResourceBlob::allocateAndCopyWithAlign(bytes, /*align=*/64,
                                                    /*dataIsMutable=*/false));
  return ConstantOp::create(builder, location, codesType,
                            cast<ElementsAttr>(elements));
}

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

static CodeTypeInterface getCodeType(MLIRContext *context,
                                     const WeightEncoding &encoding) {
  switch (encoding.scheme) {
  case WeightScheme::Affine:
    if (!encoding.isSigned)
      return AffineType::get(context, encoding.bits, AffineRange::Unsigned);
    return AffineType::get(context, encoding.bits,
                           encoding.codes == CodeRange::Narrow
                               ? AffineRange::Narrow
                               : AffineRange::Signed);
  case WeightScheme::Ternary:
    return TernaryType::get(context);
  case WeightScheme::Binary:
    return BinaryType::get(context, encoding.method == WeightMethod::Step
                                        ? BinaryLevels::Unipolar
                                        : BinaryLevels::Bipolar);
  case WeightScheme::Codebook:
    return CodebookType::get(context, encoding.bits);
  case WeightScheme::F32:
    break;
  }
  llvm_unreachable("expected an encoding with codes");
}

static FloatType getScaleType(MLIRContext *context, ScaleType type) {
  switch (type) {
  case ScaleType::F32:
    return Float32Type::get(context);
  case ScaleType::F16:
    return Float16Type::get(context);
  case ScaleType::BF16:
    return BFloat16Type::get(context);
  }
  llvm_unreachable("covered switch");
}

Value mlir::lowbit::lookThroughLookup(Value codes) {
  auto lookup = codes.getDefiningOp<LookupOp>();
  return lookup ? lookup.getCodes() : codes;
}

Value mlir::lowbit::createLookup(OpBuilder &builder, Location location,
                                 Value codes, Value table) {
  auto level = AffineType::get(builder.getContext(), 8, AffineRange::Signed);
  return LookupOp::create(builder, location,
                          cast<ShapedType>(codes.getType()).clone(level), codes,
                          table);
}

QuantizedOperand mlir::lowbit::createWeights(OpBuilder &builder,
                                             Location location, StringRef layer,
                                             int64_t n, int64_t k,
                                             const WeightEncoding &encoding,
                                             const QuantizedWeights &weights) {
  MLIRContext *context = builder.getContext();
  int64_t rows = weights.scaleRows, columns = weights.scaleCols;
  QuantizedOperand result;
  result.codes =
      createCodes(builder, location, layer, getCodeType(context, encoding), n,
                  k, weights.codes);
  if (!weights.table.empty()) {
    auto type =
        RankedTensorType::get(weights.table.size(), builder.getI8Type());
    Value table = arith::ConstantOp::create(
        builder, location,
        DenseElementsAttr::get(type, ArrayRef<int8_t>(weights.table)));
    result.codes = createLookup(builder, location, result.codes, table);
  }
  result.scale =
      createFloats(builder, location, getScaleType(context, encoding.scaleType),
                   rows, columns, weights.scales);
  if (encoding.zeroPoint == ZeroPointKind::Integer)
    result.zeroPoint = createIntegers(
        builder, location, rows, columns,
        SmallVector<int64_t>(llvm::map_range(
            weights.zeroPoints, [](int32_t z) { return int64_t(z); })));
  else if (encoding.zeroPoint == ZeroPointKind::Float)
    result.zeroPoint = createFloats(builder, location, builder.getF32Type(),
                                    rows, columns, weights.floatZeroPoints);
  // A group of one row needs no block size: it is an extent of N.
  int64_t rowBlock = encoding.group.rows == 1 ? 0 : encoding.group.rows;
  if (rowBlock != 0 || encoding.group.cols != 0)
    result.blockSizes =
        builder.getDenseI64ArrayAttr({rowBlock, encoding.group.cols});
  return result;
}

/// The storage of the constant `codes`, or of those whose levels they are.
static SmallVector<int8_t> getStorage(Value codes) {
  auto storage = getConstantIntegers(lookThroughLookup(codes));
  return SmallVector<int8_t>(storage->begin(), storage->end());
}

/// Constant codes of the same kind as `codes`, or levels of the same table.
static Value createCodesLike(OpBuilder &builder, Location location,
                             StringRef layer, Value codes, int64_t n, int64_t k,
                             ArrayRef<int8_t> storage) {
  auto code =
      cast<CodeTypeInterface>(getElementTypeOrSelf(lookThroughLookup(codes)));
  Value result = createCodes(builder, location, layer, code, n, k, storage);
  auto lookup = codes.getDefiningOp<LookupOp>();
  return lookup ? createLookup(builder, location, result, lookup.getTable())
                : result;
}

/// The transpose of the matrix `value`, a constant if it is one.
static Value transposeParameters(OpBuilder &builder, Location location,
                                 Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  int64_t rows = type.getDimSize(0), columns = type.getDimSize(1);
  if (auto floats = getConstantFloats(value))
    return createFloats(builder, location,
                        cast<FloatType>(type.getElementType()), columns, rows,
                        transposeMatrix<float>(*floats, rows, columns));
  if (auto integers = getConstantIntegers(value))
    return createIntegers(builder, location, columns, rows,
                          transposeMatrix<int64_t>(*integers, rows, columns));
  SmallVector<OpFoldResult> sizes =
      tensor::getMixedSizes(builder, location, value);
  std::swap(sizes[0], sizes[1]);
  Value empty =
      tensor::EmptyOp::create(builder, location, sizes, type.getElementType());
  return linalg::TransposeOp::create(builder, location, value, empty,
                                     ArrayRef<int64_t>{1, 0})
      ->getResult(0);
}

QuantizedOperand mlir::lowbit::takeWeights(OpBuilder &builder,
                                           Location location, StringRef layer,
                                           DequantizeOp dequantize,
                                           bool transposed) {
  QuantizedOperand result = {dequantize.getInput(), dequantize.getScale(),
                             dequantize.getZeroPoint(),
                             dequantize.getBlockSizesAttr()};
  SmallVector<int64_t, 2> blockSizes = {0, 0};
  if (result.blockSizes)
    blockSizes.assign(result.blockSizes.asArrayRef().begin(),
                      result.blockSizes.asArrayRef().end());
  if (transposed) {
    auto type = cast<RankedTensorType>(result.codes.getType());
    int64_t k = type.getDimSize(0), n = type.getDimSize(1);
    result.codes = createCodesLike(
        builder, location, layer, result.codes, n, k,
        transposeMatrix<int8_t>(getStorage(result.codes), k, n));
    result.scale = transposeParameters(builder, location, result.scale);
    if (result.zeroPoint)
      result.zeroPoint =
          transposeParameters(builder, location, result.zeroPoint);
    std::swap(blockSizes[0], blockSizes[1]);
  }
  // A scale for every weight is a block of one.
  auto scaleType = cast<RankedTensorType>(result.scale.getType());
  if (blockSizes[1] == 0 && scaleType.getDimSize(1) != 1)
    blockSizes[1] = 1;
  result.blockSizes = {};
  if (blockSizes[0] != 0 || blockSizes[1] != 0)
    result.blockSizes = builder.getDenseI64ArrayAttr(blockSizes);
  return result;
}

std::string mlir::lowbit::checkKernel(DequantizeOp dequantize,
                                      ArrayRef<int64_t> order,
                                      size_t numOutputs) {
  SmallVector<int64_t> extents =
      applyPermutation(dequantize.getScale().getType().getShape(), order);
  auto isOne = [](int64_t extent) { return extent == 1; };
  bool spansAll = llvm::all_of(extents, isOne);
  bool isPerOutput =
      llvm::all_of(ArrayRef(extents).drop_front(numOutputs), isOne);
  for (int64_t d : order.take_front(numOutputs))
    isPerOutput &= dequantize.getScale().getType().getDimSize(d) ==
                   dequantize.getInput().getType().getDimSize(d);
  auto blocks = dequantize.getBlockSizes();
  bool isCut =
      blocks && llvm::any_of(*blocks, [](int64_t b) { return b != 0; });
  Value zeroPoint = dequantize.getZeroPoint();
  if (isCut || (!spansAll && !isPerOutput))
    return "expected a kernel of codes with one scale, or one per output";
  if (!getConstantFloats(dequantize.getScale()) ||
      (zeroPoint && !getConstantFloats(zeroPoint) &&
       !getConstantIntegers(zeroPoint)))
    return "expected a kernel of codes with constant parameters";
  return "";
}

QuantizedOperand mlir::lowbit::takeKernel(OpBuilder &builder, Location location,
                                          StringRef layer,
                                          DequantizeOp dequantize,
                                          ArrayRef<int64_t> order,
                                          int64_t rows) {
  Value codes = dequantize.getInput();
  auto type = cast<RankedTensorType>(codes.getType());
  Value scale = dequantize.getScale(), zeroPoint = dequantize.getZeroPoint();
  auto scaleType = dequantize.getScale().getType();
  ArrayRef<int64_t> parameters = scaleType.getShape();
  int64_t count = scaleType.getNumElements();
  QuantizedOperand result;
  result.codes = createCodesLike(
      builder, location, layer, codes, rows,
      type.getNumElements() / std::max<int64_t>(rows, 1),
      permute<int8_t>(getStorage(codes), type.getShape(), order));
  result.scale = createFloats(
      builder, location, cast<FloatType>(scaleType.getElementType()), count, 1,
      permute<float>(*getConstantFloats(scale), parameters, order));
  if (!zeroPoint)
    return result;
  if (auto floats = getConstantFloats(zeroPoint))
    result.zeroPoint =
        createFloats(builder, location, builder.getF32Type(), count, 1,
                     permute<float>(*floats, parameters, order));
  else
    result.zeroPoint = createIntegers(
        builder, location, count, 1,
        permute<int64_t>(*getConstantIntegers(zeroPoint), parameters, order));
  return result;
}
