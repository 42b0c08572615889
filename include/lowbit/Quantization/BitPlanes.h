//===- BitPlanes.h - Codes of -1, 0 and 1 as bits ---------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The two lowest bits of a code in two's complement are its mask m (whether it
// is not 0) and its sign s (whether it is negative):
//
//   code = m * (1 - 2 * s)
//
// A bit that all codes of a type share is not stored: bipolar codes have no
// mask (m = 1), unipolar ones no sign (s = 0), ternary ones have both. With
//
//   (1 - 2 * s) * (1 - 2 * t) = 1 - 2 * (s + t - 2 * s * t) = 1 - 2 * (s ^ t)
//
// a product is m * n * (1 - 2 * (s ^ t)), and a sum of products
//
//   sum a * w = popcount(m & n) - 2 * popcount(m & n & (s ^ t))
//
// whatever is stored of either side. Where both have a mask of 1, popcount(m &
// n) is their number; where one has, it is the sum of magnitudes of the other.
//
// A row of activations is a sequence of words of 32 codes, of each plane one
// after the other; the lowest bit of a word is that of its first code. Bits of
// padding are 0: they count neither in m & n, unless both sides are
// without a mask, nor in s ^ t.
//
// Source of the bipolar case: M. Rastegari et al., arXiv:1603.05279.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_QUANTIZATION_BITPLANES_H
#define LOWBIT_QUANTIZATION_BITPLANES_H

#include <cstdint>

namespace mlir::lowbit {

/// Which bits of codes are stored, the mask first.
struct BitPlanes {
  bool mask = false;
  bool sign = false;

  /// Those of the codes `lowest .. highest`, 0 being one of them or not; none
  /// if there are others than -1, 0 and 1.
  static constexpr BitPlanes forCodes(int64_t lowest, int64_t highest,
                                      bool hasZero) {
    if (lowest < -1 || highest > 1)
      return {};
    return {hasZero, lowest < 0};
  }

  constexpr int64_t count() const { return int64_t(mask) + int64_t(sign); }

  /// Codes in a word.
  static constexpr int64_t wordDepth = 32;
  /// Bytes of the words of `wordDepth` codes.
  constexpr int64_t wordBytes() const { return count() * wordDepth / 8; }
  /// Where a row holds the bit of `plane` (0 or 1) of the code at `position`:
  /// an IntegerIndex or an AffineExpr.
  template <typename Index> Index byteOf(Index position, int64_t plane) const {
    return position.floorDiv(wordDepth) * wordBytes() + plane * wordDepth / 8 +
           (position % wordDepth).floorDiv(8);
  }

  constexpr explicit operator bool() const { return mask || sign; }
  constexpr bool operator==(const BitPlanes &other) const {
    return mask == other.mask && sign == other.sign;
  }
};

} // namespace mlir::lowbit

#endif // LOWBIT_QUANTIZATION_BITPLANES_H
