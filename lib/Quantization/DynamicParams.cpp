//===- DynamicParams.cpp - Scale and zero point at run time ---------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Quantization/DynamicParams.h"

#include <algorithm>
#include <cmath>

using namespace mlir::lowbit;

DynamicParams mlir::lowbit::chooseParams(const float *x, int64_t count,
                                         int32_t lo, int32_t hi,
                                         bool symmetric) {
  float a = 0.0f, b = 0.0f;
  for (int64_t i = 0; i < count; ++i) {
    float finite = std::isfinite(x[i]) ? x[i] : 0.0f;
    a = std::min(a, finite);
    b = std::max(b, finite);
  }
  float largest = std::max(-a, b);
  bool some = largest >= kSmallestDynamicValue;
  float low = static_cast<float>(lo), high = static_cast<float>(hi);
  float steps = static_cast<float>(hi - lo);
  float quotient = symmetric ? largest / high : b / steps - a / steps;
  DynamicParams params;
  params.scale = some ? std::max(quotient, kSmallestDynamicScale) : 1.0f;
  float zeroPoint = symmetric || !some ? 0.0f : low - a / params.scale;
  zeroPoint = std::nearbyint(zeroPoint);
  params.zeroPoint =
      static_cast<int32_t>(std::min(std::max(zeroPoint, low), high));
  return params;
}
