//===- PackFloats.h - Loops that lay out panels of reals --------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_CODEGEN_LEAVES_PACKFLOATS_H
#define LOWBIT_LIB_CODEGEN_LEAVES_PACKFLOATS_H

#include "lowbit/Dialect/IR/LowbitDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlir::lowbit {

/// Name of the leaf function for `op`.
std::string getPackFloatsName(PackFloatsOp op);

/// Fills the body of the leaf function.
void emitPackFloatsBody(func::FuncOp function, PackFloatsOp op);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_LEAVES_PACKFLOATS_H
