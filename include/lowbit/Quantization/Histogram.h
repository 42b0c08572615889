//===- Histogram.h - Counts of values in constant memory --------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A histogram of f32 values whose range is not known in advance. Bin i counts
// the values in [i * w, (i + 1) * w), for i in -2048..2047 and w a power of
// two. A value beyond the last bin doubles w as often as it takes: bins 2i and
// 2i + 1 become bin i, which is exact, as floor(floor(x / w) / 2) is
// floor(x / 2w). So w and the counts depend on the values alone and not on
// their order or on how they were cut into batches: the same as counting after
// the largest magnitude is known, which lies in the outer half of the bins.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_QUANTIZATION_HISTOGRAM_H
#define LOWBIT_QUANTIZATION_HISTOGRAM_H

#include <cstddef>
#include <cstdint>
#include <vector>

namespace mlir::lowbit {

/// Counts of finite values, in 32 KiB; see above.
class Histogram {
public:
  /// Bins on each side of zero.
  static constexpr int64_t kHalf = 2048;
  static constexpr int64_t kBins = 2 * kHalf;

  Histogram() : counts(kBins, 0) {}

  /// The histogram of `counts` and of a width of 2^`exponent`, as stored by
  /// `getCounts` and `getExponent`. `counts` has `kBins` elements of at least 0
  /// and `exponent` lies in `kLowestExponent`..`kHighestExponent`.
  Histogram(std::vector<int64_t> counts, int exponent);

  /// Counts a finite value.
  void add(float value) {
    double bin = value * inverseWidth;
    if (!(bin >= -kHalf && bin < kHalf)) {
      growTo(value);
      bin = value * inverseWidth;
    }
    auto truncated = static_cast<int64_t>(bin);
    int64_t floor = truncated - (bin < static_cast<double>(truncated));
    ++counts[static_cast<size_t>(floor + kHalf)];
  }

  /// The counts from the lowest bin up.
  const std::vector<int64_t> &getCounts() const { return counts; }

  /// log2 of the width of a bin.
  int getExponent() const { return exponent; }
  double getWidth() const;

  /// The count of bin `i` of -2048..2047.
  int64_t getCount(int64_t i) const {
    return counts[static_cast<size_t>(i + kHalf)];
  }

  /// The number of all values.
  int64_t getTotal() const;

  /// The width of the bins for the smallest and for the largest f32.
  static constexpr int kLowestExponent = -160;
  static constexpr int kHighestExponent = 117;

private:
  /// Widens the bins until one holds `value`.
  void growTo(float value);

  std::vector<int64_t> counts;
  int exponent = kLowestExponent;
  double inverseWidth = 0x1p160;
};

} // namespace mlir::lowbit

#endif // LOWBIT_QUANTIZATION_HISTOGRAM_H
