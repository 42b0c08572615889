//===- SumRanges.h - How large the sums of a layer become -------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_TRANSFORMS_SUMRANGES_H
#define LOWBIT_LIB_DIALECT_TRANSFORMS_SUMRANGES_H

#include "lowbit/Dialect/IR/LowbitDialect.h"
#include "lowbit/Quantization/SumRange.h"

namespace mlir::lowbit {

/// What the integer `value` (a tensor) can be: a constant, a code, a row sum,
/// the zero point of `lowbit.choose_params`; nothing where only its type is
/// known.
std::optional<SumRange> getIntegerRange(Value value);

/// Activations by weights of `N` rows, whose elements are each multiplied once
/// for a sum: `N x K` or `N x KH x KW x C`. Zero points may be null.
struct Products {
  Value activations, weights;
  Value activationZeroPoint, weightZeroPoint;

  /// The products of a matmul or a convolution.
  template <typename ProductOp> static Products of(ProductOp op) {
    return {op.getActivations(), op.getWeights(), op.getActivationZeroPoint(),
            op.getWeightZeroPoint()};
  }
};

/// The ranges of `sum_k (a - za)(w - zw)` over the k of each block, for each of
/// the N channels, from the constant weights; `block` 0 is one block for all K.
/// Of weights or zero points of run time the code types are taken, and of a
/// dynamic N one channel. Empty where K is dynamic. Padding adds zeros, which
/// are in the range of the activations.
SmallVector<SumRange> getSumRanges(const Products &products, int64_t block);

/// The values of `value` along its last dimension, if they are the same
/// constants everywhere: a broadcast or a fill of a constant, or a constant of
/// one row or one value.
template <typename T> std::optional<SmallVector<T>> getRepeatedRow(Value value);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_DIALECT_TRANSFORMS_SUMRANGES_H
