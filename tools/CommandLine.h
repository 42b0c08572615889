//===- CommandLine.h - Options of tools -------------------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_TOOLS_COMMANDLINE_H
#define LOWBIT_TOOLS_COMMANDLINE_H

#include "llvm/ADT/StringRef.h"

namespace mlir::lowbit {

/// Parses the options that the program has registered. Prints, in one line, the
/// first thing that is wrong with them, and returns false, if anything is.
bool parseCommandLine(int argc, char **argv, llvm::StringRef overview);

} // namespace mlir::lowbit

#endif // LOWBIT_TOOLS_COMMANDLINE_H
