//===- ErrorStatisticsTest.cpp - How far a tensor is from another ---------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Quantization/ErrorStatistics.h"

#include "gtest/gtest.h"

#include <cmath>
#include <limits>
#include <vector>

using namespace mlir::lowbit;

static constexpr float kInfinity = std::numeric_limits<float>::infinity();
static constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

static ErrorStatistics compare(const std::vector<float> &expected,
                               const std::vector<float> &actual) {
  ErrorStatistics statistics;
  statistics.addBatch(expected.data(), actual.data(), int64_t(actual.size()));
  return statistics;
}

TEST(ErrorStatistics, KnownNumbers) {
  ErrorStatistics statistics = compare({3, 4, 0}, {3, 3, 0});
  EXPECT_EQ(statistics.count, 3);
  EXPECT_DOUBLE_EQ(statistics.getSqnr(), 10 * std::log10(25.0));
  EXPECT_DOUBLE_EQ(statistics.getCosine(), 21 / (5 * std::sqrt(18.0)));
  EXPECT_EQ(statistics.maxError, 1);
}

TEST(ErrorStatistics, BatchesAddUp) {
  ErrorStatistics statistics = compare({3, 4}, {3, 3});
  float expected = -2, actual = 2;
  statistics.addBatch(&expected, &actual, 1);
  ErrorStatistics whole = compare({3, 4, -2}, {3, 3, 2});
  EXPECT_EQ(statistics.getSqnr(), whole.getSqnr());
  EXPECT_EQ(statistics.getCosine(), whole.getCosine());
  EXPECT_EQ(statistics.maxError, 4);
}

TEST(ErrorStatistics, EqualAndZero) {
  EXPECT_EQ(compare({1, 2}, {1, 2}).getSqnr(), kInfinity);
  EXPECT_DOUBLE_EQ(compare({1, 2}, {1, 2}).getCosine(), 1);
  EXPECT_EQ(compare({0, 0}, {0, 0}).getSqnr(), kInfinity);
  EXPECT_EQ(compare({0, 0}, {0, 0}).getCosine(), 1);
  EXPECT_EQ(compare({0, 0}, {0, 1}).getSqnr(), -kInfinity);
  EXPECT_EQ(compare({0, 0}, {0, 1}).getCosine(), 0);
  EXPECT_EQ(compare({0, 1}, {0, 0}).getCosine(), 0);
  EXPECT_EQ(compare({0, 1}, {0, 0}).getSqnr(), 0);
  EXPECT_TRUE(std::isnan(compare({}, {}).getSqnr()));
  EXPECT_TRUE(std::isnan(compare({}, {}).getCosine()));
}

TEST(ErrorStatistics, OppositeAndHuge) {
  EXPECT_DOUBLE_EQ(compare({1, 2}, {-1, -2}).getCosine(), -1);
  ErrorStatistics huge = compare({3e38f, -3e38f}, {3e38f, 3e38f});
  EXPECT_TRUE(std::isfinite(huge.noise));
  EXPECT_EQ(huge.maxError, 2 * double(3e38f));
}

TEST(ErrorStatistics, NotFinite) {
  ErrorStatistics statistics =
      compare({kNaN, 1, kInfinity, 2}, {1, kNaN, kInfinity, 1});
  EXPECT_EQ(statistics.count, 1);
  EXPECT_EQ(statistics.ignored, 3);
  EXPECT_EQ(statistics.maxError, 1);
}

TEST(ClippedShare, BeyondHalfAStep) {
  ClippedShare share;
  EXPECT_EQ(share.get(), 0);
  std::vector<float> roundings = {0.5f, -0.5f, 0, std::nextafter(0.5f, 1.0f),
                                  -3,   kNaN,  0, -kInfinity};
  share.addBatch(roundings.data(), int64_t(roundings.size()));
  EXPECT_EQ(share.count, 7);
  EXPECT_EQ(share.clipped, 3);
  EXPECT_DOUBLE_EQ(share.get(), 3.0 / 7.0);
}
