//===- ExtentChecks.h - Extents that must agree -----------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_CODEGEN_MEMORY_EXTENTCHECKS_H
#define LOWBIT_LIB_CODEGEN_MEMORY_EXTENTCHECKS_H

#include "BufferSizes.h"

namespace mlir::lowbit {

/// Emits whether the extents of the inputs fit one another: what the linalg
/// ops, copies and packed ops of `function` take for granted when they read and
/// write buffers of dynamic shape. Extents that do not follow from the inputs'
/// are left out, but for those of packed ops they are an error. The result is
/// an i1, or null where nothing is to be checked.
FailureOr<Value> emitExtentChecks(Operation *function, SizeCloner &cloner,
                                  OpBuilder &builder);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_MEMORY_EXTENTCHECKS_H
