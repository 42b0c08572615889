//===- Contraction.h - Contractions as products of matrices -----*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_TRANSFORMS_CONTRACTION_H
#define LOWBIT_LIB_DIALECT_TRANSFORMS_CONTRACTION_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace mlir::lowbit {

/// A tensor and, for each of its dimensions, the loop that runs along it.
struct LoopTensor {
  Value value;
  SmallVector<unsigned> loops;

  /// The product of the extents along the loops of `group`.
  OpFoldResult getExtent(OpBuilder &builder, Location loc,
                         ArrayRef<unsigned> group) const;

  /// Whether the last dimension is one of `group`.
  bool isLast(ArrayRef<unsigned> group) const;

  /// Where the elements along the loops of `group` lie, the last loop being the
  /// fastest, in elements from the first; the shape is static.
  SmallVector<int64_t> getOffsets(ArrayRef<unsigned> group) const;

  /// The tensor with one dimension for each of `groups`, in this order; none
  /// for the first if that is empty.
  Value toOrder(OpBuilder &builder, Location loc,
                ArrayRef<ArrayRef<unsigned>> groups) const;

  /// The inverse, for another tensor that `toOrder` could have returned.
  Value fromOrder(OpBuilder &builder, Location loc, Value ordered,
                  ArrayRef<ArrayRef<unsigned>> groups) const;
};

/// `result += activations * weights` over loops that are a batch, rows M,
/// columns N or the depth K.
struct Contraction {
  LoopTensor activations, weights, result;
  SmallVector<unsigned> batch, m, n, k;

  /// The contraction of f32 or bf16 that `op` is, whose weights are its
  /// constant operand or the second one; otherwise sets `reason`.
  static FailureOr<Contraction> match(linalg::LinalgOp op, std::string &reason);

  /// Says which extents each loop has in common.
  void requireEqualExtents(OpBuilder &builder, Location loc) const;
};

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_DIALECT_TRANSFORMS_CONTRACTION_H
