//===- MseScale.h - The scale of least squared error ------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// For weights w and codes lo..hi with a zero point z (0 without one) the error
// of a scale s > 0 is
//
//   E(s) = sum_i min over levels l of (w_i - s * l)^2,   l = c - z
//
// the squared error of rounding to nearest with saturation. With the levels
// nearest at t kept fixed while s moves it is the parabola
//
//   P_t(s) = sum w^2 - 2 * s * A + s^2 * B,   A = sum w * l,  B = sum l^2
//
// so E consists of as many parabolas as levels change at, s = w_i / (l + 1/2),
// about count * 2^b. `findMseScale` returns a global minimum over all real s
// and all integers z of lo..hi, by branch and bound. In u = 1/s what other
// levels gain is a maximum of straight lines,
//
//   (P_t(s) - E(s)) / s^2 = sum_i max over l of
//                           2 * w_i * u * (l - l_i) + l_i^2 - l^2
//
// hence convex, and below its chord from t, where it is 0, to the other end r
// of an interval. So between them
//
//   E(s) >= P_t(s) - (P_t(r) - E(r)) * s * (s - t) / (r * (r - t))
//
// a parabola through E(t) and E(r), for each of both ends. All of this holds
// for any set of levels, so that the levels lo - z2 .. hi - z1 bound the error
// of all zero points z1..z2 at once.
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
/// 0. The error is within 1e-9 of the least, relatively, or 1e-14 of sum w^2.
/// Weights that are all 0, or none, have scale 1.
MseScale findMseScale(const float *w, int64_t count, int32_t lo, int32_t hi,
                      bool hasZeroPoint);

} // namespace mlir::lowbit

#endif // LOWBIT_QUANTIZATION_MSESCALE_H
