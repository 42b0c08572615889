//===- Target.h - Named instruction sets ------------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_CODEGEN_TARGET_H
#define LOWBIT_CODEGEN_TARGET_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace mlir {
class Operation;
} // namespace mlir

namespace mlir::lowbit {

/// An instruction set to generate code for.
struct Target {
  llvm::StringRef name;   ///< as given to --target
  llvm::StringRef triple; ///< LLVM target triple; empty: the host's
  llvm::ArrayRef<llvm::StringRef> features; ///< LLVM feature names
  /// The processor, as LLVM calls it, for which instructions are put in order;
  /// empty: LLVM's choice.
  llvm::StringRef tune = "";

  bool hasFeature(llvm::StringRef feature) const;

  /// Whether there are registers that LLVM allocates only where it optimizes.
  bool needsOptimizer() const;
};

/// All targets, the most capable first, `generic` last.
llvm::ArrayRef<Target> getTargets();

/// The target called `name`; for `host`, the first whose features this machine
/// has. Null if there is none.
const Target *lookupTarget(llvm::StringRef name);

/// The same, with an error at `op` that names the choices if there is none.
const Target *requireTarget(Operation *op, llvm::StringRef name);

/// The targets of a list such as `x86-avx512vnni,x86-avx2,generic`, the most
/// capable first. `x86` and `arm` stand for those of their architecture and
/// generic, of which all have its triple. An error names the choices if a name
/// is unknown, and what is wrong with targets that are given twice or are of
/// several architectures.
llvm::Expected<llvm::SmallVector<Target>> lookupTargets(llvm::StringRef names);

} // namespace mlir::lowbit

#endif // LOWBIT_CODEGEN_TARGET_H
