//===- Target.h - Named instruction sets ------------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_CODEGEN_TARGET_H
#define LOWBIT_CODEGEN_TARGET_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

namespace mlir::lowbit {

/// An instruction set to generate code for.
struct Target {
  llvm::StringRef name;   ///< as given to --target
  llvm::StringRef triple; ///< LLVM target triple; empty: the host's
  llvm::ArrayRef<llvm::StringRef> features; ///< LLVM feature names

  bool hasFeature(llvm::StringRef feature) const;
};

/// All targets, the most capable first, `generic` last.
llvm::ArrayRef<Target> getTargets();

/// The target called `name`; for `host`, the first whose features this machine
/// has. Null if there is none.
const Target *lookupTarget(llvm::StringRef name);

} // namespace mlir::lowbit

#endif // LOWBIT_CODEGEN_TARGET_H
