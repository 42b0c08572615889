//===- HistogramTest.cpp - Counts of values in constant memory ------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Quantization/Histogram.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

using namespace mlir::lowbit;

static Histogram count(const std::vector<float> &values) {
  Histogram histogram;
  for (float value : values)
    histogram.add(value);
  return histogram;
}

/// The same with the width known from the start.
static void expectCounts(const std::vector<float> &values) {
  Histogram histogram = count(values);
  double width = histogram.getWidth();
  std::vector<int64_t> expected(Histogram::kBins, 0);
  for (float value : values) {
    double bin = std::floor(value / width);
    ASSERT_GE(bin, -Histogram::kHalf) << value;
    ASSERT_LT(bin, Histogram::kHalf) << value;
    ++expected[size_t(bin) + Histogram::kHalf];
  }
  EXPECT_EQ(histogram.getCounts(), expected);
  EXPECT_EQ(histogram.getTotal(), int64_t(values.size()));
}

static std::vector<float> makeValues(size_t size, float growth) {
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  std::vector<float> values(size);
  for (size_t i = 0; i < size; ++i)
    values[i] = normal(random) * std::exp2(growth * float(i) / float(size));
  return values;
}

TEST(Histogram, CountsWhileTheRangeGrows) {
  for (float growth : {0.0f, 3.0f, 60.0f, -60.0f})
    expectCounts(makeValues(5000, growth));
}

TEST(Histogram, DoesNotDependOnTheOrder) {
  std::vector<float> values = makeValues(5000, 20.0f);
  Histogram forwards = count(values);
  std::reverse(values.begin(), values.end());
  Histogram backwards = count(values);
  EXPECT_EQ(forwards.getExponent(), backwards.getExponent());
  EXPECT_EQ(forwards.getCounts(), backwards.getCounts());
}

TEST(Histogram, HasTheNarrowestBins) {
  EXPECT_EQ(count({1.0f}).getExponent(), -10);
  EXPECT_EQ(count({-1.0f}).getExponent(), -11); // the end of [-1, 1)
  EXPECT_EQ(count({std::nextafter(1.0f, 0.0f)}).getExponent(), -11);
  EXPECT_EQ(count({std::nextafter(-1.0f, -2.0f)}).getExponent(), -10);
}

TEST(Histogram, Zeros) {
  Histogram histogram = count({0.0f, -0.0f, 0.0f});
  EXPECT_EQ(histogram.getCount(0), 3);
  histogram.add(-4.0f);
  EXPECT_EQ(histogram.getCount(0), 3);
  EXPECT_EQ(histogram.getCount(-Histogram::kHalf), 1);
}

TEST(Histogram, Extremes) {
  float largest = std::numeric_limits<float>::max();
  float smallest = std::numeric_limits<float>::denorm_min();
  EXPECT_EQ(count({largest}).getExponent(), Histogram::kHighestExponent);
  EXPECT_EQ(count({-smallest}).getExponent(), Histogram::kLowestExponent);
  expectCounts({largest, -largest, smallest, -smallest, 1e30f, 1.0f});
}

TEST(Histogram, GoesOnFromStoredCounts) {
  std::vector<float> values = makeValues(1000, 5.0f);
  Histogram first = count({values.begin(), values.begin() + 300});
  Histogram second(first.getCounts(), first.getExponent());
  for (size_t i = 300; i < values.size(); ++i)
    second.add(values[i]);
  EXPECT_EQ(second.getCounts(), count(values).getCounts());
}
