//===- RowChain.h - Ops that need no other row ------------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_CODEGEN_TILING_ROWCHAIN_H
#define LOWBIT_LIB_CODEGEN_TILING_ROWCHAIN_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace mlir::lowbit {

/// Rows along one or more leading dimensions: offsets and sizes.
struct RowTile {
  SmallVector<OpFoldResult> offsets, sizes;
};

/// The loops of `op` that are the first `rank` dimensions of each of its
/// results, if these are computed row by row: every loop is a dimension of one
/// operand, so that each element of that is read once.
std::optional<SmallVector<unsigned>> getRowLoops(linalg::LinalgOp op,
                                                 unsigned rank);

/// Whether a row of the results of the owner of `operand`, of `rank` leading
/// dimensions, needs the same row of `operand`, and no other.
bool hasRows(OpOperand &operand, unsigned rank);

/// The linalg ops before `last` that can be computed row by row with it, each
/// after those that read it: a row of their results has at most
/// `maxRowBytes`, as far as is known, and is read by `last` and the others
/// only, or, of elementwise ops, after `last`, too.
SmallVector<linalg::LinalgOp> collectRowChain(DestinationStyleOpInterface last,
                                              unsigned rank,
                                              int64_t maxRowBytes);

/// Computes the rows `tile` of `op`, and returns the rows of its results.
FailureOr<SmallVector<Value>> tileRows(RewriterBase &rewriter,
                                       DestinationStyleOpInterface op,
                                       const RowTile &tile);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_TILING_ROWCHAIN_H
