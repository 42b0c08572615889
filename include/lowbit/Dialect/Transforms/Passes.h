//===- Passes.h - Passes that stay in the dialect -------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_TRANSFORMS_PASSES_H
#define LOWBIT_DIALECT_TRANSFORMS_PASSES_H

#include "lowbit/Dialect/IR/LowbitDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace mlir::lowbit {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lowbit/Dialect/Transforms/Passes.h.inc"

} // namespace mlir::lowbit

#endif // LOWBIT_DIALECT_TRANSFORMS_PASSES_H
