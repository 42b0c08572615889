//===- ScaleTypeTest.cpp - Scales in f32, f16 and bf16 --------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Quantization/ScaleType.h"

#include "gtest/gtest.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <random>

using namespace mlir::lowbit;

static constexpr float infinity = std::numeric_limits<float>::infinity();

TEST(ScaleType, F16RoundTripsEveryPattern) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    float value = convertFromF16(static_cast<uint16_t>(bits));
    if (std::isnan(value))
      EXPECT_TRUE(std::isnan(convertFromF16(convertToF16(value))));
    else
      ASSERT_EQ(convertToF16(value), bits);
  }
}

TEST(ScaleType, BF16RoundTripsEveryPattern) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    float value = convertFromBF16(static_cast<uint16_t>(bits));
    if (std::isnan(value))
      EXPECT_TRUE(std::isnan(convertFromBF16(convertToBF16(value))));
    else
      ASSERT_EQ(convertToBF16(value), bits);
  }
}

TEST(ScaleType, KnownValues) {
  EXPECT_EQ(convertToF16(1.0f), 0x3C00);
  EXPECT_EQ(convertToF16(-2.0f), 0xC000);
  EXPECT_EQ(convertToF16(65504.0f), 0x7BFF);
  EXPECT_EQ(convertToF16(65519.996f), 0x7BFF);
  EXPECT_EQ(convertToF16(65520.0f), 0x7C00);
  EXPECT_EQ(convertToF16(0.333333333f), 0x3555);
  EXPECT_EQ(convertToF16(std::ldexp(1.0f, -24)), 1);
  EXPECT_EQ(convertToF16(std::ldexp(1.0f, -25)), 0);
  EXPECT_EQ(convertToF16(std::ldexp(1.5f, -25)), 1);
  EXPECT_EQ(convertToF16(-0.0f), 0x8000);
  EXPECT_EQ(convertToBF16(1.0f), 0x3F80);
  EXPECT_EQ(convertToBF16(3.14159265f), 0x4049);
  EXPECT_EQ(convertToBF16(std::numeric_limits<float>::max()), 0x7F80);
}

/// Checks a conversion against the two neighbours of `value` among all 16-bit
/// patterns: the nearer one wins, and the even one of two equally near ones.
static void expectNearest(float value, ScaleType type) {
  bool isF16 = type == ScaleType::F16;
  auto decode = [&](uint32_t bits) {
    auto pattern = static_cast<uint16_t>(bits);
    return isF16 ? convertFromF16(pattern) : convertFromBF16(pattern);
  };
  // Positive patterns are ordered like their values.
  uint32_t low = 0, high = isF16 ? 0x7C00 : 0x7F80;
  while (high - low > 1) {
    uint32_t middle = (low + high) / 2;
    (decode(middle) <= value ? low : high) = middle;
  }
  if (std::isinf(decode(high)))
    return;
  double below = double(value) - decode(low);
  double above = double(decode(high)) - value;
  uint32_t expected = below < above   ? low
                      : above < below ? high
                      : low % 2 == 0  ? low
                                      : high;
  ASSERT_EQ(roundToScaleType(value, type), decode(expected)) << value;
}

TEST(ScaleType, RoundsToNearestEven) {
  std::mt19937 random(2);
  for (int i = 0; i < 200000; ++i) {
    // Short mantissas make ties likely.
    uint32_t bits = random() & 0x7FFFFFFFu;
    if (i % 2 == 0)
      bits &= i % 4 == 0 ? 0xFFFFF000u : 0xFFFF8000u;
    float value;
    std::memcpy(&value, &bits, sizeof(value));
    if (!std::isfinite(value))
      continue;
    expectNearest(value, ScaleType::BF16);
    // Into the range of f16, denormals included.
    int exponent;
    float mantissa = std::frexp(value, &exponent);
    float small = std::ldexp(mantissa, static_cast<int>(random() % 42) - 25);
    expectNearest(small, ScaleType::F16);
  }
}

TEST(ScaleType, Limits) {
  EXPECT_EQ(getLargestScale(ScaleType::F16), 65504.0f);
  EXPECT_EQ(getLargestScale(ScaleType::F32), std::numeric_limits<float>::max());
  EXPECT_LT(getLargestScale(ScaleType::BF16), infinity);
  for (ScaleType type : {ScaleType::F32, ScaleType::F16, ScaleType::BF16}) {
    float smallest = getSmallestScale(type);
    EXPECT_EQ(roundToScaleType(smallest, type), smallest);
    EXPECT_TRUE(std::isfinite(1.0f / smallest));
    EXPECT_EQ(roundToScaleType(getLargestScale(type), type),
              getLargestScale(type));
  }
  EXPECT_EQ(getScaleBytes(ScaleType::F32), 4);
  EXPECT_EQ(getScaleBytes(ScaleType::F16), 2);
  EXPECT_EQ(getScaleBytes(ScaleType::BF16), 2);
}
