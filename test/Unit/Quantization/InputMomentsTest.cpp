//===- InputMomentsTest.cpp - Means and products of inputs ----------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Quantization/InputMoments.h"

#include "gtest/gtest.h"

#include <cmath>

using namespace mlir::lowbit;

/// Small integers: sums are exact in any order.
static std::vector<float> makeRows(int64_t count, int64_t size) {
  std::vector<float> x;
  for (int64_t i = 0; i < count * size; ++i)
    x.push_back(float((i * i + 3 * i) % 7 - 3));
  return x;
}

TEST(InputMoments, MeansAndProductsOfEachGroup) {
  for (int64_t count : {1, 2, 31, 32, 33, 64})
    for (int64_t groups : {1, 3})
      for (int64_t depth : {1, 2, 5}) {
        std::vector<float> x = makeRows(count, groups * depth);
        MomentSums sums(groups, depth, MomentOrder::Second);
        // In two parts: batches do not matter.
        sums.addRows(x.data(), count / 2);
        sums.addRows(x.data() + count / 2 * groups * depth, count - count / 2);
        InputMoments moments = sums.getMoments();
        EXPECT_EQ(moments.count, count);
        for (int64_t at = 0; at < groups * depth * depth; ++at) {
          int64_t group = at / depth / depth, i = at / depth % depth;
          double product = 0, mean = 0;
          for (int64_t row = 0; row < count; ++row) {
            const float *values = &x[(row * groups + group) * depth];
            product += values[i] * values[at % depth];
            mean += values[i];
          }
          EXPECT_EQ(moments.products[at], float(product / double(count)));
          EXPECT_EQ(moments.means[group * depth + i],
                    float(mean / double(count)));
        }
      }
}

TEST(InputMoments, RowsThatAreNotFiniteDoNotCount) {
  std::vector<float> x = {1, 2, NAN, 5, 7, INFINITY, 3, 4};
  MomentSums sums(1, 2, MomentOrder::Second);
  sums.addRows(x.data(), 4);
  InputMoments moments = sums.getMoments();
  EXPECT_EQ(moments.count, 2);
  EXPECT_EQ(moments.means, (std::vector<float>{2, 3}));
  EXPECT_EQ(moments.products, (std::vector<float>{5, 7, 7, 10}));
}

TEST(InputMoments, NoRowsAreZeros) {
  InputMoments moments = MomentSums(1, 2, MomentOrder::First).getMoments();
  EXPECT_EQ(moments.means, (std::vector<float>{0, 0}));
  EXPECT_TRUE(moments.products.empty());
}
