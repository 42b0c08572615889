//===- LineLoop.h - Dot products of lines of weights ----------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_CODEGEN_KERNELS_LINELOOP_H
#define LOWBIT_LIB_CODEGEN_KERNELS_LINELOOP_H

#include "DotKernel.h"

namespace mlir::lowbit {

/// Some views of a register of each line of weights, or of what takes the place
/// of two registers of two lines.
struct LinePart {
  const Views *views;
  int64_t panel;     ///< of the tile
  int64_t vector;    ///< of the line
  int64_t part;      ///< register of the vector, or of two of them
  int64_t firstView; ///< of those that are taken
  int64_t numViews;
};

/// A pass over the lines of a block.
struct LinePass {
  ArrayRef<LinePart> parts; ///< what it takes of each line
  bool sumsCodes;           ///< whether codes themselves are added up, too
  int64_t dots;             ///< dot products of a line in all passes
};

/// Emits the loop over the lines of a block for a pass. Returns the sums of
/// row, or of two rows, part and view, row-major, those of ones last; then the
/// sums of the codes of each row.
SmallVector<Value> emitLineLoop(OpBuilder &builder, Location loc,
                                const DotKernel &kernel, LayoutAttr layout,
                                const BlockOperands &block,
                                const LinePass &pass);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_KERNELS_LINELOOP_H
