//===- BitPlanesTest.cpp - Codes of -1, 0 and 1 as bits -------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Quantization/BitPlanes.h"
#include "lowbit/Quantization/PackedLayout.h"

#include "gtest/gtest.h"

#include <vector>

using namespace mlir::lowbit;

namespace {
/// Codes of one type.
struct Codes {
  std::vector<int> codes;
  BitPlanes planes;
};

constexpr BitPlanes both = {true, true};
const Codes types[] = {{{-1, 1}, {false, true}},
                       {{0, 1}, {true, false}},
                       {{-1, 0}, both},
                       {{-1, 0, 1}, both}};
} // namespace

static int maskOf(BitPlanes planes, int code) {
  return planes.mask ? code & 1 : 1;
}
static int signOf(BitPlanes planes, int code) {
  return planes.sign ? code >> 1 & 1 : 0;
}

TEST(BitPlanes, OnlyWhatDiffersIsStored) {
  for (const Codes &type : types)
    EXPECT_TRUE(BitPlanes::forCodes(type.codes.front(), type.codes.back(),
                                    type.codes != std::vector<int>{-1, 1}) ==
                type.planes);
  EXPECT_FALSE(BitPlanes::forCodes(-2, 1, true));
  EXPECT_FALSE(BitPlanes::forCodes(0, 2, true));
}

TEST(BitPlanes, StoredBitsTellTheCode) {
  for (const Codes &type : types)
    for (int code : type.codes)
      EXPECT_EQ(maskOf(type.planes, code) * (1 - 2 * signOf(type.planes, code)),
                code);
}

// All pairs of types and codes; a sum of products is the sum of these.
TEST(BitPlanes, ProductsAreCounts) {
  for (const Codes &a : types)
    for (const Codes &w : types)
      for (int x : a.codes)
        for (int y : w.codes) {
          int masks = maskOf(a.planes, x) & maskOf(w.planes, y);
          int signs = signOf(a.planes, x) ^ signOf(w.planes, y);
          EXPECT_EQ(masks - 2 * (masks & signs), x * y) << x << " " << y;
        }
}

TEST(BitPlanes, EveryBitOfARowHasItsPlace) {
  for (BitPlanes planes :
       {BitPlanes{false, true}, BitPlanes{true, false}, both}) {
    std::vector<int> taken(planes.wordBytes() * 3 * 8);
    for (IntegerIndex position(0); position.value < 96; ++position.value)
      for (int64_t plane = 0; plane < planes.count(); ++plane) {
        int64_t byte = planes.byteOf(position, plane).value;
        ++taken.at(byte * 8 + position.value % 8);
      }
    EXPECT_EQ(taken, std::vector<int>(taken.size(), 1));
  }
}
