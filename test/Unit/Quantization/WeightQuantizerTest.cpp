//===- WeightQuantizerTest.cpp - Codes and scales of a weight -------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Quantization/WeightQuantizer.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <limits>
#include <random>

using namespace mlir::lowbit;

static constexpr float infinity = std::numeric_limits<float>::infinity();

static WeightEncoding parse(const std::string &text) {
  std::string error;
  std::optional<WeightEncoding> encoding = WeightEncoding::parse(text, error);
  EXPECT_TRUE(encoding) << text << ": " << error;
  return encoding.value_or(WeightEncoding());
}

static QuantizedWeights quantize(const std::vector<float> &w, int64_t n,
                                 int64_t k, const std::string &text) {
  std::string error;
  std::optional<QuantizedWeights> result =
      quantizeWeights(w.data(), n, k, parse(text), error);
  EXPECT_TRUE(result) << text << ": " << error;
  return result.value_or(QuantizedWeights());
}

static std::string getError(const std::vector<float> &w, int64_t n, int64_t k,
                            const std::string &text) {
  std::string error;
  EXPECT_FALSE(quantizeWeights(w.data(), n, k, parse(text), error)) << text;
  return error;
}

/// Weights with a zero row, a constant row, ties and both signs.
static std::vector<float> makeWeights(int64_t n, int64_t k) {
  std::mt19937 random(static_cast<unsigned>(n * 1000 + k));
  std::normal_distribution<float> distribution(0.05f, 0.6f);
  std::vector<float> w(n * k);
  for (int64_t i = 0; i < n * k; ++i) {
    w[i] = distribution(random);
    if (i / k == 2)
      w[i] = 0.0f;
    if (i / k == 4)
      w[i] = 0.5f;
    if (i % 5 == 3)
      w[i] = std::round(w[i] * 4.0f) / 4.0f;
  }
  return w;
}

/// Checks a result element by element and group by group against definitions
/// written down once more, with nothing shared but the functions of one value.
class Twin {
public:
  Twin(const std::vector<float> &w, int64_t n, int64_t k,
       const std::string &text)
      : w(w), n(n), k(k), encoding(parse(text)),
        result(quantize(w, n, k, text)),
        groupRows(encoding.group.rows ? encoding.group.rows : n),
        groupCols(encoding.group.cols ? encoding.group.cols : k) {}

  void check() {
    ASSERT_EQ(result.scaleRows, (n + groupRows - 1) / groupRows);
    ASSERT_EQ(result.scaleCols, (k + groupCols - 1) / groupCols);
    size_t numGroups = result.scaleRows * result.scaleCols;
    ASSERT_EQ(result.codes.size(), w.size());
    ASSERT_EQ(result.scales.size(), numGroups);
    ASSERT_EQ(result.zeroPoints.size(),
              encoding.zeroPoint == ZeroPointKind::Integer ? numGroups : 0);
    ASSERT_EQ(result.floatZeroPoints.size(),
              encoding.zeroPoint == ZeroPointKind::Float ? numGroups : 0);
    for (int64_t row = 0; row < result.scaleRows; ++row)
      for (int64_t col = 0; col < result.scaleCols; ++col)
        checkGroup(row, col);
  }

private:
  void checkGroup(int64_t row, int64_t col) {
    std::vector<int64_t> elements;
    for (int64_t i = 0; i < n * k; ++i)
      if (i / k / groupRows == row && i % k / groupCols == col)
        elements.push_back(i);
    int64_t group = row * result.scaleCols + col;
    float scale = result.scales[group];
    EXPECT_EQ(roundToScaleType(scale, encoding.scaleType), scale);
    EXPECT_GE(scale, getSmallestScale(encoding.scaleType));
    if (encoding.scheme == WeightScheme::Affine)
      checkAffine(elements, group);
    else
      checkSigns(elements, scale);
  }

  void checkAffine(const std::vector<int64_t> &elements, int64_t group) {
    float min = infinity, max = -infinity;
    for (int64_t i : elements) {
      min = std::min(min, w[i]);
      max = std::max(max, w[i]);
    }
    AffineParams p;
    std::string error;
    ASSERT_TRUE(
        chooseAffineParams(encoding.getAffineSpec(), min, max, p, error));
    ASSERT_EQ(result.scales[group], p.scale);
    int32_t lo = encoding.getLowestCode(), hi = encoding.getHighestCode();
    for (int64_t i : elements) {
      auto index = static_cast<uint32_t>(i);
      bool isFloat = encoding.zeroPoint == ZeroPointKind::Float;
      int32_t code = isFloat ? quantizeValue(w[i], p.scale, p.floatZeroPoint,
                                             lo, hi, encoding.rounding, index)
                             : quantizeValue(w[i], p.scale, p.zeroPoint, lo, hi,
                                             encoding.rounding, index);
      ASSERT_EQ(result.codes[i], static_cast<int8_t>(code))
          << w[i] / p.scale << " at " << i;
    }
  }

  int8_t getCode(int64_t i, float groupScale) {
    switch (encoding.method) {
    case WeightMethod::Absmean:
      return static_cast<int8_t>(quantizeValue(w[i], groupScale, 0, -1, 1));
    case WeightMethod::Sign:
      return w[i] >= 0 ? 1 : -1;
    case WeightMethod::Step:
      return w[i] >= 0 ? 1 : 0;
    case WeightMethod::Stochastic:
      return getStochasticSignCode(w[i], encoding.rounding.seed,
                                   static_cast<uint32_t>(i));
    default:
      return getTernaryCode(w[i], result.threshold.value_or(threshold));
    }
  }

  void checkSigns(const std::vector<int64_t> &elements, float scale) {
    double all = 0, selected = 0, products = 0;
    int64_t numSelected = 0;
    if (encoding.method == WeightMethod::Mse) {
      std::vector<float> group;
      for (int64_t i : elements)
        group.push_back(w[i]);
      threshold = computeMseThreshold(group.data(), int64_t(group.size()));
    }
    for (int64_t i : elements)
      all += std::abs(w[i]);
    double meanAbs = all / double(elements.size());
    float absmean =
        std::max(roundToScaleType(float(meanAbs), encoding.scaleType),
                 getSmallestScale(encoding.scaleType));
    for (int64_t i : elements) {
      ASSERT_EQ(result.codes[i], getCode(i, absmean)) << "at " << i;
      if (result.codes[i] != 0) {
        selected += std::abs(w[i]);
        products += double(w[i]) * result.codes[i];
        ++numSelected;
      }
    }
    double expected = 1.0;
    bool isTernary = encoding.scheme == WeightScheme::Ternary;
    bool isConstant = std::all_of(w.begin(), w.end(),
                                  [&](float value) { return value == w[0]; });
    if (!(isTernary && isConstant) && numSelected != 0) {
      if (encoding.scaleRule == ScaleRule::MeanAbs)
        expected = meanAbs;
      if (encoding.scaleRule == ScaleRule::MeanSelected)
        expected = selected / double(numSelected);
      if (encoding.scaleRule == ScaleRule::LeastSquares)
        expected = products / double(numSelected);
    } else if (!isTernary && encoding.scaleRule == ScaleRule::MeanAbs) {
      expected = meanAbs;
    }
    double tolerance = encoding.scaleType == ScaleType::F32   ? 1e-6
                       : encoding.scaleType == ScaleType::F16 ? 5e-4
                                                              : 4e-3;
    if (expected == 0.0)
      EXPECT_EQ(scale, getSmallestScale(encoding.scaleType));
    else
      EXPECT_NEAR(scale, expected, tolerance * expected);
  }

  const std::vector<float> w;
  const int64_t n, k;
  const WeightEncoding encoding;
  const QuantizedWeights result;
  const int64_t groupRows, groupCols;
  float threshold = 0.0f; ///< of the group, where there is no common one
};

static const char *const methods[] = {
    "int1:",
    "int2:",
    "int3:range=full,",
    "int4:",
    "int8:",
    "int8:zero-point=int,",
    "uint1:",
    "uint4:",
    "uint8:",
    "int4:zero-point=float,",
    "uint8:zero-point=float,",
    "int5:rounding=nearest_away,",
    "int6:rounding=stochastic,seed=3,",
    "uint7:rounding=stochastic,",
    "ternary:",
    "ternary:twn,",
    "ternary:twn,scale-rule=least-squares,",
    "ternary:mse,",
    "ternary:absmean,",
    "ternary:absmean,scale-rule=mean-selected,",
    "ternary:threshold=0.25,scale-rule=mean-abs,",
    "ternary:threshold=0.5,scale-rule=none,",
    "binary:",
    "binary:step,",
    "binary:step,scale-rule=least-squares,",
    "binary:stochastic,seed=5,",
    "binary:scale-rule=none,"};

TEST(WeightQuantizer, TwinAtSmallSizesAndEveryGranularity) {
  for (const char *method : methods)
    for (const char *group :
         {"granularity=channel", "granularity=layer", "group=2", "block=4",
          "block=3,block-rows=2", "block=32", "group=100,scale=f16",
          "block=5,scale=bf16"})
      for (int64_t n : {1, 2, 3, 5, 9})
        for (int64_t k = 1; k <= 9; ++k) {
          std::string text = std::string(method) + group;
          SCOPED_TRACE(text + " " + std::to_string(n) + "x" +
                       std::to_string(k));
          Twin(makeWeights(n, k), n, k, text).check();
        }
}

TEST(WeightQuantizer, TwinAtOddSizes) {
  const std::pair<int64_t, int64_t> shapes[] = {
      {7, 127}, {1, 1025}, {17, 65}, {64, 15}, {131, 3}};
  for (const char *method : methods)
    for (const char *group : {"granularity=channel", "granularity=layer",
                              "block=32,scale=f16", "block=16,block-rows=16"})
      for (auto [n, k] : shapes) {
        std::string text = std::string(method) + group;
        SCOPED_TRACE(text + " " + std::to_string(n) + "x" + std::to_string(k));
        Twin(makeWeights(n, k), n, k, text).check();
      }
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

TEST(WeightQuantizer, NonFiniteWeights) {
  const float notANumber = std::numeric_limits<float>::quiet_NaN();
  for (const char *text :
       {"int8", "ternary", "ternary:threshold=1", "binary", "binary:step"}) {
    for (int64_t position : {0, 5, 2999}) {
      std::vector<float> w(3000, 1.0f);
      w[position] = notANumber;
      EXPECT_EQ(getError(w, 3, 1000, text),
                "expected finite weights, but got NaN in row " +
                    std::to_string(position / 1000) + ", column " +
                    std::to_string(position % 1000));
      w[position] = -infinity;
      EXPECT_EQ(getError(w, 3, 1000, text),
                "expected finite weights, but got infinity in row " +
                    std::to_string(position / 1000) + ", column " +
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
