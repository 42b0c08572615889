//===- QuantizedProduct.h - A product with codes ----------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_TRANSFORMS_QUANTIZEDPRODUCT_H
#define LOWBIT_LIB_DIALECT_TRANSFORMS_QUANTIZEDPRODUCT_H

#include "QuantizedOperands.h"

namespace mlir::lowbit {

/// The product of matrices, in f32 of `type`: `lowbit.scaled_matmul`, or
/// `lowbit.weight_only_matmul` where the activations are reals, `linalg.matmul`
/// where both are.
Value createProduct(OpBuilder &builder, Location location,
                    RankedTensorType type, const QuantizedOperand &activations,
                    const QuantizedOperand &weights, StringAttr layer);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_DIALECT_TRANSFORMS_QUANTIZEDPRODUCT_H
