//===- GroupShapeTest.cpp - Which weights share a scale -------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Quantization/GroupShape.h"

#include "gtest/gtest.h"

using namespace mlir::lowbit;

TEST(GroupShape, CountGroups) {
  EXPECT_EQ(countGroups(100, 32), 4);
  EXPECT_EQ(countGroups(96, 32), 3);
  EXPECT_EQ(countGroups(1, 32), 1);
  EXPECT_EQ(countGroups(7, 1), 7);
  EXPECT_EQ(countGroups(7, 0), 1);
  EXPECT_EQ(countGroups(0, 0), 1);
  EXPECT_EQ(countGroups(0, 4), 0);
  EXPECT_EQ(countGroups(INT64_MAX, INT64_MAX), 1);
  EXPECT_EQ(countGroups(INT64_MAX, 2), INT64_MAX / 2 + 1);
}

TEST(GroupShape, ScaleShapeOfMatrixAndConvolution) {
  using Shape = std::vector<int64_t>;
  EXPECT_EQ(getScaleShape({6, 100}, {1, 32}), (Shape{6, 4}));
  EXPECT_EQ(getScaleShape({6, 100}, {4, 0}), (Shape{2, 1}));
  EXPECT_EQ(getScaleShape({6, 100}, {0, 0}), (Shape{1, 1}));
  EXPECT_EQ(getScaleShape({16, 8, 3, 3}, {1, 0, 0, 0}), (Shape{16, 1, 1, 1}));
  EXPECT_EQ(getScaleShape({16, 8, 3, 3}, {1, 4, 0, 0}), (Shape{16, 2, 1, 1}));
}

TEST(GroupShape, Names) {
  EXPECT_STREQ(getGranularityName({0, 0}), "layer");
  EXPECT_STREQ(getGranularityName({4, 0}), "filter group");
  EXPECT_STREQ(getGranularityName({1, 0}), "channel");
  EXPECT_STREQ(getGranularityName({1, 128}), "sub-channel");
  EXPECT_STREQ(getGranularityName({16, 32}), "block");
}
