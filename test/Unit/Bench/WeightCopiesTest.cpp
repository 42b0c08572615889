//===- WeightCopiesTest.cpp - Where weights are read from ---------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WeightCopies.h"

#include "gtest/gtest.h"

#include <set>

using namespace mlir::lowbit;

static constexpr CacheSizes caches = {16 << 10, 256 << 10};

namespace {
/// The copies of `bytes` of weights within a memory of 1 MiB.
class WeightCopiesTest : public ::testing::Test {
protected:
  /// The addresses that a round of calls reads from.
  std::set<const uint8_t *> collect(size_t bytes, Level level) {
    std::vector<uint8_t> weights(bytes, 42);
    lowbit_model model = {};
    model.weights = weights.data();
    model.weights_bytes = bytes;
    llvm::Expected<WeightCopies> copies = WeightCopies::create(
        model, level, caches, {memory.data(), memory.size()});
    EXPECT_TRUE(bool(copies));
    std::set<const uint8_t *> addresses;
    for (size_t i = 0; i < 2 * copies->size(); ++i) {
      const uint8_t *copy = copies->next();
      EXPECT_GE(copy, memory.data());
      EXPECT_LE(copy + bytes, memory.data() + memory.size());
      EXPECT_EQ(std::vector<uint8_t>(copy, copy + bytes), weights);
      addresses.insert(copy);
    }
    EXPECT_EQ(addresses.size(), copies->size());
    return addresses;
  }

  std::vector<uint8_t> memory = std::vector<uint8_t>(1 << 20);
};
} // namespace

TEST_F(WeightCopiesTest, oneCopyInL2) {
  EXPECT_EQ(collect(8 << 10, Level::L2).size(), 1u);
}

TEST_F(WeightCopiesTest, moreThanL2HoldsInL3) {
  EXPECT_EQ(collect(8 << 10, Level::L3).size(), 7u);
}

TEST_F(WeightCopiesTest, allOfTheMemoryWhereCold) {
  EXPECT_EQ(collect(8 << 10, Level::Dram).size(), 128u);
  EXPECT_EQ(collect((8 << 10) + 1, Level::Dram).size(), 85u);
}

TEST_F(WeightCopiesTest, weightsLargerThanTheMemory) {
  lowbit_model model = {};
  model.weights_bytes = memory.size() + 1;
  llvm::Expected<WeightCopies> copies = WeightCopies::create(
      model, Level::Dram, caches, {memory.data(), memory.size()});
  EXPECT_EQ(llvm::toString(copies.takeError()),
            "expected 1 to 1048576 bytes of weights, but got 1048577");
}

TEST(FindLevelTest, nearestThatHoldsThem) {
  EXPECT_EQ(findLevel(Start::Hot, 14 << 10, caches), Level::L2);
  EXPECT_EQ(findLevel(Start::Hot, (14 << 10) + 1, caches), Level::L3);
  EXPECT_EQ(findLevel(Start::Hot, (224 << 10) + 1, caches), Level::Dram);
  EXPECT_EQ(findLevel(Start::Cold, 1, caches), Level::Dram);
}
