//===- Compile.h - Compiling a model before it is run -----------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Runs lowbit-compile, found beside this program, on a model in MLIR.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_TOOLS_RUN_COMPILE_H
#define LOWBIT_TOOLS_RUN_COMPILE_H

#include <string>
#include <vector>

namespace mlir::lowbit {

/// A fresh folder that is removed with all it holds.
class TemporaryFolder {
public:
  TemporaryFolder() = default;
  TemporaryFolder(const TemporaryFolder &) = delete;
  TemporaryFolder &operator=(const TemporaryFolder &) = delete;
  ~TemporaryFolder();

  /// False with `error` set.
  bool create(std::string &error);

  std::string path;
};

/// Compiles `model` with `options` to the file `sharedObject`. Returns the
/// exit code: 0, or that of the compiler, which has said why, or one with
/// `error` set.
int compileModel(const std::string &model,
                 const std::vector<std::string> &options,
                 const std::string &sharedObject, std::string &error);

} // namespace mlir::lowbit

#endif // LOWBIT_TOOLS_RUN_COMPILE_H
