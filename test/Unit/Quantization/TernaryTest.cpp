//===- TernaryTest.cpp - Ternary and binary codes of weights --------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Quantization/Ternary.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <limits>
#include <random>
#include <vector>

using namespace mlir::lowbit;

static std::vector<float> makeWeights(int64_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> distribution(0.1f, 0.7f);
  std::vector<float> w(count);
  for (float &value : w)
    value = distribution(random);
  return w;
}

TEST(Ternary, StatisticsOfEverySize) {
  for (int64_t count = 1; count <= 37; ++count) {
    std::vector<float> w = makeWeights(count, 5);
    double sum = 0, sumAbs = 0, squares = 0;
    for (float value : w) {
      sum += value;
      sumAbs += std::abs(value);
    }
    for (float value : w)
      squares += (value - sum / count) * (value - sum / count);
    EXPECT_NEAR(computeMeanAbs(w.data(), count), sumAbs / count, 1e-12);
    EXPECT_NEAR(computeStd(w.data(), count), std::sqrt(squares / count), 1e-12);
  }
}

TEST(Ternary, NoWeights) {
  EXPECT_EQ(computeMeanAbs(nullptr, 0), 0.0);
  EXPECT_EQ(computeStd(nullptr, 0), 0.0);
  EXPECT_EQ(computeMseThreshold(nullptr, 0), 0.0f);
  EXPECT_TRUE(isConstant(nullptr, 0));
}

TEST(Ternary, StdIsExactlyZeroForConstants) {
  std::vector<float> w(1001, 0.1f);
  EXPECT_EQ(computeStd(w.data(), 1001), 0.0);
  EXPECT_TRUE(isConstant(w.data(), 1001));
  w.back() = 0.2f;
  EXPECT_FALSE(isConstant(w.data(), 1001));
}

TEST(Ternary, StdKeepsDigitsFarFromZero) {
  std::vector<float> w = {1000.0f, 1000.5f, 1001.0f, 999.5f};
  EXPECT_NEAR(computeStd(w.data(), 4), 0.5590169943749475, 1e-12);
}

TEST(Ternary, ComparisonIsStrict) {
  for (float t : {0.7f, 0.1f, 0.0f}) {
    EXPECT_EQ(getTernaryCode(t, t), 0);
    EXPECT_EQ(getTernaryCode(-t, t), 0);
    EXPECT_EQ(getTernaryCode(std::nextafter(t, 1.0f), t), 1);
    EXPECT_EQ(getTernaryCode(-std::nextafter(t, 1.0f), t), -1);
  }
  EXPECT_EQ(getTernaryCode(std::numeric_limits<float>::quiet_NaN(), 0.0f), 0);
}

TEST(Ternary, BinaryCodes) {
  const float notANumber = std::numeric_limits<float>::quiet_NaN();
  for (float w : {0.75f, 0.0f, -0.0f, notANumber}) {
    EXPECT_EQ(getSignCode(w), 1);
    EXPECT_EQ(getStepCode(w), 1);
  }
  EXPECT_EQ(getSignCode(-0.1f), -1);
  EXPECT_EQ(getStepCode(-0.1f), 0);
}

/// Least squared error over all numbers of kept weights, by trying them.
static double findLeastError(std::vector<float> w) {
  std::sort(w.begin(), w.end(),
            [](float a, float b) { return std::abs(a) > std::abs(b); });
  double least = std::numeric_limits<double>::infinity();
  for (size_t kept = 1; kept <= w.size(); ++kept) {
    double scale = 0, error = 0;
    for (size_t i = 0; i < kept; ++i)
      scale += std::abs(w[i]) / double(kept);
    for (size_t i = 0; i < w.size(); ++i) {
      double d = std::abs(w[i]) - (i < kept ? scale : 0.0);
      error += d * d;
    }
    least = std::min(least, error);
  }
  return least;
}

TEST(Ternary, MseThresholdHasTheLeastError) {
  for (int64_t count = 1; count <= 40; ++count) {
    std::vector<float> w = makeWeights(count, 100 + unsigned(count));
    // Repeated magnitudes: only a change of value can be a threshold.
    for (int64_t i = 0; i + 3 < count; i += 3)
      w[i] = -w[i + 1];
    float threshold = computeMseThreshold(w.data(), count);
    double sum = 0, all = 0, kept = 0;
    for (float value : w) {
      all += double(value) * value;
      if (std::abs(value) > threshold) {
        sum += std::abs(value);
        ++kept;
      }
    }
    EXPECT_NEAR(all - sum * sum / kept, findLeastError(w), 1e-9) << count;
  }
}

/// Above the size at which keys are sorted by bytes, with few and many values.
TEST(Ternary, MseThresholdOfManyWeights) {
  for (int64_t count : {255, 256, 257, 2999})
    for (float step : {0.0f, 0.25f, 1e-3f}) {
      std::vector<float> w = makeWeights(count, unsigned(count));
      for (float &value : w)
        value = step == 0.0f ? value : std::nearbyint(value / step) * step;
      float threshold = computeMseThreshold(w.data(), count);
      double sum = 0, kept = 0;
      for (float value : w)
        if (std::abs(value) > threshold) {
          sum += std::abs(value);
          ++kept;
        }
      std::sort(w.begin(), w.end(),
                [](float a, float b) { return std::abs(a) > std::abs(b); });
      double prefix = 0, bestGain = 0;
      for (int64_t i = 0; i < count; ++i) {
        prefix += std::abs(w[i]);
        bestGain = std::max(bestGain, prefix * prefix / double(i + 1));
      }
      EXPECT_NEAR(sum * sum / kept, bestGain, 1e-9 * bestGain)
          << count << " weights in steps of " << step;
    }
}
