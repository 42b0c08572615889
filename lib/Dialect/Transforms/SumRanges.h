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

/// Activations `M x K` by weights `N x K`; zero points may be null.
struct Products {
  Value activations, weights;
  Value activationZeroPoint, weightZeroPoint;
};

/// The ranges of `sum_k (a - za)(w - zw)` over the k of each block, for each of
/// the N channels, from the constant weights; `block` 0 is one block for all K.
/// Of weights or zero points of run time the code types are taken, and of a
/// dynamic N one channel. Empty where K is dynamic.
SmallVector<SumRange> getSumRanges(const Products &products, int64_t block);

/// The columns of `value`, `M x N`, if it is the same constant row in each: a
/// broadcast or a fill of a constant, or a constant of one row or one value.
template <typename T> std::optional<SmallVector<T>> getRepeatedRow(Value value);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_DIALECT_TRANSFORMS_SUMRANGES_H
