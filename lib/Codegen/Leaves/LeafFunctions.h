//===- LeafFunctions.h - Bodies of leaf functions ---------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A packed op on buffers is a call of a leaf function, whose arguments are the
// operands of the op. Ops share a function if the names that they give are the
// same.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_CODEGEN_LEAVES_LEAFFUNCTIONS_H
#define LOWBIT_LIB_CODEGEN_LEAVES_LEAFFUNCTIONS_H

#include "lowbit/Dialect/IR/LowbitDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlir::lowbit {

/// The name of the leaf function for `op`.
std::string getLeafName(PackActivationsOp op);
std::string getLeafName(PackCodesOp op);
std::string getLeafName(PackFloatsOp op);
std::string getLeafName(PackedGatherOp op);

/// Fills the body of the leaf function for `op`.
void emitLeafBody(func::FuncOp function, PackActivationsOp op);
void emitLeafBody(func::FuncOp function, PackCodesOp op);
void emitLeafBody(func::FuncOp function, PackFloatsOp op);
void emitLeafBody(func::FuncOp function, PackedGatherOp op);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_LEAVES_LEAFFUNCTIONS_H
