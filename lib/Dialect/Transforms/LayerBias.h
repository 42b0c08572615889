//===- LayerBias.h - What a layer adds to each output -----------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_TRANSFORMS_LAYERBIAS_H
#define LOWBIT_LIB_DIALECT_TRANSFORMS_LAYERBIAS_H

#include "mlir/IR/Builders.h"

namespace mlir::lowbit {

/// The f32 values, one for each output, that the tensor `init` repeats; the
/// outputs lie along the dimensions `outputs`, row-major. None if it is not
/// such a constant.
std::optional<SmallVector<float>> getConstantBias(Value init,
                                                  ArrayRef<int64_t> outputs);

/// A tensor like `init` that repeats the values `bias`.
Value createBias(OpBuilder &builder, Location location, Value init,
                 ArrayRef<int64_t> outputs, ArrayRef<float> bias);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_DIALECT_TRANSFORMS_LAYERBIAS_H
