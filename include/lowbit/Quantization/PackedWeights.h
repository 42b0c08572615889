//===- PackedWeights.h - Weights as bytes ---------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_QUANTIZATION_PACKEDWEIGHTS_H
#define LOWBIT_QUANTIZATION_PACKEDWEIGHTS_H

#include "lowbit/Quantization/PackedLayout.h"

#include <cstdint>

namespace mlir::lowbit {

/// An `N x G` vector per row and block, read at `data[row / rowsPerValue *
/// rowStride + block * blockStride]` elements of `bytes` bytes.
struct HeaderValues {
  const uint8_t *data = nullptr;
  int64_t bytes = 4;
  int64_t rowsPerValue = 1;
  int64_t rowStride = 0;
  int64_t blockStride = 0;
};

/// Packs `n x k` codes (row-major, one signed or unsigned byte per code, as
/// `isUnsigned` says) into `packed`, which has
/// `layout.numPanels(n) * layout.panelBytes(k)` bytes and is overwritten.
/// Padding is zero.
void packCodes(const PackedLayout &layout, const int8_t *codes, bool isUnsigned,
               int64_t n, int64_t k, uint8_t *packed);

/// Writes one header vector of every block.
void packHeader(const PackedLayout &layout, HeaderVector vector, int64_t index,
                const HeaderValues &values, int64_t n, int64_t k,
                uint8_t *packed);

} // namespace mlir::lowbit

#endif // LOWBIT_QUANTIZATION_PACKEDWEIGHTS_H
