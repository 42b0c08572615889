//===- ErrorStatistics.h - How far a tensor is from another -----*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The error of a quantized layer against the float one, in one pass over the
// data and in constant memory. Sums are accumulated in f64 in the order of the
// elements. For expected elements x and actual ones y:
//
//   SQNR      10 log10(sum x^2 / sum (x - y)^2), in dB
//   cosine    sum xy / sqrt(sum x^2 * sum y^2)
//   max error max |x - y|
//
// A pair of which one element is not finite does not count; the number of those
// is kept.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_QUANTIZATION_ERRORSTATISTICS_H
#define LOWBIT_QUANTIZATION_ERRORSTATISTICS_H

#include <cstdint>

namespace mlir::lowbit {

/// The error of all elements that were added; see above.
struct ErrorStatistics {
  int64_t count = 0;    ///< finite pairs
  int64_t ignored = 0;  ///< others
  double signal = 0.0;  ///< sum of x^2
  double noise = 0.0;   ///< sum of (x - y)^2
  double energy = 0.0;  ///< sum of y^2
  double product = 0.0; ///< sum of xy
  double maxError = 0.0;

  /// Adds `size` pairs.
  void addBatch(const float *expected, const float *actual, int64_t size);

  /// In dB: infinity without noise, -infinity for noise alone, NaN of nothing.
  double getSqnr() const;

  /// In [-1, 1]: 1 if all elements are zero, 0 if those of one side are, NaN of
  /// nothing.
  double getCosine() const;
};

/// The share of elements that saturate when they are quantized.
struct ClippedShare {
  int64_t count = 0; ///< all but NaN, which is not clipped but replaced
  int64_t clipped = 0;

  /// Adds `size` values of `t - clamp(t)` for `t = x / scale + zero_point` and
  /// the range of the codes. What is more than 1/2 beyond it is clipped; the
  /// rest rounds to the last code.
  void addBatch(const float *excess, int64_t size);

  /// In [0, 1]; 0 of no elements.
  double get() const;
};

} // namespace mlir::lowbit

#endif // LOWBIT_QUANTIZATION_ERRORSTATISTICS_H
