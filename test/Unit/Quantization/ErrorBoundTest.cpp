//===- ErrorBoundTest.cpp - Bounds against the errors of real layers ------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Quantization/ErrorBound.h"
#include "lowbit/Quantization/ActivationRange.h"
#include "lowbit/Quantization/WeightQuantizer.h"

#include <cmath>
#include <gtest/gtest.h>
#include <random>

using namespace mlir::lowbit;

namespace {

ActivationEncoding parseActivation(const char *text) {
  std::string error;
  auto encoding = ActivationEncoding::parse(text, error);
  EXPECT_TRUE(encoding) << error;
  return *encoding;
}

double dequantizeActivation(const ActivationEncoding &encoding,
                            StaticParams params, float x) {
  return double(params.scale) *
         (quantizeActivation(encoding, params, x) - params.zeroPoint);
}

TEST(ErrorBoundTest, staticActivationsAreNeverFartherOff) {
  for (const char *text : {"int8:static", "uint8:static", "int4:static",
                           "int2:static", "int8:static,zero-point=none",
                           "ternary", "ternary:threshold=0.7", "binary"})
    for (RealRange range :
         {RealRange{-1, 3}, RealRange{-2, 2}, RealRange{0, 6}}) {
      ActivationEncoding encoding = parseActivation(text);
      StaticParams params = chooseStaticParams(encoding, range);
      ActivationBound bound = boundStaticActivations(encoding, range);
      double worst = 0;
      for (int i = 0; i <= 20000; ++i) {
        float x = range.min + (range.max - range.min) * float(i) / 20000;
        worst = std::max(
            worst, std::abs(dequantizeActivation(encoding, params, x) - x));
        EXPECT_LE(std::abs(x), bound.largest);
      }
      EXPECT_LE(worst, bound.error.getTotal()) << text;
      EXPECT_GE(worst, 0.98 * bound.error.getTotal())
          << text << " " << range.min << " " << range.max;
    }
}

TEST(ErrorBoundTest, clippingIsWhatExceedsTheCodes) {
  // 3 is clipped to 1.5, the rounding of the other values is 0.75.
  ActivationBound bound =
      boundStaticActivations(parseActivation("binary"), {-3, 3});
  StaticParams params = chooseStaticParams(parseActivation("binary"), {-3, 3});
  double scale = params.scale;
  EXPECT_NEAR(bound.error.rounding, std::min(scale, std::max(scale, 3 - scale)),
              1e-3);
  EXPECT_NEAR(bound.error.getTotal(), std::max(scale, 3 - scale), 1e-3);
}

TEST(ErrorBoundTest, dynamicActivationsAreInUnitsOfTheLargest) {
  ActivationBound asymmetric = boundDynamicActivations(parseActivation("int8"));
  EXPECT_EQ(asymmetric.largest, 1);
  EXPECT_NEAR(asymmetric.error.rounding, 1.0 / 255, 1e-6);
  EXPECT_NEAR(asymmetric.error.clipping, 1.0 / 255, 1e-6);
  ActivationBound symmetric =
      boundDynamicActivations(parseActivation("int8:zero-point=none"));
  EXPECT_NEAR(symmetric.error.rounding, 0.5 / 127, 1e-6);
  EXPECT_EQ(symmetric.error.clipping, 0);
}

TEST(ErrorBoundTest, outputsAreNeverFartherOff) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  ActivationEncoding activation = parseActivation("int4:static");
  for (const char *text : {"int8", "int2", "ternary:twn", "binary"})
    for (int64_t k : {1, 2, 7, 64}) {
      std::vector<float> w(k), halfSteps(k), x(k);
      for (float &value : w)
        value = normal(random);
      std::string error;
      auto encoding = WeightEncoding::parse(text, error);
      ASSERT_TRUE(encoding) << error;
      auto weights = quantizeWeights(w.data(), 1, k, *encoding, error);
      ASSERT_TRUE(weights) << error;
      auto quantized = dequantizeWeights(*weights, 1, k, *encoding);
      std::fill(halfSteps.begin(), halfSteps.end(), weights->scales[0] / 2);
      RealRange range{-1, 2};
      StaticParams params = chooseStaticParams(activation, range);
      ErrorBound bound =
          boundOutput(w.data(), quantized.data(), halfSteps.data(), k,
                      boundStaticActivations(activation, range));
      double worst = 0;
      for (int i = 0; i < 20000; ++i) {
        double exact = 0, actual = 0;
        for (int64_t j = 0; j < k; ++j) {
          x[j] = std::uniform_real_distribution<float>(-1, 2)(random);
          exact += double(w[j]) * x[j];
          actual +=
              quantized[j] * dequantizeActivation(activation, params, x[j]);
        }
        worst = std::max(worst, std::abs(actual - exact));
      }
      EXPECT_LE(worst, bound.getTotal()) << text << " " << k;
      if (k == 1)
        EXPECT_GE(worst, 0.8 * bound.getTotal()) << text;
    }
}

TEST(ErrorBoundTest, splitsTheErrorOfWeights) {
  // Off by 0.5 with a half step of 0.2, and by 0.1, exact activations up to 3.
  float w[] = {1.5f, -0.9f}, quantized[] = {1, -1}, halfSteps[] = {0.2f, 0.2f};
  ActivationBound activations;
  activations.largest = 3;
  ErrorBound bound = boundOutput(w, quantized, halfSteps, 2, activations);
  EXPECT_NEAR(bound.rounding, 3 * (0.2 + 0.1), 1e-6);
  EXPECT_NEAR(bound.clipping, 3 * 0.3, 1e-6);
  activations.error = {0.5, 0.25};
  bound = boundOutput(w, quantized, halfSteps, 2, activations);
  EXPECT_NEAR(bound.rounding, 0.9 + 2 * 0.5, 1e-6);
  EXPECT_NEAR(bound.clipping, 0.9 + 2 * 0.25, 1e-6);
}

} // namespace
