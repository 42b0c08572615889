//===- Requantize.cpp - Integers times a dyadic scale ---------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Quantization/Requantize.h"

#include <cmath>

using namespace mlir::lowbit;

bool mlir::lowbit::chooseDyadicScale(double scale, int bits,
                                     DyadicScale &result, std::string &error) {
  if (!(scale > 0) || std::isinf(scale)) {
    error =
        "expected a positive finite scale, but got " + std::to_string(scale);
    return false;
  }
  // scale = fraction * 2^exponent with fraction in [1/2, 1)
  int exponent;
  std::frexp(scale, &exponent);
  int shift = std::min<int>(bits - exponent, DyadicScale::largestShift);
  // Both are exact: scaling by a power of two, and an integer below 2^31.
  double multiplier = std::nearbyint(std::ldexp(scale, shift));
  if (multiplier == std::ldexp(1.0, bits)) {
    multiplier /= 2;
    --shift;
  }
  if (shift < DyadicScale::smallestShift) {
    error = "expected a scale below 2^" +
            std::to_string(bits - DyadicScale::smallestShift) + ", but got " +
            std::to_string(scale);
    return false;
  }
  result = {static_cast<int32_t>(multiplier), shift};
  return true;
}
