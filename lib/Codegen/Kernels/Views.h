//===- Views.h - What dot products take of weights --------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A register of weights holds fields of several rows in each byte. Its *views*
// are what the dot product takes instead of single fields, which would have to
// be cut out; the sums of the fields follow from those of the views, behind the
// loop.
//
// Nested views. A byte holds one field of each of F = 8 / bits rows. Masking
// all but its lowest bits * (f + 1) bits leaves the view f: the first f + 1
// fields, each still at its place. With U[f] the dot product of view f,
//
//   S[0] = U[0],   S[f] = (U[f] - U[f - 1]) >> (bits * f)
//
// are the sums of the fields, without a shift in the loop. Per register:
//
//   w    = load(weights)
//   v[f] = w & mask[f]                 F - 1 times; the last view is w
//   U[f] = dot(U[f], v[f], a)          F times, a: 4 codes in every lane
//
// The subtraction is exact modulo 2^32; the shift is exact while
// S[F - 1] << (bits * (F - 1)) fits in 32 bits, hence `getMaxLines`.
//
// Where the instruction takes narrower weights than bytes, a byte is cut into
// segments, w and w >> segmentBits, each with views of its own. All of them are
// masked then, to one field each, so that their products are small:
//
//   v[f] = w & mask[f],   S[f] = U[f] >> (bits * f)
//
// and a field of more segments than one is S = U[0] + (U[1] << segmentBits).
//
// Levels. Fields that stand for levels are looked up in a register, and the
// levels are bytes with one field each:
//
//   w[f] = table[(w >> bits * f) & mask[0]]
//
// Base 3. A byte x[0] is five digits in 256ths, so that 3 * x[0] is 256 times
// the first of them plus x[1], the byte of the other four. With X[i] the dot
// product of x[i],
//
//   x[i + 1] = x[i] + x[i] + x[i]      modulo 256, 5 times: 10 additions
//   X[i]     = dot(X[i], x[i], a)      6 times
//   S[i]     = (3 * X[i] - X[i + 1]) >> 8
//
// of which the shift is exact while S[i] << 8 fits in 32 bits. Where the
// instruction takes narrower weights, the digits are cut out; of bytes that are
// 128 lower and signed, which tripling leaves so:
//
//   d[i] = (x[i] > 85 - 128) + (x[i] > 170 - 128)
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_CODEGEN_KERNELS_VIEWS_H
#define LOWBIT_LIB_CODEGEN_KERNELS_VIEWS_H

#include "DotUnit.h"
#include "lowbit/Dialect/IR/LowbitDialect.h"
#include <memory>

namespace mlir::lowbit {

/// The views of the registers of one plane of a layout.
class Views {
public:
  virtual ~Views();

  /// Views of a register.
  virtual int64_t count() const = 0;

  /// The highest byte of a view.
  virtual int64_t getHighest() const = 0;

  /// Calls `use` with each view of a register, in order: bytes that the
  /// instruction takes. What uses a view stands before the next one, so that
  /// few are alive at a time.
  virtual void emit(OpBuilder &builder, Location loc, Value weights,
                    function_ref<void(Value)> use) const = 0;

  /// Whether a view is of whole bytes. Where the instruction takes signed
  /// weights, it is `kByteBias` lower.
  virtual bool isWhole(int64_t view) const = 0;

  /// The sums of the fields from those of the views, of 16 rows each.
  virtual SmallVector<Value> emitFields(OpBuilder &builder, Location loc,
                                        ValueRange sums) const = 0;

  /// The most lines for which `emitFields` is exact, modulo 2^32, for all 8-bit
  /// activations.
  virtual int64_t getMaxLines() const;

  /// Those for `plane` of `layout`.
  static std::unique_ptr<Views> create(const DotUnit &unit, LayoutAttr layout,
                                       PackedPlane plane);
};

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_KERNELS_VIEWS_H
