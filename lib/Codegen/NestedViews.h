//===- NestedViews.h - Kernels of dot products of bytes -------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A byte holds one field of each of F = 8 / bits rows. Masking all but its
// lowest bits * (f + 1) bits leaves the view f: the first f + 1 fields, each
// still at its place. With U[f] the dot product of view f,
//
//   S[0] = U[0],   S[f] = (U[f] - U[f - 1]) >> (bits * f)
//
// are the sums of the fields, without a shift in the loop. Per register of a
// line:
//
//   w    = load(weights)
//   v[f] = w & mask[f]                 F - 1 times; the last view is w
//   U[f] = dot(U[f], v[f], a)          F times, a: 4 codes in every lane
//
// The subtraction is exact modulo 2^32; the shift is exact while
// S[F - 1] << (bits * (F - 1)) fits in 32 bits, hence `getMaxLines`.
//
// Where the instruction takes narrower weights than bytes, a byte is cut into
// segments, w and w >> segmentBits, each with views of its own; a field of more
// segments than one is their sum, S = U[0] + (U[1] << segmentBits).
//
// Fields that stand for levels are looked up in a register, and the levels are
// bytes with one field each:
//
//   w[f] = table[(w >> bits * f) & mask[0]]
//
// Where the instruction takes signed weights, whole bytes have 128 subtracted,
// and 128 * sum a is added in the end:
//
//   A = dot(A, 1, a)
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_CODEGEN_NESTEDVIEWS_H
#define LOWBIT_LIB_CODEGEN_NESTEDVIEWS_H

#include "lowbit/Codegen/MicroKernel.h"

namespace mlir::lowbit {

/// The registers that a dot product works on, and its operands.
struct DotUnit {
  StringRef feature;       ///< of the target, as LLVM calls it
  StringRef dot;           ///< intrinsic: sums, weights, codes -> sums
  StringRef shuffle;       ///< intrinsic: table, indices -> bytes
  int64_t registers;       ///< how many there are
  int64_t registerBytes;   ///< 16, 32 or 64
  int64_t segmentBits = 8; ///< of weights; 4 where products are narrow
  bool isUnsigned = true;  ///< whether weights are; codes are signed
  int64_t lines = 1;       ///< whose products a narrow sum can hold

  /// The registers for integer sums: half of all, together with narrow ones.
  int64_t getSums() const { return registers / (lines > 1 ? 4 : 2); }

  /// The registers of a line of weights.
  int64_t getParts() const { return PackedLayout::vectorBytes / registerBytes; }
};

/// What is subtracted from unsigned bytes where the instruction takes signed
/// ones.
inline constexpr int64_t kByteBias = 128;

/// The views of a layout.
struct Views {
  Views(LayoutAttr layout, DotUnit unit)
      : bits(layout.getLevels() ? 8 : layout.getFieldBits()),
        sources(layout.getLevels() ? layout.getPacked().rowsPerLane() : 1),
        segments(8 / unit.segmentBits),
        perSegment(std::max<int64_t>(1, unit.segmentBits / bits)) {}

  int64_t count() const { return sources * segments * perSegment; }

  int64_t bits;       ///< of a field in a source
  int64_t sources;    ///< bytes with fields: the weights, or levels
  int64_t segments;   ///< of a source
  int64_t perSegment; ///< views
};

/// An emitter for an instruction that, in each 32-bit lane, adds the products
/// of 4 weights and 4 activation codes.
class NestedViewsKernel : public MicroKernel {
public:
  NestedViewsKernel(StringRef name, const DotUnit &unit)
      : name(name), unit(unit) {}

  StringRef getName() const override { return name; }
  bool serves(const Target &target, LayoutAttr layout, MClass) const override {
    return target.hasFeature(unit.feature) && layout.getRadix() == 2 &&
           layout.getPacked().numPlanes() == 1 && !layout.getPacked().bits;
  }
  int64_t getTileRows(LayoutAttr layout, MClass mClass) const override;
  int64_t getMaxLines(LayoutAttr layout) const override;
  TileSums emitBlock(OpBuilder &builder, Location loc, LayoutAttr layout,
                     const BlockOperands &block) const override;

  const DotUnit &getUnit() const { return unit; }

  /// `sums` plus the products of the bytes `weights` and `codes`.
  virtual Value emitDot(OpBuilder &builder, Location loc, Value sums,
                        Value weights, Value codes) const {
    return emitIntrinsic(builder, loc, unit.dot, sums.getType(),
                         {sums, weights, codes});
  }

  /// `table[indices]`, for indices below 16 and 16 bytes repeated in `table`.
  Value emitShuffle(OpBuilder &builder, Location loc, Value table,
                    Value indices) const {
    return emitIntrinsic(builder, loc, unit.shuffle, table.getType(),
                         {table, indices});
  }

  /// Where a sum of products is narrower than a lane: zero of its type, else
  /// null.
  virtual Value emitNarrowZero(OpBuilder &builder, Location loc) const {
    return nullptr;
  }

  /// `sums` plus narrow sums.
  virtual Value emitWiden(OpBuilder &builder, Location loc, Value sums,
                          Value narrow) const {
    return narrow;
  }

protected:
  static Value emitIntrinsic(OpBuilder &builder, Location loc, StringRef name,
                             Type type, ValueRange operands);

private:
  const StringRef name;
  const DotUnit unit;
};

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_NESTEDVIEWS_H
