//===- PackActivations.h - Loops that quantize rows -----------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_CODEGEN_LEAVES_PACKACTIVATIONS_H
#define LOWBIT_LIB_CODEGEN_LEAVES_PACKACTIVATIONS_H

#include "lowbit/Dialect/IR/LowbitDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlir::lowbit {

/// Name of the leaf function for `op`.
std::string getPackActivationsName(PackActivationsOp op);

/// Fills the body of the leaf function.
void emitPackActivationsBody(func::FuncOp function, PackActivationsOp op);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_LEAVES_PACKACTIVATIONS_H
