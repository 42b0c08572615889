//===- PackedRowsTest.cpp - Tables as rows of bytes -----------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Quantization/PackedRows.h"

#include "gtest/gtest.h"

#include <random>
#include <vector>

using namespace mlir::lowbit;

static std::vector<uint8_t> pack(const RowLayout &layout,
                                 const std::vector<int8_t> &codes, int64_t v,
                                 int64_t d, bool isUnsigned = false) {
  std::vector<uint8_t> packed(v * layout.rowBytes(d), 0xA5);
  packRows(layout, codes.data(), isUnsigned, v, d, packed.data());
  return packed;
}

TEST(PackedRows, FirstFieldsAreLowestBitsAndRowsAreWholeBytes) {
  RowLayout ternary{/*fieldBits=*/2, /*codeOffset=*/1};
  // Fields 0 1 2 1, 2 | 2 2 0 0, 1.
  EXPECT_EQ(pack(ternary, {-1, 0, 1, 0, 1, 1, 1, -1, -1, 0}, 2, 5),
            (std::vector<uint8_t>{0x64, 0x02, 0x0A, 0x01}));
}

// Two bytes of the lower two bits, of which 0, 1, 2, 3 are the lowest, then one
// of the highest bits.
TEST(PackedRows, PlanesOfEightColumnsLieTogether) {
  RowLayout layout{/*fieldBits=*/3};
  EXPECT_EQ(layout.rowBytes(9), 6);
  EXPECT_EQ(pack(layout, {0, 1, 2, 3, 4, 0, 0, 7, 5}, 1, 9),
            (std::vector<uint8_t>{0xE4, 0xC0, 0x90, 0x01, 0x00, 0x01}));
}

TEST(PackedRows, BipolarCodesHaveStepsOfTwo) {
  RowLayout bipolar{/*fieldBits=*/1, /*codeOffset=*/1, /*codeStep=*/2};
  EXPECT_EQ(pack(bipolar, {1, -1, 1, 1, -1, -1, -1, 1, 1}, 1, 9),
            (std::vector<uint8_t>{0x8D, 0x01}));
}

TEST(PackedRows, UnsignedCodesUseTheWholeByte) {
  EXPECT_EQ(pack(RowLayout(), {0, 127, -128, -1}, 2, 2, /*isUnsigned=*/true),
            (std::vector<uint8_t>{0, 127, 128, 255}));
}

TEST(PackedRows, EveryFieldIsAtItsAddressAndZerosFillUp) {
  for (int64_t bits = 1; bits <= 8; ++bits)
    for (int64_t v : {0, 1, 2, 5})
      for (int64_t d : {0, 1, 7, 8, 9, 15, 16, 17, 31}) {
        RowLayout layout{bits};
        std::mt19937 random(bits * 1000 + v * 100 + d);
        std::uniform_int_distribution<int> field(0, (1 << bits) - 1);
        std::vector<int8_t> codes(v * d);
        for (int8_t &code : codes)
          code = static_cast<int8_t>(field(random));
        std::vector<uint8_t> packed =
            pack(layout, codes, v, d, /*isUnsigned=*/true);
        std::vector<int8_t> read;
        int64_t ones = 0, set = 0;
        for (int64_t row = 0; row < v; ++row)
          for (IntegerIndex k(0); k.value < d; ++k.value) {
            int code = 0;
            for (int64_t i = 0; i < layout.getPlanes().size(); ++i) {
              PackedPlane plane = layout.getPlanes()[i];
              int byte = packed[row * layout.rowBytes(d) +
                                layout.byteOf(k, plane).value];
              int shifted = byte >> layout.shiftOf(k, plane).value;
              code |= (shifted & ((1 << plane.bits) - 1)) << plane.shift;
            }
            read.push_back(static_cast<int8_t>(code));
            ones += __builtin_popcount(static_cast<uint8_t>(read.back()));
          }
        for (uint8_t byte : packed)
          set += __builtin_popcount(byte);
        ASSERT_EQ(read, codes);
        ASSERT_EQ(set, ones);
      }
}
