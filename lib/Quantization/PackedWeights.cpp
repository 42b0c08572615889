//===- PackedWeights.cpp - Weights as bytes -------------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Quantization/PackedWeights.h"

#include <algorithm>
#include <array>
#include <cstring>

using namespace mlir::lowbit;

/// What a code of each byte adds to the number in its place of `plane`. A
/// division for each code would take most of the time.
static std::array<uint8_t, 256> getContributions(const PackedLayout &layout,
                                                 bool isUnsigned,
                                                 PackedPlane plane,
                                                 int64_t place) {
  std::array<uint8_t, 256> contributions;
  int64_t mask = (int64_t(1) << plane.bits) - 1;
  for (int byte = 0; byte < 256; ++byte) {
    int code = isUnsigned ? byte : static_cast<int8_t>(byte);
    int64_t field = layout.fieldOf(code);
    contributions[byte] = static_cast<uint8_t>(
        (field >> plane.shift & mask) * layout.placeWeight(plane, place));
  }
  return contributions;
}

/// Adds the bits of `plane` of one row to the numbers in `packed`.
static void packPlane(const PackedLayout &layout, PackedPlane plane,
                      const int8_t *source, bool isUnsigned, int64_t row,
                      int64_t k, uint8_t *packed) {
  int64_t block = layout.block == 0 ? std::max<int64_t>(k, 1) : layout.block;
  int64_t lineBytes = layout.lineBytes();
  int64_t place = layout.codeAddress<IntegerIndex>(row, 0, plane).place.value;
  auto contributions = getContributions(layout, isUnsigned, plane, place);
  for (int64_t start = 0; start < k; start += block) {
    auto first = layout.codeAddress<IntegerIndex>(row, start, plane);
    uint8_t *target =
        packed + first.panel.value * layout.panelBytes(k) + first.byte.value;
    int64_t length = std::min(block, k - start);
    for (int64_t i = 0; i < length; ++i)
      target[i / PackedLayout::depth * lineBytes + i % PackedLayout::depth] +=
          contributions[static_cast<uint8_t>(source[start + i])];
  }
}

/// Sets the bits of `plane` of one row, which lie along k.
static void packBits(const PackedLayout &layout, PackedPlane plane,
                     const int8_t *source, int64_t row, int64_t k,
                     uint8_t *packed) {
  auto *panel = packed + row / layout.panelRows() * layout.panelBytes(k);
  for (int64_t i = 0; i < k; ++i) {
    auto at = layout.codeAddress<IntegerIndex>(row, i, plane);
    panel[at.byte.value] |= static_cast<uint8_t>(
        (layout.fieldOf(source[i]) >> plane.shift & 1) << at.place.value);
  }
}

void mlir::lowbit::packCodes(const PackedLayout &layout, const int8_t *codes,
                             bool isUnsigned, int64_t n, int64_t k,
                             uint8_t *packed) {
  int64_t size = layout.numPanels(n) * layout.panelBytes(k);
  std::memset(packed, 0, size);
  for (int64_t row = 0; row < n; ++row)
    for (int64_t i = 0; i < layout.numPlanes(); ++i) {
      if (layout.bits)
        packBits(layout, layout.getPlane(i), codes + row * k, row, k, packed);
      else
        packPlane(layout, layout.getPlane(i), codes + row * k, isUnsigned, row,
                  k, packed);
    }
  if (layout.radix == 2) // whose numbers are bytes
    return;
  // Zero stands for itself, so that headers, which are still empty, stay so.
  std::transform(packed, packed + size, packed, [&](uint8_t number) {
    return static_cast<uint8_t>(layout.byteOfNumber(number));
  });
}

void mlir::lowbit::packHeader(const PackedLayout &layout, HeaderVector vector,
                              int64_t index, const HeaderValues &values,
                              int64_t n, int64_t k, uint8_t *packed) {
  int64_t panelBytes = layout.panelBytes(k);
  for (int64_t row = 0; row < n; ++row)
    for (int64_t g = 0; g < layout.numBlocks(k); ++g) {
      auto address = layout.headerAddress<IntegerIndex>(row, g, vector, index);
      int64_t element =
          row / values.rowsPerValue * values.rowStride + g * values.blockStride;
      std::memcpy(packed + address.panel.value * panelBytes +
                      address.byte.value,
                  values.data + element * values.bytes, values.bytes);
    }
}
