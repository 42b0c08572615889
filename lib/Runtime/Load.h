//===- Load.h - Loading of compiled models ----------------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The two parts of a loaded model: the shared object with its code and
// description, and its weights. Each is checked before anything of it is run.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_RUNTIME_LOAD_H
#define LOWBIT_RUNTIME_LOAD_H

#include "Memory.h"

#include "lowbit-c/Model.h"

#include <string>

namespace mlir::lowbit {

/// What a call came to, and why.
struct Result {
  lowbit_status status = LOWBIT_OK;
  std::string message = {};
};

/// The shared object of a model.
class Library {
public:
  Library() = default;
  Library(const Library &) = delete;
  Library &operator=(const Library &) = delete;
  ~Library();

  /// Loads the shared object at `path` and checks that this machine can run
  /// it. Called once.
  Result load(const std::string &path);

  /// Valid once `load` has succeeded.
  const lowbit_model *model() const { return found; }
  const lowbit_variant *variant() const { return chosen; }

private:
  void *library = nullptr;
  const lowbit_model *found = nullptr;
  const lowbit_variant *chosen = nullptr;
};

/// The weights of a model.
class Weights {
public:
  /// Takes the weights of `model`, which was loaded from `path`, from
  /// `weightsPath`, from inside the model, or from the file beside it.
  Result load(const lowbit_model &model, const std::string &path,
              const char *weightsPath);

  const uint8_t *data() const { return bytes; }

private:
  Memory copy; // empty: `bytes` lie in the model
  const uint8_t *bytes = nullptr;
};

} // namespace mlir::lowbit

#endif // LOWBIT_RUNTIME_LOAD_H
