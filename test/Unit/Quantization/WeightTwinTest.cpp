//===- WeightTwinTest.cpp - Codes and scales, defined once more -----------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WeightFixtures.h"
#include "lowbit/Quantization/MseScale.h"
#include "lowbit/Quantization/WeightRanges.h"

#include "gtest/gtest.h"

#include <algorithm>

using namespace mlir::lowbit;

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

  AffineParams getParams(const std::vector<float> &values) {
    AffineSpec spec = encoding.getAffineSpec();
    auto count = static_cast<int64_t>(values.size());
    auto [min, max] = std::minmax_element(values.begin(), values.end());
    bool isSymmetric = encoding.zeroPoint == ZeroPointKind::None;
    RealRange range = {*min, *max};
    AffineParams p;
    std::string error;
    switch (encoding.method) {
    case WeightMethod::FixedPoint:
      p.scale = std::ldexp(1.0f, -encoding.fractionBits);
      chooseZeroPoint(spec, *min, p);
      return p;
    case WeightMethod::Kl: {
      Histogram histogram;
      for (float value : values)
        histogram.add(value);
      range = findKlRange({histogram, range, isSymmetric},
                          spec.getHighestCode() - spec.getLowestCode() + 1);
      break;
    }
    case WeightMethod::Mse: {
      MseScale best = findMseScale(values.data(), count, spec.getLowestCode(),
                                   spec.getHighestCode(), !isSymmetric);
      p.zeroPoint = best.zeroPoint;
      EXPECT_TRUE(roundScale(best.scale, spec.scaleType, p.scale, error));
      return p;
    }
    case WeightMethod::Percentile:
      range = findPercentileRange(values.data(), count, encoding.percentile,
                                  isSymmetric);
      break;
    case WeightMethod::Range:
      range = encoding.range;
      break;
    default:
      break;
    }
    EXPECT_TRUE(chooseAffineParams(spec, range.min, range.max, p, error));
    return p;
  }

  void checkAffine(const std::vector<int64_t> &elements, int64_t group) {
    std::vector<float> values;
    for (int64_t i : elements)
      values.push_back(w[i]);
    AffineParams p = getParams(values);
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
    "int3:codes=full,",
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
    "int4:fixed-point=2,",
    "uint4:fixed-point=2,",
    "int4:kl,",
    "int3:mse,codes=full,",
    "uint3:mse,",
    "int4:percentile,p=80,",
    "uint4:percentile,p=80,",
    "int4:range=[-0.5,0.25],",
    "int4:range=[-0.5,0.25],zero-point=float,",
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

TEST(WeightTwin, AtSmallSizesAndEveryGranularity) {
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

TEST(WeightTwin, AtOddSizes) {
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
