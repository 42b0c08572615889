//===- ActivationStatisticsTest.cpp - What calibration sees ---------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Quantization/ActivationStatistics.h"

#include "gtest/gtest.h"

#include <limits>
#include <vector>

using namespace mlir::lowbit;

static constexpr float kInfinity = std::numeric_limits<float>::infinity();
static constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

static ActivationStatistics add(const std::vector<std::vector<float>> &batches,
                                double momentum = kDefaultMomentum) {
  ActivationStatistics statistics;
  for (const std::vector<float> &batch : batches)
    statistics.addBatch(batch.data(), int64_t(batch.size()), momentum);
  return statistics;
}

TEST(ActivationStatistics, SumsAndBounds) {
  ActivationStatistics statistics = add({{1, -2, 4}, {3, 0, -0.5f}});
  EXPECT_EQ(statistics.count, 6);
  EXPECT_EQ(statistics.ignored, 0);
  EXPECT_EQ(statistics.min, -2);
  EXPECT_EQ(statistics.max, 4);
  EXPECT_EQ(statistics.sum, 5.5);
  EXPECT_EQ(statistics.sumOfSquares, 30.25);
  EXPECT_EQ(statistics.histogram.getTotal(), 6);
}

TEST(ActivationStatistics, MovingAverageBeginsWithTheFirstBatch) {
  EXPECT_EQ(add({{-8, 2}}).averageMin, -8);
  ActivationStatistics statistics = add({{-8, 2}, {0, 4}, {-4, 8}}, 0.75);
  EXPECT_EQ(statistics.averageMin, 0.75 * (0.75 * -8 + 0) + 0.25 * -4);
  EXPECT_EQ(statistics.averageMax, 0.75 * (0.75 * 2 + 0.25 * 4) + 0.25 * 8);
}

TEST(ActivationStatistics, BoundsNeedNotHoldZero) {
  ActivationStatistics statistics = add({{3, 5}, {4, 7}});
  EXPECT_EQ(statistics.min, 3);
  EXPECT_EQ(statistics.max, 7);
}

TEST(ActivationStatistics, IgnoresWhatIsNotFinite) {
  ActivationStatistics statistics =
      add({{kNaN, kInfinity}, {1, -kInfinity, 2, kNaN}, {kNaN}}, 0.5);
  EXPECT_EQ(statistics.count, 2);
  EXPECT_EQ(statistics.ignored, 5);
  EXPECT_EQ(statistics.min, 1);
  EXPECT_EQ(statistics.max, 2);
  EXPECT_EQ(statistics.averageMin, 1);
  EXPECT_EQ(statistics.averageMax, 2);
  EXPECT_EQ(statistics.sum, 3);
}

TEST(ActivationStatistics, Nothing) {
  ActivationStatistics statistics = add({{}, {kNaN}});
  EXPECT_EQ(statistics.count, 0);
  EXPECT_EQ(statistics.ignored, 1);
}

TEST(ActivationStatistics, Outlier) {
  ActivationStatistics statistics = add({{1, 2, 1e30f, 0}});
  EXPECT_EQ(statistics.max, 1e30f);
  EXPECT_EQ(statistics.sumOfSquares, double(1e30f) * 1e30f); // 5 is lost
  EXPECT_EQ(statistics.histogram.getTotal(), 4);
  EXPECT_EQ(statistics.histogram.getCount(0), 3);
}
