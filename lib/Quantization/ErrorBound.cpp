//===- ErrorBound.cpp - How wrong a quantized layer can be ----------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Quantization/ErrorBound.h"
#include "lowbit/Quantization/ActivationRange.h"

#include <algorithm>
#include <cmath>

using namespace mlir::lowbit;

/// What the f32 division, product and scale of quantization can add to an error
/// of `step`, relative to it.
static constexpr double floatSlack = 1 + 0x1p-16;

/// The error `total`, up to `rounding` of it due to rounding.
static ErrorBound split(double total, double rounding) {
  return {std::min(total, rounding), std::max(total - rounding, 0.0)};
}

/// The largest error of codes -1, 0, 1 for |x| <= `largest`.
static double boundTernary(double scale, double threshold, double largest) {
  double error = std::min(threshold, largest);
  if (largest < threshold)
    return error;
  return std::max(
      {error, std::abs(scale - threshold), std::abs(largest - scale)});
}

ActivationBound
mlir::lowbit::boundStaticActivations(const ActivationEncoding &encoding,
                                     RealRange range) {
  StaticParams params = chooseStaticParams(encoding, range);
  double min = std::min(range.min, 0.0f), max = std::max(range.max, 0.0f);
  double scale = params.scale, half = scale / 2 * floatSlack;
  ActivationBound bound;
  bound.largest = std::max(-min, max);
  switch (encoding.scheme) {
  case ActivationScheme::Affine: {
    double lowest = scale * (encoding.getLowestCode() - params.zeroPoint);
    double highest = scale * (encoding.getHighestCode() - params.zeroPoint);
    bound.error = split(std::max({half, lowest - min, max - highest}), half);
    break;
  }
  case ActivationScheme::Ternary:
    bound.error =
        split(boundTernary(scale, encoding.threshold.value_or(scale / 2),
                           bound.largest),
              half);
    break;
  case ActivationScheme::Binary:
    bound.error = split(std::max(scale, bound.largest - scale), 2 * half);
    break;
  case ActivationScheme::Float:
    break;
  }
  return bound;
}

ActivationBound
mlir::lowbit::boundDynamicActivations(const ActivationEncoding &encoding) {
  ActivationBound bound;
  bound.largest = 1;
  double levels = std::ldexp(1.0, static_cast<int>(encoding.bits));
  bool isSymmetric = encoding.isSymmetric();
  // Asymmetric: the range has at most twice the extent of the largest |x|.
  double step = isSymmetric ? 1 / (levels / 2 - 1) : 2 / (levels - 1);
  bound.error.rounding = step / 2 * floatSlack;
  // A rounded zero point moves the ends of the range by up to half a step.
  bound.error.clipping = isSymmetric ? 0 : step / 2 * floatSlack;
  return bound;
}

ErrorBound mlir::lowbit::boundOutput(const float *w, const float *quantized,
                                     const float *halfSteps, int64_t count,
                                     const ActivationBound &activations) {
  ErrorBound bound;
  for (int64_t k = 0; k < count; ++k) {
    double magnitude = std::abs(double(quantized[k]));
    double error = std::abs(double(quantized[k]) - double(w[k]));
    double rounding = std::min<double>(error, halfSteps[k]);
    bound.rounding +=
        magnitude * activations.error.rounding + rounding * activations.largest;
    bound.clipping += magnitude * activations.error.clipping +
                      (error - rounding) * activations.largest;
  }
  return bound;
}
