//===- PackedRows.cpp - Tables as rows of bytes ---------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Quantization/PackedRows.h"

#include <cstring>

using namespace mlir::lowbit;

void mlir::lowbit::packRows(const RowLayout &layout, const int8_t *codes,
                            bool isUnsigned, int64_t v, int64_t d,
                            uint8_t *packed) {
  int64_t rowBytes = layout.rowBytes(d);
  std::memset(packed, 0, v * rowBytes);
  for (int64_t row = 0; row < v; ++row)
    for (IntegerIndex column(0); column.value < d; ++column.value) {
      int8_t stored = codes[row * d + column.value];
      int code = isUnsigned ? static_cast<uint8_t>(stored) : stored;
      unsigned field = (code + layout.codeOffset) / layout.codeStep;
      for (int64_t i = 0; i < layout.getPlanes().size(); ++i) {
        PackedPlane plane = layout.getPlanes()[i];
        unsigned bits = field >> plane.shift & ((1U << plane.bits) - 1);
        packed[row * rowBytes + layout.byteOf(column, plane).value] |=
            bits << layout.shiftOf(column, plane).value;
      }
    }
}
