//===- PackedRows.h - Tables as rows of bytes -------------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The single source of truth for where a code of a packed table lies; see the
// attribute `#lowbit.row_layout`. The address functions are templates as those
// of PackedLayout are.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_QUANTIZATION_PACKEDROWS_H
#define LOWBIT_QUANTIZATION_PACKEDROWS_H

#include "lowbit/Quantization/PackedLayout.h"

namespace mlir::lowbit {

struct RowLayout {
  int64_t fieldBits = 8;
  int64_t codeOffset = 0;
  int64_t codeStep = 1;

  FieldPlanes getPlanes() const { return {fieldBits}; }
  /// Columns and bytes of a group, which holds whole bytes of every plane.
  int64_t groupColumns() const { return 8 / getPlanes().narrowestBits(); }
  int64_t groupBytes() const { return fieldBits / getPlanes().narrowestBits(); }
  /// Bytes of a row of `d` codes.
  int64_t rowBytes(int64_t d) const {
    return ceilDivide(d, groupColumns()) * groupBytes();
  }
  /// The byte of a row that holds the bits of `plane` of column `d`.
  template <typename Index>
  IndexType<Index> byteOf(Index d, PackedPlane plane) const {
    if (groupBytes() == 1)
      return d.floorDiv(groupColumns());
    return d.floorDiv(groupColumns()) * groupBytes() + plane.vector +
           (d % groupColumns()).floorDiv(8 / plane.bits);
  }
  /// The bit of this byte from which it does.
  template <typename Index>
  IndexType<Index> shiftOf(Index d, PackedPlane plane) const {
    return (d % (8 / plane.bits)) * plane.bits;
  }
};

/// Packs `v x d` codes (row-major, one signed or unsigned byte per code, as
/// `isUnsigned` says) into `packed`, which has `v * layout.rowBytes(d)` bytes
/// and is overwritten.
void packRows(const RowLayout &layout, const int8_t *codes, bool isUnsigned,
              int64_t v, int64_t d, uint8_t *packed);

} // namespace mlir::lowbit

#endif // LOWBIT_QUANTIZATION_PACKEDROWS_H
