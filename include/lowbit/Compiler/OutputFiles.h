//===- OutputFiles.h - Files that appear whole or not at all --*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_COMPILER_OUTPUTFILES_H
#define LOWBIT_COMPILER_OUTPUTFILES_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <string>

namespace mlir::lowbit {

/// The files that a tool writes. Each is made beside its final name; all get
/// their names when all are complete. What is left of a failure or a signal is
/// removed.
class OutputFiles {
public:
  OutputFiles() = default;
  OutputFiles(const OutputFiles &) = delete;
  OutputFiles &operator=(const OutputFiles &) = delete;
  ~OutputFiles();

  /// A file with these bytes that is to become `path`. Devices, and the
  /// standard output if `path` is "-", are written at once.
  llvm::Error write(llvm::StringRef path, llvm::StringRef bytes);

  /// Gives all files their names, the first one last.
  llvm::Error commit();

private:
  /// The name of a new, empty file that is to become `path`.
  llvm::Expected<std::string> create(llvm::StringRef path);

  struct File {
    std::string temporary, path;
  };
  llvm::SmallVector<File> files;
};

/// A file in the folder for temporary files, for as long as this lives.
class TemporaryFile {
public:
  TemporaryFile() = default;
  TemporaryFile(const TemporaryFile &) = delete;
  TemporaryFile &operator=(const TemporaryFile &) = delete;
  ~TemporaryFile();

  /// Makes the file. To be called once.
  llvm::Error create(llvm::StringRef suffix, llvm::StringRef bytes);

  /// Its name; empty if there is none.
  llvm::StringRef getPath() const { return path; }

private:
  std::string path;
};

/// Replaces the contents of the file `path` by `bytes`. The error names the
/// file and the reason, such as a full disk.
llvm::Error writeFile(llvm::StringRef path, llvm::StringRef bytes);

} // namespace mlir::lowbit

#endif // LOWBIT_COMPILER_OUTPUTFILES_H
