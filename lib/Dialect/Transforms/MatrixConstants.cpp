//===- MatrixConstants.cpp - Matrices as constants ------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MatrixConstants.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::lowbit;

Value mlir::lowbit::createIntegers(OpBuilder &builder, Location location,
                                   int64_t rows, int64_t columns,
                                   ArrayRef<int64_t> values) {
  auto wrapped = llvm::map_to_vector(
      values, [](int64_t value) { return static_cast<int32_t>(value); });
  auto type = RankedTensorType::get({rows, columns}, builder.getI32Type());
  return arith::ConstantOp::create(
      builder, location,
      DenseElementsAttr::get(type, ArrayRef<int32_t>(wrapped)));
}

Value mlir::lowbit::createFloats(OpBuilder &builder, Location location,
                                 FloatType type, int64_t rows, int64_t columns,
                                 ArrayRef<float> values) {
  auto matrixType = RankedTensorType::get({rows, columns}, type);
  if (type.isF32())
    return arith::ConstantOp::create(
        builder, location, DenseElementsAttr::get(matrixType, values));
  auto converted = llvm::map_to_vector(values, [&](float value) {
    APFloat result(value);
    bool inexact;
    result.convert(type.getFloatSemantics(), APFloat::rmNearestTiesToEven,
                   &inexact);
    return result;
  });
  return arith::ConstantOp::create(
      builder, location, DenseElementsAttr::get(matrixType, converted));
}
