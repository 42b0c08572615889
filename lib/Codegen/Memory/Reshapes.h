//===- Reshapes.h - Buffers with another shape ------------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_CODEGEN_MEMORY_RESHAPES_H
#define LOWBIT_LIB_CODEGEN_MEMORY_RESHAPES_H

#include "mlir/IR/Builders.h"

namespace mlir::lowbit {

/// The buffer that `value` is all the elements of, in their order, through
/// casts and reshapes that `undoReshapes` can undo; `value` if there are none.
Value getWholeBuffer(Value value);

/// `target`, of the type of `value`, with the type of `getWholeBuffer(value)`.
Value undoReshapes(OpBuilder &builder, Location loc, Value target, Value value);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_MEMORY_RESHAPES_H
