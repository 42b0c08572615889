//===- RequantizeTest.cpp - Rescaling against 128-bit integers -----------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Quantization/Requantize.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <random>

using namespace mlir::lowbit;

namespace {

using Wide = __int128;

constexpr int32_t lowestInt = std::numeric_limits<int32_t>::min();
constexpr int32_t highestInt = std::numeric_limits<int32_t>::max();

Wide floorDivide(Wide value, Wide divisor) {
  Wide quotient = value / divisor;
  return quotient - (value % divisor != 0 && (value < 0) != (divisor < 0));
}

/// floor(value * multiplier / 2^shift + 1/2), without a shift of negatives.
Wide roundOnce(int32_t value, DyadicScale scale) {
  Wide unit = Wide(1) << scale.shift;
  return floorDivide(2 * Wide(value) * scale.multiplier + unit, 2 * unit);
}

/// 2^30 with the sign of the value before a shift beyond 31, then as above.
Wide roundTwice(int32_t value, DyadicScale scale) {
  Wide unit = Wide(1) << scale.shift;
  Wide half = scale.shift > 31 ? (Wide(1) << 30) * (value < 0 ? -1 : 1) : 0;
  return floorDivide(2 * (Wide(value) * scale.multiplier + half) + unit,
                     2 * unit);
}

void expectRescaled(int32_t value, DyadicScale scale) {
  Wide once = roundOnce(value, scale);
  EXPECT_EQ(rescale(value, scale, RescaleMode::SingleRound), once)
      << value << " * " << scale.multiplier << " >> " << scale.shift;
  EXPECT_EQ(rescale(value, scale, RescaleMode::InexactRound), once);
  EXPECT_EQ(rescale(value, scale, RescaleMode::DoubleRound),
            roundTwice(value, scale))
      << value << " * " << scale.multiplier << " >> " << scale.shift;
}

TEST(RescaleTest, allExtremes) {
  for (int shift = 2; shift <= 62; ++shift)
    for (int32_t multiplier : {0, 1, 2, 3, 1 << 30, highestInt - 1, highestInt})
      for (int32_t value : {lowestInt, lowestInt + 1, -3, -2, -1, 0, 1, 2, 3,
                            highestInt - 1, highestInt})
        expectRescaled(value, {multiplier, shift});
}

TEST(RescaleTest, everyTieAndItsNeighbours) {
  for (int shift = 2; shift <= 40; ++shift)
    for (int64_t odd = -99; odd <= 99; odd += 2)
      for (int64_t near = -1; near <= 1; ++near) {
        // A product of odd * 2^(shift - 1): exactly between two integers.
        int multiplierBits = std::min(shift - 1, 30);
        int64_t value = odd * (int64_t(1) << (shift - 1 - multiplierBits));
        expectRescaled(static_cast<int32_t>(value + near),
                       {1 << multiplierBits, shift});
      }
}

TEST(RescaleTest, randomValues) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 200000; ++i) {
    auto value = static_cast<int32_t>(random()) >> (random() % 32);
    auto multiplier =
        static_cast<int32_t>(random() % (uint64_t(1) << 31)) >> (random() % 31);
    expectRescaled(value, {multiplier, int32_t(2 + random() % 61)});
  }
}

TEST(RescaleTest, roundsTiesByMode) {
  // 1.5 and -1.5 by shifts on both sides of 31.
  EXPECT_EQ(rescale(3, {2, 2}, RescaleMode::SingleRound), 2);
  EXPECT_EQ(rescale(-3, {2, 2}, RescaleMode::SingleRound), -1);
  EXPECT_EQ(rescale(-3, {2, 2}, RescaleMode::DoubleRound), -1);
  EXPECT_EQ(rescale(-12, {1 << 30, 33}, RescaleMode::SingleRound), -1);
  EXPECT_EQ(rescale(-12, {1 << 30, 33}, RescaleMode::DoubleRound), -2);
  EXPECT_EQ(rescale(12, {1 << 30, 33}, RescaleMode::DoubleRound), 2);
}

TEST(RequantizeTest, saturates) {
  DyadicScale two{1 << 30, 29};
  auto mode = RescaleMode::SingleRound;
  EXPECT_EQ(requantizeValue(63, two, mode, 0, -128, 127), 126);
  EXPECT_EQ(requantizeValue(64, two, mode, 0, -128, 127), 127);
  EXPECT_EQ(requantizeValue(highestInt, two, mode, 127, -128, 127), 127);
  EXPECT_EQ(requantizeValue(lowestInt, two, mode, -128, -128, 127), -128);
  EXPECT_EQ(requantizeValue(lowestInt, {highestInt, 2}, mode, 0, 0, 255), 0);
}

/// |multiplier * 2^-shift - scale| against the bound of chooseDyadicScale.
void expectNearest(double scale, int bits) {
  DyadicScale dyadic;
  std::string error;
  ASSERT_TRUE(chooseDyadicScale(scale, bits, dyadic, error)) << error;
  EXPECT_TRUE(DyadicScale::isMultiplier(dyadic.multiplier));
  EXPECT_TRUE(DyadicScale::isShift(dyadic.shift));
  EXPECT_LE(dyadic.multiplier, (int64_t(1) << bits) - 1);
  double value = std::ldexp(dyadic.multiplier, -dyadic.shift);
  double bound = std::max(std::ldexp(scale, -bits), 0x1p-63);
  EXPECT_LE(std::abs(value - scale), bound) << scale << " in " << bits;
}

TEST(ChooseDyadicScaleTest, everyExponent) {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> fraction(0.5, 1.0);
  for (int bits : {1, 2, 7, 8, 15, 16, 30, 31})
    for (int exponent = -200; exponent < bits - 2; ++exponent)
      for (int i = 0; i < 20; ++i)
        expectNearest(std::ldexp(fraction(random), exponent), bits);
}

TEST(ChooseDyadicScaleTest, powersOfTwoAreExact) {
  for (int exponent = -62; exponent < 29; ++exponent) {
    DyadicScale dyadic;
    std::string error;
    double scale = std::ldexp(1.0, exponent);
    ASSERT_TRUE(chooseDyadicScale(scale, 31, dyadic, error)) << error;
    EXPECT_EQ(std::ldexp(dyadic.multiplier, -dyadic.shift), scale);
  }
}

TEST(ChooseDyadicScaleTest, roundsUpToThePowerOfTwo) {
  DyadicScale dyadic;
  std::string error;
  ASSERT_TRUE(chooseDyadicScale(0x1.ffffffffp-1, 31, dyadic, error));
  EXPECT_EQ(dyadic.multiplier, 1 << 30);
  EXPECT_EQ(dyadic.shift, 30);
}

TEST(ChooseDyadicScaleTest, tinyScaleIsZero) {
  DyadicScale dyadic;
  std::string error;
  ASSERT_TRUE(chooseDyadicScale(0x1p-70, 31, dyadic, error));
  EXPECT_EQ(dyadic.multiplier, 0);
  EXPECT_EQ(dyadic.shift, 62);
}

TEST(ChooseDyadicScaleTest, refuses) {
  DyadicScale dyadic;
  std::string error;
  for (double scale : {0.0, -0.0, -1.0, std::nan(""),
                       std::numeric_limits<double>::infinity()}) {
    EXPECT_FALSE(chooseDyadicScale(scale, 31, dyadic, error));
    EXPECT_NE(error.find("expected a positive finite scale"),
              std::string::npos);
  }
  EXPECT_TRUE(chooseDyadicScale(0x1.fffffp28, 31, dyadic, error));
  EXPECT_FALSE(chooseDyadicScale(0x1p29, 31, dyadic, error));
  EXPECT_NE(error.find("expected a scale below 2^29"), std::string::npos);
}

/// Every step in 32 bits, or nothing where one overflows.
bool rescaleNarrow(int32_t value, DyadicScale scale, int32_t &result) {
  int32_t product, sum;
  if (scale.shift > 31 ||
      __builtin_mul_overflow(value, scale.multiplier, &product) ||
      __builtin_add_overflow(product, int32_t(1u << (scale.shift - 1)), &sum))
    return false;
  result = sum >> scale.shift;
  return true;
}

TEST(RescalesIn32BitsTest, isSound) {
  std::mt19937_64 random(1);
  int64_t proved = 0;
  for (int i = 0; i < 200000; ++i) {
    int64_t bound = int64_t(random() % (uint64_t(1) << 31)) >> (random() % 31);
    DyadicScale scale{int32_t(random() % (uint64_t(1) << 31)) >>
                          int(random() % 31),
                      int32_t(2 + random() % 61)};
    if (!rescalesIn32Bits(bound, scale))
      continue;
    ++proved;
    for (int64_t value : {-bound, -bound / 2, int64_t(0), bound / 3, bound}) {
      int32_t narrow;
      ASSERT_TRUE(rescaleNarrow(int32_t(value), scale, narrow));
      EXPECT_EQ(narrow,
                rescale(int32_t(value), scale, RescaleMode::SingleRound));
      EXPECT_LE(std::abs(int64_t(narrow)), highestInt - 65535);
    }
  }
  EXPECT_GT(proved, 1000);
}

TEST(RescalesIn32BitsTest, isTight) {
  // 2^31 - 2^16 - 2^20 is 1024 * 2096064: one more multiplier is too many.
  EXPECT_TRUE(rescalesIn32Bits(1024, {2096063, 21}));
  EXPECT_FALSE(rescalesIn32Bits(1024, {2096064, 21}));
  EXPECT_FALSE(rescalesIn32Bits(1, {1, 32}));
}

/// `rescale` by the upper half of the product alone.
int64_t rescaleByHighHalf(int32_t value, DyadicScale scale, int lift) {
  auto lifted = static_cast<int32_t>(int64_t(value) << lift);
  auto high = static_cast<int32_t>((int64_t(lifted) * scale.multiplier) >> 32);
  int rest = scale.shift + lift - 32;
  int64_t sum = int64_t(high) + (int64_t(1) << (rest - 1));
  EXPECT_EQ(sum, static_cast<int32_t>(sum));
  return sum >> rest;
}

TEST(HighHalfTest, isRescale) {
  std::mt19937 random(5);
  for (int shift = 2; shift <= 62; ++shift) {
    int64_t bound =
        shift >= 33 ? int64_t(1) << 31 : (int64_t(1) << (shift - 2)) - 1;
    int lift = getHighHalfLift(bound, shift, shift);
    ASSERT_EQ(lift, std::max(33 - shift, 0));
    auto highest = static_cast<int32_t>(std::min<int64_t>(bound, highestInt));
    auto lowest = static_cast<int32_t>(-bound);
    for (int32_t multiplier : {0, 1, 3, 1 << 30, highestInt}) {
      std::uniform_int_distribution<int32_t> any(lowest, highest);
      for (int32_t value : {lowest, highest, any(random), any(random)})
        EXPECT_EQ(rescaleByHighHalf(value, {multiplier, shift}, lift),
                  rescale(value, {multiplier, shift}, RescaleMode::SingleRound))
            << value << " * " << multiplier << " >> " << shift;
    }
  }
}

TEST(HighHalfTest, needsTheBoundWhereValuesAreLifted) {
  int64_t any = int64_t(1) << 31;
  EXPECT_EQ(getHighHalfLift(any, 33, 62), 0);
  EXPECT_EQ(getHighHalfLift(-1, 33, 62), 0);
  EXPECT_EQ(getHighHalfLift(any, 32, 40), -1);
  EXPECT_EQ(getHighHalfLift(-1, 32, 40), -1);
  EXPECT_EQ(getHighHalfLift((int64_t(1) << 30) - 1, 32, 40), 1);
  EXPECT_EQ(getHighHalfLift(int64_t(1) << 30, 32, 40), -1);
  EXPECT_EQ(getHighHalfLift(int64_t(1) << 40, 32, 40), -1);
}

TEST(HighHalfTest, needsShiftsThatAreNotFarApart) {
  EXPECT_EQ(getHighHalfLift(1, 32, 61), 1);
  EXPECT_EQ(getHighHalfLift(1, 32, 62), -1);
}

} // namespace
