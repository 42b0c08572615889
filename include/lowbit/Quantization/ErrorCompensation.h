//===- ErrorCompensation.h - Rounding that knows the inputs -----*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Weights are rounded for inputs x with second moments H = 2 E[x x^T]: the
// error of a row w rounded to q counts as
//
//   (w - q) H' (w - q)^T,   H' = H + damping * mean(diag H) * I
//
// Columns are rounded one after the other, and the columns to come make up for
// the error so far as well as real numbers can: with U the upper triangle of
// inverse(H') = U^T U, for j = 0..K-1
//
//   q_j = real of the code of w_j
//   w_i = w_i - (w_j - q_j) / U_jj * U_ji           for i > j
//
// Each code is the best one given those before it if those after it were real.
// A row keeps its codes of rounding to nearest where these have a smaller
// error.
//
// Source: E. Frantar et al., arXiv:2210.17323 (GPTQ).
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_QUANTIZATION_ERRORCOMPENSATION_H
#define LOWBIT_QUANTIZATION_ERRORCOMPENSATION_H

#include "lowbit/Quantization/WeightQuantizer.h"

namespace mlir::lowbit {

/// The usual part of the mean of the diagonal that is added to it.
constexpr double kDefaultDamping = 0.01;

/// Quantizes the row-major `w` of N x K for second moments `h`, row-major
/// K x K and symmetric. Scales and zero points are those of `quantizeWeights`.
/// An `h` of zeros counts as the identity. Returns none and sets `error` where
/// `quantizeWeights` does, where the encoding is not affine with rounding to
/// nearest even, or H' is not positive definite.
std::optional<QuantizedWeights>
quantizeWithCompensation(const float *w, int64_t n, int64_t k, const double *h,
                         const WeightEncoding &encoding, double damping,
                         std::string &error);

} // namespace mlir::lowbit

#endif // LOWBIT_QUANTIZATION_ERRORCOMPENSATION_H
