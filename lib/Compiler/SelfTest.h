//===- SelfTest.h - A model that tries kernels ------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_COMPILER_SELFTEST_H
#define LOWBIT_LIB_COMPILER_SELFTEST_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace mlir::lowbit {

/// A model called `name` without inputs whose outputs are small products, each
/// of constants of its own: one for each layout, whatever its levels are, and
/// class of M of the products in `module`, which is in stage `packed`. Null if
/// that has none.
OwningOpRef<ModuleOp> makeSelfTest(ModuleOp module, StringRef name);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_COMPILER_SELFTEST_H
