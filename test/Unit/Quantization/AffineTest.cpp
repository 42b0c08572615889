//===- AffineTest.cpp - Scale and zero point from a range -----------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Quantization/Affine.h"
#include "lowbit/Quantization/Rounding.h"

#include "gtest/gtest.h"

#include <limits>

using namespace mlir::lowbit;

static constexpr float largest = std::numeric_limits<float>::max();

static AffineSpec makeSpec(unsigned bits, bool isSigned, CodeRange range,
                           ZeroPointKind zeroPoint,
                           ScaleType type = ScaleType::F32) {
  AffineSpec spec;
  spec.bits = bits;
  spec.isSigned = isSigned;
  spec.range = range;
  spec.zeroPoint = zeroPoint;
  spec.scaleType = type;
  return spec;
}

static AffineParams choose(const AffineSpec &spec, float min, float max) {
  AffineParams params;
  std::string error;
  EXPECT_TRUE(chooseAffineParams(spec, min, max, params, error)) << error;
  return params;
}

TEST(Affine, CodesOfEveryWidth) {
  for (unsigned bits = 1; bits <= 8; ++bits) {
    int32_t half = 1 << (bits - 1);
    AffineSpec spec =
        makeSpec(bits, true, CodeRange::Full, ZeroPointKind::None);
    EXPECT_EQ(spec.getLowestCode(), -half);
    EXPECT_EQ(spec.getHighestCode(), half - 1);
    spec.range = CodeRange::Narrow;
    EXPECT_EQ(spec.getLowestCode(), -half + 1);
    spec.isSigned = false;
    spec.range = CodeRange::Full;
    EXPECT_EQ(spec.getLowestCode(), 0);
    EXPECT_EQ(spec.getHighestCode(), 2 * half - 1);
  }
}

TEST(Affine, SymmetricScales) {
  for (unsigned bits = 2; bits <= 8; ++bits) {
    float m = 0.7f, steps = static_cast<float>((1 << bits) - 1);
    float half = static_cast<float>((1 << (bits - 1)) - 1);
    EXPECT_FLOAT_EQ(
        choose(makeSpec(bits, true, CodeRange::Full, ZeroPointKind::None),
               -0.2f, m)
            .scale,
        2 * m / steps);
    EXPECT_EQ(
        choose(makeSpec(bits, true, CodeRange::Narrow, ZeroPointKind::None), -m,
               0.2f)
            .scale,
        m / half);
  }
}

TEST(Affine, EndsOfTheRangeReachTheOutermostCodes) {
  for (unsigned bits = 1; bits <= 8; ++bits)
    for (int i = 1; i < 1000; ++i) {
      float m = static_cast<float>(i) * 0.37f;
      AffineSpec spec =
          makeSpec(bits, true, CodeRange::Full, ZeroPointKind::None);
      int32_t lo = spec.getLowestCode(), hi = spec.getHighestCode();
      float scale = choose(spec, -m, m).scale;
      // In one bit the tie is -0.5, whose even neighbour is 0.
      ASSERT_EQ(quantizeValue(-m, scale, 0, lo, hi), bits == 1 ? 0 : lo) << m;
      ASSERT_EQ(quantizeValue(m, scale, 0, lo, hi), hi) << m;
      spec.zeroPoint = ZeroPointKind::Float;
      AffineParams p = choose(spec, -m, 3 * m);
      ASSERT_EQ(quantizeValue(-m, p.scale, p.floatZeroPoint, lo, hi), lo);
      ASSERT_EQ(quantizeValue(3 * m, p.scale, p.floatZeroPoint, lo, hi), hi);
      spec.zeroPoint = ZeroPointKind::Integer;
      p = choose(spec, 0.0f, m);
      ASSERT_EQ(quantizeValue(0.0f, p.scale, p.zeroPoint, lo, hi), lo);
      ASSERT_EQ(quantizeValue(m, p.scale, p.zeroPoint, lo, hi), hi);
    }
}

TEST(Affine, IntegerZeroPointIsExactForRealZero) {
  const std::pair<float, float> ranges[] = {
      {-0.3f, 1.0f}, {0.2f, 1.0f}, {-1.0f, -0.2f}, {-1e-3f, 5.0f}};
  for (unsigned bits = 1; bits <= 8; ++bits)
    for (bool isSigned : {false, true})
      for (auto [min, max] : ranges) {
        AffineSpec spec =
            makeSpec(bits, isSigned, CodeRange::Full, ZeroPointKind::Integer);
        int32_t lo = spec.getLowestCode(), hi = spec.getHighestCode();
        AffineParams p = choose(spec, min, max);
        EXPECT_GE(p.zeroPoint, lo);
        EXPECT_LE(p.zeroPoint, hi);
        int32_t code = quantizeValue(0.0f, p.scale, p.zeroPoint, lo, hi);
        EXPECT_EQ(dequantizeValue(code, p.scale, p.zeroPoint), 0.0f);
        EXPECT_NEAR(p.scale * (hi - lo),
                    std::max(max, 0.0f) - std::min(min, 0.0f), 1e-5);
      }
}

TEST(Affine, FloatZeroPointMeetsBothEnds) {
  for (unsigned bits = 1; bits <= 8; ++bits)
    for (bool isSigned : {false, true}) {
      AffineSpec spec =
          makeSpec(bits, isSigned, CodeRange::Full, ZeroPointKind::Float);
      AffineParams p = choose(spec, 0.25f, 0.8f);
      EXPECT_NEAR(
          dequantizeValue(spec.getLowestCode(), p.scale, p.floatZeroPoint),
          0.25f, 1e-6);
      EXPECT_NEAR(
          dequantizeValue(spec.getHighestCode(), p.scale, p.floatZeroPoint),
          0.8f, 1e-6);
    }
}

TEST(Affine, FloatZeroPointKeepsAConstant) {
  for (float constant : {0.5f, -0.3f, 1e30f, -7e-20f}) {
    AffineSpec spec = makeSpec(4, true, CodeRange::Full, ZeroPointKind::Float);
    AffineParams p = choose(spec, constant, constant);
    int32_t code = quantizeValue(constant, p.scale, p.floatZeroPoint,
                                 spec.getLowestCode(), spec.getHighestCode());
    EXPECT_FLOAT_EQ(dequantizeValue(code, p.scale, p.floatZeroPoint), constant);
  }
}

TEST(Affine, FloatZeroPointStaysSmallForNarrowFarRanges) {
  AffineParams p =
      choose(makeSpec(8, false, CodeRange::Full, ZeroPointKind::Float), 1000.0f,
             1000.001f);
  EXPECT_LE(std::abs(p.floatZeroPoint), 65536.0f);
  EXPECT_NEAR(dequantizeValue(0, p.scale, p.floatZeroPoint), 1000.0f, 1e-3);
}

TEST(Affine, RangeOfZero) {
  for (ZeroPointKind kind :
       {ZeroPointKind::None, ZeroPointKind::Integer, ZeroPointKind::Float}) {
    AffineParams p =
        choose(makeSpec(8, true, CodeRange::Full, kind), -0.0f, 0.0f);
    EXPECT_EQ(p.scale, 1.0f);
    EXPECT_EQ(p.zeroPoint, 0);
    EXPECT_EQ(p.floatZeroPoint, 0.0f);
  }
}

TEST(Affine, ScaleIsUsableWhateverTheRange) {
  const float magnitudes[] = {std::numeric_limits<float>::denorm_min(), 1e-38f,
                              1e-20f, 1.0f, 1e4f};
  for (ScaleType type : {ScaleType::F32, ScaleType::F16, ScaleType::BF16})
    for (ZeroPointKind kind :
         {ZeroPointKind::None, ZeroPointKind::Integer, ZeroPointKind::Float})
      for (float m : magnitudes) {
        AffineParams p =
            choose(makeSpec(8, true, CodeRange::Full, kind, type), -m, m);
        EXPECT_GE(p.scale, getSmallestScale(type));
        EXPECT_LE(p.scale, getLargestScale(type));
        EXPECT_TRUE(std::isfinite(1.0f / p.scale));
        EXPECT_EQ(roundToScaleType(p.scale, type), p.scale);
      }
}

TEST(Affine, ZeroPointIsComputedFromTheRoundedScale) {
  AffineSpec spec =
      makeSpec(8, true, CodeRange::Full, ZeroPointKind::Float, ScaleType::BF16);
  AffineParams p = choose(spec, -1.0f, 0.37f);
  EXPECT_NE(p.scale, 1.37f / 255.0f);
  EXPECT_EQ(p.floatZeroPoint, static_cast<float>(-128 + 1.0 / p.scale));
}

TEST(Affine, ScaleTooLarge) {
  AffineParams params;
  std::string error;
  EXPECT_FALSE(chooseAffineParams(
      makeSpec(8, true, CodeRange::Narrow, ZeroPointKind::None, ScaleType::F16),
      -1.27e7f, 0.0f, params, error));
  EXPECT_EQ(error, "expected a scale of at most 65504 in f16, but got 100000");
  EXPECT_FALSE(chooseAffineParams(
      makeSpec(1, true, CodeRange::Full, ZeroPointKind::None), -largest,
      largest, params, error));
  EXPECT_EQ(error, "expected a scale of at most 3.40282e+38 in f32, but got "
                   "6.80565e+38");
}

TEST(Affine, OffsetIsTheLevelOfSmallestMagnitude) {
  EXPECT_FLOAT_EQ(getAffineOffset(0.5f, 0.25f), -0.125f);
  EXPECT_FLOAT_EQ(getAffineOffset(0.5f, -3.25f), 0.125f);
  EXPECT_FLOAT_EQ(getAffineOffset(0.5f, 4.0f), 0.0f);
}
