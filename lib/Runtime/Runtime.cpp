//===- Runtime.cpp - Loading and running compiled models ------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit-c/Runtime.h"

#include "Describe.h"
#include "Load.h"
#include "Memory.h"
#include "Pool.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <utility>

using namespace mlir::lowbit;

namespace {

/// Workspaces that no run has. Each comes and goes by one atomic operation: a
/// process that is forked meanwhile finds nothing locked or half done.
class IdleWorkspaces {
public:
  ~IdleWorkspaces() {
    for (std::atomic<Memory *> &place : places)
      delete place.load();
  }

  /// Null if there is none.
  std::unique_ptr<Memory> take() {
    for (std::atomic<Memory *> &place : places)
      if (place.load(std::memory_order_relaxed))
        if (Memory *found = place.exchange(nullptr))
          return std::unique_ptr<Memory>(found);
    return nullptr;
  }

  /// Frees it if there are enough.
  void put(std::unique_ptr<Memory> workspace) {
    Memory *idle = workspace.release();
    for (std::atomic<Memory *> &place : places) {
      Memory *none = nullptr;
      if (place.compare_exchange_strong(none, idle))
        return;
    }
    delete idle;
  }

private:
  std::array<std::atomic<Memory *>, LOWBIT_MAX_THREADS> places = {};
};

} // namespace

struct lowbit_runtime {
  Library library;
  Weights weights;
  std::string description;
  int32_t threads = 1; // of runs that do not say
  IdleWorkspaces idleWorkspaces;
};

static lowbit_status report(const Result &result, char *error,
                            size_t errorSize) {
  if (result.status == LOWBIT_OK || !error || errorSize == 0)
    return result.status;
  size_t length = std::min(result.message.size(), errorSize - 1);
  for (size_t i = 0; i < length; ++i) {
    char c = result.message[i];
    error[i] = c == '\n' || c == '\r' ? ' ' : c;
  }
  error[length] = '\0';
  return result.status;
}

/// Runs `call`, which returns a Result; no exception reaches a C caller.
template <typename Call>
static lowbit_status guard(char *error, size_t errorSize, Call call) {
  try {
    return report(call(), error, errorSize);
  } catch (const std::bad_alloc &) {
    if (error && errorSize != 0) {
      std::strncpy(error, "memory ran out", errorSize - 1);
      error[errorSize - 1] = '\0';
    }
    return LOWBIT_ERROR_MEMORY;
  }
}

//===----------------------------------------------------------------------===//
// Open
//===----------------------------------------------------------------------===//

lowbit_status lowbit_runtime_open(const char *path, const char *weightsPath,
                                  lowbit_runtime **runtime, char *error,
                                  size_t errorSize) {
  return guard(error, errorSize, [&]() -> Result {
    if (!path || !runtime)
      return {LOWBIT_ERROR_ARGUMENT, "expected a path, but got null"};
    *runtime = nullptr;
    const int32_t threads = getDefaultThreads();
    if (threads == 0)
      return {LOWBIT_ERROR_ARGUMENT, "expected LOWBIT_THREADS of 1 to " +
                                         std::to_string(LOWBIT_MAX_THREADS) +
                                         ", but got '" +
                                         std::getenv("LOWBIT_THREADS") + "'"};
    auto opened = std::make_unique<lowbit_runtime>();
    Result result = opened->library.load(path);
    if (result.status == LOWBIT_OK)
      result =
          opened->weights.load(*opened->library.model(), path, weightsPath);
    if (result.status != LOWBIT_OK)
      return result;
    opened->description =
        describeModel(*opened->library.model(), *opened->library.variant());
    opened->threads = threads;
    *runtime = opened.release();
    return {};
  });
}

void lowbit_runtime_close(lowbit_runtime *runtime) { delete runtime; }

//===----------------------------------------------------------------------===//
// Describe, plan, run
//===----------------------------------------------------------------------===//

const lowbit_model *lowbit_runtime_model(const lowbit_runtime *runtime) {
  return runtime ? runtime->library.model() : nullptr;
}

const lowbit_variant *lowbit_runtime_variant(const lowbit_runtime *runtime) {
  return runtime ? runtime->library.variant() : nullptr;
}

const char *lowbit_runtime_describe(const lowbit_runtime *runtime) {
  return runtime ? runtime->description.c_str() : nullptr;
}

lowbit_status lowbit_runtime_plan(const lowbit_runtime *runtime,
                                  const lowbit_tensor *inputs,
                                  lowbit_tensor *outputs,
                                  uint64_t *workspaceBytes, char *error,
                                  size_t errorSize) {
  return guard(error, errorSize, [&]() -> Result {
    if (!runtime || !workspaceBytes)
      return {LOWBIT_ERROR_ARGUMENT, "expected a model, but got null"};
    lowbit_status status = lowbit_model_plan(runtime->library.model(), inputs,
                                             outputs, workspaceBytes);
    if (status == LOWBIT_OK)
      return {};
    return {status,
            explainStatus(*runtime->library.model(), status, inputs, outputs)};
  });
}

lowbit_status lowbit_runtime_run(lowbit_runtime *runtime,
                                 const lowbit_runtime_options *options,
                                 const lowbit_tensor *inputs,
                                 lowbit_tensor *outputs, char *error,
                                 size_t errorSize) {
  return guard(error, errorSize, [&]() -> Result {
    if (!runtime)
      return {LOWBIT_ERROR_ARGUMENT, "expected a model, but got null"};
    lowbit_runtime_options chosen = {};
    if (options)
      chosen = *options;
    if (chosen.threads < 0 || chosen.threads > LOWBIT_MAX_THREADS)
      return {LOWBIT_ERROR_ARGUMENT,
              "expected 0 to " + std::to_string(LOWBIT_MAX_THREADS) +
                  " threads, but got " + std::to_string(chosen.threads)};
    if (chosen.threads == 0)
      chosen.threads = runtime->threads;
    if (!chosen.parallel_for && chosen.threads != 1) {
      chosen.parallel_for = lowbit_runtime_parallel_for;
      chosen.pool = &chosen.threads;
    }
    lowbit_context context = {};
    context.weights = runtime->weights.data();
    context.parallel_for = chosen.parallel_for;
    context.pool = chosen.pool;
    context.profile = chosen.profile;
    context.profile_user = chosen.profile_user;

    std::unique_ptr<Memory> workspace = runtime->idleWorkspaces.take();
    if (!workspace)
      workspace = std::make_unique<Memory>();
    auto run = [&] {
      context.workspace = workspace->data();
      context.workspace_bytes = workspace->size();
      return lowbit_model_run(runtime->library.model(), &context, inputs,
                              outputs);
    };
    lowbit_status status = run();
    if (status == LOWBIT_ERROR_WORKSPACE) {
      uint64_t needed = 0;
      status =
          lowbit_model_plan(runtime->library.model(), inputs, outputs, &needed);
      if (status == LOWBIT_OK && !workspace->allocate(needed))
        return {LOWBIT_ERROR_MEMORY, "memory for the workspace ran out"};
      if (status == LOWBIT_OK)
        status = run();
    }
    runtime->idleWorkspaces.put(std::move(workspace));
    if (status == LOWBIT_OK)
      return {};
    return {status,
            explainStatus(*runtime->library.model(), status, inputs, outputs)};
  });
}
