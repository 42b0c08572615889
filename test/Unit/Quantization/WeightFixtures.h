//===- WeightFixtures.h - Weights and their quantization --------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_TEST_UNIT_QUANTIZATION_WEIGHTFIXTURES_H
#define LOWBIT_TEST_UNIT_QUANTIZATION_WEIGHTFIXTURES_H

#include "lowbit/Quantization/WeightQuantizer.h"

#include "gtest/gtest.h"

#include <cmath>
#include <random>

namespace mlir::lowbit {

inline WeightEncoding parse(const std::string &text) {
  std::string error;
  std::optional<WeightEncoding> encoding = WeightEncoding::parse(text, error);
  EXPECT_TRUE(encoding) << text << ": " << error;
  return encoding.value_or(WeightEncoding());
}

inline QuantizedWeights quantize(const std::vector<float> &w, int64_t n,
                                 int64_t k, const std::string &text) {
  std::string error;
  std::optional<QuantizedWeights> result =
      quantizeWeights(w.data(), n, k, parse(text), error);
  EXPECT_TRUE(result) << text << ": " << error;
  return result.value_or(QuantizedWeights());
}

/// Weights with a zero row, a constant row, ties and both signs.
inline std::vector<float> makeWeights(int64_t n, int64_t k) {
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

} // namespace mlir::lowbit

#endif // LOWBIT_TEST_UNIT_QUANTIZATION_WEIGHTFIXTURES_H
