//===- TransposeTiles.h - Transposes in registers ---------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_CODEGEN_LINALG_TRANSPOSETILES_H
#define LOWBIT_LIB_CODEGEN_LINALG_TRANSPOSETILES_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace mlir::lowbit {

/// Replaces `op`, on buffers, by loops over tiles of 16 x 16 elements that are
/// transposed in registers, and copies of what is left at the edges. Does
/// nothing and returns failure unless `op` copies elements to where the last
/// dimension is another one.
LogicalResult lowerToTransposeTiles(RewriterBase &rewriter,
                                    linalg::LinalgOp op);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_LINALG_TRANSPOSETILES_H
