//===- TimingTest.cpp - Quantiles of repetitions ------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Timing.h"

#include "gtest/gtest.h"

using namespace mlir::lowbit;

TEST(TimingTest, quantiles) {
  Spread spread = summarize({8, 1, 7, 2, 6, 3, 5, 4});
  EXPECT_EQ(spread.lowest, 1);
  EXPECT_EQ(spread.lowerQuartile, 3);
  EXPECT_EQ(spread.median, 5);
  EXPECT_EQ(spread.upperQuartile, 7);
}

TEST(TimingTest, oneValue) {
  Spread spread = summarize({3}) * 2;
  EXPECT_EQ(spread.lowest, 6);
  EXPECT_EQ(spread.lowerQuartile, 6);
  EXPECT_EQ(spread.median, 6);
  EXPECT_EQ(spread.upperQuartile, 6);
}

TEST(TimingTest, runsAtLeastSoOften) {
  int calls = 0;
  EXPECT_EQ(timeEach(0, 7, [&] { ++calls; }).size(), 7u);
  EXPECT_EQ(calls, 7);
}
