//===- CompiledModel.h - Compile, load and call a model ------- -*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A compiled layer as a deployment would use it: a shared library made by
// `lowbit-compile` and called through lowbit-c/Model.h.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_TOOLS_BENCH_COMPILEDMODEL_H
#define LOWBIT_TOOLS_BENCH_COMPILEDMODEL_H

#include "lowbit-c/Model.h"

#include "llvm/Support/Error.h"

#include <memory>
#include <string>

namespace mlir::lowbit {

/// How to call the compiler.
struct Compiler {
  std::string path;
  std::string target; ///< value of its --target
  std::string folder; ///< for modules and libraries
};

/// Turns a status of the C interface into an error that names the `call`.
llvm::Error checkStatus(lowbit_status status, llvm::StringRef call);

class CompiledModel {
public:
  /// Compiles `<stem>.mlir` of the compiler's folder to `<stem>.so` beside it,
  /// with further options, and loads it.
  static llvm::Expected<CompiledModel>
  create(const Compiler &compiler, llvm::StringRef stem,
         llvm::ArrayRef<llvm::StringRef> options);

  const lowbit_model &get() const { return *model; }
  const char *target() const { return variant->target; }
  llvm::Error plan(const lowbit_tensor *inputs, lowbit_tensor *outputs,
                   uint64_t &workspaceBytes) const;
  lowbit_status run(const lowbit_context &context, const lowbit_tensor *inputs,
                    lowbit_tensor *outputs) const {
    return runFn(model, &context, inputs, outputs);
  }

private:
  CompiledModel() = default;

  std::shared_ptr<void> library;
  const lowbit_model *model = nullptr;
  const lowbit_variant *variant = nullptr;
  decltype(&lowbit_model_plan) planFn = nullptr;
  decltype(&lowbit_model_run) runFn = nullptr;
};

} // namespace mlir::lowbit

#endif // LOWBIT_TOOLS_BENCH_COMPILEDMODEL_H
