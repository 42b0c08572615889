//===- Ternary.cpp - Ternary thresholds -----------------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Quantization/Ternary.h"

#include "SortKeys.h"
#include "WeightPasses.h"

#include <cmath>
#include <vector>

using namespace mlir::lowbit;

double mlir::lowbit::computeMeanAbs(const float *w, int64_t count) {
  if (count == 0)
    return 0.0;
  double sum = sumInLanes(
      count, [=](int64_t i) { return static_cast<double>(std::fabs(w[i])); });
  return sum / static_cast<double>(count);
}

double mlir::lowbit::computeStd(const float *w, int64_t count) {
  if (count == 0)
    return 0.0;
  double sum =
      sumInLanes(count, [=](int64_t i) { return static_cast<double>(w[i]); });
  double mean = sum / static_cast<double>(count);
  double squares = sumInLanes(count, [=](int64_t i) {
    double difference = static_cast<double>(w[i]) - mean;
    return difference * difference;
  });
  return std::sqrt(squares / static_cast<double>(count));
}

bool mlir::lowbit::isConstant(const float *w, int64_t count) {
  for (int64_t i = 1; i < count; ++i)
    if (w[i] != w[0])
      return false;
  return true;
}

float mlir::lowbit::computeSigmaThreshold(const float *w, int64_t count,
                                          double alpha) {
  return static_cast<float>(alpha * computeStd(w, count));
}

float mlir::lowbit::computeTwnThreshold(const float *w, int64_t count) {
  return static_cast<float>(0.7 * computeMeanAbs(w, count));
}

float mlir::lowbit::computeMseThreshold(const float *w, int64_t count) {
  std::vector<uint32_t> keys(count);
  for (int64_t i = 0; i < count; ++i)
    keys[i] = getMagnitudeKey(w[i]);
  sortKeys(keys.data(), count);
  // The error is sum w^2 - sum^2 / kept: the largest gain wins. Only a change
  // of value can be a threshold.
  double sum = 0.0, bestGain = 0.0;
  float best = count == 0 ? 0.0f : getMagnitude(keys[count - 1]);
  for (int64_t kept = 1; kept <= count; ++kept) {
    float last = getMagnitude(keys[count - kept]);
    sum += last;
    float next = kept < count ? getMagnitude(keys[count - kept - 1]) : 0.0f;
    double gain = sum * sum / static_cast<double>(kept);
    if (next < last && gain > bestGain) {
      bestGain = gain;
      best = next;
    }
  }
  return best;
}
