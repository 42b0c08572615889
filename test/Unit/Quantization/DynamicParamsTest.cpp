//===- DynamicParamsTest.cpp - Scale and zero point at run time -----------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Quantization/DynamicParams.h"
#include "lowbit/Quantization/Rounding.h"

#include "gtest/gtest.h"

#include <limits>
#include <random>
#include <vector>

#ifdef __SSE2__
#include <immintrin.h>
#endif

using namespace mlir::lowbit;

static constexpr float infinity = std::numeric_limits<float>::infinity();
static constexpr float notANumber = std::numeric_limits<float>::quiet_NaN();
static constexpr float largest = std::numeric_limits<float>::max();

static DynamicParams choose(const std::vector<float> &x, bool symmetric,
                            int32_t lo = -128, int32_t hi = 127) {
  return chooseParams(x.data(), static_cast<int64_t>(x.size()), lo, hi,
                      symmetric);
}

static void expectParams(DynamicParams params, float scale, int32_t zeroPoint) {
  EXPECT_EQ(params.scale, scale);
  EXPECT_EQ(params.zeroPoint, zeroPoint);
}

TEST(DynamicParams, Symmetric) {
  expectParams(choose({1.0f, -2.0f, 0.5f}, true), 2.0f / 127.0f, 0);
  expectParams(choose({3.0f}, true, -7, 7), 3.0f / 7.0f, 0);
}

TEST(DynamicParams, Asymmetric) {
  expectParams(choose({0.0f, 6.0f}, false, 0, 255), 6.0f / 255.0f, 0);
  expectParams(choose({0.0f, 6.0f}, false), 6.0f / 255.0f, -128);
  expectParams(choose({2.0f, 6.0f}, false), 6.0f / 255.0f, -128);
  expectParams(choose({-6.0f, -2.0f}, false), 6.0f / 255.0f, 127);
  // -128 + 1 / (4/255) = -64.25.
  expectParams(choose({-1.0f, 3.0f}, false), 1.0f / 255.0f + 3.0f / 255.0f,
               -64);
}

TEST(DynamicParams, ZerosAndNothingFinite) {
  for (bool symmetric : {false, true}) {
    expectParams(choose({}, symmetric), 1.0f, 0);
    expectParams(choose({0.0f, -0.0f}, symmetric), 1.0f, 0);
    expectParams(choose({notANumber, infinity, -infinity}, symmetric), 1.0f, 0);
    expectParams(choose({0.0f}, symmetric, 3, 10), 1.0f, 3);
  }
}

TEST(DynamicParams, OnlyFiniteValuesCount) {
  expectParams(choose({notANumber, 1.0f, infinity, -infinity}, true),
               1.0f / 127.0f, 0);
  expectParams(choose({notANumber, 1.0f, infinity, -infinity}, false),
               1.0f / 255.0f, -128);
}

TEST(DynamicParams, DenormalsCountAsZeros) {
  const float denormal = std::numeric_limits<float>::denorm_min();
  const float normal = std::numeric_limits<float>::min();
  for (bool symmetric : {false, true}) {
    expectParams(choose({denormal, -denormal}, symmetric), 1.0f, 0);
    expectParams(choose({std::nextafter(normal, 0.0f)}, symmetric), 1.0f, 0);
    EXPECT_EQ(choose({normal}, symmetric).scale, kSmallestDynamicScale);
    EXPECT_EQ(choose({-normal}, symmetric).scale, kSmallestDynamicScale);
  }
  EXPECT_EQ(kSmallestDynamicScale, std::ldexp(1.0f, -100));
  EXPECT_EQ(kSmallestDynamicValue, normal);
}

#ifdef __SSE2__
TEST(DynamicParams, FlushingDenormalsChangesNothing) {
  // Groups around every magnitude at which a step could become denormal.
  std::vector<std::vector<float>> groups;
  for (int exponent = -149; exponent <= 4; ++exponent)
    for (float tiny : {0.0f, 1e-45f, -1e-40f, 1.2e-38f, -3e-38f}) {
      float x = std::ldexp(1.37f, exponent);
      groups.push_back({x, tiny});
      groups.push_back({-x, tiny, 0.3f * x});
    }
  auto quantizeAll = [&] {
    std::vector<std::pair<float, int32_t>> results;
    for (const std::vector<float> &group : groups)
      for (bool symmetric : {false, true}) {
        DynamicParams p = choose(group, symmetric);
        results.emplace_back(p.scale, p.zeroPoint);
        for (float x : group)
          for (RoundingMode mode :
               {RoundingMode::NearestEven, RoundingMode::NearestAway,
                RoundingMode::Stochastic})
            results.emplace_back(x, quantizeValue(x, p.scale, p.zeroPoint, -128,
                                                  127, {mode, 1}));
      }
    return results;
  };
  auto expected = quantizeAll();
  unsigned saved = _mm_getcsr();
  _mm_setcsr(saved | 0x8040); // FTZ and DAZ
  auto flushed = quantizeAll();
  _mm_setcsr(saved);
  EXPECT_EQ(flushed, expected);
}
#endif

TEST(DynamicParams, WidestRangeDoesNotOverflow) {
  DynamicParams params = choose({largest, -largest}, false);
  EXPECT_EQ(params.scale, largest / 255.0f + largest / 255.0f);
  EXPECT_EQ(quantizeValue(largest, params.scale, params.zeroPoint, -128, 127),
            127);
  expectParams(choose({largest, -1.0f}, true), largest / 127.0f, 0);
}

TEST(DynamicParams, EveryValueIsWithinAStep) {
  std::mt19937 random(3);
  std::normal_distribution<float> distribution(0.3f, 1.0f);
  for (int64_t count : {1, 2, 3, 7, 8, 9, 31, 64, 127})
    for (bool symmetric : {false, true}) {
      std::vector<float> x(count);
      for (float &value : x)
        value = distribution(random);
      DynamicParams p = choose(x, symmetric);
      EXPECT_EQ(
          dequantizeValue(quantizeValue(0.0f, p.scale, p.zeroPoint, -128, 127),
                          p.scale, p.zeroPoint),
          0.0f);
      for (float value : x) {
        int32_t code = quantizeValue(value, p.scale, p.zeroPoint, -128, 127);
        EXPECT_NEAR(dequantizeValue(code, p.scale, p.zeroPoint), value,
                    p.scale * 1.001f);
      }
    }
}
