//===- ExamplesTest.cpp - Worked examples of quantization -----------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Small numbers that can be checked by hand, in the order of the literature:
// ternary, binary, affine, stochastic.
//
//===----------------------------------------------------------------------===//

#include "lowbit/Quantization/WeightQuantizer.h"

#include "gtest/gtest.h"

#include <numeric>

using namespace mlir::lowbit;

using Codes = std::vector<int8_t>;
using Floats = std::vector<float>;

static const Floats eightWeights = {0.7f, -0.2f, 1.8f, -1.5f,
                                    0.1f, -0.8f, 2.0f, -0.3f};

static WeightEncoding parse(const char *text) {
  std::string error;
  std::optional<WeightEncoding> encoding = WeightEncoding::parse(text, error);
  EXPECT_TRUE(encoding) << error;
  return encoding.value_or(WeightEncoding());
}

/// Quantizes one row.
static QuantizedWeights quantize(const Floats &w, const char *text) {
  std::string error;
  std::optional<QuantizedWeights> result = quantizeWeights(
      w.data(), 1, static_cast<int64_t>(w.size()), parse(text), error);
  EXPECT_TRUE(result) << error;
  return result.value_or(QuantizedWeights());
}

static double squaredError(const Floats &w, const QuantizedWeights &q) {
  double sum = 0.0;
  for (size_t i = 0; i < w.size(); ++i) {
    double difference = w[i] - double(q.scales[0]) * q.codes[i];
    sum += difference * difference;
  }
  return sum;
}

static double dot(const Floats &x, const QuantizedWeights &q) {
  double sum = 0.0;
  for (size_t i = 0; i < x.size(); ++i)
    sum += x[i] * q.codes[i];
  return sum * q.scales[0];
}

TEST(Examples, TernarySigmaWithDefaultAlpha) {
  EXPECT_NEAR(computeStd(eightWeights.data(), 8), 1.1377060, 1e-6);
  QuantizedWeights q = quantize(eightWeights, "ternary");
  EXPECT_NEAR(*q.threshold, 1.3652472, 1e-6);
  EXPECT_EQ(q.codes, (Codes{0, 0, 1, -1, 0, 0, 1, 0}));
  EXPECT_NEAR(q.scales[0], 1.7666667, 1e-6);
  EXPECT_EQ(q.remark, "");
  EXPECT_EQ(quantize(eightWeights, "ternary:threshold=1.32").codes, q.codes);
}

TEST(Examples, TernarySigmaWithLargerAlpha) {
  QuantizedWeights q = quantize(eightWeights, "ternary:sigma,alpha=1.5");
  EXPECT_NEAR(*q.threshold, 1.70656, 1e-5);
  EXPECT_EQ(q.codes, (Codes{0, 0, 1, 0, 0, 0, 1, 0}));
  q = quantize(eightWeights, "ternary:sigma,alpha=2");
  EXPECT_NEAR(*q.threshold, 2.27541, 1e-5);
  EXPECT_EQ(q.codes, Codes(8, 0));
  EXPECT_EQ(q.scales[0], 1.0f);
  EXPECT_EQ(q.remark, "all codes are 0");
}

TEST(Examples, TernaryTwnAbsmeanMse) {
  const Codes kept = {1, 0, 1, -1, 0, -1, 1, 0};
  QuantizedWeights q = quantize(eightWeights, "ternary:twn");
  EXPECT_NEAR(*q.threshold, 0.6475, 1e-6);
  EXPECT_EQ(q.codes, kept);
  EXPECT_NEAR(q.scales[0], 1.36, 1e-6);
  q = quantize(eightWeights, "ternary:absmean");
  EXPECT_EQ(q.codes, kept);
  EXPECT_NEAR(q.scales[0], 0.925, 1e-6);
  q = quantize(eightWeights, "ternary:mse");
  EXPECT_EQ(q.codes, (Codes{0, 0, 1, -1, 0, 0, 1, 0}));
  EXPECT_NEAR(q.scales[0], 1.7666667, 1e-6);
  EXPECT_NEAR(squaredError(eightWeights, q), 1.3966667, 1e-6);
}

TEST(Examples, TernaryOfSixWeights) {
  const Floats w = {0.89f, -0.12f, 2.11f, -1.98f, 0.05f, -0.92f};
  const Codes kept = {1, 0, 1, -1, 0, -1};
  EXPECT_NEAR(*quantize(w, "ternary:twn").threshold, 0.7082, 1e-4);
  EXPECT_EQ(quantize(w, "ternary:twn").codes, kept);
  EXPECT_EQ(quantize(w, "ternary:absmean").codes, kept);
  EXPECT_EQ(quantize(w, "ternary:mse").codes, kept);
  EXPECT_NEAR(computeStd(w.data(), 6), 1.2928, 1e-4);
  EXPECT_EQ(quantize(w, "ternary:sigma,alpha=1").codes,
            (Codes{0, 0, 1, -1, 0, 0}));
}

TEST(Examples, TernaryDotProduct) {
  const Floats w = {0.8f, -1.2f, 0.1f, -0.9f}, x = {2, 3, 1, 4};
  double exact = std::inner_product(w.begin(), w.end(), x.begin(), 0.0);
  EXPECT_NEAR(exact, -5.5, 1e-6);
  QuantizedWeights q = quantize(w, "ternary:threshold=0.7,scale-rule=none");
  EXPECT_EQ(q.codes, (Codes{1, -1, 0, -1}));
  EXPECT_EQ(dot(x, q), -5.0);
  double bound = 0.0;
  for (size_t i = 0; i < w.size(); ++i)
    bound += std::abs(x[i] * (w[i] - q.codes[i]));
  EXPECT_NEAR(bound, 1.5, 1e-6);
  EXPECT_LE(std::abs(exact - dot(x, q)), bound);
  q = quantize(w, "ternary:threshold=0.7");
  EXPECT_NEAR(q.scales[0], 0.9666667, 1e-6);
  EXPECT_NEAR(dot(x, q), -4.8333333, 1e-6);
  EXPECT_EQ(quantize(w, "ternary:threshold=1").codes, (Codes{0, -1, 0, 0}));
}

TEST(Examples, WeightAtTheThreshold) {
  EXPECT_EQ(quantize({0.7f, -0.7f, 0.8f}, "ternary:threshold=0.7").codes,
            (Codes{0, 0, 1}));
}

TEST(Examples, PayloadOfThousandWeights) {
  EXPECT_EQ(parse("f32").getPayloadBytes(1000), 4000);
  EXPECT_EQ(parse("ternary").getPayloadBytes(1000), 250);
  EXPECT_EQ(getBase3Bytes(1000), 200);
  EXPECT_EQ(parse("binary").getPayloadBytes(1000), 125);
  EXPECT_EQ(parse("int8").getPayloadBytes(1000), 1000);
}

TEST(Examples, BinarySignAndStep) {
  EXPECT_EQ(quantize({0.75f, 0.0f, -0.0f, -0.1f}, "binary").codes,
            (Codes{1, 1, 1, -1}));
  EXPECT_EQ(quantize({0.75f, 0.0f, -0.0f, -0.1f}, "binary:step").codes,
            (Codes{1, 1, 1, 0}));
}

TEST(Examples, SymmetricFullTwoBits) {
  for (const char *text :
       {"int2:codes=full", "int2:codes=full,rounding=nearest_away"}) {
    const Floats w = {0.75f, 1.0f, -1.0f};
    QuantizedWeights q = quantize(w, text);
    EXPECT_FLOAT_EQ(q.scales[0], 2.0f / 3.0f);
    EXPECT_EQ(q.codes, (Codes{1, 1, -2}));
    Floats reals = dequantizeWeights(q, 1, 3, parse(text));
    EXPECT_FLOAT_EQ(reals[0], 2.0f / 3.0f);
    EXPECT_FLOAT_EQ(reals[1], 2.0f / 3.0f);
    EXPECT_FLOAT_EQ(reals[2], -4.0f / 3.0f);
  }
}

/// The reals of all codes of one group.
static Floats getGrid(const WeightEncoding &encoding,
                      const AffineParams &params) {
  Floats grid;
  for (int32_t code = encoding.getLowestCode();
       code <= encoding.getHighestCode(); ++code)
    grid.push_back(
        encoding.zeroPoint == ZeroPointKind::Float
            ? dequantizeValue(code, params.scale, params.floatZeroPoint)
            : dequantizeValue(code, params.scale, params.zeroPoint));
  return grid;
}

static void expectNear(const Floats &actual, const Floats &expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t i = 0; i < actual.size(); ++i)
    EXPECT_NEAR(actual[i], expected[i], 1e-4) << "at " << i;
}

TEST(Examples, FloatOffset) {
  std::string error;
  for (const char *text : {"int2:zero-point=float", "uint2:zero-point=float"}) {
    WeightEncoding encoding = parse(text);
    AffineParams params;
    ASSERT_TRUE(chooseAffineParams(encoding.getAffineSpec(), -0.3f, 1.0f,
                                   params, error));
    EXPECT_NEAR(params.scale, 0.4333333, 1e-6);
    EXPECT_NEAR(getAffineOffset(params.scale, params.floatZeroPoint), 0.1333333,
                1e-6);
    expectNear(getGrid(encoding, params), {-0.3f, 0.1333f, 0.5667f, 1.0f});

    ASSERT_TRUE(chooseAffineParams(encoding.getAffineSpec(), -1.0f, 1.0f,
                                   params, error));
    EXPECT_NEAR(getAffineOffset(params.scale, params.floatZeroPoint), 1.0 / 3,
                1e-6);
    expectNear(getGrid(encoding, params), {-1.0f, -1 / 3.0f, 1 / 3.0f, 1.0f});
    QuantizedWeights q = quantize({-1.0f, 0.75f, 1.0f}, text);
    EXPECT_FLOAT_EQ(dequantizeWeights(q, 1, 3, encoding)[1], 1.0f);
  }
}

TEST(Examples, IntegerZeroPointOnTheSameRange) {
  WeightEncoding encoding = parse("uint2");
  AffineParams params;
  std::string error;
  ASSERT_TRUE(
      chooseAffineParams(encoding.getAffineSpec(), -0.3f, 1.0f, params, error));
  EXPECT_EQ(params.zeroPoint, 1);
  expectNear(getGrid(encoding, params), {-0.4333f, 0.0f, 0.4333f, 0.8667f});
}

TEST(Examples, SymmetricFullFourBits) {
  for (const char *text :
       {"int4:codes=full", "int4:codes=full,rounding=nearest_away"}) {
    const Floats w = {-32.0f, 0.0f, 4.27f, 16.0f, 32.0f};
    QuantizedWeights q = quantize(w, text);
    EXPECT_NEAR(q.scales[0], 4.2666667, 1e-6);
    EXPECT_EQ(q.codes, (Codes{-8, 0, 1, 4, 7}));
    expectNear(dequantizeWeights(q, 1, 5, parse(text)),
               {-34.13333f, 0.0f, 4.26667f, 17.06667f, 29.86667f});
  }
}

TEST(Examples, SaturationInEightBits) {
  float scale = 3.0f / 127.0f;
  EXPECT_EQ(quantizeValue(3.5f, scale, 0, -127, 127), 127);
  EXPECT_FLOAT_EQ(dequantizeValue(127, scale, 0), 3.0f);
  for (RoundingMode mode :
       {RoundingMode::NearestEven, RoundingMode::NearestAway}) {
    EXPECT_EQ(quantizeValue(160.0f, 1.0f, 0, -128, 127, {mode}), 127);
    EXPECT_EQ(quantizeValue(-200.0f, 1.0f, 0, -128, 127, {mode}), -128);
    EXPECT_EQ(quantizeValue(3.7f, 1.0f, 0, -128, 127, {mode}), 4);
    scale = 160.0f / 127.0f;
    EXPECT_EQ(quantizeValue(160.0f, scale, 0, -128, 127, {mode}), 127);
    EXPECT_EQ(quantizeValue(3.7f, scale, 0, -128, 127, {mode}), 3);
  }
}

TEST(Examples, Relu6InUnsignedEightBits) {
  AffineParams params, symmetric;
  std::string error;
  ASSERT_TRUE(chooseAffineParams(parse("uint8").getAffineSpec(), 0.0f, 6.0f,
                                 params, error));
  EXPECT_FLOAT_EQ(params.scale, 6.0f / 255.0f);
  EXPECT_EQ(params.zeroPoint, 0);
  EXPECT_EQ(quantizeValue(6.0f, params.scale, 0, 0, 255), 255);
  EXPECT_EQ(quantizeValue(3.0f, params.scale, 0, 0, 255), 128);
  ASSERT_TRUE(chooseAffineParams(parse("int8:codes=full").getAffineSpec(), 0.0f,
                                 6.0f, symmetric, error));
  EXPECT_EQ(params.scale, symmetric.scale / 2);
}

TEST(Examples, ZeroPointInsideAndOutsideTheRounding) {
  RoundingSpec away = {RoundingMode::NearestAway};
  EXPECT_EQ(quantizeValue(-0.5f, 1.0f, 1.0f, -8, 7, away), 1);
  EXPECT_EQ(quantizeValue(-0.5f, 1.0f, 1, -8, 7, away), 0);
}

TEST(Examples, StochasticRounding) {
  constexpr uint32_t numSeeds = 100000;
  int64_t sum = 0;
  for (uint32_t seed = 0; seed < numSeeds; ++seed) {
    RoundingSpec rounding = {RoundingMode::Stochastic, seed};
    int32_t code = quantizeValue(3.7f, 1.0f, 0, -128, 127, rounding, 5);
    ASSERT_TRUE(code == 3 || code == 4);
    sum += code;
    ASSERT_EQ(quantizeValue(3.0f, 1.0f, 0, -128, 127, rounding, 5), 3);
  }
  EXPECT_NEAR(double(sum) / numSeeds, 3.7, 0.005);
}

TEST(Examples, StochasticBinary) {
  constexpr uint32_t numSeeds = 100000;
  const std::pair<float, double> cases[] = {
      {0.0f, 0.5}, {1.0f, 0.7310586}, {-2.0f, 0.1192029}};
  for (auto [w, probability] : cases) {
    int64_t numPositive = 0;
    for (uint32_t seed = 0; seed < numSeeds; ++seed)
      numPositive += getStochasticSignCode(w, seed, 7) == 1;
    EXPECT_NEAR(double(numPositive) / numSeeds, probability, 0.005) << w;
  }
}
