//===- PackedLayoutTest.cpp - Addresses inside packed weights -------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LayoutCases.h"
#include "mlir/IR/AffineMap.h"
#include "mlir/IR/MLIRContext.h"

#include "gtest/gtest.h"

#include <random>

using namespace mlir;
using namespace mlir::lowbit;

TEST(PackedLayout, EveryCodeHasItsOwnBits) {
  forEachLayout([](const PackedLayout &layout, int64_t n, int64_t k) {
    int64_t panelBytes = layout.panelBytes(k);
    std::vector<int> taken(layout.numPanels(n) * panelBytes * 8);
    for (int64_t row = 0; row < n; ++row)
      for (int64_t i = 0; i < k; ++i) {
        int64_t bits = 0;
        for (int64_t p = 0; p < layout.numPlanes(); ++p) {
          PackedPlane plane = layout.getPlane(p);
          auto at = layout.codeAddress<IntegerIndex>(row, i, plane);
          ASSERT_LT(at.panel.value, layout.numPanels(n));
          ASSERT_LT(at.byte.value, panelBytes);
          ASSERT_LT(at.place.value, layout.placesPerByte(plane));
          ASSERT_EQ(plane.shift, bits);
          bits += plane.bits;
          // A digit of base 3 has no bits: one stands for it.
          int64_t width = layout.radix == 3 ? 1 : plane.bits;
          int64_t bit = (at.panel.value * panelBytes + at.byte.value) * 8 +
                        at.place.value * width;
          for (int64_t b = 0; b < width; ++b)
            ASSERT_EQ(taken[bit + b]++, 0);
        }
        ASSERT_EQ(bits, layout.fieldBits);
      }
    auto takeHeader = [&](HeaderVector vector, int64_t index, int64_t bytes) {
      for (int64_t row = 0; row < n; ++row)
        for (int64_t g = 0; g < layout.numBlocks(k); ++g) {
          auto at = layout.headerAddress<IntegerIndex>(row, g, vector, index);
          ASSERT_EQ(at.place.value, 0);
          ASSERT_LE(at.byte.value + bytes, panelBytes);
          int64_t bit = (at.panel.value * panelBytes + at.byte.value) * 8;
          for (int64_t b = 0; b < 8 * bytes; ++b)
            ASSERT_EQ(taken[bit + b]++, 0);
        }
    };
    if (layout.scaleBytes)
      takeHeader(HeaderVector::Scale, 0, layout.scaleBytes);
    for (int64_t term = 0; term < layout.terms; ++term)
      takeHeader(HeaderVector::Term, term, 4);
    if (layout.offset)
      takeHeader(HeaderVector::Offset, 0, 4);
  });
}

TEST(PackedLayout, EveryActivationHasItsOwnByte) {
  forEachLayout([](const PackedLayout &layout, int64_t, int64_t k) {
    std::vector<int> taken(layout.paddedDepth(k));
    for (int64_t i = 0; i < k; ++i) {
      int64_t position = layout.paddedPosition<IntegerIndex>(i).value;
      ASSERT_LT(position, layout.paddedDepth(k));
      ASSERT_EQ(taken[position]++, 0);
    }
  });
}

// A code and its activation meet in the same line and the same byte of a lane.
TEST(PackedLayout, ActivationsAreInTheOrderOfTheLines) {
  forEachLayout([](const PackedLayout &layout, int64_t, int64_t k) {
    for (int64_t i = 0; i < k; ++i) {
      int64_t position = layout.paddedPosition<IntegerIndex>(i).value;
      int64_t blocks = layout.block == 0 ? 1 : i / layout.block + 1;
      int64_t byte = blocks * layout.headerBytes() +
                     position / PackedLayout::depth * layout.lineBytes() +
                     position % PackedLayout::depth;
      PackedPlane first = layout.getPlane(0);
      ASSERT_EQ(layout.codeAddress<IntegerIndex>(0, i, first).byte.value, byte);
    }
  });
}

// 3 * byte is 256 * digit + the byte of the other digits and a 0 behind them:
// kernels find the sums of digits so, without a digit.
TEST(PackedLayout, BytesOfBase3GiveTheirDigitsOneByOne) {
  PackedLayout layout;
  layout.fieldBits = 2;
  layout.radix = 3;
  std::vector<int> taken(256);
  for (int64_t number = 0; number < 243; ++number) {
    int64_t byte = layout.byteOfNumber(number);
    ASSERT_LT(byte, 256);
    ASSERT_EQ(taken[byte]++, 0);
    ASSERT_EQ(byte * 243 / 256, number);
  }
  // Those 13 that stand for no number, too.
  for (int64_t byte = 0; byte < 256; ++byte) {
    int64_t number = byte * 243 / 256, rest = byte;
    for (int64_t place = 0; place < 5; ++place) {
      int64_t digit =
          number / layout.placeWeight(layout.getPlane(0), place) % 3;
      int64_t next = 3 * rest % 256;
      ASSERT_EQ(3 * rest - next, 256 * digit);
      rest = next;
    }
  }
}

TEST(PackedLayout, IntegersOfAnyTypeAreNumbers) {
  PackedLayout layout;
  EXPECT_EQ(layout.panelBytes(8), 2 * PackedLayout::vectorBytes);
  EXPECT_EQ(layout.paddedDepth(5), 8);
  EXPECT_EQ(layout.numBlocks(5U), 1);
}

TEST(PackedLayout, ShapesFollowFromPaddedDepth) {
  forEachLayout([](const PackedLayout &layout, int64_t, int64_t k) {
    // Without codes there is a header, but no block to pad.
    if (k == 0)
      return;
    IntegerIndex depth = layout.paddedDepth(k);
    ASSERT_EQ(layout.numPaddedBlocks(depth).value, layout.numBlocks(k));
    ASSERT_EQ(layout.paddedPanelBytes(depth).value, layout.panelBytes(k));
  });
}

TEST(PackedLayout, ShapesAreSumsOverBlocks) {
  forEachLayout([](const PackedLayout &layout, int64_t n, int64_t k) {
    int64_t blocks = 0, depth = 0;
    for (int64_t first = 0; first < k;) {
      int64_t length =
          layout.block == 0 ? k : std::min(layout.block, k - first);
      depth += (length + 3) / 4 * 4;
      first += length;
      ++blocks;
    }
    // Without blocks there is one header even where there is nothing to sum.
    if (layout.block == 0)
      blocks = 1;
    ASSERT_EQ(layout.numBlocks(k), blocks);
    ASSERT_EQ(layout.paddedDepth(k), depth);
    ASSERT_EQ(layout.panelBytes(k),
              blocks * layout.headerBytes() + depth / 4 * layout.lineBytes());
    // Planes fill their lines, and five rows a byte of base 3.
    ASSERT_EQ(layout.lineBytes() * (layout.radix == 3 ? 10 : 8),
              layout.panelRows() * 4 * layout.fieldBits);
    ASSERT_EQ(layout.headerBytes() % PackedLayout::vectorBytes, 0);
    ASSERT_GE(layout.numPanels(n) * layout.panelRows(), n);
    ASSERT_LT((layout.numPanels(n) - 1) * layout.panelRows(), n);
  });
}

TEST(PackedLayout, ExpressionsAgreeWithIntegers) {
  MLIRContext context;
  AffineExpr d0 = getAffineDimExpr(0, &context);
  AffineExpr d1 = getAffineDimExpr(1, &context);
  std::mt19937 random(1);
  auto draw = [&](int64_t end) {
    return std::uniform_int_distribution<int64_t>(0, end - 1)(random);
  };
  for (const PackedLayout &layout : getLayouts()) {
    PackedPlane plane = layout.getPlane(layout.numPlanes() - 1);
    PackedAddress<AffineExpr> code = layout.codeAddress(d0, d1, plane);
    PackedAddress<AffineExpr> term =
        layout.headerAddress(d0, d1, HeaderVector::Term, 1);
    PackedAddress<AffineExpr> offset =
        layout.headerAddress(d0, d1, HeaderVector::Offset);
    AffineMap map = AffineMap::get(
        2, 0,
        {code.panel, code.byte, code.place, term.panel, term.byte, term.place,
         offset.byte, layout.paddedPosition(d1), layout.paddedDepth(d1),
         layout.panelBytes(d1), layout.numBlocks(d1), layout.numLines(d1)},
        &context);
    for (int point = 0; point < 200; ++point) {
      // Small and large, to be at every edge and beyond 32 bits.
      int64_t end = point % 2 ? 300 : int64_t(1) << 40;
      IntegerIndex n = draw(end), k = draw(end);
      auto codeAt = layout.codeAddress(n, k, plane);
      auto termAt = layout.headerAddress(n, k, HeaderVector::Term, 1);
      auto offsetAt = layout.headerAddress(n, k, HeaderVector::Offset);
      SmallVector<int64_t> expected = {
          codeAt.panel.value,          codeAt.byte.value,
          codeAt.place.value,          termAt.panel.value,
          termAt.byte.value,           termAt.place.value,
          offsetAt.byte.value,         layout.paddedPosition(k).value,
          layout.paddedDepth(k.value), layout.panelBytes(k.value),
          layout.numBlocks(k.value),   layout.numLines(k).value};
      ASSERT_EQ(map.compose({n.value, k.value}), expected);
    }
  }
}
