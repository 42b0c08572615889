//===- RangeRules.h - Ranges worth quantizing -------------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// From a histogram of values in [min, max] to the range that is to be
// quantized; what lies outside saturates. A range is sought among the ends
//
//   symmetric              [-t m, t m]        m = max(|min|, |max|)
//   with an end at zero    [0, t max], [t min, 0]
//   else                   [t min, u max]
//
// with t, u = 1/n, 2/n, .., 1; n = 512 for one end, 64 for each of two. Among
// equals the widest range wins. `min` counts as 0 where it is above, and `max`
// where it is below: real 0 has a code.
//
// A bin stands for its centre, moved into [min, max]. So the error of a search
// is that of the histogram: as long as a quantization step spans several bins
// it does not matter.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_QUANTIZATION_RANGERULES_H
#define LOWBIT_QUANTIZATION_RANGERULES_H

#include "lowbit/Quantization/Histogram.h"

#include <cstdint>
#include <functional>

namespace mlir::lowbit {

/// How a range is found.
enum class RangeRule {
  MinMax,
  MovingAverage,
  Percentile,
  Mse,
  Kl,
  BatchNorm ///< of the layer before, else MinMax
};

/// An interval of reals, min <= max.
struct RealRange {
  float min = 0.0f, max = 0.0f;

  bool operator==(const RealRange &other) const {
    return min == other.min && max == other.max;
  }
};

/// The values of a histogram and the bounds they lie in.
struct RangeProblem {
  const Histogram &histogram;
  RealRange bounds;
  bool isSymmetric;
};

/// The share of values inside, in percent, where none is given.
constexpr double kDefaultPercentile = 99.99;

/// The tightest range that, of n values, leaves at most (1 - percent/100) n / 2
/// out at each end or, if symmetric, (1 - percent/100) n together. Its ends are
/// edges of bins or `bounds`. `percent` lies in [0, 100].
RealRange findPercentileRange(const RangeProblem &problem, double percent);

/// A real to the real that its code stands for.
using RoundTrip = std::function<double(double)>;

/// sum over the bins of count * (x - roundTrip(x))^2, where x is what the bin
/// stands for. Ends early with a number above `limit` where the sum exceeds it.
double computeSquaredError(const RangeProblem &problem,
                           const RoundTrip &roundTrip, double limit);

/// The range of least squared error, where `roundTripFor` quantizes with a
/// range.
RealRange findMseRange(const RangeProblem &problem,
                       const std::function<RoundTrip(RealRange)> &roundTripFor);

/// The Kullback-Leibler divergence, in nats, of the values clipped to the bins
/// first..last (-2048..2047) from the same values in `levels` levels:
///
///   P    the counts, those outside added to the first and the last bin
///   Q    the bins cut into `levels` runs, bin i being in run
///        floor(i * levels / bins); the counts of a run, without those added,
///        shared equally by its bins with P > 0
///   D =  sum_i p_i log(p_i / q_i), with p = P / sum P and q = Q / sum Q
///
/// Infinite where some p_i > 0 has q_i = 0. The cross-entropy of P and Q
/// differs by the entropy of P.
///
/// Source: S. Migacz, "8-bit Inference with TensorRT", GTC 2017.
double computeDivergence(const Histogram &histogram, int64_t first,
                         int64_t last, int64_t levels);

/// The range of least divergence among those of at least `levels` bins; the
/// bounds where there is none. Its ends are edges of bins or `bounds`. A zero
/// is exact in every range, so that those of a relu must not decide: bin 0
/// counts no more than the larger one of its neighbours, unless both are empty.
RealRange findKlRange(const RangeProblem &problem, int64_t levels);

} // namespace mlir::lowbit

#endif // LOWBIT_QUANTIZATION_RANGERULES_H
