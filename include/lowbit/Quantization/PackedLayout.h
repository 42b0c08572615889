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

#include "lowbit/Quantization/BitPlanes.h"

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

/// A position in packed weights: byte `byte` of panel `panel`, and which of the
/// digits there.
template <typename Index> struct PackedAddress {
  Index panel;
  Index byte;
  Index place;
};

/// Bits of fields that lie together.
struct PackedPlane {
  int64_t bits;  ///< 1, 2, 4 or 8 of each field,
  int64_t shift; ///< from this bit on
  /// Where the plane begins, in what the narrowest one takes: a vector of a
  /// line.
  int64_t vector;
};

/// How fields of 1 to 8 bits are cut into planes: powers of two that add up to
/// their bits, from the widest, which has the lowest bits, to the narrowest.
struct FieldPlanes {
  int64_t fieldBits;

  int64_t narrowestBits() const { return fieldBits & -fieldBits; }
  int64_t size() const {
    int64_t count = 0;
    for (int64_t bits = fieldBits; bits != 0; bits &= bits - 1)
      ++count;
    return count;
  }
  PackedPlane operator[](int64_t index) const {
    PackedPlane plane = {0, 0, 0};
    for (int64_t bits = 8; index >= 0; bits /= 2) {
      if (!(fieldBits & bits))
        continue;
      plane.vector += plane.bits / narrowestBits();
      plane.shift += plane.bits;
      plane.bits = bits;
      --index;
    }
    return plane;
  }
};

/// The vectors in the header of a block, in this order.
enum class HeaderVector { Scale, Term, Offset };

struct PackedLayout {
  static constexpr int64_t lanes = 16;       ///< 32-bit lanes of a vector
  static constexpr int64_t depth = 4;        ///< bytes of a lane
  static constexpr int64_t vectorBytes = 64; ///< of one or more in a line

  /// The codes of a block that is not short.
  static constexpr int64_t minLongBlock = 64;

  int64_t fieldBits = 8; ///< 1 to 8; 2 in base 3
  int64_t codeOffset = 0;
  int64_t codeStep = 1;
  int64_t block = 0;      ///< k per block, 0: one block for all of K
  int64_t scaleBytes = 0; ///< bytes per scale, 0: none
  int64_t terms = 0;      ///< i32 column vectors
  bool offset = false;    ///< whether there is an f32 column vector
  int64_t radix = 2;      ///< 2, or 3: five digits of base 3 in a byte
  BitPlanes bits;         ///< if any, a lane has 32 k of one row

  /// Bytes of a line of a row of activations, in `planes` if there are any.
  static int64_t activationBytes(BitPlanes planes) {
    return planes ? planes.wordBytes() : depth;
  }

  /// Consecutive k of a line: a byte of each lane for one, or a bit.
  int64_t lineDepth() const { return bits ? 8 * depth : depth; }

  /// The field that stands for `code`: in bits, those of them that are stored.
  int64_t fieldOf(int64_t code) const {
    if (bits)
      return (code >> (bits.mask ? 0 : 1)) & highestField();
    return (code + codeOffset) / codeStep;
  }

  /// The largest field.
  int64_t highestField() const {
    return radix == 3 ? 2 : (int64_t(1) << fieldBits) - 1;
  }

  int64_t numPlanes() const {
    return bits ? bits.count() : FieldPlanes{fieldBits}.size();
  }
  PackedPlane getPlane(int64_t index) const {
    if (bits)
      return {1, index, index};
    return FieldPlanes{fieldBits}[index];
  }
  /// Digits of a plane in a byte.
  int64_t placesPerByte(PackedPlane plane) const {
    return radix == 3 ? 5 : 8 / plane.bits;
  }
  /// What a byte's number gains by a 1 at `place`: in base 2 digits begin with
  /// the lowest, in base 3 with the highest.
  int64_t placeWeight(PackedPlane plane, int64_t place) const {
    if (radix == 2)
      return int64_t(1) << (plane.bits * place);
    int64_t weight = 81;
    for (; place > 0; --place)
      weight /= 3;
    return weight;
  }
  /// The byte that stands for `number`. In base 3 it is the number's share of
  /// 243 in 256ths, rounded up: 3 * byte is then the first digit times 256 plus
  /// what stands for the other four.
  int64_t byteOfNumber(int64_t number) const {
    return radix == 3 ? ceilDivide(number * 256, 243) : number;
  }

  /// Rows that share a lane.
  int64_t rowsPerLane() const {
    return bits ? 1 : radix == 3 ? 5 : 8 / narrowestBits();
  }
  int64_t panelRows() const { return lanes * rowsPerLane(); }
  /// Whether blocks are whole lines, and so short that a column term would take
  /// more memory than the scale.
  bool hasShortBlocks() const {
    return block != 0 && block < minLongBlock && block % lineDepth() == 0;
  }
  int64_t numPanels(int64_t n) const { return ceilDivide(n, panelRows()); }

  /// Vectors and bytes of a line, which holds `lineDepth()` k of every row of a
  /// panel.
  int64_t lineVectors() const {
    return bits ? numPlanes() : radix == 3 ? 1 : fieldBits / narrowestBits();
  }
  int64_t lineBytes() const { return lineVectors() * vectorBytes; }

  /// Bytes from the start of a block to vector `index` of kind `vector`.
  int64_t headerOffset(HeaderVector vector, int64_t index = 0) const {
    if (vector == HeaderVector::Scale)
      return 0;
    int64_t before = vector == HeaderVector::Term ? index : terms;
    return panelRows() * (scaleBytes + 4 * before);
  }
  int64_t headerBytes() const {
    int64_t bytes = panelRows() * (scaleBytes + 4 * (terms + offset));
    return ceilDivide(bytes, vectorBytes) * vectorBytes;
  }

  /// Lines of a block of `length` k.
  template <typename Index> IndexType<Index> numLines(Index length) const {
    return (length + (lineDepth() - 1)).floorDiv(lineDepth());
  }
  /// Bytes of a full block, and k after padding it; `block` must not be 0.
  int64_t blockBytes() const {
    return headerBytes() + blockDepth() / lineDepth() * lineBytes();
  }
  int64_t blockDepth() const {
    return numLines<IntegerIndex>(block).value * lineDepth();
  }

  /// Blocks along `k`. One for every K if the layout has no blocks.
  template <typename Index> IndexType<Index> numBlocks(Index k) const {
    return block == 0 ? k * 0 + 1 : (k + (block - 1)).floorDiv(block);
  }
  /// K after every block has been padded to whole lines: the codes in a row of
  /// packed activations.
  template <typename Index> IndexType<Index> paddedDepth(Index k) const {
    if (block == 0)
      return numLines(k) * lineDepth();
    return k.floorDiv(block) * blockDepth() + numLines(k % block) * lineDepth();
  }
  /// Bytes of a panel: the extent of the second dimension of packed weights.
  template <typename Index> IndexType<Index> panelBytes(Index k) const {
    return numBlocks(k) * headerBytes() +
           paddedDepth(k).floorDiv(lineDepth()) * lineBytes();
  }
  /// Blocks and bytes of a panel, of `depth` k after padding.
  template <typename Index>
  IndexType<Index> numPaddedBlocks(Index depth) const {
    return block == 0 ? depth * 0 + 1
                      : (depth + (blockDepth() - 1)).floorDiv(blockDepth());
  }
  template <typename Index>
  IndexType<Index> paddedPanelBytes(Index depth) const {
    return numPaddedBlocks(depth) * headerBytes() +
           numLines(depth) * lineBytes();
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

  /// Where the bits of `plane` lie of the code of row `n` at depth `k`.
  template <typename Index>
  PackedAddress<IndexType<Index>> codeAddress(Index n, Index k,
                                              PackedPlane plane) const {
    Index row = n % panelRows();
    Index place = row.floorDiv(lanes);
    Index inBlock = block == 0 ? k : k % block;
    Index inLane = inBlock % depth;
    if (bits) {
      inLane = (inBlock % lineDepth()).floorDiv(8);
      place = inBlock % 8;
    }
    Index inPanel = inBlock.floorDiv(lineDepth()) * lineBytes() +
                    (row % lanes) * depth + inLane +
                    (headerBytes() + plane.vector * vectorBytes);
    int64_t places = placesPerByte(plane);
    if (!bits && places != rowsPerLane()) {
      inPanel = inPanel + place.floorDiv(places) * vectorBytes;
      place = place % places;
    }
    if (block != 0)
      inPanel = inPanel + k.floorDiv(block) * blockBytes();
    return {n.floorDiv(panelRows()), inPanel, place};
  }

  /// Where the header value of row `n` for block `g` lies (`place` is 0).
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

  /// Bytes of a row of packed activations: codes, or the planes in `bits`.
  template <typename Index> IndexType<Index> rowBytes(Index k) const {
    Index codes = paddedDepth(k);
    return bits ? codes.floorDiv(bits.wordDepth) * bits.wordBytes() : codes;
  }
  int64_t rowBytes(int64_t k) const { return rowBytes(IntegerIndex(k)).value; }

  /// Which of the codes in a row of packed activations depth `k` is.
  template <typename Index> IndexType<Index> paddedPosition(Index k) const {
    if (block == 0)
      return k;
    return k.floorDiv(block) * blockDepth() + k % block;
  }

private:
  int64_t narrowestBits() const {
    return FieldPlanes{fieldBits}.narrowestBits();
  }
};

} // namespace mlir::lowbit

#endif // LOWBIT_QUANTIZATION_PACKEDLAYOUT_H
