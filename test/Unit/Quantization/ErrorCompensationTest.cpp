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

/// Moments of correlated inputs.
static InputMoments makeMoments(int64_t k, unsigned seed, int64_t groups = 1) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  MomentSums sums(groups, k, MomentOrder::Second);
  for (int sample = 0; sample < 3 * k; ++sample) {
    float common = normal(random);
    std::vector<float> x(groups * k);
    for (float &value : x)
      value = 0.3f * normal(random) + common;
    sums.addRows(x.data(), 1);
  }
  return sums.getMoments();
}

/// Moments with these products.
static InputMoments withProducts(int64_t k, std::vector<float> products) {
  return {1, k, 1, std::vector<float>(k), std::move(products)};
}

static Matrix addDamping(const InputMoments &inputs, double damping,
                         int64_t group = 0) {
  int64_t k = inputs.depth;
  const float *h = inputs.products.data() + group * k * k;
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

/// The levels of the codes of one row.
static std::vector<float> getLevels(const QuantizedWeights &q, int64_t k,
                                    const WeightEncoding &encoding) {
  std::vector<float> levels;
  for (int32_t code = encoding.getLowestCode();
       code <= encoding.getHighestCode(); ++code) {
    QuantizedWeights all = q;
    all.codes.assign(k, static_cast<int8_t>(code));
    levels.push_back(dequantizeWeights(all, 1, k, encoding)[0]);
  }
  return levels;
}

/// Each code is the best of all, given those before it and reals behind it.
TEST(ErrorCompensation, EachCodeIsTheBestOfAll) {
  for (const char *text : {"int3", "ternary", "binary:scale-rule=none",
                           "codebook2", "uint2", "binary:step"})
    for (int64_t k = 1; k <= 5; ++k)
      for (unsigned seed = 0; seed < 8; ++seed) {
        std::vector<float> w = makeWeights(k, seed);
        InputMoments moments = makeMoments(k, seed + 100);
        WeightEncoding encoding = parse(text);
        std::string error;
        auto q =
            quantizeWithCompensation(w.data(), 1, k, moments, encoding, error);
        ASSERT_TRUE(q) << error;
        auto nearest = quantizeWeights(w.data(), 1, k, encoding, error);
        if (q->codes == nearest->codes)
          continue;
        std::vector<float> reals = getReals(*q, 1, k, text);
        Matrix h = addDamping(moments, kDefaultDamping);
        std::vector<double> differences(k);
        for (int64_t j = 0; j < k; ++j) {
          double least = INFINITY;
          for (float level : getLevels(*q, k, encoding)) {
            differences[j] = double(w[j]) - level;
            if (encoding.scheme == WeightScheme::Binary && level == 0.0f)
              continue; // -1 and +1 have no 0 between them
            least = std::min(least, getLeastError(h, differences, j + 1));
          }
          differences[j] = double(w[j]) - reals[j];
          EXPECT_LE(getLeastError(h, differences, j + 1), least + 1e-6)
              << text << ", column " << j << " of " << k << ", seed " << seed;
        }
      }
}

/// Sizes around the blocks that columns are worked off in, and groups.
TEST(ErrorCompensation, NeverWorseThanNearestAndOftenBetter) {
  int numBetter = 0, numRows = 0;
  for (const char *text :
       {"int2", "int4", "uint4", "int4:zero-point=float", "int3:block=5",
        "int4:block=4,block-rows=2,scale=f16", "int8:granularity=layer",
        "ternary:twn", "ternary:block=16", "binary", "binary:group=2",
        "codebook3:granularity=layer", "int3:mse,scale=bf16"})
    for (int64_t groups : {1, 2})
      for (int64_t k : {3, 17, 32, 127, 137, 257}) {
        if (k > 32 && text[3] != '2' && text[0] != 't')
          continue; // the blocks know nothing of the encoding
        constexpr int64_t n = 10;
        std::vector<float> w = makeWeights(n * k, unsigned(k));
        InputMoments moments = makeMoments(k, unsigned(k) + 7, groups);
        std::string error;
        auto q = quantizeWithCompensation(w.data(), n, k, moments, parse(text),
                                          error);
        ASSERT_TRUE(q) << error;
        auto nearest = quantizeWeights(w.data(), n, k, parse(text), error);
        EXPECT_EQ(q->scales, nearest->scales);
        EXPECT_EQ(q->zeroPoints, nearest->zeroPoints);
        std::vector<float> a = getReals(*q, n, k, text);
        std::vector<float> b = getReals(*nearest, n, k, text);
        for (int64_t row = 0; row < n; ++row, ++numRows) {
          Matrix h = addDamping(moments, kDefaultDamping, row * groups / n);
          std::vector<double> da(k), db(k);
          for (int64_t j = 0; j < k; ++j) {
            da[j] = double(w[row * k + j]) - a[row * k + j];
            db[j] = double(w[row * k + j]) - b[row * k + j];
          }
          EXPECT_LE(getError(h, da), getError(h, db) * (1 + 1e-9));
          numBetter += getError(h, da) < 0.9 * getError(h, db);
        }
      }
  EXPECT_GT(numBetter, numRows / 2);
}

/// The codes column by column as the formula has them, from the factor of a
/// textbook: what the blocks must not change.
TEST(ErrorCompensation, BlocksAreTheFormula) {
  for (int64_t k : {5, 128, 129, 300}) {
    std::vector<float> w = makeWeights(k, unsigned(k));
    InputMoments moments = makeMoments(k, unsigned(k) + 1);
    Matrix r = addDamping(moments, kDefaultDamping);
    for (int64_t j = k - 1; j >= 0; --j)
      for (int64_t i = j; i >= 0; --i) {
        for (int64_t l = j + 1; l < k; ++l)
          r[i][j] -= r[i][l] * r[j][l];
        r[i][j] = i == j ? std::sqrt(r[j][j]) : r[i][j] / r[j][j];
      }
    WeightEncoding encoding = parse("int3");
    std::string error;
    auto q = quantizeWithCompensation(w.data(), 1, k, moments, encoding, error);
    ASSERT_TRUE(q) << error;
    std::vector<double> errors(k);
    for (int64_t j = 0; j < k; ++j) {
      double wanted = w[j];
      for (int64_t i = 0; i < j; ++i)
        wanted += errors[i] * r[i][j] / r[j][j];
      int code = quantizeValue(float(wanted), q->scales[0], 0, -3, 3);
      errors[j] = w[j] - double(q->scales[0]) * code;
      ASSERT_EQ(q->codes[j], code) << "column " << j << " of " << k;
    }
  }
}

/// Inputs that know nothing of each other leave nothing to compensate.
TEST(ErrorCompensation, IndependentInputsRoundToNearest) {
  std::vector<float> w = makeWeights(4 * 6, 1);
  std::string error;
  auto nearest = quantizeWeights(w.data(), 4, 6, parse("uint3"), error);
  for (float scale : {0.0f, 1.0f}) {
    std::vector<float> h(36);
    for (int i = 0; i < 6; ++i)
      h[i * 7] = scale * float(i + 1);
    auto q = quantizeWithCompensation(w.data(), 4, 6, withProducts(6, h),
                                      parse("uint3"), error);
    ASSERT_TRUE(q) << error;
    EXPECT_EQ(q->codes, nearest->codes);
  }
}

TEST(ErrorCompensation, EqualInputsRoundTheSum) {
  // x1 = x2: what counts is w1 + w2, and 0.4 + 0.4 + 0.4 is 1 and not 0.
  std::vector<float> w = {0.4f, 0.4f, 0.4f};
  std::string error;
  auto q = quantizeWithCompensation(
      w.data(), 1, 3, withProducts(3, std::vector<float>(9, 1.0f)),
      parse("int4:fixed-point=0,damping=1e-6"), error);
  ASSERT_TRUE(q) << error;
  EXPECT_EQ(q->codes[0] + q->codes[1] + q->codes[2], 1);
}

TEST(ErrorCompensation, DeadInputsNeedNoDamping) {
  // The second input is always 0: its weight is rounded to nearest.
  std::vector<float> w = {0.4f, 0.7f, 0.4f},
                     h = {1, 0, 0.9f, 0, 0, 0, 0.9f, 0, 1};
  std::string error;
  auto q =
      quantizeWithCompensation(w.data(), 1, 3, withProducts(3, h),
                               parse("int4:fixed-point=0,damping=0"), error);
  ASSERT_TRUE(q) << error;
  EXPECT_EQ(q->codes, (std::vector<int8_t>{0, 1, 1}));
}

TEST(ErrorCompensation, Errors) {
  std::vector<float> w = {1.0f, NAN}, identity = {1, 0, 0, 1};
  auto fail = [&](const char *encoding, const InputMoments &inputs) {
    std::string error;
    EXPECT_FALSE(quantizeWithCompensation(w.data(), 1, 2, inputs,
                                          parse(encoding), error));
    return error;
  };
  auto withIdentity = withProducts(2, identity);
  EXPECT_EQ(fail("int4:rounding=stochastic", withIdentity),
            "expected rounding=nearest_even with gptq, but got stochastic");
  EXPECT_EQ(fail("binary:planes=2", withIdentity),
            "expected one plane, but got 2");
  EXPECT_EQ(fail("int4", withIdentity),
            "expected finite weights, but got NaN at output 0, input 1");
  w[1] = 2.0f;
  // Without damping what is singular is an error, too.
  for (const char *damping : {"int4:damping=0.01", "int4:damping=0"})
    EXPECT_EQ(fail(damping, withProducts(2, {1, 3, 3, 1})),
              "expected positive definite second moments, give more damping");
  EXPECT_EQ(fail("int4:damping=0", withProducts(2, {1, 1, 1, 1})),
            "expected positive definite second moments, give more damping");
  EXPECT_EQ(fail("int4", withProducts(2, {1, NAN, NAN, 1})),
            "expected finite moments, but got NaN or infinity");
  EXPECT_EQ(fail("int4", withProducts(2, {})),
            "expected second moments, but got none");
  EXPECT_EQ(fail("int4", withProducts(3, std::vector<float>(9))),
            "expected moments of 2 inputs of each output, but got 1 x 3");
}

TEST(BiasCorrection, KeepsTheMeanOutput) {
  constexpr int64_t n = 4, k = 9, samples = 50;
  std::vector<float> w = makeWeights(n * k, 1), inputs(samples * k);
  inputs = makeWeights(samples * k, 2);
  std::string error;
  auto q = quantizeWeights(w.data(), n, k, parse("int2"), error);
  std::vector<float> wq = getReals(*q, n, k, "int2");
  MomentSums sums(1, k, MomentOrder::First);
  sums.addRows(inputs.data(), samples);
  std::vector<double> correction =
      computeBiasCorrection(w.data(), wq.data(), n, sums.getMoments());
  for (int64_t row = 0; row < n; ++row) {
    double difference = 0.0;
    for (int64_t i = 0; i < samples * k; ++i)
      difference += (double(w[row * k + i % k]) - wq[row * k + i % k]) *
                    inputs[i] / double(samples);
    EXPECT_NEAR(correction[row], difference, 1e-6);
    EXPECT_GT(std::abs(correction[row]), 1e-3);
  }
}

TEST(BiasCorrection, GroupsHaveTheirOwnMeans) {
  // Two groups of one output each, of two inputs.
  InputMoments inputs{2, 2, 1, {1, 10, 100, 1000}, {}};
  std::vector<float> w = {1, 2, 3, 4}, wq = {0.5, 2, 3, 3};
  EXPECT_EQ(computeBiasCorrection(w.data(), wq.data(), 2, inputs),
            (std::vector<double>{0.5, 1000}));
}
