//===- LineLoop.h - Dot products of lines of weights ----------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_CODEGEN_LINELOOP_H
#define LOWBIT_LIB_CODEGEN_LINELOOP_H

#include "NestedViews.h"

namespace mlir::lowbit {

/// Emits the loop over the lines of a block for `parts` registers of each line,
/// from `firstPart` on. Returns the sums of row, view and part, row-major;
/// then, with the first part and where the instruction takes signed weights,
/// the sum of the codes of each row.
SmallVector<Value> emitLineLoop(OpBuilder &builder, Location loc,
                                const NestedViewsKernel &kernel,
                                LayoutAttr layout, const BlockOperands &block,
                                int64_t firstPart, int64_t parts);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_LINELOOP_H
