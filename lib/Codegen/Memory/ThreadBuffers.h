//===- ThreadBuffers.h - Buffers of parallel loops --------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_CODEGEN_MEMORY_THREADBUFFERS_H
#define LOWBIT_LIB_CODEGEN_MEMORY_THREADBUFFERS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlir::lowbit {

/// Moves the buffers of each outermost parallel loop in `function` to the stack
/// of its threads, as many as fit, the smallest first, and the others in front
/// of the loop, where they exist once for each iteration. Fails after an error
/// where the size of a buffer has no bound.
LogicalResult placeThreadBuffers(func::FuncOp function);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_MEMORY_THREADBUFFERS_H
