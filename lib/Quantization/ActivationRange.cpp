//===- ActivationRange.cpp - Static activation parameters -----------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Quantization/ActivationRange.h"

#include "lowbit/Quantization/Rounding.h"
#include "lowbit/Quantization/Ternary.h"

#include <algorithm>
#include <cmath>

using namespace mlir::lowbit;

StaticParams
mlir::lowbit::chooseStaticParams(const ActivationEncoding &encoding,
                                 RealRange range) {
  // A scale of f32 data is never too large for f32.
  std::string ignored;
  if (encoding.scheme == ActivationScheme::Affine) {
    AffineParams params;
    (void)chooseAffineParams(encoding.getAffineSpec(), range.min, range.max,
                             params, ignored);
    return {params.scale, params.zeroPoint};
  }
  StaticParams params;
  float largest = std::max(std::abs(range.min), std::abs(range.max));
  if (largest != 0.0f)
    (void)roundScale(largest, ScaleType::F32, params.scale, ignored);
  return params;
}

int32_t mlir::lowbit::quantizeActivation(const ActivationEncoding &encoding,
                                         StaticParams params, float x) {
  if (encoding.scheme == ActivationScheme::Binary)
    return getSignCode(x);
  if (encoding.threshold)
    return getTernaryCode(x, *encoding.threshold);
  return quantizeValue(x, params.scale, params.zeroPoint,
                       encoding.getLowestCode(), encoding.getHighestCode());
}

std::optional<RealRange>
mlir::lowbit::chooseActivationRange(const ActivationEncoding &encoding,
                                    const ActivationStatistics &statistics,
                                    std::string &error) {
  if (encoding.range)
    return encoding.range;
  if (statistics.count == 0) {
    error = "expected finite activations, but got none among " +
            std::to_string(statistics.ignored);
    return std::nullopt;
  }
  RealRange bounds = {statistics.min, statistics.max};
  RangeProblem problem = {statistics.histogram, bounds, encoding.isSymmetric()};
  switch (encoding.rule) {
  case RangeRule::MinMax:
  case RangeRule::BatchNorm:
    return bounds;
  case RangeRule::MovingAverage:
    return RealRange{static_cast<float>(statistics.averageMin),
                     static_cast<float>(statistics.averageMax)};
  case RangeRule::Percentile:
    return findPercentileRange(problem, encoding.percentile);
  case RangeRule::Mse:
    return findMseRange(problem, [&](RealRange range) -> RoundTrip {
      StaticParams params = chooseStaticParams(encoding, range);
      return [&encoding, params](double x) -> double {
        int32_t code =
            quantizeActivation(encoding, params, static_cast<float>(x));
        return dequantizeValue(code, params.scale, params.zeroPoint);
      };
    });
  case RangeRule::Kl:
    return findKlRange(problem, encoding.getNumCodes());
  }
  return std::nullopt;
}
