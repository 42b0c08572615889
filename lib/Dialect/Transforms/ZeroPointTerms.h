//===- ZeroPointTerms.h - Matrices that replace zero points -----*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The matrices that replace zero points, each a constant where all that it
// depends on is constant and otherwise computed by `lowbit.row_sums` and one
// elementwise op.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_TRANSFORMS_ZEROPOINTTERMS_H
#define LOWBIT_LIB_DIALECT_TRANSFORMS_ZEROPOINTTERMS_H

#include "lowbit/Dialect/IR/LowbitDialect.h"
#include "mlir/IR/PatternMatch.h"

namespace mlir::lowbit {

/// A matrix with a value per row and block, where an extent of 1 spans all and
/// each row stands for `rowBlock` rows (0: for one).
struct Parameters {
  Value value;
  int64_t rowBlock = 0;

  /// Where the value for (row, block) lies, row-major.
  int64_t getIndex(int64_t row, int64_t block) const;
  /// The same, as an indexing map of an op whose loops are rows and blocks.
  AffineMap getMap() const;
};

using ElementBody = function_ref<Value(OpBuilder &, Location, ValueRange)>;

/// A `linalg.generic` over the elements of the matrix `output`, whose body gets
/// the elements of the inputs and then that of `output`.
Value createElementwise(OpBuilder &builder, Location location,
                        ValueRange inputs, ArrayRef<AffineMap> maps,
                        Value output, ElementBody body);

/// Whether `value` is a constant zero everywhere.
bool isConstantZero(Value value);

/// How the columns of `codes` are cut: every `block`, 0 meaning not at all.
struct Blocks {
  Value codes;
  int64_t block = 0;
};

/// The sums of constant codes, or of their levels, in each row and block,
/// row-major, if they can be read.
std::optional<SmallVector<int64_t>> getConstantSums(Blocks blocks);

/// The sums of the codes in each row and block.
Value createSums(RewriterBase &rewriter, Location location, Blocks blocks);

/// `sums - K_g * zero_point`: the sums of `code - zero_point`, where K_g is the
/// length of a block; negated if so asked. A missing zero point is 0. `rows`
/// may be larger than those of `sums` where these have a `rowBlock`.
Value createShiftedSums(RewriterBase &rewriter, Location location,
                        Parameters sums, Parameters zeroPoint, Blocks blocks,
                        OpFoldResult rows, bool negate);

/// `f32(-(scale * zero_point))` for `rows` rows.
Value createOffsets(RewriterBase &rewriter, Location location, Parameters scale,
                    Parameters zeroPoint, OpFoldResult rows);

/// `f32(zero_point)` for `rows` rows; null if there is none or all are 0.
Value createZeroPointColumn(RewriterBase &rewriter, Location location,
                            Parameters zeroPoint, OpFoldResult rows);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_DIALECT_TRANSFORMS_ZEROPOINTTERMS_H
