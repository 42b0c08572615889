//===- Passes.h - Passes that generate kernels -------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_CODEGEN_PASSES_H
#define LOWBIT_CODEGEN_PASSES_H

#include "lowbit/Dialect/IR/LowbitDialect.h"
#include "mlir/Pass/Pass.h"

namespace mlir::lowbit {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lowbit/Codegen/Passes.h.inc"

} // namespace mlir::lowbit

#endif // LOWBIT_CODEGEN_PASSES_H
