//===- ZeroPointTerms.cpp - Matrices that replace zero points -------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ZeroPointTerms.h"
#include "MatrixConstants.h"
#include "lowbit/Dialect/IR/ConstantData.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::lowbit;

static RankedTensorType getMatrixType(Value value) {
  return cast<RankedTensorType>(value.getType());
}

int64_t Parameters::getIndex(int64_t row, int64_t block) const {
  ArrayRef<int64_t> shape = getMatrixType(value).getShape();
  int64_t parameterRow = shape[0] == 1   ? 0
                         : rowBlock == 0 ? row
                                         : row / rowBlock;
  return parameterRow * shape[1] + (shape[1] == 1 ? 0 : block);
}

AffineMap Parameters::getMap() const {
  ArrayRef<int64_t> shape = getMatrixType(value).getShape();
  MLIRContext *context = value.getContext();
  AffineExpr row, block, zero = getAffineConstantExpr(0, context);
  bindDims(context, row, block);
  if (rowBlock != 0)
    row = row.floorDiv(rowBlock);
  return AffineMap::get(
      2, 0, {shape[0] == 1 ? zero : row, shape[1] == 1 ? zero : block},
      context);
}

Value mlir::lowbit::createElementwise(OpBuilder &builder, Location location,
                                      ValueRange inputs,
                                      ArrayRef<AffineMap> maps, Value output,
                                      ElementBody body) {
  SmallVector<AffineMap> allMaps(maps);
  allMaps.push_back(builder.getMultiDimIdentityMap(2));
  SmallVector<utils::IteratorType> loops(2, utils::IteratorType::parallel);
  auto buildBody = [&](OpBuilder &nested, Location at, ValueRange elements) {
    linalg::YieldOp::create(nested, at, body(nested, at, elements));
  };
  return linalg::GenericOp::create(builder, location, output.getType(), inputs,
                                   output, allMaps, loops, buildBody)
      .getResult(0);
}

bool mlir::lowbit::isConstantZero(Value value) {
  auto isZero = [](auto element) { return element == 0; };
  if (auto integers = getConstantIntegers(value))
    return llvm::all_of(*integers, isZero);
  auto floats = getConstantFloats(value);
  return floats && llvm::all_of(*floats, isZero);
}

std::optional<SmallVector<int64_t>>
mlir::lowbit::getConstantSums(Blocks blocks) {
  Value codes = blocks.codes;
  std::optional<SmallVector<int64_t>> table;
  if (auto lookup = codes.getDefiningOp<LookupOp>()) {
    table = lookup.getConstantTable();
    if (!table)
      return std::nullopt;
    codes = lookup.getCodes();
  }
  auto constant = codes.getDefiningOp<ConstantOp>();
  if (!constant)
    return std::nullopt;
  RankedTensorType type = constant.getType();
  auto code = cast<CodeTypeInterface>(type.getElementType());
  int64_t rows = type.getDimSize(0), depth = type.getDimSize(1);
  int64_t length = blocks.block == 0 ? depth : blocks.block;
  int64_t count = blocks.block == 0 ? 1 : ceilDivide(depth, blocks.block);
  // The level of each byte: the interface is not asked for each of millions.
  std::array<int64_t, 256> levels;
  for (size_t byte = 0; byte < levels.size(); ++byte) {
    bool isLevel = table && byte < table->size();
    int64_t value = code.isSigned() ? static_cast<int8_t>(byte) : byte;
    levels[byte] = isLevel ? (*table)[byte] : value;
  }
  auto bytes = getCodeBytes(constant.getCodes());
  auto splat = dyn_cast<SplatElementsAttr>(constant.getCodes());
  if (!bytes && !splat)
    return std::nullopt;
  SmallVector<int64_t> sums;
  sums.reserve(rows * count);
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t g = 0; g < count; ++g) {
      int64_t first = g * length, end = std::min(first + length, depth);
      int64_t sum = 0;
      if (bytes)
        for (int8_t byte : bytes->slice(row * depth + first, end - first))
          sum += levels[static_cast<uint8_t>(byte)];
      else
        sum = levels[splat.getSplatValue<APInt>().getZExtValue() & 0xFF] *
              (end - first);
      sums.push_back(sum);
    }
  }
  return sums;
}

Value mlir::lowbit::createSums(RewriterBase &rewriter, Location location,
                               Blocks blocks) {
  auto type = getMatrixType(blocks.codes);
  int64_t rows = type.getDimSize(0), depth = type.getDimSize(1);
  int64_t count = 1;
  if (blocks.block != 0)
    count = type.isDynamicDim(1) ? ShapedType::kDynamic
                                 : ceilDivide(depth, blocks.block);
  if (auto sums = getConstantSums(blocks))
    return createIntegers(rewriter, location, rows, count, *sums);
  auto sumsType = RankedTensorType::get({rows, count}, rewriter.getI32Type());
  return RowSumsOp::create(rewriter, location, sumsType, blocks.codes,
                           blocks.block);
}

/// K_g as i32, in the body of an op whose second loop is over blocks.
static Value createLength(OpBuilder &builder, Location location, Value depth,
                          int64_t block) {
  std::optional<int64_t> constant = getConstantIntValue(depth);
  if (block == 0 || (constant && *constant % block == 0)) {
    if (constant)
      return arith::ConstantIntOp::create(
          builder, location,
          static_cast<int32_t>(block == 0 ? *constant : block), 32);
    return arith::IndexCastOp::create(builder, location, builder.getI32Type(),
                                      depth);
  }
  Value blockSize = arith::ConstantIndexOp::create(builder, location, block);
  Value index = linalg::IndexOp::create(builder, location, 1);
  Value start = arith::MulIOp::create(builder, location, index, blockSize);
  Value rest = arith::SubIOp::create(builder, location, depth, start);
  Value length = arith::MinSIOp::create(builder, location, rest, blockSize);
  return arith::IndexCastOp::create(builder, location, builder.getI32Type(),
                                    length);
}

/// `createShiftedSums` at compile time, or nothing where that cannot be.
static Value foldShiftedSums(RewriterBase &rewriter, Location location,
                             Parameters sums, Parameters zeroPoint,
                             Blocks blocks, OpFoldResult rows, bool negate) {
  auto sumValues = getConstantIntegers(sums.value);
  std::optional<int64_t> rowCount = getConstantIntValue(rows);
  if (!sumValues || !rowCount)
    return {};
  std::optional<SmallVector<int64_t>> shifts;
  int64_t depth = getMatrixType(blocks.codes).getDimSize(1);
  if (zeroPoint.value) {
    shifts = getConstantIntegers(zeroPoint.value);
    if (!shifts || ShapedType::isDynamic(depth))
      return {};
  }
  int64_t columns = getMatrixType(sums.value).getDimSize(1);
  SmallVector<int64_t> values;
  values.reserve(*rowCount * columns);
  for (int64_t row = 0; row < *rowCount; ++row) {
    for (int64_t g = 0; g < columns; ++g) {
      int64_t value = (*sumValues)[sums.getIndex(row, g)];
      if (shifts) {
        int64_t length = blocks.block == 0
                             ? depth
                             : std::min(blocks.block, depth - g * blocks.block);
        value -= length * (*shifts)[zeroPoint.getIndex(row, g)];
      }
      values.push_back(negate ? -value : value);
    }
  }
  return createIntegers(rewriter, location, *rowCount, columns, values);
}

Value mlir::lowbit::createShiftedSums(RewriterBase &rewriter, Location location,
                                      Parameters sums, Parameters zeroPoint,
                                      Blocks blocks, OpFoldResult rows,
                                      bool negate) {
  if (Value folded = foldShiftedSums(rewriter, location, sums, zeroPoint,
                                     blocks, rows, negate))
    return folded;
  SmallVector<Value> inputs = {sums.value};
  SmallVector<AffineMap> maps = {sums.getMap()};
  Value depth;
  if (zeroPoint.value) {
    inputs.push_back(zeroPoint.value);
    maps.push_back(zeroPoint.getMap());
    depth = getValueOrCreateConstantIndexOp(
        rewriter, location,
        tensor::getMixedSize(rewriter, location, blocks.codes, 1));
  }
  SmallVector<OpFoldResult> sizes = {
      rows, tensor::getMixedSize(rewriter, location, sums.value, 1)};
  Value empty =
      tensor::EmptyOp::create(rewriter, location, sizes, rewriter.getI32Type());
  auto body = [&](OpBuilder &builder, Location at,
                  ValueRange elements) -> Value {
    Value result = elements[0];
    if (zeroPoint.value) {
      Value length = createLength(builder, at, depth, blocks.block);
      Value shift = arith::MulIOp::create(builder, at, length, elements[1]);
      result = arith::SubIOp::create(builder, at, result, shift);
    }
    if (!negate)
      return result;
    Value zero = arith::ConstantIntOp::create(builder, at, 0, 32);
    return arith::SubIOp::create(builder, at, zero, result);
  };
  return createElementwise(rewriter, location, inputs, maps, empty, body);
}

Value mlir::lowbit::createOffsets(RewriterBase &rewriter, Location location,
                                  Parameters scale, Parameters zeroPoint,
                                  OpFoldResult rows) {
  auto type = getMatrixType(scale.value);
  auto scales = getConstantFloats(scale.value);
  auto shifts = getConstantFloats(zeroPoint.value);
  std::optional<int64_t> rowCount = getConstantIntValue(rows);
  if (scales && shifts && rowCount) {
    SmallVector<float> values;
    for (int64_t row = 0; row < *rowCount; ++row)
      for (int64_t g = 0; g < type.getDimSize(1); ++g)
        values.push_back(-((*scales)[scale.getIndex(row, g)] *
                           (*shifts)[zeroPoint.getIndex(row, g)]));
    return createFloats(rewriter, location, rewriter.getF32Type(), *rowCount,
                        type.getDimSize(1), values);
  }
  SmallVector<OpFoldResult> sizes = {
      rows, tensor::getMixedSize(rewriter, location, scale.value, 1)};
  Value empty =
      tensor::EmptyOp::create(rewriter, location, sizes, rewriter.getF32Type());
  auto body = [](OpBuilder &builder, Location at,
                 ValueRange elements) -> Value {
    Value factor = elements[0];
    if (!factor.getType().isF32())
      factor = arith::ExtFOp::create(builder, at, builder.getF32Type(), factor);
    Value product = arith::MulFOp::create(builder, at, factor, elements[1]);
    return arith::NegFOp::create(builder, at, product);
  };
  return createElementwise(rewriter, location, {scale.value, zeroPoint.value},
                           {scale.getMap(), zeroPoint.getMap()}, empty, body);
}

/// The elements of a constant in f32, row-major, if they can be read.
static std::optional<SmallVector<float>> getConstantReals(Value value) {
  if (auto floats = getConstantFloats(value))
    return floats;
  auto integers = getConstantIntegers(value);
  if (!integers)
    return std::nullopt;
  return SmallVector<float>(llvm::map_range(
      *integers, [](int64_t integer) { return static_cast<float>(integer); }));
}

Value mlir::lowbit::createZeroPointColumn(RewriterBase &rewriter,
                                          Location location,
                                          Parameters zeroPoint,
                                          OpFoldResult rows) {
  if (!zeroPoint.value || isConstantZero(zeroPoint.value))
    return {};
  int64_t columns = getMatrixType(zeroPoint.value).getDimSize(1);
  auto reals = getConstantReals(zeroPoint.value);
  std::optional<int64_t> rowCount = getConstantIntValue(rows);
  if (reals && rowCount) {
    SmallVector<float> elements;
    for (int64_t row = 0; row < *rowCount; ++row)
      for (int64_t g = 0; g < columns; ++g)
        elements.push_back((*reals)[zeroPoint.getIndex(row, g)]);
    return createFloats(rewriter, location, rewriter.getF32Type(), *rowCount,
                        columns, elements);
  }
  SmallVector<OpFoldResult> sizes = {
      rows, tensor::getMixedSize(rewriter, location, zeroPoint.value, 1)};
  Value empty =
      tensor::EmptyOp::create(rewriter, location, sizes, rewriter.getF32Type());
  auto body = [](OpBuilder &builder, Location at,
                 ValueRange elements) -> Value {
    if (elements[0].getType().isF32())
      return elements[0];
    return arith::SIToFPOp::create(builder, at, builder.getF32Type(),
                                   elements[0]);
  };
  return createElementwise(rewriter, location, zeroPoint.value,
                           zeroPoint.getMap(), empty, body);
}
