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

void mlir::lowbit::packCodes(const PackedLayout &layout, const int8_t *codes,
                             bool isUnsigned, int64_t n, int64_t k,
                             uint8_t *packed) {
  int64_t panelBytes = layout.panelBytes(k);
  std::memset(packed, 0, layout.numPanels(n) * panelBytes);
  // Of each byte; a division for each code would take most of the time.
  std::array<uint8_t, 256> fields;
  for (int byte = 0; byte < 256; ++byte) {
    int code = isUnsigned ? byte : static_cast<int8_t>(byte);
    fields[byte] =
        static_cast<uint8_t>((code + layout.codeOffset) / layout.codeStep);
  }
  int64_t block = layout.block == 0 ? std::max<int64_t>(k, 1) : layout.block;
  for (int64_t row = 0; row < n; ++row) {
    const int8_t *source = codes + row * k;
    for (int64_t start = 0; start < k; start += block) {
      auto first = layout.codeAddress<IntegerIndex>(row, start);
      uint8_t *target =
          packed + first.panel.value * panelBytes + first.byte.value;
      int64_t length = std::min(block, k - start);
      for (int64_t i = 0; i < length; ++i) {
        uint8_t field = fields[static_cast<uint8_t>(source[start + i])];
        target[i / PackedLayout::depth * PackedLayout::lineBytes +
               i % PackedLayout::depth] |=
            static_cast<uint8_t>(field << first.shift.value);
      }
    }
  }
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
