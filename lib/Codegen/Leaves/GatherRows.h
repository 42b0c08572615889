//===- GatherRows.h - Loops that read rows of packed tables ---------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_CODEGEN_LEAVES_GATHERROWS_H
#define LOWBIT_LIB_CODEGEN_LEAVES_GATHERROWS_H

#include "lowbit/Dialect/IR/LowbitDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlir::lowbit {

/// Name of the leaf function for `op`.
std::string getGatherRowsName(PackedGatherOp op);

/// Fills the body of the leaf function.
void emitGatherRowsBody(func::FuncOp function, PackedGatherOp op);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_LEAVES_GATHERROWS_H
