//===- ActivationRangeTest.cpp - Static activation parameters -------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Quantization/ActivationRange.h"

#include "lowbit/Quantization/Rounding.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

using namespace mlir::lowbit;

static ActivationEncoding parse(const char *text) {
  std::string error;
  std::optional<ActivationEncoding> encoding =
      ActivationEncoding::parse(text, error);
  EXPECT_TRUE(encoding) << error;
  return encoding.value_or(ActivationEncoding());
}

static std::vector<float> makeValues(float mean) {
  std::mt19937 random(5);
  std::normal_distribution<float> normal(mean, 1.0f);
  std::vector<float> values(4000);
  for (float &value : values)
    value = normal(random);
  return values;
}

static ActivationStatistics count(const std::vector<float> &values) {
  ActivationStatistics statistics;
  statistics.addBatch(values.data(), int64_t(values.size()));
  return statistics;
}

static RealRange choose(const char *text,
                        const ActivationStatistics &statistics) {
  std::string error;
  std::optional<RealRange> range =
      chooseActivationRange(parse(text), statistics, error);
  EXPECT_TRUE(range) << error;
  return range.value_or(RealRange());
}

TEST(ActivationRange, Params) {
  struct {
    const char *text;
    RealRange range;
    float scale;
    int32_t zeroPoint;
  } cases[] = {
      {"int8", {-1.0f, 1.55f}, 0.01f, -28},
      {"uint8", {0.0f, 6.0f}, 6.0f / 255, 0},
      {"uint8", {2.0f, 6.0f}, 6.0f / 255, 0}, // 0 has a code
      {"int8:zero-point=none", {-12.7f, 1.0f}, 0.1f, 0},
      {"int4", {0.0f, 15.0f}, 1.0f, -8},
      {"int8", {0.0f, 0.0f}, 1.0f, 0},
      {"ternary", {-2.0f, 1.0f}, 2.0f, 0},
      {"ternary:threshold=0.5", {-1.0f, 1.0f}, 1.0f, 0},
      {"binary", {-0.25f, 0.5f}, 0.5f, 0},
      {"binary", {0.0f, 0.0f}, 1.0f, 0},
  };
  for (const auto &c : cases) {
    StaticParams params = chooseStaticParams(parse(c.text), c.range);
    EXPECT_NEAR(params.scale, c.scale, 1e-6f * c.scale) << c.text;
    EXPECT_EQ(params.zeroPoint, c.zeroPoint) << c.text;
  }
}

TEST(ActivationRange, ParamsOfExtremes) {
  for (const char *text : {"int8", "uint2", "int8:zero-point=none", "ternary"})
    for (float largest : {1e-45f, 1e-38f, 1e30f, 3.4e38f}) {
      StaticParams params =
          chooseStaticParams(parse(text), {-largest, largest});
      EXPECT_TRUE(std::isnormal(params.scale)) << text << " " << largest;
      EXPECT_TRUE(std::isfinite(1 / params.scale)) << text << " " << largest;
    }
}

TEST(ActivationRange, Relu6) {
  ActivationEncoding encoding = parse("uint8");
  StaticParams params = chooseStaticParams(encoding, {0.0f, 6.0f});
  EXPECT_EQ(quantizeActivation(encoding, params, 6.0f), 255);
  EXPECT_EQ(quantizeActivation(encoding, params, 3.0f), 128);
  EXPECT_EQ(quantizeActivation(encoding, params, -1.0f), 0);
}

TEST(ActivationRange, SignsAndThresholds) {
  StaticParams params;
  EXPECT_EQ(quantizeActivation(parse("binary"), params, -0.0f), 1);
  EXPECT_EQ(quantizeActivation(parse("binary"), params, -0.1f), -1);
  ActivationEncoding ternary = parse("ternary:threshold=0.2");
  EXPECT_EQ(quantizeActivation(ternary, params, 0.2f), 0);
  EXPECT_EQ(quantizeActivation(ternary, params, -0.3f), -1);
  EXPECT_EQ(quantizeActivation(parse("ternary"), params, 0.5f), 0);
  EXPECT_EQ(quantizeActivation(parse("ternary"), params, 0.6f), 1);
}

TEST(ActivationRange, RulesReadTheirStatistics) {
  ActivationStatistics statistics = count({-1, 3});
  statistics.addBatch(std::vector<float>{-2, 1}.data(), 2, 0.5);
  EXPECT_EQ(choose("int8:static", statistics), (RealRange{-2, 3}));
  EXPECT_EQ(choose("int8:range=moving_average", statistics),
            (RealRange{-1.5f, 2}));
  EXPECT_EQ(choose("int8:range=[-7,9]", statistics), (RealRange{-7, 9}));
  EXPECT_EQ(choose("int8:percentile=100", statistics), (RealRange{-2, 3}));
}

/// The summed squared error of `values` with the parameters of `range`.
static double getError(const ActivationEncoding &encoding, RealRange range,
                       const std::vector<float> &values) {
  StaticParams params = chooseStaticParams(encoding, range);
  double sum = 0;
  for (float x : values) {
    double y = dequantizeValue(quantizeActivation(encoding, params, x),
                               params.scale, params.zeroPoint);
    sum += (x - y) * (x - y);
  }
  return sum;
}

TEST(ActivationRange, MseIsTheLeastErrorOfTheCodes) {
  std::vector<float> values = makeValues(0.3f);
  for (const char *text :
       {"int3:range=mse", "uint4:range=mse", "int4:range=mse,zero-point=none",
        "ternary", "binary", "ternary:threshold=0.7"}) {
    ActivationEncoding encoding = parse(text);
    ActivationStatistics statistics = count(values);
    double least = getError(encoding, {statistics.min, statistics.max}, values);
    for (int i = 1; i <= 60; ++i)
      for (int j = 1; j <= (encoding.isSymmetric() ? 1 : 60); ++j) {
        float high = statistics.max * float(i) / 60;
        float low =
            encoding.isSymmetric() ? -high : statistics.min * float(j) / 60;
        least = std::min(least, getError(encoding, {low, high}, values));
      }
    RealRange range = choose(text, statistics);
    EXPECT_LE(getError(encoding, range, values), 1.005 * least) << text;
  }
}

TEST(ActivationRange, BinaryHasTheMeanMagnitude) {
  std::vector<float> values = makeValues(0.0f);
  double sum = 0;
  for (float value : values)
    sum += std::abs(value);
  float mean = float(sum / double(values.size()));
  EXPECT_NEAR(choose("binary", count(values)).max, mean, 0.01f);
}

TEST(ActivationRange, NothingFinite) {
  ActivationStatistics statistics = count({NAN, INFINITY});
  std::string error;
  EXPECT_FALSE(chooseActivationRange(parse("int8:static"), statistics, error));
  EXPECT_EQ(error, "expected finite activations, but got none among 2");
}

TEST(ActivationRange, Zeros) {
  for (const char *text : {"int8:static", "int8:range=kl", "uint8:range=mse",
                           "int8:percentile=99", "ternary", "binary"})
    EXPECT_EQ(choose(text, count({0, 0, 0})), RealRange()) << text;
}

TEST(ActivationRange, OneOutlier) {
  std::vector<float> values = makeValues(0.0f);
  values.push_back(1e30f);
  for (const char *text :
       {"int8:static", "int8:range=kl", "int8:range=mse", "int8:percentile=99",
        "int8:range=moving_average", "ternary", "binary"}) {
    RealRange range = choose(text, count(values));
    StaticParams params = chooseStaticParams(parse(text), range);
    EXPECT_TRUE(std::isnormal(params.scale)) << text;
  }
}
