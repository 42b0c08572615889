//===- ErrorCompensationTest.cpp - Rounding that knows the inputs ---------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Quantization/ErrorCompensation.h"
#include "lowbit/Quantization/BiasCorrection.h"

#include "gtest/gtest.h"

#include <cmath>
#include <random>

using namespace mlir::lowbit;

using Matrix = std::vector<std::vector<double>>;

static WeightEncoding parse(const std::string &text) {
  std::string error;
  auto encoding = WeightEncoding::parse(text, error);
  EXPECT_TRUE(encoding) << error;
  return *encoding;
}

static std::vector<float> makeWeights(int64_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> w(count);
  for (float &value : w)
    value = normal(random);
  return w;
}

/// 2 E[x x^T] of correlated inputs, row-major.
static std::vector<double> makeMoments(int64_t k, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  std::vector<double> h(k * k);
  for (int sample = 0; sample < 3 * k; ++sample) {
    double common = normal(random);
    std::vector<double> x(k);
    for (double &value : x)
      value = 0.3 * normal(random) + common;
    for (int64_t i = 0; i < k * k; ++i)
      h[i] += 2 * x[i / k] * x[i % k] / double(3 * k);
  }
  return h;
}

static Matrix addDamping(const std::vector<double> &h, int64_t k,
                         double damping) {
  Matrix result(k, std::vector<double>(k));
  double trace = 0.0;
  for (int64_t i = 0; i < k; ++i)
    trace += h[i * k + i];
  for (int64_t i = 0; i < k * k; ++i)
    result[i / k][i % k] =
        h[i] + (i / k == i % k ? damping * trace / double(k) : 0.0);
  return result;
}

static double getError(const Matrix &h, const std::vector<double> &d) {
  double sum = 0.0;
  for (size_t i = 0; i < d.size(); ++i)
    for (size_t j = 0; j < d.size(); ++j)
      sum += d[i] * h[i][j] * d[j];
  return sum;
}

/// The least error over all real differences behind the first `fixed` ones: by
/// going down one coordinate after the other.
static double getLeastError(const Matrix &h, std::vector<double> d,
                            size_t fixed) {
  for (int step = 0; step < 3000; ++step)
    for (size_t i = fixed; i < d.size(); ++i) {
      double gradient = 0.0;
      for (size_t j = 0; j < d.size(); ++j)
        gradient += h[i][j] * d[j];
      d[i] -= gradient / h[i][i];
    }
  return getError(h, d);
}

static std::vector<float> getReals(const QuantizedWeights &q, int64_t n,
                                   int64_t k, const std::string &text) {
  return dequantizeWeights(q, n, k, parse(text));
}

/// Each code is the best of all, given those before it and reals behind it.
TEST(ErrorCompensation, EachCodeIsTheBestOfAll) {
  const std::string text = "int3";
  for (int64_t k = 1; k <= 5; ++k)
    for (unsigned seed = 0; seed < 8; ++seed) {
      std::vector<float> w = makeWeights(k, seed);
      std::vector<double> moments = makeMoments(k, seed + 100);
      std::string error;
      auto q = quantizeWithCompensation(w.data(), 1, k, moments.data(),
                                        parse(text), 0.01, error);
      ASSERT_TRUE(q) << error;
      auto nearest = quantizeWeights(w.data(), 1, k, parse(text), error);
      if (q->codes == nearest->codes)
        continue;
      Matrix h = addDamping(moments, k, 0.01);
      std::vector<double> differences(k);
      for (int64_t j = 0; j < k; ++j) {
        double least = INFINITY;
        for (int code = -3; code <= 3; ++code) {
          differences[j] = w[j] - double(q->scales[0]) * code;
          least = std::min(least, getLeastError(h, differences, j + 1));
        }
        differences[j] = w[j] - double(q->scales[0]) * q->codes[j];
        EXPECT_NEAR(getLeastError(h, differences, j + 1), least, 1e-6)
            << "column " << j << " of " << k << ", seed " << seed;
      }
    }
}

TEST(ErrorCompensation, NeverWorseThanNearestAndOftenBetter) {
  int numBetter = 0, numRows = 0;
  for (const char *text :
       {"int2", "int4", "uint4", "int4:zero-point=float", "int3:block=5",
        "int4:block=4,block-rows=2,scale=f16", "int8:granularity=layer"})
    for (int64_t k : {3, 17, 32}) {
      constexpr int64_t n = 9;
      std::vector<float> w = makeWeights(n * k, unsigned(k));
      std::vector<double> moments = makeMoments(k, unsigned(k) + 7);
      std::string error;
      auto q = quantizeWithCompensation(w.data(), n, k, moments.data(),
                                        parse(text), kDefaultDamping, error);
      ASSERT_TRUE(q) << error;
      auto nearest = quantizeWeights(w.data(), n, k, parse(text), error);
      EXPECT_EQ(q->scales, nearest->scales);
      EXPECT_EQ(q->zeroPoints, nearest->zeroPoints);
      Matrix h = addDamping(moments, k, kDefaultDamping);
      std::vector<float> a = getReals(*q, n, k, text);
      std::vector<float> b = getReals(*nearest, n, k, text);
      for (int64_t row = 0; row < n; ++row, ++numRows) {
        std::vector<double> da(k), db(k);
        for (int64_t j = 0; j < k; ++j) {
          da[j] = double(w[row * k + j]) - a[row * k + j];
          db[j] = double(w[row * k + j]) - b[row * k + j];
        }
        EXPECT_LE(getError(h, da), getError(h, db) * (1 + 1e-12));
        numBetter += getError(h, da) < 0.9 * getError(h, db);
      }
    }
  EXPECT_GT(numBetter, numRows / 2);
}

/// Inputs that know nothing of each other leave nothing to compensate.
TEST(ErrorCompensation, IndependentInputsRoundToNearest) {
  std::vector<float> w = makeWeights(4 * 6, 1);
  std::string error;
  auto nearest = quantizeWeights(w.data(), 4, 6, parse("uint3"), error);
  for (double scale : {0.0, 1.0}) {
    std::vector<double> h(36);
    for (int i = 0; i < 6; ++i)
      h[i * 7] = scale * (i + 1);
    auto q = quantizeWithCompensation(w.data(), 4, 6, h.data(), parse("uint3"),
                                      0.01, error);
    ASSERT_TRUE(q) << error;
    EXPECT_EQ(q->codes, nearest->codes);
  }
}

TEST(ErrorCompensation, EqualInputsRoundTheSum) {
  // x1 = x2: what counts is w1 + w2, and 0.4 + 0.4 + 0.4 is 1 and not 0.
  std::vector<float> w = {0.4f, 0.4f, 0.4f};
  std::vector<double> h(9, 1.0);
  std::string error;
  auto q = quantizeWithCompensation(w.data(), 1, 3, h.data(),
                                    parse("int4:fixed-point=0"), 1e-6, error);
  ASSERT_TRUE(q) << error;
  EXPECT_EQ(q->codes[0] + q->codes[1] + q->codes[2], 1);
}

TEST(ErrorCompensation, Errors) {
  float w[] = {1.0f, NAN};
  double identity[] = {1, 0, 0, 1}, indefinite[] = {1, 3, 3, 1};
  std::string error;
  EXPECT_FALSE(quantizeWithCompensation(w, 1, 2, identity, parse("ternary"),
                                        0.01, error));
  EXPECT_EQ(error, "expected an affine encoding with rounding=nearest_even to "
                   "compensate errors, but got ternary");
  EXPECT_FALSE(quantizeWithCompensation(
      w, 1, 2, identity, parse("int4:rounding=stochastic"), 0.01, error));
  EXPECT_FALSE(
      quantizeWithCompensation(w, 1, 2, identity, parse("int4"), 0.01, error));
  EXPECT_EQ(error, "expected finite weights, but got NaN in row 0, column 1");
  w[1] = 2.0f;
  EXPECT_FALSE(quantizeWithCompensation(w, 1, 2, indefinite, parse("int4"),
                                        0.01, error));
  EXPECT_EQ(error,
            "expected positive definite second moments, give more damping");
}

TEST(BiasCorrection, KeepsTheMeanOutput) {
  constexpr int64_t n = 4, k = 9, samples = 50;
  std::vector<float> w = makeWeights(n * k, 1), inputs(samples * k);
  inputs = makeWeights(samples * k, 2);
  std::string error;
  auto q = quantizeWeights(w.data(), n, k, parse("int2"), error);
  std::vector<float> wq = getReals(*q, n, k, "int2");
  std::vector<double> means(k);
  for (int64_t i = 0; i < samples * k; ++i)
    means[i % k] += inputs[i] / double(samples);
  std::vector<double> correction =
      computeBiasCorrection(w.data(), wq.data(), n, k, means.data());
  for (int64_t row = 0; row < n; ++row) {
    double difference = 0.0;
    for (int64_t i = 0; i < samples * k; ++i)
      difference += (double(w[row * k + i % k]) - wq[row * k + i % k]) *
                    inputs[i] / double(samples);
    EXPECT_NEAR(correction[row], difference, 1e-9);
    EXPECT_NE(correction[row], 0.0);
  }
}
