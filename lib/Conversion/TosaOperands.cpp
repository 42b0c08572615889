//===- TosaOperands.cpp - Integers of TOSA as codes -----------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TosaOperands.h"
#include "lowbit/Dialect/IR/ConstantData.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::lowbit;

/// The elements of `integers`, i8 or i4, if they are constant.
static std::optional<SmallVector<int8_t>> getConstants(Value integers) {
  SmallVector<int8_t> codes;
  if (auto bytes = getConstantIntegers(integers)) {
    codes.assign(bytes->begin(), bytes->end());
    return codes;
  }
  DenseIntElementsAttr elements;
  if (!matchPattern(integers, m_Constant(&elements)))
    return std::nullopt;
  for (const APInt &value : elements.getValues<APInt>())
    codes.push_back(static_cast<int8_t>(value.getSExtValue()));
  return codes;
}

static Value createConstant(OpBuilder &builder, Location location,
                            RankedTensorType type, ArrayRef<int8_t> codes) {
  auto storage = type.clone(builder.getI8Type());
  if (codes.empty())
    return ConstantOp::create(builder, location, type,
                              DenseElementsAttr::get(storage, codes));
  StringRef layer = getLayerName(location);
  ArrayRef<char> bytes(reinterpret_cast<const char *>(codes.data()),
                       codes.size());
  DenseResourceElementsAttr elements = DenseI8ResourceElementsAttr::get(
      storage, ((layer.empty() ? "weights" : layer) + ".codes").str(),
      HeapAsmResourceBlob::allocateAndCopyWithAlign(bytes, /*align=*/64,
                                                    /*dataIsMutable=*/false));
  return ConstantOp::create(builder, location, type, elements);
}

static RankedTensorType getCodesType(OpBuilder &builder, Value integers,
                                     ArrayRef<int64_t> shape) {
  auto bits = getElementTypeOrSelf(integers).getIntOrFloatBitWidth();
  return RankedTensorType::get(
      shape, AffineType::get(builder.getContext(), bits, AffineRange::Signed));
}

/// Integers of run time as codes of `type`, whose shape they have.
static Value reinterpret(OpBuilder &builder, Location location, Value integers,
                         RankedTensorType type) {
  auto storage = type.clone(builder.getI8Type());
  if (integers.getType() != storage)
    integers = arith::ExtSIOp::create(builder, location, storage, integers);
  return builder.createOrFold<FromStorageOp>(location, type, integers);
}

Value mlir::lowbit::createCodes(OpBuilder &builder, Location location,
                                Value integers) {
  auto type = getCodesType(builder, integers,
                           cast<ShapedType>(integers.getType()).getShape());
  if (auto codes = getConstants(integers))
    return createConstant(builder, location, type, *codes);
  return reinterpret(builder, location, integers, type);
}

Value mlir::lowbit::createTransposedCodes(OpBuilder &builder, Location location,
                                          Value integers, int64_t rows,
                                          int64_t columns,
                                          ArrayRef<int64_t> shape) {
  auto type = getCodesType(builder, integers, shape);
  if (auto codes = getConstants(integers)) {
    SmallVector<int8_t> transposed;
    for (int64_t column = 0; column < columns; ++column)
      for (int64_t row = 0; row < rows; ++row)
        transposed.push_back((*codes)[row * columns + column]);
    return createConstant(builder, location, type, transposed);
  }
  auto source = cast<RankedTensorType>(integers.getType());
  // The first two dimensions are the rows, the others the columns.
  SmallVector<ReassociationIndices> matrix = {{0, 1}, {}};
  llvm::append_range(matrix[1], llvm::seq<int64_t>(2, source.getRank()));
  Value collapsed =
      tensor::CollapseShapeOp::create(builder, location, integers, matrix);
  Value empty = tensor::EmptyOp::create(builder, location,
                                        ArrayRef<int64_t>{columns, rows},
                                        source.getElementType());
  Value transposed = linalg::TransposeOp::create(builder, location, collapsed,
                                                 empty, ArrayRef<int64_t>{1, 0})
                         ->getResult(0);
  if (shape.size() > 2) {
    SmallVector<ReassociationIndices> kernel = {{0}, {}};
    llvm::append_range(kernel[1], llvm::seq<int64_t>(1, shape.size()));
    transposed = tensor::ExpandShapeOp::create(
        builder, location, source.clone(shape), transposed, kernel);
  }
  return reinterpret(builder, location, transposed, type);
}

Value mlir::lowbit::createIntegers(OpBuilder &builder, Location location,
                                   ArrayRef<int64_t> shape,
                                   ArrayRef<int64_t> values) {
  SmallVector<int32_t> narrow(values.begin(), values.end());
  auto type = RankedTensorType::get(shape, builder.getI32Type());
  return arith::ConstantOp::create(
      builder, location,
      DenseElementsAttr::get(type, ArrayRef<int32_t>(narrow)));
}

Value mlir::lowbit::createZeroPoint(OpBuilder &builder, Location location,
                                    int64_t value, int64_t rank) {
  if (value == 0)
    return {};
  return createIntegers(builder, location, SmallVector<int64_t>(rank, 1),
                        {value});
}
