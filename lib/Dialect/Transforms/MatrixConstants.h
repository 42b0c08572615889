//===- MatrixConstants.h - Matrices as constants ----------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Constant matrices from numbers, and their transposes.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_TRANSFORMS_MATRIXCONSTANTS_H
#define LOWBIT_LIB_DIALECT_TRANSFORMS_MATRIXCONSTANTS_H

#include "mlir/IR/Builders.h"

namespace mlir::lowbit {

/// An `arith.constant` of i32, from row-major values modulo 2^32.
Value createIntegers(OpBuilder &builder, Location location, int64_t rows,
                     int64_t columns, ArrayRef<int64_t> values);

/// An `arith.constant` of `type`, in which the row-major values are exact.
Value createFloats(OpBuilder &builder, Location location, FloatType type,
                   int64_t rows, int64_t columns, ArrayRef<float> values);

/// Row-major values of `rows x columns`, transposed.
template <typename T>
SmallVector<T> transposeMatrix(ArrayRef<T> values, int64_t rows,
                               int64_t columns) {
  // Tiles whose lines stay in the cache on both sides.
  constexpr int64_t tile = 32;
  SmallVector<T> result;
  result.resize_for_overwrite(values.size());
  for (int64_t firstRow = 0; firstRow < rows; firstRow += tile)
    for (int64_t column = 0; column < columns; ++column)
      for (int64_t row = firstRow; row < std::min(firstRow + tile, rows); ++row)
        result[column * rows + row] = values[row * columns + column];
  return result;
}

/// Row-major values of `shape`, transposed: dimension d of the result is
/// dimension `order[d]`.
template <typename T>
SmallVector<T> permute(ArrayRef<T> values, ArrayRef<int64_t> shape,
                       ArrayRef<int64_t> order) {
  SmallVector<int64_t> strides(shape.size(), 1);
  for (int64_t d = static_cast<int64_t>(shape.size()) - 2; d >= 0; --d)
    strides[d] = strides[d + 1] * shape[d + 1];
  SmallVector<T> result(values);
  SmallVector<int64_t> at(shape.size(), 0);
  for (T &value : result) {
    int64_t offset = 0;
    for (auto [index, d] : llvm::zip_equal(at, order))
      offset += index * strides[d];
    value = values[offset];
    for (size_t d = order.size(); d-- > 0;) {
      if (++at[d] < shape[order[d]])
        break;
      at[d] = 0;
    }
  }
  return result;
}

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_DIALECT_TRANSFORMS_MATRIXCONSTANTS_H
