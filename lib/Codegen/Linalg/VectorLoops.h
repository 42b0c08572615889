//===- VectorLoops.h - Loops of vectors -------------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_CODEGEN_LINALG_VECTORLOOPS_H
#define LOWBIT_LIB_CODEGEN_LINALG_VECTORLOOPS_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace mlir::lowbit {

/// Replaces `op`, on buffers, by loops around vectors as `planVectors` says.
/// Does nothing if there is no plan.
void lowerToVectorLoops(RewriterBase &rewriter, linalg::LinalgOp op);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_LINALG_VECTORLOOPS_H
