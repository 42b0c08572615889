//===- QuantizedProduct.cpp - A product with codes ------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantizedProduct.h"

using namespace mlir;
using namespace mlir::lowbit;

Value mlir::lowbit::createProduct(OpBuilder &builder, Location location,
                                  RankedTensorType type,
                                  const QuantizedOperand &activations,
                                  const QuantizedOperand &weights,
                                  StringAttr layer) {
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
