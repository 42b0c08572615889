//===- GroupParams.cpp - Affine parameters of a group ---------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GroupParams.h"

#include "lowbit/Quantization/MseScale.h"
#include "lowbit/Quantization/WeightRanges.h"

#include <algorithm>
#include <cmath>

using namespace mlir::lowbit;

/// Smallest and largest element, in lanes.
static RealRange findBounds(const float *w, int64_t count) {
  constexpr int64_t lanes = 16;
  float low[lanes], high[lanes];
  std::fill(low, low + lanes, w[0]);
  std::fill(high, high + lanes, w[0]);
  int64_t i = 0;
  for (; i + lanes <= count; i += lanes)
    for (int64_t lane = 0; lane < lanes; ++lane) {
      low[lane] = std::min(low[lane], w[i + lane]);
      high[lane] = std::max(high[lane], w[i + lane]);
    }
  for (; i < count; ++i) {
    low[0] = std::min(low[0], w[i]);
    high[0] = std::max(high[0], w[i]);
  }
  return {*std::min_element(low, low + lanes),
          *std::max_element(high, high + lanes)};
}

/// The range to quantize, for the methods that look for one.
static RealRange findRange(const WeightEncoding &encoding, const float *w,
                           int64_t count) {
  bool isSymmetric = encoding.zeroPoint == ZeroPointKind::None;
  int64_t levels = encoding.getHighestCode() - encoding.getLowestCode() + 1;
  if (encoding.method == WeightMethod::Kl)
    return findKlRange(w, count, levels, isSymmetric);
  if (encoding.method == WeightMethod::Percentile)
    return findPercentileRange(w, count, encoding.percentile, isSymmetric);
  if (encoding.method == WeightMethod::Range)
    return encoding.range;
  return findBounds(w, count);
}

static bool chooseParams(const WeightEncoding &encoding, const float *w,
                         int64_t count, AffineParams &params,
                         std::string &error) {
  AffineSpec spec = encoding.getAffineSpec();
  if (encoding.method == WeightMethod::Mse) {
    MseScale best =
        findMseScale(w, count, spec.getLowestCode(), spec.getHighestCode(),
                     spec.zeroPoint == ZeroPointKind::Integer);
    params.zeroPoint = best.zeroPoint;
    return roundScale(best.scale, spec.scaleType, params.scale, error);
  }
  if (encoding.method == WeightMethod::FixedPoint) {
    params.scale = std::ldexp(1.0f, -encoding.fractionBits);
    chooseZeroPoint(spec, findBounds(w, count).min, params);
    return true;
  }
  RealRange range = findRange(encoding, w, count);
  return chooseAffineParams(spec, range.min, range.max, params, error);
}

/// sum (w - real of w)^2, rounding to nearest even.
static double computeSquaredError(const AffineSpec &spec, const float *w,
                                  int64_t count, const AffineParams &params) {
  int32_t lo = spec.getLowestCode(), hi = spec.getHighestCode();
  auto roundTrip = [&](float value, auto zeroPoint) {
    return dequantizeValue(
        quantizeValue(value, params.scale, zeroPoint, lo, hi), params.scale,
        zeroPoint);
  };
  bool isFloat = spec.zeroPoint == ZeroPointKind::Float;
  double sum = 0.0;
  for (int64_t i = 0; i < count; ++i) {
    double error = static_cast<double>(w[i]) -
                   (isFloat ? roundTrip(w[i], params.floatZeroPoint)
                            : roundTrip(w[i], params.zeroPoint));
    sum += error * error;
  }
  return sum;
}

/// Replaces the scale by one of the two powers of two around it: by the one of
/// less squared error, by the smaller one where they are equal. The real of the
/// lowest code stays where it is, but for rounding.
static void roundToPowerOfTwo(const AffineSpec &spec, const float *w,
                              int64_t count, AffineParams &params) {
  double lo = spec.getLowestCode();
  auto lowest = static_cast<float>(
      params.scale * (lo - params.zeroPoint - params.floatZeroPoint));
  int exponent = 0;
  bool isPower = std::frexp(params.scale, &exponent) == 0.5f;
  AffineParams smaller, larger;
  smaller.scale = std::ldexp(0.5f, exponent);
  larger.scale = std::ldexp(1.0f, exponent);
  chooseZeroPoint(spec, lowest, smaller);
  chooseZeroPoint(spec, lowest, larger);
  bool isSmaller = isPower || larger.scale > getLargestScale(spec.scaleType) ||
                   computeSquaredError(spec, w, count, smaller) <=
                       computeSquaredError(spec, w, count, larger);
  params = isSmaller ? smaller : larger;
}

bool mlir::lowbit::chooseGroupParams(const WeightEncoding &encoding,
                                     const float *w, int64_t count,
                                     AffineParams &params, std::string &error) {
  if (!chooseParams(encoding, w, count, params, error))
    return false;
  if (encoding.scaleValues == ScaleValues::PowerOfTwo)
    roundToPowerOfTwo(encoding.getAffineSpec(), w, count, params);
  return true;
}
