//===- RoundingTest.cpp - Rounding a quotient to a code -------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Quantization/Rounding.h"

#include "gtest/gtest.h"

#include <limits>
#include <random>

using namespace mlir::lowbit;

static constexpr float infinity = std::numeric_limits<float>::infinity();
static constexpr float notANumber = std::numeric_limits<float>::quiet_NaN();

static int32_t roundWith(float v, RoundingMode mode) {
  return static_cast<int32_t>(roundValue(v, {mode}, 0));
}

TEST(Rounding, Ties) {
  const float ties[] = {-3.5f, -2.5f, -1.5f, -0.5f, 0.5f, 1.5f, 2.5f, 3.5f};
  const int32_t even[] = {-4, -2, -2, 0, 0, 2, 2, 4};
  const int32_t away[] = {-4, -3, -2, -1, 1, 2, 3, 4};
  for (int i = 0; i < 8; ++i) {
    EXPECT_EQ(roundWith(ties[i], RoundingMode::NearestEven), even[i]);
    EXPECT_EQ(roundWith(ties[i], RoundingMode::NearestAway), away[i]);
  }
}

TEST(Rounding, JustUnderATie) {
  for (float tie : {0.5f, 1.5f, 2.5f})
    for (RoundingMode mode :
         {RoundingMode::NearestEven, RoundingMode::NearestAway}) {
      float below = std::nextafter(tie, 0.0f);
      EXPECT_EQ(roundWith(below, mode), static_cast<int32_t>(tie));
      EXPECT_EQ(roundWith(-below, mode), -static_cast<int32_t>(tie));
    }
}

TEST(Rounding, ZeroPointIsAddedAfterRounding) {
  // Ties at even and odd zero points: 0.5 -> 0, 1.5 -> 2, then the zero point.
  for (int32_t zeroPoint : {-4, -3, 0, 3, 4}) {
    EXPECT_EQ(quantizeValue(0.5f, 1.0f, zeroPoint, -128, 127), zeroPoint);
    EXPECT_EQ(quantizeValue(1.5f, 1.0f, zeroPoint, -128, 127), zeroPoint + 2);
    EXPECT_EQ(quantizeValue(-0.5f, 1.0f, zeroPoint, -128, 127), zeroPoint);
  }
}

TEST(Rounding, NanTakesTheCodeOfZero) {
  EXPECT_EQ(quantizeValue(notANumber, 1.0f, 5, -128, 127), 5);
  EXPECT_EQ(quantizeValue(notANumber, 1.0f, 2.6f, -8, 7), 3);
  EXPECT_EQ(
      quantizeValue(notANumber, 1.0f, 0, -8, 7, {RoundingMode::Stochastic}), 0);
}

TEST(Rounding, InfinitiesAndHugeValuesSaturate) {
  for (RoundingMode mode :
       {RoundingMode::NearestEven, RoundingMode::NearestAway,
        RoundingMode::Stochastic})
    for (float huge : {infinity, std::numeric_limits<float>::max(), 1e9f}) {
      EXPECT_EQ(quantizeValue(huge, 0.001f, 100, -128, 127, {mode}), 127);
      EXPECT_EQ(quantizeValue(-huge, 0.001f, 100, -128, 127, {mode}), -128);
      EXPECT_EQ(quantizeValue(-huge, 0.001f, 0.25f, 0, 15, {mode}), 0);
    }
}

TEST(Rounding, MixIsMurmur3Finalizer) {
  // fmix32 of the reference implementation, and its fixed point.
  EXPECT_EQ(mixBits(0), 0u);
  EXPECT_EQ(mixBits(1), 0x514E28B7u);
  EXPECT_EQ(mixBits(0xFFFFFFFFu), 0x81F16F39u);
}

TEST(Rounding, DrawsAreOddMultiplesInTheOpenInterval) {
  uint32_t key = getStochasticKey(123);
  for (uint32_t index = 0; index < 100000; ++index) {
    float draw = getStochasticDraw(key, index);
    ASSERT_GT(draw, 0.0f);
    ASSERT_LT(draw, 1.0f);
    auto numerator = static_cast<uint32_t>(draw * 16777216.0f);
    ASSERT_EQ(numerator & 1, 1u);
    ASSERT_EQ(static_cast<float>(numerator) / 16777216.0f, draw);
  }
}

TEST(Rounding, DrawsAreUniformAlongTheIndexAndTheSeed) {
  constexpr int numBins = 64, perBin = 4096;
  for (bool alongSeed : {false, true}) {
    int bins[numBins] = {};
    for (uint32_t i = 0; i < numBins * perBin; ++i) {
      float draw = alongSeed ? getStochasticDraw(getStochasticKey(i), 3)
                             : getStochasticDraw(getStochasticKey(3), i);
      ++bins[static_cast<int>(draw * numBins)];
    }
    // Chi-squared with 63 degrees of freedom: 117 is its 99.996th percentile.
    double chiSquared = 0.0;
    for (int bin : bins)
      chiSquared += double(bin - perBin) * (bin - perBin) / perBin;
    EXPECT_LT(chiSquared, 117.0);
  }
}

TEST(Rounding, StochasticKeepsIntegersAndSigns) {
  for (uint32_t seed = 0; seed < 1000; ++seed)
    for (float v : {-7.0f, -1.0f, -0.0f, 0.0f, 1.0f, 3.0f, 127.0f, 8388609.0f})
      ASSERT_EQ(roundValue(v, {RoundingMode::Stochastic, seed}, seed * 7), v);
}

TEST(Rounding, StochasticIgnoresDenormals) {
  // Whether or not a denormal is flushed to zero, it rounds to zero.
  for (uint32_t seed = 0; seed < 100000; ++seed)
    for (float v : {1e-40f, -1e-40f, 1e-9f, -1e-9f})
      ASSERT_EQ(roundValue(v, {RoundingMode::Stochastic, seed}, 0), 0.0f);
}

TEST(Rounding, StochasticIsUnbiasedForNegatives) {
  int64_t sum = 0;
  constexpr uint32_t count = 100000;
  for (uint32_t index = 0; index < count; ++index)
    sum += quantizeValue(-2.3f, 1.0f, 0, -8, 7, {RoundingMode::Stochastic, 9},
                         index);
  EXPECT_NEAR(double(sum) / count, -2.3, 0.005);
}

TEST(Rounding, NearestHasTheLeastDistance) {
  std::mt19937 random(1);
  std::uniform_real_distribution<float> distribution(-20.0f, 20.0f);
  for (int i = 0; i < 20000; ++i) {
    float x = distribution(random), scale = 0.37f;
    double v = x / scale;
    int32_t code = quantizeValue(x, scale, 0, -1000, 1000);
    ASSERT_LE(std::abs(code - v), 0.5);
  }
}
