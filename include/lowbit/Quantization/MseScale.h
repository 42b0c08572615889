//===- MseScale.h - The scale of least squared error ------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// For weights w, codes lo..hi and a zero point z (0 without one) the error of a
// scale s > 0 is
//
//   E(s, z) = sum_i min over codes c of (w_i - s * (c - z))^2
//
// the squared error of rounding to nearest with saturation. With these nearest
// codes kept fixed while s moves it is the parabola
//
//   P(s) = sum w^2 - 2 * s * A + s^2 * B,   A = sum w * (c - z), B = sum (c -
//   z)^2
//
// so E consists of as many parabolas as codes change at, s = w_i / (c - z +
// 1/2), about count * 2^b. `findMseScale` returns a global minimum over all
// real s and all integers z of lo..hi, by branch and bound. The nearest codes
// at t give E(s) <= P_t(s), and what new codes gain, P_t(s) - E(s), grows with
// the distance of s from t: for s > t always, and for s < t down to t / 2. So
// on [a, b]
//
//   E(s) >= min P_a - (P_a(b) - E(b))
//   E(s) >= min P_b - (P_b(a) - E(a))          if b <= 2 * a
//
// whose slack is quadratic in b - a. On sorted weights with prefix sums a point
// takes 2^b binary searches, however many weights there are.
//
// Source of clipping by least squared error: R. Banner et al.,
// arXiv:1810.05723.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_QUANTIZATION_MSESCALE_H
#define LOWBIT_QUANTIZATION_MSESCALE_H

#include <cstdint>

namespace mlir::lowbit {

/// A scale and an integer zero point with their squared error.
struct MseScale {
  double scale = 1.0;
  int32_t zeroPoint = 0;
  double error = 0.0;
};

/// The scale of least squared error for codes `lo..hi` with `hi > 0`, and with
/// `hasZeroPoint` the zero point of `lo..hi` that goes with it; without, it is
/// 0. The error is within 1e-9 of the least, relatively. Weights that are all
/// 0, or none, have scale 1.
MseScale findMseScale(const float *w, int64_t count, int32_t lo, int32_t hi,
                      bool hasZeroPoint);

} // namespace mlir::lowbit

#endif // LOWBIT_QUANTIZATION_MSESCALE_H
