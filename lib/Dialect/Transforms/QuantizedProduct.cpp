//===- QuantizedProduct.cpp - A product with codes ------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantizedProduct.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::lowbit;

/// The product of two matrices of reals, `M x K` and `N x K`.
static Value multiplyReals(OpBuilder &builder, Location location,
                           RankedTensorType type, Value activations,
                           Value weights) {
  SmallVector<OpFoldResult> sizes = {
      tensor::getMixedSize(builder, location, activations, 0),
      tensor::getMixedSize(builder, location, weights, 0)};
  Value zero = arith::ConstantOp::create(
      builder, location, builder.getZeroAttr(type.getElementType()));
  Value empty =
      tensor::EmptyOp::create(builder, location, sizes, type.getElementType());
  Value init =
      linalg::FillOp::create(builder, location, zero, empty).getResult(0);
  AffineExpr m, n, k;
  bindDims(builder.getContext(), m, n, k);
  auto maps = AffineMap::inferFromExprList({ArrayRef<AffineExpr>{m, k},
                                            ArrayRef<AffineExpr>{n, k},
                                            ArrayRef<AffineExpr>{m, n}},
                                           builder.getContext());
  auto product = linalg::MatmulOp::create(
      builder, location, TypeRange{init.getType()},
      ValueRange{activations, weights}, ValueRange{init});
  product.setIndexingMapsAttr(builder.getAffineMapArrayAttr(maps));
  return product.getResult(0);
}

Value mlir::lowbit::createProduct(OpBuilder &builder, Location location,
                                  RankedTensorType type,
                                  const QuantizedOperand &activations,
                                  const QuantizedOperand &weights,
                                  StringAttr layer) {
  if (!weights.hasCodes())
    return multiplyReals(builder, location, type, activations.codes,
                         weights.codes);
  if (!activations.hasCodes())
    return WeightOnlyMatmulOp::create(
        builder, location, type, activations.codes, weights.codes,
        weights.scale, weights.zeroPoint, weights.blockSizes, layer);
  return ScaledMatmulOp::create(
      builder, location, type, activations.codes, weights.codes,
      activations.scale, weights.scale, activations.zeroPoint,
      weights.zeroPoint, /*row_terms=*/ValueRange(),
      /*column_terms=*/ValueRange(), /*offset_rows=*/Value(),
      /*offset_columns=*/Value(), weights.blockSizes, layer);
}
