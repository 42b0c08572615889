//===- MaxLinesTest.cpp - How long sums of views stay exact ---------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Codegen/MicroKernelRegistry.h"

#include "gtest/gtest.h"

using namespace mlir;
using namespace mlir::lowbit;

/// The largest sum, in magnitude, of one field over `lines` lines before it is
/// shifted down: 4 products per line of the highest field, in place, and -128.
static int64_t getExtremeSum(int64_t bits, int64_t lines) {
  int64_t highestField = (int64_t(1) << bits) - 1;
  int64_t place = 8 - bits;
  return lines * PackedLayout::depth * (highestField << place) * 128;
}

static LayoutAttr getLayout(MLIRContext &context, int64_t bits) {
  return LayoutAttr::get(&context, bits, 0, 1, 0, {}, 0, false, {}, 2, false,
                         false);
}

TEST(MaxLines, OfDotProductsIsTheLastThatIsExact) {
  MLIRContext context;
  context.loadDialect<LowbitDialect>();
  auto kernel = createX86Avx512VnniKernel();
  for (int64_t bits : {1, 2, 4}) {
    int64_t lines = kernel->getMaxLines(getLayout(context, bits));
    EXPECT_LE(getExtremeSum(bits, lines), INT32_MAX) << bits;
    EXPECT_GT(getExtremeSum(bits, lines + 1), INT32_MAX) << bits;
  }
}

// The differences of views wrap modulo 2^32 and come out right at the bound,
// and not two lines beyond: a sum of -2^31, with fields of one bit one line
// beyond, is still an int32.
TEST(MaxLines, AllExtremeSumsComeBack) {
  MLIRContext context;
  context.loadDialect<LowbitDialect>();
  auto kernel = createX86Avx512VnniKernel();
  for (int64_t bits : {1, 2, 4})
    for (int64_t activation : {-128, 127}) {
      int64_t fields = 8 / bits, highest = (int64_t(1) << bits) - 1;
      auto isExact = [&](int64_t lines) {
        bool exact = true;
        uint32_t below = 0;
        for (int64_t field = 0; field < fields; ++field) {
          int64_t mask = (int64_t(1) << (bits * (field + 1))) - 1;
          auto view = static_cast<uint32_t>(lines * PackedLayout::depth * mask *
                                            activation);
          int64_t sum = static_cast<int32_t>(view - below) >> (bits * field);
          exact &= sum == lines * PackedLayout::depth * highest * activation;
          below = view;
        }
        return exact;
      };
      int64_t lines = kernel->getMaxLines(getLayout(context, bits));
      EXPECT_TRUE(isExact(lines)) << bits << " bits, " << activation;
      EXPECT_EQ(isExact(lines + 2), activation == 127)
          << bits << " bits, " << activation;
    }
}

// Digits are 256 times as much in the difference of two sums.
TEST(MaxLines, OfBase3IsTheLastThatIsExact) {
  MLIRContext context;
  context.loadDialect<LowbitDialect>();
  auto layout =
      LayoutAttr::get(&context, 2, 1, 1, 0, {}, 0, false, {}, 3, false, false);
  int64_t lines = createX86Avx512VnniKernel()->getMaxLines(layout);
  int64_t perLine = PackedLayout::depth * 2 * 128 * 256;
  EXPECT_LE(lines * perLine, INT32_MAX);
  EXPECT_GT((lines + 1) * perLine, INT32_MAX);
  // Digits that are cut out are sums of their own.
  EXPECT_EQ(createX86Avx2Kernel()->getMaxLines(layout),
            std::numeric_limits<int64_t>::max());
}

// The narrowest plane has the most rows above it.
TEST(MaxLines, OfPlanesIsTheLeastOfTheirs) {
  MLIRContext context;
  context.loadDialect<LowbitDialect>();
  auto kernel = createX86Avx512VnniKernel();
  for (int64_t bits : {3, 5, 6, 7}) {
    int64_t least = std::numeric_limits<int64_t>::max();
    for (int64_t plane : {1, 2, 4})
      if (bits & plane)
        least = std::min(least, kernel->getMaxLines(getLayout(context, plane)));
    EXPECT_EQ(kernel->getMaxLines(getLayout(context, bits)), least) << bits;
  }
}

// A sum of whole bytes wraps like the sum that it stands for.
TEST(MaxLines, WholeBytesHaveNoBound) {
  MLIRContext context;
  context.loadDialect<LowbitDialect>();
  EXPECT_EQ(createX86Avx512VnniKernel()->getMaxLines(getLayout(context, 8)),
            std::numeric_limits<int64_t>::max());
  for (int64_t bits : {1, 2, 4, 8})
    EXPECT_EQ(createGenericKernel()->getMaxLines(getLayout(context, bits)),
              std::numeric_limits<int64_t>::max());
}

// A byte gains at most 8 per line, or per 8 lines whose carries are saved.
TEST(MaxLines, OfCountsAreTheMostThatAByteHolds) {
  MLIRContext context;
  context.loadDialect<LowbitDialect>();
  auto layout = LayoutAttr::get(&context, 1, 0, 1, 0, {}, 0, false, {}, 2,
                                /*mask=*/false, /*sign=*/true);
  int64_t bytes = createGenericPopcntKernel()->getMaxLines(layout);
  EXPECT_LE(bytes * 8, UINT8_MAX);
  EXPECT_GT((bytes + 1) * 8, UINT8_MAX);
  EXPECT_EQ(createX86Avx2PopcntKernel()->getMaxLines(layout), bytes * 8);
  EXPECT_EQ(createX86Avx512PopcntKernel()->getMaxLines(layout),
            std::numeric_limits<int64_t>::max());
}
