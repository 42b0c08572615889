//===- LayerModuleTest.cpp - Known products of a layer ------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LayerModule.h"

#include "gtest/gtest.h"

using namespace mlir::lowbit;

static constexpr Activation activation = {
    "int8", "", {-128, 127}, Arithmetic::Bytes};
static constexpr Encoding encoding = {"int8",      "int8", "",         nullptr,
                                      {-128, 127}, 0,      &activation};

TEST(LayerModuleTest, rowOfAProduct) {
  Layer layer = {&encoding, 2, 3, Scope::Op};
  EXPECT_EQ(shapeOfActivations(layer, 4), (std::vector<int64_t>{4, 3}));
  EXPECT_EQ(shapeOfResults(layer, 4), (std::vector<int64_t>{4, 2}));
  EXPECT_EQ(makeActivationCodes(layer, 4).size(), 12u);
  std::vector<int8_t> weights = {1, 2, 3, 4, 5, 6};
  std::vector<int8_t> activations = {9, 9, 9, 1, 10, 100};
  EXPECT_EQ(multiplyRow(layer, weights, activations, 1),
            (std::vector<int32_t>{321, 654}));
}

namespace {
/// An image of 2 x 3 pixels of one channel, to one channel.
class ConvolutionTest : public ::testing::Test {
protected:
  int32_t multiply(int64_t pixel) {
    std::vector<int8_t> weights = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    std::vector<int8_t> pixels = {1, 2, 3, 4, 5, 6};
    return multiplyRow(layer, weights, pixels, pixel).front();
  }

  Layer layer = {&encoding, 1, 9, Scope::Op, Image{2, 3, 1}};
};
} // namespace

TEST_F(ConvolutionTest, shapes) {
  EXPECT_EQ(shapeOfActivations(layer, 6), (std::vector<int64_t>{1, 2, 3, 1}));
  EXPECT_EQ(makeActivationCodes(layer, 6).size(), 6u);
}

TEST_F(ConvolutionTest, zerosSurroundTheImage) {
  EXPECT_EQ(multiply(0), 5 * 1 + 6 * 2 + 8 * 4 + 9 * 5);
  EXPECT_EQ(multiply(5), 1 * 2 + 2 * 3 + 4 * 5 + 5 * 6);
}

TEST_F(ConvolutionTest, rowOfPixelsInside) {
  EXPECT_EQ(multiply(1), 4 * 1 + 5 * 2 + 6 * 3 + 7 * 4 + 8 * 5 + 9 * 6);
}
