//===- WeightRangesTest.cpp - Ranges of weights worth quantizing ----------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Quantization/WeightRanges.h"
#include "lowbit/Quantization/WeightQuantizer.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <cmath>
#include <random>

using namespace mlir::lowbit;

static std::vector<float> makeWeights(int64_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::student_t_distribution<float> distribution(4.0f);
  std::vector<float> w(count);
  for (float &value : w)
    value = distribution(random);
  return w;
}

/// Of all ranges whose ends are weights the tightest that leaves few out.
TEST(WeightRanges, PercentileLeavesFewOut) {
  for (int64_t count : {1, 2, 3, 10, 50, 100})
    for (double percent : {1.0, 50.0, 90.0, 98.0, 99.99, 100.0}) {
      std::vector<float> w = makeWeights(count, unsigned(count));
      double allowed = (1 - percent / 100) * double(count);
      RealRange symmetric = {-INFINITY, INFINITY}, range = symmetric;
      for (float end : w) {
        auto out = [&](auto isOut) {
          return double(std::count_if(w.begin(), w.end(), isOut));
        };
        float m = std::fabs(end);
        if (out([=](float x) { return std::fabs(x) > m; }) <= allowed)
          symmetric.max = std::min(symmetric.max, m);
        if (out([=](float x) { return x > end; }) <= allowed / 2)
          range.max = std::min(range.max, end);
        if (out([=](float x) { return x < end; }) <= allowed / 2)
          range.min = std::max(range.min, end);
      }
      symmetric.min = -symmetric.max;
      SCOPED_TRACE(std::to_string(percent) + " % of " + std::to_string(count));
      EXPECT_TRUE(findPercentileRange(w.data(), count, percent, true) ==
                  symmetric);
      EXPECT_TRUE(findPercentileRange(w.data(), count, percent, false) ==
                  range);
    }
}

static double getError(const std::vector<float> &w, const std::string &text,
                       float *scale = nullptr) {
  std::string error;
  auto encoding = WeightEncoding::parse(text, error);
  EXPECT_TRUE(encoding) << error;
  auto count = static_cast<int64_t>(w.size());
  auto q = quantizeWeights(w.data(), 1, count, *encoding, error);
  EXPECT_TRUE(q) << error;
  std::vector<float> reals = dequantizeWeights(*q, 1, count, *encoding);
  double sum = 0.0;
  for (size_t i = 0; i < w.size(); ++i)
    sum += (double(w[i]) - reals[i]) * (double(w[i]) - reals[i]);
  if (scale)
    *scale = q->scales[0];
  return sum;
}

TEST(WeightRanges, MseBeatsAllRanges) {
  std::vector<float> w = makeWeights(300, 3);
  for (const char *scheme : {"int2", "int4", "int8", "uint3", "uint5"}) {
    std::string text(scheme);
    // The scale is rounded to f32.
    double mse = getError(w, text + ":mse") * (1 - 1e-5);
    for (const char *method :
         {"minmax", "kl", "percentile,p=99", "range=[-3,3]", "fixed-point=1",
          "percentile,p=97"})
      EXPECT_LE(mse, getError(w, text + ":" + method)) << text << method;
  }
}

TEST(WeightRanges, PowerOfTwoOfLessError) {
  for (unsigned seed = 0; seed < 40; ++seed)
    for (const char *scheme : {"int3", "int4:mse", "int8", "uint4",
                               "int4:zero-point=float", "int4:scale=f16"}) {
      std::vector<float> w = makeWeights(40, seed);
      std::string text(scheme);
      bool hasItems = text.find(':') != std::string::npos;
      float any = 0.0f, power = 0.0f;
      getError(w, text, &any);
      double error = getError(
          w, text + (hasItems ? "," : ":") + "scale-values=power-of-two",
          &power);
      int exponent = 0;
      EXPECT_EQ(std::frexp(power, &exponent), 0.5f);
      EXPECT_LT(std::fabs(std::log2(power / any)), 1.0);
      if (text.rfind("int", 0) != 0 || text.find("zero") != text.npos)
        continue;
      // Symmetric: the other neighbour as a fixed-point scale.
      int other = power > any ? exponent - 2 : exponent;
      std::string fixed = text.substr(0, 4) + ":fixed-point=";
      EXPECT_LE(error, getError(w, fixed + std::to_string(-other)));
      EXPECT_EQ(error, getError(w, fixed + std::to_string(1 - exponent)));
    }
}

TEST(WeightRanges, FixedPointAndManualRange) {
  float scale = 0.0f;
  getError({0.3f, 100.0f, -1.0f}, "int8:fixed-point=5", &scale);
  EXPECT_EQ(scale, 1.0f / 32);
  getError({0.3f, 100.0f, -1.0f}, "int8:range=[-254,127]", &scale);
  EXPECT_EQ(scale, 2.0f);
  getError({0.3f, 100.0f, -1.0f}, "uint8:range=[-51,204]", &scale);
  EXPECT_EQ(scale, 1.0f);
}

TEST(WeightRanges, KlClipsAnOutlier) {
  std::vector<float> w = makeWeights(20000, 9);
  for (float &value : w)
    value = std::min(std::max(value, -3.0f), 3.0f);
  w[5] = 40.0f;
  for (bool isSymmetric : {true, false}) {
    RealRange range = findKlRange(w.data(), 20000, 15, isSymmetric);
    EXPECT_GE(range.max, 1.0f);
    EXPECT_LE(range.max, 20.0f);
  }
}
