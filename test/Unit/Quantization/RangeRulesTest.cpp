//===- RangeRulesTest.cpp - Ranges worth quantizing -----------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Quantization/RangeRules.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

using namespace mlir::lowbit;

namespace {
/// Values with their histogram.
struct Data {
  explicit Data(std::vector<float> x) : values(std::move(x)) {
    std::sort(values.begin(), values.end());
    for (float value : values)
      histogram.add(value);
  }

  RangeProblem getProblem(bool isSymmetric) const {
    return {histogram, {values.front(), values.back()}, isSymmetric};
  }

  std::vector<float> values;
  Histogram histogram;
};
} // namespace

/// Laplace distributed about `mean`: heavy tails. Negative ones cut off where
/// asked for.
static Data makeData(float mean, bool isPositive, size_t size = 4000) {
  std::mt19937 random(11);
  std::exponential_distribution<float> tail;
  std::vector<float> values(size);
  for (float &value : values) {
    value = mean + tail(random) * (random() % 2 ? 1.0f : -1.0f);
    value = isPositive ? std::max(value, 0.0f) : value;
  }
  return Data(std::move(values));
}

//===----------------------------------------------------------------------===//
// percentile
//===----------------------------------------------------------------------===//

TEST(RangeRules, PercentileLeavesOutWhatItMay) {
  for (bool isPositive : {false, true})
    for (double percent : {100.0, 99.9, 99.0, 90.0, 50.0}) {
      Data data = makeData(0.5f, isPositive);
      RealRange range = findPercentileRange(data.getProblem(false), percent);
      double each = (1 - percent / 100) * double(data.values.size()) / 2;
      // One bin tighter would leave out too many.
      auto width = float(data.histogram.getWidth());
      auto countBelow = [&](float end) {
        return double(
            std::lower_bound(data.values.begin(), data.values.end(), end) -
            data.values.begin());
      };
      double size = double(data.values.size());
      EXPECT_LE(countBelow(range.min), each);
      if (range.min < 0)
        EXPECT_GT(countBelow(range.min + width), each);
      EXPECT_LE(size - countBelow(std::nextafter(range.max, 1e9f)), each);
      EXPECT_GT(size - countBelow(range.max - width), each);
    }
}

TEST(RangeRules, SymmetricPercentileCountsBothEnds) {
  Data data = makeData(1.0f, false);
  RealRange range = findPercentileRange(data.getProblem(true), 99.0);
  EXPECT_EQ(range.min, -range.max);
  auto width = float(data.histogram.getWidth());
  auto countOutside = [&](float end) {
    return std::count_if(data.values.begin(), data.values.end(),
                         [&](float x) { return x < -end || x >= end; });
  };
  EXPECT_LE(countOutside(range.max), 40);
  EXPECT_GT(countOutside(range.max - width), 40);
}

TEST(RangeRules, FullPercentileIsTheBounds) {
  Data data = makeData(0.5f, false);
  EXPECT_EQ(findPercentileRange(data.getProblem(false), 100),
            data.getProblem(false).bounds);
}

//===----------------------------------------------------------------------===//
// mse
//===----------------------------------------------------------------------===//

/// Affine codes of `steps` + 1 levels from min to max.
static std::function<RoundTrip(RealRange)> quantizeTo(int steps) {
  return [=](RealRange range) -> RoundTrip {
    double scale = (double(range.max) - range.min) / steps;
    return [=](double x) {
      double code = std::nearbyint((x - range.min) / scale);
      return range.min + scale * std::min(std::max(code, 0.0), double(steps));
    };
  };
}

static double getError(const Data &data, const RoundTrip &roundTrip) {
  double sum = 0;
  for (float x : data.values)
    sum += (x - roundTrip(x)) * (x - roundTrip(x));
  return sum;
}

TEST(RangeRules, MseFindsTheLeastError) {
  for (bool isSymmetric : {false, true})
    for (bool isPositive : {false, true})
      for (int steps : {3, 15, 63}) {
        Data data = makeData(0.25f, isPositive, 1000);
        auto quantizer = quantizeTo(steps);
        RealRange range = findMseRange(data.getProblem(isSymmetric), quantizer);
        RealRange bounds = data.getProblem(isSymmetric).bounds;
        double least = std::numeric_limits<double>::infinity();
        // Each value for itself, on a grid of its own.
        for (int i = 1; i <= 25; ++i)
          for (int j = 1; j <= 25; ++j) {
            float low = std::min(bounds.min, 0.0f) * float(i) / 25;
            float high = bounds.max * float(j) / 25;
            if (isSymmetric)
              low = -(high = std::max(-bounds.min, bounds.max) * float(j) / 25);
            least = std::min(least, getError(data, quantizer({low, high})));
          }
        EXPECT_LE(getError(data, quantizer(range)), 1.01 * least);
      }
}

TEST(RangeRules, MseKeepsWhatIsExact) {
  Data data({-3, -1, 0, 2, 3});
  auto quantizer = [](RealRange) -> RoundTrip {
    return [](double x) { return x; };
  };
  EXPECT_EQ(findMseRange(data.getProblem(false), quantizer),
            (RealRange{-3, 3}));
}

TEST(RangeRules, SquaredErrorEndsEarly) {
  Data data = makeData(0.0f, false);
  RoundTrip zero = [](double) { return 0.0; };
  double whole = computeSquaredError(data.getProblem(false), zero, 1e30);
  double part = computeSquaredError(data.getProblem(false), zero, whole / 2);
  EXPECT_GT(part, whole / 2);
  EXPECT_LT(part, whole);
  EXPECT_NEAR(whole, getError(data, zero), 1e-3 * whole);
}

//===----------------------------------------------------------------------===//
// kl
//===----------------------------------------------------------------------===//

/// The definition, with arrays P and Q.
static double getDivergence(const Histogram &histogram, int64_t first,
                            int64_t last, int64_t levels) {
  int64_t bins = last - first + 1;
  std::vector<double> p(size_t(bins), 0), inner(size_t(bins), 0);
  for (int64_t i = -Histogram::kHalf; i < Histogram::kHalf; ++i) {
    int64_t at = std::min(std::max(i, first), last) - first;
    p[size_t(at)] += double(histogram.getCount(i));
    if (i >= first && i <= last)
      inner[size_t(at)] += double(histogram.getCount(i));
  }
  std::vector<double> counts(size_t(levels), 0), members(size_t(levels), 0);
  auto run = [&](int64_t i) { return size_t(i * levels / bins); };
  for (int64_t i = 0; i < bins; ++i) {
    counts[run(i)] += inner[size_t(i)];
    members[run(i)] += p[size_t(i)] > 0;
  }
  std::vector<double> q(size_t(bins), 0);
  double sumP = 0, sumQ = 0, sum = 0;
  for (int64_t i = 0; i < bins; ++i) {
    if (p[size_t(i)] > 0)
      q[size_t(i)] = counts[run(i)] / members[run(i)];
    sumP += p[size_t(i)];
    sumQ += q[size_t(i)];
  }
  for (size_t i = 0; i < size_t(bins); ++i)
    if (p[i] > 0)
      sum += p[i] / sumP * std::log((p[i] / sumP) / (q[i] / sumQ));
  return sum;
}

TEST(RangeRules, DivergenceIsItsDefinition) {
  Data data = makeData(0.5f, false);
  for (int64_t first : {-300, -64, -1, 0})
    for (int64_t last : {40, 127, 300})
      for (int64_t levels : {3, 15, 16, 255}) {
        double expected = getDivergence(data.histogram, first, last, levels);
        double actual = computeDivergence(data.histogram, first, last, levels);
        if (std::isinf(expected))
          EXPECT_EQ(actual, expected);
        else
          EXPECT_NEAR(actual, expected, 1e-12 + 1e-9 * expected);
      }
}

TEST(RangeRules, DivergenceOfAnEmptyEndIsInfinite) {
  Data data({0.5f, 1.5f, 100.0f});
  // 100 is moved to a bin whose run has no values of its own.
  EXPECT_TRUE(std::isinf(computeDivergence(data.histogram, 0, 63, 64)));
}

TEST(RangeRules, KlCutsALongTail) {
  std::vector<float> values = makeData(0.0f, true).values;
  values.push_back(40.0f);
  Data data(std::move(values));
  RealRange range = findKlRange(data.getProblem(false), 16);
  EXPECT_EQ(range.min, 0.0f);
  EXPECT_LT(range.max, 20.0f);
  EXPECT_GT(range.max, 1.0f);
}

TEST(RangeRules, KlDoesNotSeeTheZerosOfRelu) {
  std::vector<float> values = makeData(0.0f, true).values;
  Data few(values);
  RealRange range = findKlRange(few.getProblem(false), 16);
  values.insert(values.end(), 100000, 0.0f);
  Data zeros(std::move(values));
  EXPECT_EQ(findKlRange(zeros.getProblem(false), 16), range);
}

TEST(RangeRules, KlIsTheLeastOfAllRanges) {
  Data data = makeData(0.5f, false);
  // What is not negative, and no more zeros than their neighbours.
  data = Data({std::lower_bound(data.values.begin(), data.values.end(), 0.0f),
               data.values.end()});
  ASSERT_LE(data.histogram.getCount(0), data.histogram.getCount(1));
  RangeProblem problem = data.getProblem(false);
  RealRange range = findKlRange(problem, 16);
  double width = data.histogram.getWidth();
  auto getLast = [&](double end) {
    return int64_t(std::ceil(end / width)) - 1;
  };
  double found = getDivergence(data.histogram, 0, getLast(range.max), 16);
  for (int i = 512; i > 0; i -= 7) {
    int64_t last = getLast(double(problem.bounds.max) * i / 512);
    if (last >= 15)
      EXPECT_LE(found, getDivergence(data.histogram, 0, last, 16) + 1e-12);
  }
}

//===----------------------------------------------------------------------===//
// All
//===----------------------------------------------------------------------===//

/// What each search finds.
static std::vector<RealRange> findAll(const Data &data, bool isSymmetric) {
  RangeProblem problem = data.getProblem(isSymmetric);
  return {findPercentileRange(problem, kDefaultPercentile),
          findMseRange(problem, quantizeTo(255)), findKlRange(problem, 256)};
}

TEST(RangeRules, Zeros) {
  for (RealRange range : findAll(Data({0, 0, -0.0f}), false))
    EXPECT_EQ(range, RealRange());
}

TEST(RangeRules, OneOutlierLeavesAFiniteRangeThatHoldsTheRest) {
  std::vector<float> values = makeData(0.0f, false).values;
  values.push_back(1e30f);
  Data data(std::move(values));
  for (bool isSymmetric : {false, true})
    for (RealRange range : findAll(data, isSymmetric)) {
      EXPECT_TRUE(std::isfinite(range.min) && std::isfinite(range.max));
      EXPECT_LE(range.min, data.values.front());
      EXPECT_GT(range.max, 20.0f);
      EXPECT_LE(range.max, 1e30f);
    }
}

TEST(RangeRules, HoldsZero) {
  Data high({3, 4, 5}), low({-5, -4, -3});
  for (RealRange range : findAll(high, false))
    EXPECT_EQ(range.min, 0);
  for (RealRange range : findAll(low, false))
    EXPECT_EQ(range.max, 0);
}
