//===- File.h - Whole files -------------------------------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reads a file at once, and writes one so that its name never stands for a part
// of its content.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_RUNTIME_FILE_H
#define LOWBIT_RUNTIME_FILE_H

#include <string>
#include <string_view>

namespace mlir::lowbit {

/// Reads the regular file at `path`. False with `error` set.
bool readFile(const std::string &path, std::string &content,
              std::string &error);

/// Writes `content` to a new file beside `path`, then renames it to `path`; to
/// a device or a pipe directly. False with `error` set; `path` is then as it
/// was and nothing lies beside it.
bool writeFile(const std::string &path, std::string_view content,
               std::string &error);

} // namespace mlir::lowbit

#endif // LOWBIT_RUNTIME_FILE_H
