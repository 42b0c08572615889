//===- Ternary.h - Ternary and binary codes of weights ----------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Ternary codes by a threshold T in the units of w, with strict comparisons:
// +1 if w > T, -1 if w < -T, else 0. Statistics are accumulated in f64 in a
// fixed order; T is rounded to f32 and compared in f32, so w = T and w = -T
// give 0.
//
//   sigma    T = alpha * std(w), population deviation about the mean (ddof 0)
//   twn      T = 0.7 * mean|w|
//   mse      the T of least squared error under its best scale: with the k
//            largest |w| kept and S their sum, the error is sum w^2 - S^2/k
//   absmean  code = clamp(round_even(w / s), -1, 1) with s = mean|w|; since
//            f32 division is correctly rounded, this is exactly T = s / 2
//
// Binary codes: `sign` is -1 if w < 0, else +1 (so 0.0, -0.0 and NaN give +1);
// `step` is 0 if w < 0, else 1; `stochastic` is +1 with probability sigmoid(w),
// else -1 (its mean is tanh(w/2), so it is not unbiased, and the exponential is
// the C library's).
//
// Sources: F. Li et al., arXiv:1605.04711 (twn, mse); S. Ma et al.,
// arXiv:2402.17764 (absmean); M. Rastegari et al., arXiv:1603.05279 (sign with
// scale mean|w|).
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_QUANTIZATION_TERNARY_H
#define LOWBIT_QUANTIZATION_TERNARY_H

#include "lowbit/Quantization/Rounding.h"

#include <cstdint>

namespace mlir::lowbit {

/// The alpha of `sigma` where none is given, and its usual range.
constexpr double kDefaultAlpha = 1.2;
constexpr double kUsualAlphaMin = 1.0;
constexpr double kUsualAlphaMax = 2.0;

/// mean|w|; 0 where count is 0.
double computeMeanAbs(const float *w, int64_t count);

/// Population standard deviation about the mean (ddof 0); 0 where count is 0.
double computeStd(const float *w, int64_t count);

/// Whether all elements are equal; true where count is 0.
bool isConstant(const float *w, int64_t count);

/// T = alpha * std(w).
float computeSigmaThreshold(const float *w, int64_t count, double alpha);

/// T = 0.7 * mean|w|.
float computeTwnThreshold(const float *w, int64_t count);

/// The T of least squared error. Among equals the smallest number of nonzero
/// codes wins. Sorts a 32-bit key per weight.
float computeMseThreshold(const float *w, int64_t count);

/// +1, 0 or -1 by strict comparison with a threshold; NaN gives 0.
inline int8_t getTernaryCode(float w, float threshold) {
  return static_cast<int8_t>((w > threshold) - (w < -threshold));
}

/// +1 or -1.
inline int8_t getSignCode(float w) { return w < 0.0f ? -1 : 1; }

/// 1 or 0.
inline int8_t getStepCode(float w) { return w < 0.0f ? 0 : 1; }

/// +1 where the draw (see Rounding.h) is below sigmoid(w), else -1.
inline int8_t getStochasticSignCode(float w, uint32_t seed, uint32_t index) {
  double probability = 1.0 / (1.0 + std::exp(-static_cast<double>(w)));
  return getStochasticDraw(getStochasticKey(seed), index) < probability ? 1
                                                                        : -1;
}

} // namespace mlir::lowbit

#endif // LOWBIT_QUANTIZATION_TERNARY_H
