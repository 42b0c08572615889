//===- ResidualPlanesTest.cpp - A sum of binary planes --------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Quantization/WeightQuantizer.h"

#include "gtest/gtest.h"

#include <cmath>
#include <random>

using namespace mlir::lowbit;

static std::vector<float> makeWeights(int64_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0.1f, 1.0f);
  std::vector<float> w(count);
  for (float &value : w)
    value = normal(random);
  return w;
}

static std::vector<QuantizedWeights>
quantize(const std::vector<float> &w, int64_t n, const std::string &text) {
  std::string error;
  auto encoding = WeightEncoding::parse(text, error);
  EXPECT_TRUE(encoding) << error;
  auto k = static_cast<int64_t>(w.size()) / n;
  auto planes = quantizeToPlanes(w.data(), n, k, *encoding, error);
  EXPECT_TRUE(planes) << error;
  return planes.value_or(std::vector<QuantizedWeights>());
}

/// The weights less the planes, which have a scale per row.
static std::vector<double>
getRest(const std::vector<float> &w, int64_t n,
        const std::vector<QuantizedWeights> &planes) {
  std::vector<double> rest(w.begin(), w.end());
  for (const QuantizedWeights &plane : planes)
    for (size_t i = 0; i < w.size(); ++i)
      rest[i] -= double(plane.scales[i / (w.size() / n)]) * plane.codes[i];
  return rest;
}

static double sumSquares(const std::vector<double> &values) {
  double sum = 0.0;
  for (double value : values)
    sum += value * value;
  return sum;
}

/// The planes one by one, with scales by gradient descent instead of algebra.
static std::vector<std::vector<double>>
fitByDescent(const std::vector<float> &w, int numPlanes) {
  std::vector<std::vector<double>> planes;
  std::vector<double> scales;
  for (int p = 0; p < numPlanes; ++p) {
    auto getRest = [&](size_t i) {
      double rest = w[i];
      for (size_t q = 0; q < planes.size(); ++q)
        rest -= scales[q] * planes[q][i];
      return rest;
    };
    std::vector<double> plane(w.size());
    for (size_t i = 0; i < w.size(); ++i)
      plane[i] = getRest(i) < 0 ? -1 : 1;
    planes.push_back(plane);
    scales.push_back(0.0);
    // One scale at a time, until nothing changes.
    for (int step = 0; step < 20000; ++step) {
      double largest = 0.0;
      for (size_t q = 0; q < planes.size(); ++q) {
        double gradient = 0.0;
        for (size_t i = 0; i < w.size(); ++i)
          gradient += getRest(i) * planes[q][i];
        scales[q] += gradient / double(w.size());
        largest = std::max(largest, std::fabs(gradient));
      }
      if (largest < 1e-12)
        break;
    }
  }
  for (size_t q = 0; q < planes.size(); ++q)
    for (double &code : planes[q])
      code *= scales[q];
  return planes;
}

TEST(ResidualPlanes, EqualTheDefinition) {
  for (int count : {5, 8, 13, 40})
    for (int numPlanes = 2; numPlanes <= 4; ++numPlanes) {
      std::vector<float> w = makeWeights(count, unsigned(count));
      auto planes =
          quantize(w, 1, "binary:planes=" + std::to_string(numPlanes));
      auto expected = fitByDescent(w, numPlanes);
      ASSERT_EQ(planes.size(), expected.size());
      for (size_t p = 0; p < planes.size(); ++p)
        for (size_t i = 0; i < w.size(); ++i)
          EXPECT_NEAR(planes[p].scales[0] * planes[p].codes[i], expected[p][i],
                      1e-5)
              << "plane " << p << " of " << count << " weights";
    }
}

TEST(ResidualPlanes, OnePlaneIsBinary) {
  std::vector<float> w = makeWeights(60, 3);
  auto planes = quantize(w, 3, "binary:planes=1");
  auto binary = quantize(w, 3, "binary");
  ASSERT_EQ(planes.size(), 1u);
  EXPECT_EQ(planes[0].codes, binary[0].codes);
  EXPECT_EQ(planes[0].scales, binary[0].scales);
}

TEST(ResidualPlanes, ErrorFallsWithEachPlane) {
  std::vector<float> w = makeWeights(7 * 100, 8);
  double before = INFINITY;
  for (int planes = 1; planes <= 8; ++planes) {
    double error = sumSquares(getRest(
        w, 7, quantize(w, 7, "binary:planes=" + std::to_string(planes))));
    EXPECT_LT(error, 0.6 * before) << planes;
    before = error;
  }
}

TEST(ResidualPlanes, SumsOfTwoAreExact) {
  std::vector<float> w = {3, 1, -1, -3, 3, -1, -3, 1};
  auto planes = quantize(w, 1, "binary:planes=2");
  EXPECT_EQ(planes[0].scales[0], 2.0f);
  EXPECT_EQ(planes[1].scales[0], 1.0f);
  EXPECT_EQ(sumSquares(getRest(w, 1, planes)), 0.0);
}

/// Nothing is left for the second plane of a constant row, nor for any of
/// zeros.
TEST(ResidualPlanes, NothingLeft) {
  std::vector<float> w = {0.3f, 0.3f, 0.3f, 0.0f, 0.0f, 0.0f, 1, -1, 1};
  auto planes = quantize(w, 3, "binary:planes=3");
  float smallest = getSmallestScale(ScaleType::F32);
  EXPECT_FLOAT_EQ(planes[0].scales[0], 0.3f);
  EXPECT_EQ(planes[0].scales[1], smallest);
  EXPECT_EQ(planes[0].scales[2], 1.0f);
  for (int plane : {1, 2})
    for (float scale : planes[plane].scales)
      EXPECT_EQ(scale, smallest);
}

TEST(ResidualPlanes, EveryGranularityAndNothing) {
  std::vector<float> w = makeWeights(5 * 7, 2);
  const std::pair<const char *, size_t> cases[] = {
      {"granularity=layer", 1},
      {"group=2", 3},
      {"block=3", 15},
      {"block=3,block-rows=2,scale=f16", 9}};
  for (auto [items, groups] : cases) {
    auto planes = quantize(w, 5, std::string("binary:planes=2,") + items);
    for (const QuantizedWeights &plane : planes) {
      EXPECT_EQ(plane.scales.size(), groups) << items;
      for (float scale : plane.scales)
        EXPECT_GT(scale, 0.0f);
    }
  }
  EXPECT_EQ(quantize({}, 5, "binary:planes=2")[1].scales,
            std::vector<float>(5, 1.0f));
}

TEST(ResidualPlanes, Errors) {
  std::string error;
  auto encoding = WeightEncoding::parse("binary:planes=2", error);
  float w[] = {1.0f, NAN};
  EXPECT_FALSE(quantizeToPlanes(w, 1, 2, *encoding, error));
  EXPECT_EQ(error, "expected finite weights, but got NaN at output 0, input 1");
  EXPECT_FALSE(quantizeWeights(w, 1, 1, *encoding, error));
  EXPECT_EQ(error, "expected one plane, but got 2");
  encoding = WeightEncoding::parse("binary:planes=2,scale=f16", error);
  w[0] = 1e30f;
  EXPECT_FALSE(quantizeToPlanes(w, 1, 1, *encoding, error));
  EXPECT_EQ(error, "expected a scale of at most 65504 in f16, but got 1e+30 in "
                   "row 0, group 0");
}
