//===- WeightRanges.cpp - Ranges of weights worth quantizing --------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Quantization/WeightRanges.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

using namespace mlir::lowbit;

RealRange mlir::lowbit::findPercentileRange(const float *w, int64_t count,
                                            double percent, bool isSymmetric) {
  std::vector<float> values(w, w + count);
  double share = (1.0 - percent / 100.0) / (isSymmetric ? 1 : 2);
  auto outside = std::min(
      static_cast<int64_t>(share * static_cast<double>(count)), count - 1);
  auto selected = values.begin() + outside;
  if (isSymmetric) {
    for (float &value : values)
      value = std::fabs(value);
    std::nth_element(values.begin(), selected, values.end(),
                     std::greater<float>());
    return {-*selected, *selected};
  }
  std::nth_element(values.begin(), selected, values.end());
  float min = *selected;
  std::nth_element(values.begin(), selected, values.end(),
                   std::greater<float>());
  return {min, *selected};
}

RealRange mlir::lowbit::findKlRange(const float *w, int64_t count,
                                    int64_t levels, bool isSymmetric) {
  auto [min, max] = std::minmax_element(w, w + count);
  Histogram histogram;
  for (int64_t i = 0; i < count; ++i)
    histogram.add(w[i]);
  return findKlRange(RangeProblem{histogram, {*min, *max}, isSymmetric},
                     levels);
}
