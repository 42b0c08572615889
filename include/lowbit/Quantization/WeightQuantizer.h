//===- WeightQuantizer.h - Codes and scales of a weight ---------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Quantizes a float weight of N x K (out x in, row-major) as a `WeightEncoding`
// asks. Ternary thresholds are taken over the whole tensor (absmean, mse: over
// the group), scales per group. Per group:
//
//   affine   chooseAffineParams(min, max), code by quantizeValue
//   ternary  by threshold, then the scale rule; a group of zero codes or a
//            constant tensor has scale 1
//   binary   by sign, then the scale rule
//   codebook scale max|w| / largest level, then one table for the whole tensor
//            (see Codebook.h), code of the nearest level
//
// A scale is rounded to the scale type first and codes are computed from the
// rounded scale. Statistics are accumulated in f64 in a fixed order, so the
// same weight gives the same bytes everywhere.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_QUANTIZATION_WEIGHTQUANTIZER_H
#define LOWBIT_QUANTIZATION_WEIGHTQUANTIZER_H

#include "lowbit/Quantization/WeightEncoding.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mlir::lowbit {

/// A quantized weight.
struct QuantizedWeights {
  /// One code per element, row-major N x K. Codes above 127 are stored
  /// as their bit pattern.
  std::vector<int8_t> codes;
  /// Row-major scaleRows x scaleCols; each value is exact in the scale type.
  std::vector<float> scales;
  /// Like `scales`; empty unless the encoding has an integer zero point.
  std::vector<int32_t> zeroPoints;
  /// Like `scales`; empty unless the encoding has a float zero point.
  std::vector<float> floatZeroPoints;
  /// The 2^bits levels of a codebook, ascending; empty otherwise.
  std::vector<int8_t> table;
  int64_t scaleRows = 0;
  int64_t scaleCols = 0;
  /// The ternary threshold that holds for the whole tensor, where there is one.
  std::optional<float> threshold;
  /// What the user should know, or empty: one line.
  std::string remark;

  void addRemark(const std::string &text);
};

/// Quantizes `w`. Returns none and sets `error` where the encoding is f32, has
/// several planes or is inconsistent, an extent is negative, a weight is NaN or
/// infinite, or a scale does not fit the scale type.
std::optional<QuantizedWeights> quantizeWeights(const float *w, int64_t n,
                                                int64_t k,
                                                const WeightEncoding &encoding,
                                                std::string &error);

/// The planes whose reals add up to `w`: one, of `quantizeWeights`, unless the
/// encoding is binary with planes=P. Then, per group, with B_p of -1 and +1,
///
///   B_p = sign(w - s_1 B_1 - ... - s_{p-1} B_{p-1}),      p = 1..P
///
/// where all scales are fitted again by least squares after each plane:
///
///   s_1..s_p = argmin sum (w - s_1 B_1 - ... - s_p B_p)^2
///
/// A negative scale turns its plane round. A plane that depends on those before
/// it, as w is already met, has the smallest scale. Fails like
/// `quantizeWeights`.
///
/// Sources: X. Lin et al., arXiv:1711.11294 (ABC-Net, the fit); Z. Li et al.,
/// arXiv:1708.08687 (HORQ, the residuals).
std::optional<std::vector<QuantizedWeights>>
quantizeToPlanes(const float *w, int64_t n, int64_t k,
                 const WeightEncoding &encoding, std::string &error);

/// The N x K real values that the codes stand for.
std::vector<float> dequantizeWeights(const QuantizedWeights &weights, int64_t n,
                                     int64_t k, const WeightEncoding &encoding);

} // namespace mlir::lowbit

#endif // LOWBIT_QUANTIZATION_WEIGHTQUANTIZER_H
