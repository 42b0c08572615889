//===- FlatLoops.h - Loops that are one -----------------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_CODEGEN_LINALG_FLATLOOPS_H
#define LOWBIT_LIB_CODEGEN_LINALG_FLATLOOPS_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace mlir::lowbit {

/// Whether an operand of `op` is known to have no elements. Such an extent does
/// not go together with others, known or unknown.
bool hasNoElements(linalg::LinalgOp op);

/// Merges runs of loops of one of `kinds` that all operands of `op` walk
/// through as one, which erases `op`. Does nothing where there are none, on
/// buffers that are not dense, and if the body asks for indices.
void flattenLoops(RewriterBase &rewriter, linalg::LinalgOp op,
                  ArrayRef<utils::IteratorType> kinds);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_LINALG_FLATLOOPS_H
