//===- ActivationStatistics.h - What calibration sees -----------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Statistics of the input of one layer, in one pass over the data and in
// constant memory. Only finite elements count: NaN and infinities are ignored
// and their number is kept. Sums are accumulated in f64 in the order of the
// elements.
//
// The moving average of the bounds follows the batches. With the bounds a, b of
// the finite elements of a batch (one without any changes nothing):
//
//   first batch   A = a                              B = b
//   later         A = momentum * A + (1 - momentum) * a   B likewise
//
// Source: B. Jacob et al., arXiv:1712.05877, section 3.1.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_QUANTIZATION_ACTIVATIONSTATISTICS_H
#define LOWBIT_QUANTIZATION_ACTIVATIONSTATISTICS_H

#include "lowbit/Quantization/Histogram.h"

#include <cstdint>

namespace mlir::lowbit {

/// The part of the past that a batch leaves in the moving average.
constexpr double kDefaultMomentum = 0.9;

/// Statistics of all elements that were added; see above.
struct ActivationStatistics {
  int64_t count = 0;   ///< finite elements
  int64_t ignored = 0; ///< NaN and infinities
  float min = 0.0f, max = 0.0f;
  double sum = 0.0, sumOfSquares = 0.0;
  double averageMin = 0.0, averageMax = 0.0; ///< moving averages
  Histogram histogram;

  /// Adds `size` elements as one batch. `momentum` lies in [0, 1].
  void addBatch(const float *x, int64_t size,
                double momentum = kDefaultMomentum);
};

} // namespace mlir::lowbit

#endif // LOWBIT_QUANTIZATION_ACTIVATIONSTATISTICS_H
