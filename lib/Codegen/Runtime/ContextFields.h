//===- ContextFields.h - Reading the caller's context ---------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_CODEGEN_RUNTIME_CONTEXTFIELDS_H
#define LOWBIT_LIB_CODEGEN_RUNTIME_CONTEXTFIELDS_H

#include "lowbit-c/Model.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace mlir::lowbit {

/// The pointer at `offset` (offsetof a field) in the lowbit_context that
/// `context` points to.
inline Value loadContextPointer(OpBuilder &builder, Location loc, Value context,
                                size_t offset) {
  Type pointer = LLVM::LLVMPointerType::get(builder.getContext());
  Value address =
      LLVM::GEPOp::create(builder, loc, pointer, builder.getI8Type(), context,
                          ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(offset)});
  return LLVM::LoadOp::create(builder, loc, pointer, address);
}

/// Whether a function pointer of the context is set.
inline Value isSet(OpBuilder &builder, Location loc, Value pointer) {
  Value null = LLVM::ZeroOp::create(builder, loc, pointer.getType());
  return LLVM::ICmpOp::create(builder, loc, LLVM::ICmpPredicate::ne, pointer,
                              null);
}

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_RUNTIME_CONTEXTFIELDS_H
