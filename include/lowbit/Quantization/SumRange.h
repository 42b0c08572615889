//===- SumRange.h - How large sums of products become -----------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The sum of a layer, sum_k a[k] * w[k], is largest where each a[k] is at the
// end of its range that the sign of w[k] asks for. With all a in [low, high]:
//
//   highest = high * P - low * Q     P: sum of the positive w
//   lowest  = low * P - high * Q     Q: sum of |w| over the negative w
//
// Both are reached, so a proof from them is as sharp as the weights allow.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_QUANTIZATION_SUMRANGE_H
#define LOWBIT_QUANTIZATION_SUMRANGE_H

#include <algorithm>
#include <cstdint>

namespace mlir::lowbit {

/// The integers lowest .. highest.
struct SumRange {
  int64_t lowest = 0;
  int64_t highest = 0;

  static constexpr SumRange of(int64_t value) { return {value, value}; }

  /// The largest magnitude.
  constexpr int64_t getBound() const { return std::max(-lowest, highest); }

  /// Whether all of it is held by a two's complement integer of `width` bits.
  constexpr bool fits(int width) const {
    int64_t limit = int64_t(1) << (width - 1);
    return lowest >= -limit && highest < limit;
  }

  friend constexpr SumRange operator+(SumRange a, SumRange b) {
    return {a.lowest + b.lowest, a.highest + b.highest};
  }
  friend constexpr SumRange operator*(SumRange a, SumRange b) {
    int64_t ends[] = {a.lowest * b.lowest, a.lowest * b.highest,
                      a.highest * b.lowest, a.highest * b.highest};
    return {*std::min_element(ends, ends + 4),
            *std::max_element(ends, ends + 4)};
  }
  /// The smallest range that holds both.
  friend constexpr SumRange join(SumRange a, SumRange b) {
    return {std::min(a.lowest, b.lowest), std::max(a.highest, b.highest)};
  }
};

/// The range of `sum_k a[k] * (weights[k] - zeroPoint)` over `count` products,
/// where each a[k] is anything in `activation`. Magnitudes below 2^16 each and
/// fewer than 2^31 products: no step exceeds 64 bits.
template <typename T>
SumRange boundSum(const T *weights, int64_t count, int64_t zeroPoint,
                  SumRange activation) {
  int64_t positive = 0, negative = 0;
  for (int64_t k = 0; k < count; ++k) {
    int64_t weight = int64_t(weights[k]) - zeroPoint;
    positive += std::max<int64_t>(weight, 0);
    negative += std::max<int64_t>(-weight, 0);
  }
  return {activation.lowest * positive - activation.highest * negative,
          activation.highest * positive - activation.lowest * negative};
}

} // namespace mlir::lowbit

#endif // LOWBIT_QUANTIZATION_SUMRANGE_H
