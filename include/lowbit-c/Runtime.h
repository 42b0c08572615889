//===- Runtime.h - Loading and running compiled models ----------*- C -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The interface of the runtime library: it loads a compiled model (a shared
// object) without LLVM, keeps its weights in large pages, and lends each run a
// workspace and threads. A program that links a model directly needs
// lowbit-c/Model.h only.
//
// Weights of at least 1 MiB, and those of a file, are copied when the model is
// loaded, into 2 MB pages where the system has them free: reading them then
// misses no address translation. Smaller ones stay in the shared object.
//
// Functions that take `error` store one line of text there, cut to
// `error_size` bytes with the final zero, if they do not return LOWBIT_OK;
// `error` may be null.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_C_RUNTIME_H
#define LOWBIT_C_RUNTIME_H

#include "lowbit-c/Model.h"

#ifdef __cplusplus
extern "C" {
#endif

#define LOWBIT_RUNTIME_EXPORT __attribute__((visibility("default")))

/// A loaded model. All functions but `lowbit_runtime_close` may be called by
/// many threads at once.
typedef struct lowbit_runtime lowbit_runtime;

/// The most threads that a run can ask for.
#define LOWBIT_MAX_THREADS 256

/// How a model is run. Zero-initialize, then set what is needed; the fields
/// but `threads` are those of `lowbit_context`.
typedef struct lowbit_runtime_options {
  lowbit_parallel_for parallel_for; ///< null: lowbit_runtime_parallel_for
  void *pool;
  lowbit_profile profile;
  void *profile_user;
  /// Without `parallel_for`, how many threads run the model, the caller's being
  /// one of them. 0: as many as the environment variable LOWBIT_THREADS says,
  /// or, if it is unset or empty, as there are processors that the process may
  /// run on.
  int32_t threads;
} lowbit_runtime_options;

/// Loads the model at `path`, whose symbol `lowbit_model_main` is a constant
/// `lowbit_model`. Weights that are not inside it are read from
/// `weights_path`, or, if that is null, from the file beside the model whose
/// name has `.weights` in place of `.so`. Loading executes code of the file,
/// and chooses the variant that runs (lowbit_model_check); where there is none,
/// the error names the features that each of them misses.
LOWBIT_RUNTIME_EXPORT lowbit_status
lowbit_runtime_open(const char *path, const char *weights_path,
                    lowbit_runtime **runtime, char *error, size_t error_size);

/// Frees the model. No call of it may be running. Null is allowed.
LOWBIT_RUNTIME_EXPORT void lowbit_runtime_close(lowbit_runtime *runtime);

/// The description of the model, valid until it is closed.
LOWBIT_RUNTIME_EXPORT const lowbit_model *
lowbit_runtime_model(const lowbit_runtime *runtime);

/// The variant of the model that runs here, valid until the model is closed.
LOWBIT_RUNTIME_EXPORT const lowbit_variant *
lowbit_runtime_variant(const lowbit_runtime *runtime);

/// The same as JSON, valid until the model is closed:
/// {"name", "target", "cpu_features": [text], "targets": [text], "inputs":
/// [{"name", "dtype", "shape"}], "outputs": likewise, "layers": [text],
/// "weights_bytes"}. Target and features are those of the variant that runs,
/// targets those of all variants. An extent that is known only when the model
/// is run is null.
LOWBIT_RUNTIME_EXPORT const char *
lowbit_runtime_describe(const lowbit_runtime *runtime);

/// `lowbit_model_plan` of the loaded model.
LOWBIT_RUNTIME_EXPORT lowbit_status
lowbit_runtime_plan(const lowbit_runtime *runtime, const lowbit_tensor *inputs,
                    lowbit_tensor *outputs, uint64_t *workspace_bytes,
                    char *error, size_t error_size);

/// `lowbit_model_run` of the loaded model, with its weights and a workspace of
/// the runtime's own. `options` may be null.
LOWBIT_RUNTIME_EXPORT lowbit_status lowbit_runtime_run(
    lowbit_runtime *runtime, const lowbit_runtime_options *options,
    const lowbit_tensor *inputs, lowbit_tensor *outputs, char *error,
    size_t error_size);

/// The `parallel_for` of runs that bring none, for programs that link a model:
/// `threads` points to an int32_t as in the options, or is null for 0. Each
/// thread gets one range, of equal sizes. The process has one pool of threads,
/// which works for one caller at a time and sleeps between; a call while it is
/// at work runs its range alone, so that many callers do not make more threads
/// than processors.
LOWBIT_RUNTIME_EXPORT void lowbit_runtime_parallel_for(void *threads,
                                                       int64_t count,
                                                       lowbit_task task,
                                                       void *data);

#ifdef __cplusplus
}
#endif

#endif // LOWBIT_C_RUNTIME_H
