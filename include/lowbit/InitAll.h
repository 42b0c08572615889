//===- InitAll.h - The one list of everything -----------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_INITALL_H
#define LOWBIT_INITALL_H

#include "mlir/IR/DialectRegistry.h"

namespace mlir::lowbit {

/// The lowbit dialect, the upstream dialects it is used with, and all their
/// interface implementations.
void registerAllDialects(DialectRegistry &registry);

/// Every pass and pipeline of the project.
void registerAllPasses();

} // namespace mlir::lowbit

#endif // LOWBIT_INITALL_H
