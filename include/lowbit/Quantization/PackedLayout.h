//===- PackedLayout.h - Addresses inside packed weights ---------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The single source of truth for where a packed code, scale or column vector
// lies. The address functions are templates: with integers they pack and unpack
// at compile time, with affine expressions they become IR. The layout itself is
// described with the attribute `#lowbit.layout`.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_QUANTIZATION_PACKEDLAYOUT_H
#define LOWBIT_QUANTIZATION_PACKEDLAYOUT_H

#include <cstdint>
#include <type_traits>

namespace mlir::lowbit {

/// Quotient rounded up; `value` >= 0, `divisor` > 0.
constexpr int64_t ceilDivide(int64_t value, int64_t divisor) {
  return value / divisor + (value % divisor != 0);
}

/// The integer counterparts of the operators of AffineExpr, for indices >= 0.
struct IntegerIndex {
  int64_t value;
  IntegerIndex(int64_t value) : value(value) {}
  IntegerIndex operator+(IntegerIndex other) const {
    return value + other.value;
  }
  IntegerIndex operator+(int64_t other) const { return value + other; }
  IntegerIndex operator*(int64_t factor) const { return value * factor; }
  IntegerIndex operator%(int64_t divisor) const { return value % divisor; }
  IntegerIndex floorDiv(int64_t divisor) const { return value / divisor; }
};

/// `Index`, which is IntegerIndex or AffineExpr, but no integer type.
template <typename Index>
using IndexType = std::enable_if_t<!std::is_integral_v<Index>, Index>;

/// A position in packed weights: byte `byte` of panel `panel`, from bit
/// `shift`.
template <typename Index> struct PackedAddress {
  Index panel;
  Index byte;
  Index shift;
};

/// The vectors in the header of a block, in this order.
enum class HeaderVector { Scale, Term, Offset };

struct PackedLayout {
  static constexpr int64_t lanes = 16; ///< 32-bit lanes of a line
  static constexpr int64_t depth = 4;  ///< consecutive k in a lane
  static constexpr int64_t lineBytes = 64;

  int64_t fieldBits = 8;
  int64_t codeOffset = 0;
  int64_t codeStep = 1;
  int64_t block = 0;      ///< k per block, 0: one block for all of K
  int64_t scaleBytes = 0; ///< bytes per scale, 0: none
  int64_t terms = 0;      ///< i32 column vectors
  bool offset = false;    ///< whether there is an f32 column vector

  /// Fields in a byte, hence rows that share a lane.
  int64_t fieldsPerByte() const { return 8 / fieldBits; }
  int64_t panelRows() const { return lanes * fieldsPerByte(); }
  int64_t numPanels(int64_t n) const { return ceilDivide(n, panelRows()); }

  /// Bytes from the start of a block to vector `index` of kind `vector`.
  int64_t headerOffset(HeaderVector vector, int64_t index = 0) const {
    if (vector == HeaderVector::Scale)
      return 0;
    int64_t before = vector == HeaderVector::Term ? index : terms;
    return panelRows() * (scaleBytes + 4 * before);
  }
  int64_t headerBytes() const {
    int64_t bytes = panelRows() * (scaleBytes + 4 * (terms + offset));
    return ceilDivide(bytes, lineBytes) * lineBytes;
  }

  /// Lines of a block of `length` k.
  template <typename Index> static IndexType<Index> numLines(Index length) {
    return (length + (depth - 1)).floorDiv(depth);
  }
  /// Bytes of a full block, and k after padding it; `block` must not be 0.
  int64_t blockBytes() const {
    return headerBytes() + blockDepth() / depth * lineBytes;
  }
  int64_t blockDepth() const {
    return numLines<IntegerIndex>(block).value * depth;
  }

  /// Blocks along `k`. One for every K if the layout has no blocks.
  template <typename Index> IndexType<Index> numBlocks(Index k) const {
    return block == 0 ? k * 0 + 1 : (k + (block - 1)).floorDiv(block);
  }
  /// K after every block has been padded to whole lines: the length of a row of
  /// packed activations.
  template <typename Index> IndexType<Index> paddedDepth(Index k) const {
    if (block == 0)
      return numLines(k) * depth;
    return k.floorDiv(block) * blockDepth() + numLines(k % block) * depth;
  }
  /// Bytes of a panel: the extent of the second dimension of packed weights.
  template <typename Index> IndexType<Index> panelBytes(Index k) const {
    return numBlocks(k) * headerBytes() +
           paddedDepth(k).floorDiv(depth) * lineBytes;
  }
  /// Blocks and bytes of a panel, of `depth` k after padding.
  template <typename Index>
  IndexType<Index> numPaddedBlocks(Index depth) const {
    return block == 0 ? depth * 0 + 1
                      : (depth + (blockDepth() - 1)).floorDiv(blockDepth());
  }
  template <typename Index>
  IndexType<Index> paddedPanelBytes(Index depth) const {
    return numPaddedBlocks(depth) * headerBytes() + numLines(depth) * lineBytes;
  }
  int64_t numBlocks(int64_t k) const {
    return numBlocks(IntegerIndex(k)).value;
  }
  int64_t paddedDepth(int64_t k) const {
    return paddedDepth(IntegerIndex(k)).value;
  }
  int64_t panelBytes(int64_t k) const {
    return panelBytes(IntegerIndex(k)).value;
  }

  /// Where the code of row `n` at depth `k` lies.
  template <typename Index>
  PackedAddress<IndexType<Index>> codeAddress(Index n, Index k) const {
    Index row = n % panelRows();
    Index inBlock = block == 0 ? k : k % block;
    Index inPanel = inBlock.floorDiv(depth) * lineBytes +
                    (row % lanes) * depth + inBlock % depth + headerBytes();
    if (block != 0)
      inPanel = inPanel + k.floorDiv(block) * blockBytes();
    return {n.floorDiv(panelRows()), inPanel, row.floorDiv(lanes) * fieldBits};
  }

  /// Where the header value of row `n` for block `g` lies (`shift` is 0).
  template <typename Index>
  PackedAddress<IndexType<Index>> headerAddress(Index n, Index g,
                                                HeaderVector vector,
                                                int64_t index = 0) const {
    int64_t bytes = vector == HeaderVector::Scale ? scaleBytes : 4;
    Index inPanel = (n % panelRows()) * bytes + headerOffset(vector, index);
    if (block != 0)
      inPanel = inPanel + g * blockBytes();
    return {n.floorDiv(panelRows()), inPanel, n * 0};
  }

  /// Where depth `k` lies in a row of packed activations.
  template <typename Index> IndexType<Index> paddedPosition(Index k) const {
    if (block == 0)
      return k;
    return k.floorDiv(block) * blockDepth() + k % block;
  }
};

} // namespace mlir::lowbit

#endif // LOWBIT_QUANTIZATION_PACKEDLAYOUT_H
