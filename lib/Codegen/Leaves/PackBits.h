//===- PackBits.h - Loops that make bits of rows ---------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_CODEGEN_LEAVES_PACKBITS_H
#define LOWBIT_LIB_CODEGEN_LEAVES_PACKBITS_H

#include "lowbit/Dialect/IR/LowbitDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlir::lowbit {

/// Name of the leaf function for `op`, which packs `bits`.
std::string getPackBitsName(PackActivationsOp op);

/// Fills the body of the leaf function, whose arguments are the operands of
/// `op`.
void emitPackBitsBody(func::FuncOp function, PackActivationsOp op);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_LEAVES_PACKBITS_H
