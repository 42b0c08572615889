//===- TargetMachine.h - Code generator of a target -------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_COMPILER_TARGETMACHINE_H
#define LOWBIT_LIB_COMPILER_TARGETMACHINE_H

#include "lowbit/Compiler/Compiler.h"
#include "llvm/Support/Error.h"
#include "llvm/Target/TargetMachine.h"

namespace mlir::lowbit {

/// LLVM's code generator for `target`: its features and nothing else, no
/// contraction of float operations, position independent. `level` does not
/// change what the code computes.
llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
createTargetMachine(const Target &target, llvm::CodeGenOptLevel level);

/// What all targets have in common: their architecture. Functions name the
/// features that they need themselves.
inline Target getBaseTarget(const CompileOptions &options) {
  return {"generic", options.targets.front().triple, {}};
}

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_COMPILER_TARGETMACHINE_H
