//===- CodebookTest.cpp - Tables of i8 levels -----------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Quantization/Codebook.h"
#include "lowbit/Quantization/WeightQuantizer.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <cmath>
#include <random>

using namespace mlir::lowbit;

namespace {
struct WeightedNumber {
  double x, weight;
};
} // namespace

static double getError(const std::vector<WeightedNumber> &numbers,
                       const std::vector<int8_t> &table) {
  double sum = 0.0;
  for (auto [x, weight] : numbers) {
    double least = INFINITY;
    for (int8_t level : table)
      least = std::min(least, (x - level) * (x - level));
    sum += weight * least;
  }
  return sum;
}

/// The least error of all tables of `size` levels of lo..hi.
static double findLeastError(const std::vector<WeightedNumber> &numbers, int lo,
                             int hi, int size, std::vector<int8_t> &table) {
  if (size == 0)
    return getError(numbers, table);
  double least = INFINITY;
  for (int level = lo; level <= hi; ++level) {
    table.push_back(static_cast<int8_t>(level));
    least =
        std::min(least, findLeastError(numbers, level, hi, size - 1, table));
    table.pop_back();
  }
  return least;
}

static std::vector<int8_t> fit(const std::vector<WeightedNumber> &numbers,
                               int64_t size) {
  HalfLevels sorted;
  for (auto [x, weight] : numbers)
    sorted.add(x, weight);
  return findBestTable(sorted, size);
}

TEST(Codebook, BestOfAllTables) {
  std::mt19937 random(5);
  std::uniform_real_distribution<double> uniform(-6.0, 6.0);
  for (int count = 1; count <= 12; ++count)
    for (int size = 1; size <= 4; ++size) {
      std::vector<WeightedNumber> numbers(count);
      for (auto &[x, weight] : numbers) {
        x = uniform(random);
        if (count % 3 == 0) // on the boundaries between levels
          x = std::nearbyint(2 * x) / 2;
        weight = count % 2 ? 1.0 : std::fabs(uniform(random));
      }
      std::vector<int8_t> table = fit(numbers, size), chosen;
      EXPECT_EQ(table.size(), size_t(size));
      EXPECT_TRUE(std::is_sorted(table.begin(), table.end()));
      EXPECT_NEAR(getError(numbers, table),
                  findLeastError(numbers, -6, 6, size, chosen), 1e-9)
          << count << " numbers, " << size << " levels";
    }
}

TEST(Codebook, EnoughLevelsAreExact) {
  std::vector<WeightedNumber> numbers;
  for (int x = -127; x <= 127; x += 17)
    numbers.push_back({double(x), 1.0});
  EXPECT_EQ(getError(numbers, fit(numbers, 16)), 0.0);
  EXPECT_EQ(getError(numbers, fit(numbers, 256)), 0.0);
  EXPECT_GT(getError(numbers, fit(numbers, 8)), 0.0);
}

TEST(Codebook, Logarithmic) {
  EXPECT_EQ(getLogTable(2), (std::vector<int8_t>{-1, 0, 1, 1}));
  EXPECT_EQ(getLogTable(3), (std::vector<int8_t>{-4, -2, -1, 0, 1, 2, 4, 4}));
  EXPECT_EQ(getLogTable(4),
            (std::vector<int8_t>{-64, -32, -16, -8, -4, -2, -1, 0, 1, 2, 4, 8,
                                 16, 32, 64, 64}));
}

/// The nearest level, of two the lower one, of equal ones the first.
TEST(Codebook, CodeOfTheNearestLevel) {
  for (const std::vector<int8_t> &table :
       {getLogTable(3), getLogTable(4), std::vector<int8_t>{5},
        std::vector<int8_t>{-127, 126, 127, 127}}) {
    CodeFinder finder(table);
    for (int eighths = -2400; eighths <= 2400; ++eighths) {
      float x = static_cast<float>(eighths) / 8;
      size_t best = 0;
      for (size_t code = 1; code < table.size(); ++code)
        if (std::fabs(x - table[code]) < std::fabs(x - table[best]))
          best = code;
      ASSERT_EQ(finder.getCode(x), best) << x;
    }
  }
}

static QuantizedWeights quantize(const std::vector<float> &w, int64_t n,
                                 const std::string &text,
                                 std::vector<float> &reals) {
  std::string error;
  auto encoding = WeightEncoding::parse(text, error);
  EXPECT_TRUE(encoding) << error;
  auto k = static_cast<int64_t>(w.size()) / n;
  auto q = quantizeWeights(w.data(), n, k, *encoding, error);
  EXPECT_TRUE(q) << error;
  reals = dequantizeWeights(*q, n, k, *encoding);
  return *q;
}

TEST(Codebook, LogarithmicWeightsArePowersOfTwo) {
  std::vector<float> w = {1.9f, -0.26f, 0.9f, 0.01f, 0.0f, -3.0f}, reals;
  quantize(w, 2, "codebook4:log", reals);
  EXPECT_EQ(reals, (std::vector<float>{2, -0.25f, 1, 0.0f, 0.0f, -4}));
}

TEST(Codebook, FewDistinctWeightsAreExact) {
  std::vector<float> w = {0.5f, -1.0f, 127.0f, -1.0f, 0.5f, 63.5f}, reals;
  QuantizedWeights q = quantize(w, 1, "codebook3", reals);
  EXPECT_EQ(q.table.size(), 8u);
  EXPECT_EQ(q.scales[0], 1.0f);
  EXPECT_EQ(reals[1], -1.0f);
  EXPECT_EQ(reals[2], 127.0f);
}

/// One table for rows of different scales, better than equal steps.
TEST(Codebook, LessErrorThanEqualSteps) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  std::vector<float> w(4 * 300), reals;
  for (size_t i = 0; i < w.size(); ++i)
    w[i] = normal(random) * float(1 + i / 300);
  auto getSum = [&] {
    double sum = 0.0;
    for (size_t i = 0; i < w.size(); ++i)
      sum += (double(w[i]) - reals[i]) * (double(w[i]) - reals[i]);
    return sum;
  };
  for (const char *items : {"", ":block=50", ":granularity=layer"}) {
    std::string text = items;
    quantize(w, 4, "codebook4" + text, reals);
    double error = getSum();
    quantize(w, 4, "int4" + text, reals);
    EXPECT_LT(error, getSum()) << items;
  }
}

TEST(Codebook, ZerosAndNothing) {
  std::vector<float> reals;
  for (const char *text : {"codebook2", "codebook4:log", "codebook8"}) {
    std::vector<float> zeros(6, 0.0f);
    EXPECT_EQ(quantize(zeros, 2, text, reals).scales,
              (std::vector<float>{1, 1}));
    EXPECT_EQ(reals, zeros);
    EXPECT_EQ(quantize({}, 3, text, reals).scales.size(), 3u);
  }
}
