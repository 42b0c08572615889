//===- WeightQuantizerTest.cpp - Codes and scales of a weight -------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WeightFixtures.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <limits>

using namespace mlir::lowbit;

static constexpr float infinity = std::numeric_limits<float>::infinity();

static std::string getError(const std::vector<float> &w, int64_t n, int64_t k,
                            const std::string &text) {
  std::string error;
  EXPECT_FALSE(quantizeWeights(w.data(), n, k, parse(text), error)) << text;
  return error;
}

TEST(WeightQuantizer, CodesComeFromTheRoundedScale) {
  // The f16 scale and the exact one put 2.5 steps on either side of w[1].
  float exact = 0.3f / 7.0f, stored = convertFromF16(convertToF16(exact));
  ASSERT_NE(stored, exact);
  std::vector<float> w = {0.3f, 2.5f * (exact + stored) / 2};
  QuantizedWeights q = quantize(w, 1, 2, "int4:scale=f16");
  EXPECT_EQ(q.scales[0], stored);
  EXPECT_EQ(q.codes[1], quantizeValue(w[1], stored, 0, -7, 7));
  EXPECT_NE(q.codes[1], quantizeValue(w[1], exact, 0, -7, 7));
}

TEST(WeightQuantizer, UnsignedEightBitsAreBitPatterns) {
  QuantizedWeights q = quantize({0.0f, 3.0f, 6.0f}, 1, 3, "uint8");
  EXPECT_EQ(q.codes, (std::vector<int8_t>{0, int8_t(128), int8_t(255)}));
  std::vector<float> reals = dequantizeWeights(q, 1, 3, parse("uint8"));
  EXPECT_FLOAT_EQ(reals[1], 128 * 6.0f / 255);
  EXPECT_FLOAT_EQ(reals[2], 6.0f);
}

TEST(WeightQuantizer, ConstantTernaryTensorHasScaleOne) {
  for (const char *text :
       {"ternary", "ternary:twn", "ternary:absmean", "ternary:mse",
        "ternary:threshold=0.1", "ternary:granularity=layer"})
    for (float constant : {0.0f, 0.5f, -0.5f}) {
      QuantizedWeights q =
          quantize(std::vector<float>(12, constant), 3, 4, text);
      int8_t code = constant > 0 ? 1 : constant < 0 ? -1 : 0;
      EXPECT_EQ(q.codes, std::vector<int8_t>(12, code)) << text;
      EXPECT_EQ(q.remark, code == 0 ? "all codes are 0"
                                    : "constant weights take scale 1");
      for (float scale : q.scales)
        EXPECT_EQ(scale, 1.0f) << text;
    }
}

TEST(WeightQuantizer, RowsOfZeros) {
  std::vector<float> w = {0, 0, 0, 1, -2, 3};
  for (const char *text : {"int8", "uint4", "int4:zero-point=float",
                           "ternary:twn", "ternary:absmean"}) {
    QuantizedWeights q = quantize(w, 2, 3, text);
    EXPECT_EQ(q.scales[0], 1.0f) << text;
    for (float real : {0, 1, 2})
      EXPECT_EQ(dequantizeWeights(q, 2, 3, parse(text))[int(real)], 0.0f)
          << text;
  }
  // Binary codes are never 0: the least scale comes nearest to it.
  EXPECT_EQ(quantize(w, 2, 3, "binary").scales[0], std::ldexp(1.0f, -100));
}

TEST(WeightQuantizer, Remarks) {
  std::vector<float> w = {1, -2, 3, 0.5f};
  EXPECT_EQ(quantize(w, 2, 2, "ternary").remark, "");
  EXPECT_EQ(quantize(w, 2, 2, "ternary:alpha=1").remark, "");
  EXPECT_EQ(quantize(w, 2, 2, "int2").remark, "");
  EXPECT_NE(quantize(w, 2, 2, "int1").remark, "");
  EXPECT_EQ(quantize(w, 2, 2, "ternary:alpha=0.5").remark,
            "alpha 0.5 lies outside the usual range 1 to 2");
  EXPECT_EQ(quantize(w, 2, 2, "ternary:alpha=9").remark,
            "alpha 9 lies outside the usual range 1 to 2; all codes are 0");
}

TEST(WeightQuantizer, RemarkOfSmallScales) {
  std::vector<float> w = {1e-5f, -1e-5f, 0, 0, 1, 2};
  for (const char *text : {"int4:scale=f16", "codebook4:scale=f16"})
    EXPECT_EQ(
        quantize(w, 3, 2, text).remark,
        "1 of 3 scales are raised to 6.1035156e-05, the smallest of their "
        "type");
  EXPECT_EQ(quantize(w, 3, 2, "int4:scale=bf16").remark, "");
  EXPECT_EQ(quantize(w, 3, 2, "int4").remark, "");
}

TEST(WeightQuantizer, NonFiniteWeights) {
  const float notANumber = std::numeric_limits<float>::quiet_NaN();
  for (const char *text :
       {"int8", "ternary", "ternary:threshold=1", "binary", "binary:step"}) {
    for (int64_t position : {0, 5, 2999}) {
      std::vector<float> w(3000, 1.0f);
      w[position] = notANumber;
      EXPECT_EQ(getError(w, 3, 1000, text),
                "expected finite weights, but got NaN at output " +
                    std::to_string(position / 1000) + ", input " +
                    std::to_string(position % 1000));
      w[position] = -infinity;
      EXPECT_EQ(getError(w, 3, 1000, text),
                "expected finite weights, but got infinity at output " +
                    std::to_string(position / 1000) + ", input " +
                    std::to_string(position % 1000));
    }
  }
}

TEST(WeightQuantizer, OtherErrors) {
  EXPECT_EQ(getError({1.0f}, 1, 1, "f32"),
            "expected a quantized weight encoding, but got f32");
  EXPECT_EQ(getError({}, -1, 4, "int8"),
            "expected extents of a weight, but got -1 x 4");
  EXPECT_EQ(getError({}, int64_t(1) << 40, int64_t(1) << 40, "int8"),
            "expected extents of a weight, but got 1099511627776 x "
            "1099511627776");
  EXPECT_EQ(getError({1, 1, 1, 1e30f}, 2, 2, "int8:block=1,scale=f16"),
            "expected a scale of at most 65504 in f16, but got 7.87402e+27 in "
            "row 1, group 1");
  EXPECT_EQ(getError({1, 1, 1, 1e30f}, 2, 2, "binary:scale=f16"),
            "expected a scale of at most 65504 in f16, but got 5e+29 in row 1, "
            "group 0");
  std::string error;
  WeightEncoding encoding = parse("int8");
  encoding.bits = 0;
  float w = 1.0f;
  EXPECT_FALSE(quantizeWeights(&w, 1, 1, encoding, error));
  EXPECT_EQ(error, "expected 1 to 8 bits, but got 0");
}

TEST(WeightQuantizer, OneOutlierLeavesTheRestAtZero) {
  std::vector<float> w(64, 0.5f);
  w[7] = 1e30f;
  QuantizedWeights q = quantize(w, 1, 64, "int8");
  EXPECT_EQ(q.codes[7], 127);
  EXPECT_EQ(q.codes[0], 0);
  // With blocks the outlier spoils its own block alone.
  q = quantize(w, 1, 64, "int8:block=32");
  EXPECT_EQ(q.codes[0], 0);
  EXPECT_EQ(q.codes[32], 127);
  // Denormal weights are quantized like zeros.
  std::vector<float> tiny(4, std::numeric_limits<float>::denorm_min());
  EXPECT_EQ(quantize(tiny, 1, 4, "int8").codes, std::vector<int8_t>(4, 0));
}

TEST(WeightQuantizer, EmptyExtents) {
  for (const char *text :
       {"int8", "uint4", "int4:block=32", "ternary", "ternary:absmean",
        "ternary:mse", "binary", "int8:granularity=layer", "int8:group=4"}) {
    GroupShape group = parse(text).group;
    for (auto [n, k] : {std::pair<int64_t, int64_t>{0, 5}, {5, 0}, {0, 0}}) {
      QuantizedWeights q = quantize({}, n, k, text);
      EXPECT_EQ(q.codes.size(), 0u);
      EXPECT_EQ(q.scaleRows, countGroups(n, group.rows));
      EXPECT_EQ(q.scaleCols, countGroups(k, group.cols));
      for (float scale : q.scales)
        EXPECT_EQ(scale, 1.0f) << text;
    }
  }
}

TEST(WeightQuantizer, DequantizeIsNearTheWeights) {
  std::vector<float> w = makeWeights(9, 33);
  for (const char *text : {"int8", "uint8", "int8:zero-point=float",
                           "int8:block=8,block-rows=3"}) {
    QuantizedWeights q = quantize(w, 9, 33, text);
    std::vector<float> reals = dequantizeWeights(q, 9, 33, parse(text));
    float largest = *std::max_element(q.scales.begin(), q.scales.end());
    for (size_t i = 0; i < w.size(); ++i)
      EXPECT_NEAR(reals[i], w[i], 0.51f * largest) << text;
  }
}
