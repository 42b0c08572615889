//===- BitLayoutTest.cpp - Weights as bits ------------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Quantization/PackedWeights.h"

#include "gtest/gtest.h"

#include <cstring>
#include <random>
#include <vector>

using namespace mlir::lowbit;

namespace {
struct BitCase {
  std::vector<int8_t> codes;
  PackedLayout layout;
};
} // namespace

/// Every kind of planes, with blocks of whole and of broken words.
static std::vector<BitCase> getCases() {
  std::vector<BitCase> cases;
  for (const std::vector<int8_t> &codes :
       {std::vector<int8_t>{-1, 1}, {0, 1}, {-1, 0, 1}})
    for (int64_t block : {0, 1, 30, 32, 40, 64}) {
      PackedLayout layout;
      layout.bits = BitPlanes::forCodes(codes.front(), codes.back(),
                                        codes != std::vector<int8_t>{-1, 1});
      layout.fieldBits = layout.bits.count();
      layout.block = block;
      layout.scaleBytes = block == 0 ? 0 : 2;
      cases.push_back({codes, layout});
    }
  return cases;
}

template <typename Check> static void forEachCase(Check check) {
  for (const BitCase &bitCase : getCases())
    for (int64_t n : {1, 15, 16, 17, 40})
      for (int64_t k : {0, 1, 31, 32, 33, 63, 64, 65, 129})
        check(bitCase, n, k);
}

TEST(BitLayout, EveryBitHasItsPlace) {
  forEachCase([](const BitCase &bitCase, int64_t n, int64_t k) {
    const PackedLayout &layout = bitCase.layout;
    int64_t panelBytes = layout.panelBytes(k);
    std::vector<int> taken(layout.numPanels(n) * panelBytes * 8);
    for (IntegerIndex row(0); row.value < n; ++row.value)
      for (IntegerIndex i(0); i.value < k; ++i.value)
        for (int64_t plane = 0; plane < layout.numPlanes(); ++plane) {
          auto at = layout.codeAddress(row, i, layout.getPlane(plane));
          ASSERT_LT(at.byte.value, panelBytes);
          ASSERT_GE(at.byte.value, layout.headerBytes());
          ASSERT_EQ(taken.at((at.panel.value * panelBytes + at.byte.value) * 8 +
                             at.place.value)++,
                    0);
        }
  });
}

// What a kernel relies on: with a register of 16 words at each line, the bit
// `position % 32` of word `row % 16` is that of the row.
TEST(BitLayout, LanesAreWordsOfOneRow) {
  std::mt19937 random(1);
  forEachCase([&](const BitCase &bitCase, int64_t n, int64_t k) {
    const PackedLayout &layout = bitCase.layout;
    std::vector<int8_t> codes(n * k);
    for (int8_t &code : codes)
      code = bitCase.codes[random() % bitCase.codes.size()];
    int64_t panelBytes = layout.panelBytes(k);
    std::vector<uint8_t> packed(layout.numPanels(n) * panelBytes, 0xA5);
    packCodes(layout, codes.data(), /*isUnsigned=*/false, n, k, packed.data());
    int64_t bits = 0;
    for (int64_t row = 0; row < n; ++row)
      for (int64_t i = 0; i < k; ++i) {
        int64_t g = layout.block == 0 ? 0 : i / layout.block;
        int64_t position = layout.paddedPosition(IntegerIndex(i)).value;
        int64_t line = position / 32;
        const uint8_t *lines = packed.data() + row / 16 * panelBytes +
                               (g + 1) * layout.headerBytes() +
                               line * layout.lineBytes();
        auto getBit = [&](int64_t plane) {
          uint32_t word;
          std::memcpy(&word, lines + plane * 64 + row % 16 * 4, sizeof(word));
          return static_cast<int>(word >> position % 32 & 1);
        };
        int code = codes[row * k + i];
        int64_t plane = 0;
        if (layout.bits.mask) {
          ASSERT_EQ(getBit(plane++), code != 0);
          bits += code != 0;
        }
        if (layout.bits.sign) {
          ASSERT_EQ(getBit(plane), code < 0);
          bits += code < 0;
        }
      }
    // All others are 0: headers and padding.
    int64_t found = 0;
    for (uint8_t byte : packed)
      for (int bit = 0; bit < 8; ++bit)
        found += byte >> bit & 1;
    ASSERT_EQ(found, bits);
  });
}

TEST(BitLayout, RowsOfActivationsHaveWholeWords) {
  PackedLayout layout;
  layout.bits = {true, true};
  EXPECT_EQ(layout.rowBytes(0), 0);
  EXPECT_EQ(layout.rowBytes(1), 8);
  EXPECT_EQ(layout.rowBytes(32), 8);
  EXPECT_EQ(layout.rowBytes(33), 16);
  layout.block = 40;
  EXPECT_EQ(layout.rowBytes(81), 5 * 8);
  layout.bits = {false, true};
  EXPECT_EQ(layout.rowBytes(81), 5 * 4);
}
