//===- SumRangeTest.cpp - Ranges against all activations -----------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Quantization/SumRange.h"

#include <gtest/gtest.h>
#include <random>
#include <vector>

using namespace mlir::lowbit;

namespace {

/// The range by trying all activations at each place.
SumRange tryAll(const std::vector<int8_t> &weights, int64_t zeroPoint,
                SumRange activation, size_t k = 0) {
  if (k == weights.size())
    return {};
  SumRange rest = tryAll(weights, zeroPoint, activation, k + 1);
  SumRange range = SumRange::of((weights[k] - zeroPoint) * activation.lowest);
  for (int64_t a = activation.lowest; a <= activation.highest; ++a)
    range = join(range, SumRange::of((weights[k] - zeroPoint) * a));
  return range + rest;
}

TEST(SumRangeTest, isReachedAndNeverExceeded) {
  std::mt19937 random(1);
  for (int i = 0; i < 2000; ++i) {
    std::vector<int8_t> weights(random() % 10);
    for (int8_t &weight : weights)
      weight = static_cast<int8_t>(random());
    int64_t zeroPoint = static_cast<int8_t>(random());
    int64_t low = int64_t(random() % 300) - 150;
    SumRange activation{low, low + int64_t(random() % 40)};
    SumRange expected = tryAll(weights, zeroPoint, activation);
    SumRange actual =
        boundSum(weights.data(), weights.size(), zeroPoint, activation);
    EXPECT_EQ(actual.lowest, expected.lowest);
    EXPECT_EQ(actual.highest, expected.highest);
  }
}

TEST(SumRangeTest, allExtremes) {
  std::vector<int8_t> weights(65536, -128);
  SumRange range = boundSum(weights.data(), 65536, 127, {-255, 255});
  EXPECT_EQ(range.highest, int64_t(255) * 255 * 65536);
  EXPECT_EQ(range.lowest, -range.highest);
  EXPECT_EQ(range.getBound(), range.highest);
}

TEST(SumRangeTest, fitsUpToTheEnds) {
  EXPECT_TRUE((SumRange{-32768, 32767}.fits(16)));
  EXPECT_FALSE((SumRange{-32769, 0}.fits(16)));
  EXPECT_FALSE((SumRange{0, 32768}.fits(16)));
  EXPECT_TRUE((SumRange{INT32_MIN, INT32_MAX}.fits(32)));
  EXPECT_FALSE((SumRange{0, int64_t(INT32_MAX) + 1}.fits(32)));
}

TEST(SumRangeTest, productsOfRanges) {
  SumRange product = SumRange{-3, 2} * SumRange{-5, 7};
  EXPECT_EQ(product.lowest, -21);
  EXPECT_EQ(product.highest, 15);
}

} // namespace
