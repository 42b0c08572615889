//===- ErrorCompensation.h - Rounding that knows the inputs -----*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Weights are rounded for inputs x with second moments H = E[x x^T]: the error
// of a row w rounded to q counts as
//
//   (w - q) H' (w - q)^T,   H' = H + damping * mean(diag H) * I
//
// where an input that is always 0 has H'_ii = 1 if nothing is added. Columns
// are rounded one after the other, and the columns to come make up for the
// error so far as well as real numbers can: with the upper triangle R of
// H' = R R^T the error is the sum over j of
//
//   (sum_{i <= j} (w_i - q_i) R_ij)^2
//
// so that, for j = 0..K-1,
//
//   v_j = w_j + sum_{i < j} (w_i - q_i) R_ij / R_jj    what is wanted
//   q_j = the level next to v_j                        (those of the scale)
//
// Each code is the best one given those before it if those after it were real.
// A row keeps its codes without compensation where these have a smaller error.
//
// Source: E. Frantar et al., arXiv:2210.17323 (GPTQ), whose inverse of H' has
// the factor U = R^-1: nothing needs to be inverted.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_QUANTIZATION_ERRORCOMPENSATION_H
#define LOWBIT_QUANTIZATION_ERRORCOMPENSATION_H

#include "lowbit/Quantization/InputMoments.h"
#include "lowbit/Quantization/WeightQuantizer.h"

namespace mlir::lowbit {

/// Quantizes the row-major `w` of N x K for inputs with the moments `inputs`,
/// whose groups share the rows equally. Scales, zero points and levels are
/// those of `quantizeWeights`, the damping is that of `encoding`. Moments of
/// zeros count as the identity. Returns none and sets `error` where
/// `quantizeWeights` does, where the encoding draws codes at random or has
/// several planes or another rounding than nearest even, and where `inputs` has
/// another shape, no products, not finite ones, or H' is not positive definite.
std::optional<QuantizedWeights>
quantizeWithCompensation(const float *w, int64_t n, int64_t k,
                         const InputMoments &inputs,
                         const WeightEncoding &encoding, std::string &error);

} // namespace mlir::lowbit

#endif // LOWBIT_QUANTIZATION_ERRORCOMPENSATION_H
