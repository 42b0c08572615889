//===- CompiledModel.cpp - Compile, load and call a model -----------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CompiledModel.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/Program.h"

#include <dlfcn.h>

using namespace mlir::lowbit;

static llvm::Error makeError(const llvm::Twine &message) {
  return llvm::createStringError(message);
}

llvm::Error mlir::lowbit::checkStatus(lowbit_status status,
                                      llvm::StringRef call) {
  if (status == LOWBIT_OK)
    return llvm::Error::success();
  return makeError(call + ": " + lowbit_status_text(status));
}

static llvm::Error runCompiler(const Compiler &compiler, llvm::StringRef source,
                               llvm::StringRef library,
                               llvm::ArrayRef<llvm::StringRef> options) {
  std::string target = "--target=" + compiler.target;
  llvm::SmallVector<llvm::StringRef> args = {compiler.path, source, "--emit=so",
                                             target,        "-o",   library};
  args.append(options.begin(), options.end());
  std::string message;
  int code = llvm::sys::ExecuteAndWait(compiler.path, args, std::nullopt, {}, 0,
                                       0, &message);
  if (code == 0)
    return llvm::Error::success();
  if (message.empty())
    message = "exit code " + std::to_string(code);
  return makeError("expected " + compiler.path + " to succeed, but got " +
                   message);
}

template <typename Symbol>
static llvm::Error findSymbol(void *library, const char *name, Symbol &symbol) {
  symbol = reinterpret_cast<Symbol>(dlsym(library, name));
  if (symbol)
    return llvm::Error::success();
  return makeError("expected the library to define " + llvm::Twine(name));
}

llvm::Expected<CompiledModel>
CompiledModel::create(const Compiler &compiler, llvm::StringRef stem,
                      llvm::ArrayRef<llvm::StringRef> options) {
  std::string base = compiler.folder + "/" + stem.str();
  std::string path = base + ".so";
  if (llvm::Error error = runCompiler(compiler, base + ".mlir", path, options))
    return error;

  CompiledModel compiled;
  compiled.library = std::shared_ptr<void>(
      dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL), [](void *handle) {
        if (handle)
          dlclose(handle);
      });
  void *handle = compiled.library.get();
  if (!handle)
    return makeError(dlerror());
  if (llvm::Error error =
          findSymbol(handle, "lowbit_model_main", compiled.model))
    return error;
  if (llvm::Error error =
          findSymbol(handle, "lowbit_model_plan", compiled.planFn))
    return error;
  if (llvm::Error error =
          findSymbol(handle, "lowbit_model_run", compiled.runFn))
    return error;
  char text[4096];
  if (lowbit_model_explain(compiled.model, text, sizeof(text)) != LOWBIT_OK)
    return makeError(text);
  if (llvm::Error error =
          checkStatus(lowbit_model_check(compiled.model, &compiled.variant),
                      "lowbit_model_check"))
    return error;
  if (!compiled.model->weights)
    return makeError("expected the weights inside " + path);
  return compiled;
}

llvm::Error CompiledModel::plan(const lowbit_tensor *inputs,
                                lowbit_tensor *outputs,
                                uint64_t &workspaceBytes) const {
  return checkStatus(planFn(model, inputs, outputs, &workspaceBytes),
                     "lowbit_model_plan");
}
