//===- MseScaleTest.cpp - The scale of least squared error ----------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Quantization/MseScale.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

using namespace mlir::lowbit;

/// E(scale, zeroPoint) by trying every code.
static double getError(const std::vector<float> &w, int32_t lo, int32_t hi,
                       double scale, int32_t zeroPoint) {
  double error = 0.0;
  for (float value : w) {
    double least = INFINITY;
    for (int32_t code = lo; code <= hi; ++code) {
      double d = value - scale * (code - zeroPoint);
      least = std::min(least, d * d);
    }
    error += least;
  }
  return error;
}

/// The least error over all scales: the codes between any two neighbouring
/// scales at which a code changes, each with the best scale for these codes.
static double findLeastError(const std::vector<float> &w, int32_t lo,
                             int32_t hi, bool hasZeroPoint) {
  double least = INFINITY;
  for (int32_t z = hasZeroPoint ? lo : 0; z <= (hasZeroPoint ? hi : 0); ++z) {
    std::vector<double> changes = {0.0};
    for (float value : w)
      for (int32_t code = lo; code < hi; ++code)
        if (double scale = value / (code - z + 0.5); scale > 0.0)
          changes.push_back(scale);
    std::sort(changes.begin(), changes.end());
    changes.push_back(2 * changes.back() + 1);
    for (size_t i = 0; i + 1 < changes.size(); ++i) {
      double scale = (changes[i] + changes[i + 1]) / 2, a = 0, b = 0;
      for (float value : w) {
        double q = std::nearbyint(value / scale);
        q = std::min(std::max(q, double(lo - z)), double(hi - z));
        a += value * q;
        b += q * q;
      }
      double error = 0.0;
      double fitted = b == 0.0 ? 0.0 : std::max(a / b, 0.0);
      for (float value : w) {
        double q = std::nearbyint(value / scale);
        q = std::min(std::max(q, double(lo - z)), double(hi - z));
        error += (value - fitted * q) * (value - fitted * q);
      }
      least = std::min(least, error);
    }
  }
  return least;
}

static void check(const std::vector<float> &w, int32_t lo, int32_t hi,
                  bool hasZeroPoint) {
  MseScale best =
      findMseScale(w.data(), int64_t(w.size()), lo, hi, hasZeroPoint);
  double least = findLeastError(w, lo, hi, hasZeroPoint), all = 0.0;
  for (float value : w)
    all += double(value) * value;
  EXPECT_GT(best.scale, 0.0);
  if (!hasZeroPoint)
    EXPECT_EQ(best.zeroPoint, 0);
  EXPECT_GE(best.zeroPoint, std::min(lo, 0));
  EXPECT_LE(best.zeroPoint, hi);
  EXPECT_NEAR(best.error, least, 1e-8 * least + 1e-12 * all);
  EXPECT_NEAR(getError(w, lo, hi, best.scale, best.zeroPoint), least,
              1e-8 * least + 1e-12 * all);
}

TEST(MseScale, LeastErrorOfAllScales) {
  const std::pair<int32_t, int32_t> codes[] = {
      {-1, 1}, {-2, 1}, {-1, 0}, {-3, 3}, {-8, 7}, {0, 1}, {0, 3}, {0, 15}};
  std::mt19937 random(7);
  std::normal_distribution<float> normal(0.2f, 1.0f);
  for (int count = 1; count <= 24; ++count)
    for (auto [lo, hi] : codes)
      for (bool hasZeroPoint : {false, true}) {
        std::vector<float> w(count);
        for (float &value : w)
          value = normal(random);
        if (count % 3 == 0) // heavy tails
          w[0] *= 20.0f;
        if (count % 4 == 0) // ties
          for (float &value : w)
            value = std::nearbyint(value * 2) / 2;
        SCOPED_TRACE(std::to_string(count) + " weights, codes " +
                     std::to_string(lo) + ".." + std::to_string(hi) +
                     (hasZeroPoint ? " with a zero point" : ""));
        check(w, lo, hi, hasZeroPoint);
      }
}

TEST(MseScale, LeastErrorOfManyCodes) {
  std::mt19937 random(11);
  std::student_t_distribution<float> heavy(3.0f);
  for (int count : {16, 65}) {
    std::vector<float> w(count);
    for (float &value : w)
      value = 1e-3f * heavy(random);
    check(w, -127, 127, false);
    check(w, -31, 31, false);
  }
}

TEST(MseScale, LevelsThatFitExactly) {
  MseScale best = findMseScale(std::vector<float>{3, -6, 21, 0, 12}.data(), 5,
                               -7, 7, false);
  EXPECT_NEAR(best.scale, 3.0, 1e-9);
  EXPECT_NEAR(best.error, 0.0, 1e-9);
  best = findMseScale(std::vector<float>{-2, 5}.data(), 2, 0, 7, true);
  EXPECT_NEAR(best.error, 0.0, 1e-9);
}

TEST(MseScale, OneOutlierIsClipped) {
  std::vector<float> w(1000);
  for (size_t i = 0; i < w.size(); ++i)
    w[i] = float(int(i) - 500) / 500;
  w[0] = 4.0f;
  double scale = findMseScale(w.data(), 1000, -7, 7, false).scale;
  EXPECT_GT(scale, 1.0 / 7);
  EXPECT_LT(scale, 2.0 / 7);
}

TEST(MseScale, NothingToFit) {
  EXPECT_EQ(findMseScale(nullptr, 0, -7, 7, false).scale, 1.0);
  std::vector<float> zeros(3, 0.0f);
  EXPECT_EQ(findMseScale(zeros.data(), 3, 0, 15, true).scale, 1.0);
}

TEST(MseScale, ExtremeMagnitudes) {
  for (float factor : {1e-30f, 1e30f}) {
    std::vector<float> w = {1 * factor, -2 * factor, 3.1f * factor};
    MseScale best = findMseScale(w.data(), 3, -3, 3, false);
    EXPECT_NEAR(best.scale / factor, 1.02, 0.02);
  }
}
