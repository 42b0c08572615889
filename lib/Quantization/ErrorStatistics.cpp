//===- ErrorStatistics.cpp - How far a tensor is from another -------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Quantization/ErrorStatistics.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace mlir::lowbit;

void ErrorStatistics::addBatch(const float *expected, const float *actual,
                               int64_t size) {
  for (int64_t i = 0; i < size; ++i) {
    if (!std::isfinite(expected[i]) || !std::isfinite(actual[i])) {
      ++ignored;
      continue;
    }
    ++count;
    double x = expected[i], y = actual[i], error = x - y;
    signal += x * x;
    noise += error * error;
    energy += y * y;
    product += x * y;
    maxError = std::max(maxError, std::abs(error));
  }
}

double ErrorStatistics::getSqnr() const {
  if (count == 0)
    return std::numeric_limits<double>::quiet_NaN();
  if (noise == 0.0)
    return std::numeric_limits<double>::infinity();
  return 10.0 * std::log10(signal / noise);
}

double ErrorStatistics::getCosine() const {
  if (count == 0)
    return std::numeric_limits<double>::quiet_NaN();
  if (signal == 0.0 || energy == 0.0)
    return signal == energy ? 1.0 : 0.0;
  double cosine = product / (std::sqrt(signal) * std::sqrt(energy));
  return std::clamp(cosine, -1.0, 1.0);
}

void ClippedShare::addBatch(const float *excess, int64_t size) {
  for (int64_t i = 0; i < size; ++i) {
    count += !std::isnan(excess[i]);
    clipped += std::abs(excess[i]) > 0.5f;
  }
}

double ClippedShare::get() const {
  return count == 0 ? 0.0 : double(clipped) / double(count);
}
