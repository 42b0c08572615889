//===- ActivationStatistics.cpp - What calibration sees -------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Quantization/ActivationStatistics.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace mlir::lowbit;

void ActivationStatistics::addBatch(const float *x, int64_t size,
                                    double momentum) {
  int64_t finite = 0;
  float low = std::numeric_limits<float>::max(), high = -low;
  for (int64_t i = 0; i < size; ++i) {
    if (!std::isfinite(x[i]))
      continue;
    ++finite;
    low = std::min(low, x[i]);
    high = std::max(high, x[i]);
    sum += x[i];
    sumOfSquares += double(x[i]) * x[i];
    histogram.add(x[i]);
  }
  ignored += size - finite;
  if (finite == 0)
    return;
  bool isFirst = count == 0;
  count += finite;
  min = isFirst ? low : std::min(min, low);
  max = isFirst ? high : std::max(max, high);
  double kept = isFirst ? 0.0 : momentum;
  averageMin = kept * averageMin + (1.0 - kept) * low;
  averageMax = kept * averageMax + (1.0 - kept) * high;
}
