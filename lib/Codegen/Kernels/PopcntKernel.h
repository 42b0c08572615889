//===- PopcntKernel.h - Kernels that count bits -----------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Both sides are bits, see BitPlanes.h: m, n are their masks and s, t their
// signs. A line has 32 k of 16 rows, each in a 32-bit lane. For a row of
// activations and a line of weights, without what is not stored:
//
//   m, s = broadcast(words of 32 k)
//   n, t = load(weights)
//   N   += popcount(m & n)              where the weights have masks
//   X   += popcount(m & n & (s ^ t))    where one side has signs
//
// and in the end N - 2 * X. N is the same for all rows of activations without a
// mask, and is added up once.
//
// Where counting takes many instructions, bits of 8 lines are first added up in
// three planes of ones, twos and fours by full adders, of two operations for
// the sum and three for the carry, and only what they carry is counted:
//
//   ones, c0 = ones + x0 + x1     c1 from x2, x3   c2, c3 likewise
//   twos, d0 = twos + c0 + c1     d1 from c2, c3
//   fours, e = fours + d0 + d1
//   N       += popcount(e)
//
// and in the end 8 * N + 4 * popcount(fours) + 2 * popcount(twos) +
// popcount(ones).
//
// Where one instruction counts and another is any function of three bits, each
// side has one plane, and two lines are added up: an adder does what xor did.
//
//   t    = ones ^ (s0 ^ t0)             one function, as is the next
//   sum  = t ^ (s1 ^ t1)
//   N   += popcount(t ? ~sum : ones)    the carry: x1 is t ^ sum
//   ones = sum
//
// Source of the adders: W. Mula, N. Kurz, D. Lemire, "Faster Population Counts
// Using AVX2 Instructions", arXiv:1611.07612.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_CODEGEN_KERNELS_POPCNTKERNEL_H
#define LOWBIT_LIB_CODEGEN_KERNELS_POPCNTKERNEL_H

#include "lowbit/Codegen/MicroKernel.h"
#include <limits>

namespace mlir::lowbit {

/// How an instruction set counts bits.
struct CountUnit {
  StringRef feature; ///< of the target, as LLVM calls it; empty: none
  int64_t bits;      ///< that are counted together: 8, or the 32 of a lane
  int64_t rows;      ///< of activations whose counts are added up at once
  int64_t registerBytes = PackedLayout::vectorBytes;
  int64_t adderPlanes = 0; ///< to which bits are added before they are counted
  StringRef ternaryLogic;  ///< intrinsic: three words, table -> words

  /// The planes of an adder for products with `rows` of activations. Where one
  /// instruction counts, an adder is worth it if it does what xor did; a row
  /// alone would wait for its own sums.
  int64_t getAdderPlanes(bool arePairs, int64_t rows) const {
    return bits < 32 || (arePairs && rows > 1) ? adderPlanes : 0;
  }

  /// The most lines whose counts such a sum can hold.
  int64_t getMaxLines() const {
    if (bits == 32)
      return std::numeric_limits<int64_t>::max();
    return (std::numeric_limits<uint8_t>::max() / bits) << adderPlanes;
  }
};

class PopcntKernel : public MicroKernel {
public:
  PopcntKernel(StringRef name, const CountUnit &unit)
      : name(name), unit(unit) {}

  StringRef getName() const override { return name; }
  bool serves(const Target &target, LayoutAttr layout, MClass) const override {
    return layout.getPacked().bits &&
           (unit.feature.empty() || target.hasFeature(unit.feature));
  }
  int64_t getTileRows(LayoutAttr, MClass mClass) const override {
    return mClass == MClass::One ? 1 : unit.rows;
  }
  int64_t getMaxLines(LayoutAttr) const override { return unit.getMaxLines(); }
  TileSums emitBlock(OpBuilder &builder, Location loc, LayoutAttr layout,
                     const BlockOperands &block) const override;

private:
  const StringRef name;
  const CountUnit unit;
};

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_KERNELS_POPCNTKERNEL_H
