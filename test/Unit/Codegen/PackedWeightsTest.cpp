//===- PackedWeightsTest.cpp - Weights as bytes ---------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Quantization/PackedWeights.h"
#include "LayoutCases.h"

#include "gtest/gtest.h"

#include <cstring>
#include <random>

using namespace mlir::lowbit;

/// Codes of the layout, at random, as bytes.
static std::vector<int8_t> drawCodes(const PackedLayout &layout, int64_t n,
                                     int64_t k) {
  std::mt19937 random(n * 1000 + k);
  std::uniform_int_distribution<int> field(0, layout.highestField());
  std::vector<int8_t> codes(n * k);
  for (int8_t &code : codes)
    code = layout.codeStep * field(random) - layout.codeOffset;
  return codes;
}

/// Bytes that were something else before.
static std::vector<uint8_t> allocatePacked(const PackedLayout &layout,
                                           int64_t n, int64_t k) {
  return std::vector<uint8_t>(layout.numPanels(n) * layout.panelBytes(k), 0xA5);
}

TEST(PackedWeights, CodesAreAtTheirAddressesAndZerosElsewhere) {
  forEachLayout([](const PackedLayout &layout, int64_t n, int64_t k) {
    std::vector<int8_t> codes = drawCodes(layout, n, k);
    std::vector<uint8_t> packed = allocatePacked(layout, n, k);
    packCodes(layout, codes.data(), /*isUnsigned=*/false, n, k, packed.data());
    std::vector<uint8_t> expected(packed.size());
    for (int64_t row = 0; row < n; ++row)
      for (int64_t i = 0; i < k; ++i) {
        int field = (codes[row * k + i] + layout.codeOffset) / layout.codeStep;
        for (int64_t p = 0; p < layout.numPlanes(); ++p) {
          PackedPlane plane = layout.getPlane(p);
          auto at = layout.codeAddress<IntegerIndex>(row, i, plane);
          int digit = field >> plane.shift & ((1 << plane.bits) - 1);
          expected[at.panel.value * layout.panelBytes(k) + at.byte.value] +=
              digit * layout.placeWeight(plane, at.place.value);
        }
      }
    for (uint8_t &number : expected)
      number = layout.byteOfNumber(number);
    ASSERT_EQ(packed, expected);
  });
}

// The first row is the highest digit: 0 + 3 * 2 + 9 * 1 + 27 * 0 + 81 * 2 is
// 177, and 177 * 256 / 243 is 186.5.
TEST(PackedWeights, FiveTernaryCodesAreANumber) {
  PackedLayout layout;
  layout.fieldBits = 2;
  layout.codeOffset = 1;
  layout.radix = 3;
  std::vector<int8_t> codes(65, -1);
  codes[0] = 1;
  codes[32] = 0;
  codes[48] = 1;
  std::vector<uint8_t> packed = allocatePacked(layout, 65, 1);
  packCodes(layout, codes.data(), /*isUnsigned=*/false, 65, 1, packed.data());
  EXPECT_EQ(packed, [] {
    std::vector<uint8_t> expected(64);
    expected[0] = 187;
    return expected;
  }());
}

TEST(PackedWeights, BipolarCodesHaveStepsOfTwo) {
  PackedLayout layout;
  layout.fieldBits = 1;
  layout.codeOffset = 1;
  layout.codeStep = 2;
  std::vector<int8_t> codes = {1, -1, 1, 1, -1};
  std::vector<uint8_t> packed = allocatePacked(layout, 1, 5);
  packCodes(layout, codes.data(), /*isUnsigned=*/false, 1, 5, packed.data());
  std::vector<uint8_t> expected(128);
  expected[0] = expected[2] = expected[3] = 1;
  EXPECT_EQ(packed, expected);
}

TEST(PackedWeights, UnsignedCodesUseTheWholeByte) {
  PackedLayout layout;
  std::vector<int8_t> codes = {0, 127, -128, -1};
  std::vector<uint8_t> packed = allocatePacked(layout, 1, 4);
  packCodes(layout, codes.data(), /*isUnsigned=*/true, 1, 4, packed.data());
  EXPECT_EQ(std::vector<uint8_t>(packed.begin(), packed.begin() + 4),
            (std::vector<uint8_t>{0, 127, 128, 255}));
}

/// Packs one header vector whose value tells row, block and kind.
static void checkHeader(const PackedLayout &layout, HeaderVector vector,
                        int64_t index, int64_t bytes, int64_t n, int64_t k) {
  int64_t blocks = layout.numBlocks(k);
  auto getValue = [&](int64_t row, int64_t g) {
    return static_cast<uint32_t>(1 + row * 131 + g * 7);
  };
  std::vector<uint8_t> data;
  for (int64_t row = 0; row < n; ++row)
    for (int64_t g = 0; g < blocks; ++g) {
      uint32_t value = getValue(row, g);
      auto *raw = reinterpret_cast<const uint8_t *>(&value);
      data.insert(data.end(), raw, raw + bytes);
    }
  HeaderValues values;
  values.data = data.data();
  values.bytes = bytes;
  values.rowStride = blocks;
  values.blockStride = 1;
  std::vector<uint8_t> packed(layout.numPanels(n) * layout.panelBytes(k));
  std::vector<uint8_t> expected = packed;
  packHeader(layout, vector, index, values, n, k, packed.data());
  for (int64_t row = 0; row < n; ++row)
    for (int64_t g = 0; g < blocks; ++g) {
      auto at = layout.headerAddress<IntegerIndex>(row, g, vector, index);
      uint32_t value = getValue(row, g);
      std::memcpy(expected.data() + at.panel.value * layout.panelBytes(k) +
                      at.byte.value,
                  &value, bytes);
    }
  ASSERT_EQ(packed, expected);
}

TEST(PackedWeights, HeadersAreAtTheirAddressesAndNothingElsewhere) {
  forEachLayout([](const PackedLayout &layout, int64_t n, int64_t k) {
    if (layout.scaleBytes)
      checkHeader(layout, HeaderVector::Scale, 0, layout.scaleBytes, n, k);
    for (int64_t term = 0; term < layout.terms; ++term)
      checkHeader(layout, HeaderVector::Term, term, 4, n, k);
    if (layout.offset)
      checkHeader(layout, HeaderVector::Offset, 0, 4, n, k);
  });
}

// Rows 0 and 1 share a scale, so do 2 and 3; all blocks share it too.
TEST(PackedWeights, OneHeaderValueForManyRowsAndBlocks) {
  PackedLayout layout;
  layout.block = 4;
  layout.scaleBytes = 2;
  std::vector<uint16_t> scales = {0x1111, 0x2222};
  HeaderValues values;
  values.data = reinterpret_cast<const uint8_t *>(scales.data());
  values.bytes = 2;
  values.rowsPerValue = 2;
  values.rowStride = 1;
  int64_t n = 4, k = 8;
  std::vector<uint8_t> packed(layout.numPanels(n) * layout.panelBytes(k));
  packHeader(layout, HeaderVector::Scale, 0, values, n, k, packed.data());
  for (int64_t g : {0, 1}) {
    const uint8_t *header = packed.data() + g * layout.blockBytes();
    EXPECT_EQ(std::vector<uint8_t>(header, header + 10),
              (std::vector<uint8_t>{0x11, 0x11, 0x11, 0x11, 0x22, 0x22, 0x22,
                                    0x22, 0, 0}));
  }
}
