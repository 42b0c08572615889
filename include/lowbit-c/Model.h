//===- Model.h - The C interface of a compiled model ------------*- C -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Everything a program needs to run a compiled model. The model is constant
// data (`lowbit_model`) emitted by the compiler; all memory that changes
// belongs to the caller, but for one word that tells which of the model's
// variants this machine runs. One model may be run by many threads, each with a
// context of its own.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_C_MODEL_H
#define LOWBIT_C_MODEL_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Version of this interface. A model of another version is refused.
#define LOWBIT_ABI_VERSION 2

/// The largest rank of a model's inputs and outputs.
#define LOWBIT_MAX_RANK 8

/// The most bytes of stack that a call takes of each thread that takes part in
/// it, whatever the model. To this are added up to 250 bytes for each input and
/// output, and for each array that one layer, or layers that are computed
/// together, read and write.
#define LOWBIT_MAX_STACK (448 * 1024)

/// The largest number of a model's inputs and outputs together.
#define LOWBIT_MAX_TENSORS 4096

/// What a call came to. Every function below returns one of these.
typedef enum lowbit_status {
  LOWBIT_OK = 0,
  LOWBIT_ERROR_VERSION = 1,  ///< model of another interface version
  LOWBIT_ERROR_TARGET = 2,   ///< no variant of the model runs here
  LOWBIT_ERROR_ARGUMENT = 3, ///< null pointer, wrong dtype, rank or stride
  LOWBIT_ERROR_SHAPE = 4,    ///< an extent differs from the model's
  LOWBIT_ERROR_CAPACITY = 5, ///< a buffer is too small for its shape
  LOWBIT_ERROR_WORKSPACE =
      6,                    ///< the workspace is missing, too small, unaligned
  LOWBIT_ERROR_WEIGHTS = 7, ///< the weights are not those of the model
  LOWBIT_ERROR_LOAD = 8,    ///< no model could be loaded (runtime only)
  LOWBIT_ERROR_MEMORY = 9   ///< memory ran out (runtime only)
} lowbit_status;

typedef enum lowbit_dtype {
  LOWBIT_F32 = 0,
  LOWBIT_F16 = 1,
  LOWBIT_BF16 = 2,
  LOWBIT_I8 = 3,
  LOWBIT_U8 = 4,
  LOWBIT_I16 = 5,
  LOWBIT_I32 = 6,
  LOWBIT_I64 = 7
} lowbit_dtype;

/// A dense, row-major array owned by the caller, aligned to its element type.
/// `data` may be null if there are no elements.
typedef struct lowbit_tensor {
  void *data;
  uint64_t
      capacity; ///< bytes that `data` may hold (outputs), or holds (inputs)
  lowbit_dtype dtype;
  int32_t rank;
  int64_t shape[LOWBIT_MAX_RANK]; ///< of outputs: written by lowbit_model_run
} lowbit_tensor;

/// The static part of an input's or output's type; -1 is an extent that is
/// known only when the model is run.
typedef struct lowbit_tensor_type {
  const char *name;
  lowbit_dtype dtype;
  int32_t rank;
  int64_t shape[LOWBIT_MAX_RANK];
} lowbit_tensor_type;

/// Runs `task(data, begin, end)` over disjoint ranges that cover [0, count) and
/// returns when all have ended. There are at least two parts, each worth some
/// microseconds; the result is the same for any ranges.
typedef void (*lowbit_task)(void *data, int64_t begin, int64_t end);
typedef void (*lowbit_parallel_for)(void *pool, int64_t count, lowbit_task task,
                                    void *data);

/// Called at the begin (`end` = 0) and at the end (`end` = 1) of each layer.
typedef void (*lowbit_profile)(void *user, int32_t layer, int32_t end);

/// What one caller brings to a call of `lowbit_model_run`. Zero-initialize,
/// then set what is needed.
typedef struct lowbit_context {
  const uint8_t *weights; ///< 64-byte aligned; null: those inside the model
  void *workspace;        ///< 64-byte aligned, not shared between running calls
  uint64_t workspace_bytes;
  lowbit_parallel_for parallel_for; ///< null: one call for the whole range
  void *pool;                       ///< first argument of `parallel_for`
  lowbit_profile profile;           ///< null: none (models with profile points)
  void *profile_user;
} lowbit_context;

/// The code of a model for one instruction set.
typedef struct lowbit_variant {
  const char *target;       ///< name of the instruction set
  const char *cpu_features; ///< comma-separated, LLVM names; may be empty
  /// `args`: a pointer to the memref descriptor of each input, then of one
  /// rank-1 i64 array that receives the extents of all outputs in order and,
  /// last, the workspace bytes; negative bytes say that the inputs' extents do
  /// not fit one another.
  void (*plan)(void **args);
  /// `args`: a pointer to the memref descriptor of each input, of each output,
  /// of the weights and of the workspace (both rank-1 i8), then a pointer to
  /// the pointer to the context, a copy in which `parallel_for` is never null.
  void (*run)(void **args);
} lowbit_variant;

/// A compiled model. Emitted by the compiler; its fields are read by the
/// functions below.
typedef struct lowbit_model {
  uint32_t abi_version;
  const char *name;
  int32_t num_inputs;
  int32_t num_outputs;
  const lowbit_tensor_type *inputs;
  const lowbit_tensor_type *outputs;
  int32_t num_layers;
  const char *const *layers; ///< names, indexed by the profile's layer number
  const uint8_t *weights;    ///< null if they are in a file beside the model
  uint64_t weights_bytes;
  uint64_t weights_hash; ///< lowbit_weights_hash of the bytes
  int32_t num_variants;
  const lowbit_variant *variants; ///< of the same weights, the best one first
  /// Each kernel of the model on a few rows: a model without inputs that has a
  /// variant for each of `variants`; null: none.
  const struct lowbit_model *self_test;
  const struct lowbit_model *reference; ///< computes the same, by scalar code
  int32_t *choice; ///< zero, or one more than the variant that runs here
} lowbit_model;

/// One line of text for a status.
const char *lowbit_status_text(lowbit_status status);

/// The name of an element type, such as "f32"; null if there is none.
const char *lowbit_dtype_text(lowbit_dtype dtype);

/// The bytes of one element; 0 if there is no such type.
uint64_t lowbit_dtype_bytes(lowbit_dtype dtype);

/// The place in `features`, comma-separated LLVM names, of the first one that
/// this machine lacks: not in the CPU, not saved by the operating system, or
/// unknown. Null if there is none.
const char *lowbit_cpu_missing_feature(const char *features);

/// LOWBIT_OK if this machine can run `model`; `variant`, unless it is null, is
/// then set to the one that runs. The first call chooses it, for the process:
/// the one for the target that the environment variable LOWBIT_TARGET names, or
/// the first one, if CPU and operating system offer its features and its
/// self-test computes what the reference computes. A self-test allocates
/// memory, and while it runs, SIGILL has a handler, which passes on the signals
/// of other threads; a process that is forked meanwhile keeps it. Self-tests of
/// one process wait for each other, by a lock of /proc/self; where there is no
/// such folder, they run without a handler.
lowbit_status lowbit_model_check(const lowbit_model *model,
                                 const lowbit_variant **variant);

/// Checks `model`, and writes one line of text about what that came to, cut to
/// `bytes` with the final zero: where no variant runs here, the features that
/// each of them misses, and what LOWBIT_TARGET has to do with it. Returns the
/// status of lowbit_model_check.
lowbit_status lowbit_model_explain(const lowbit_model *model, char *text,
                                   size_t bytes);

/// Sets dtype, rank and shape of every output and the needed workspace for
/// inputs of these shapes. Data pointers are not read.
lowbit_status lowbit_model_plan(const lowbit_model *model,
                                const lowbit_tensor *inputs,
                                lowbit_tensor *outputs,
                                uint64_t *workspace_bytes);

/// Runs the model. Outputs must have `data` and `capacity` set; their dtype,
/// rank and shape are written, also if the capacity is found too small. An
/// output must not overlap anything else. No memory is allocated, except by the
/// first call for a model, which chooses a variant. The result does not depend
/// on the float mode (rounding, flush-to-zero) of the calling thread, nor on
/// that of the threads of `parallel_for`: x86-64 and AArch64.
lowbit_status lowbit_model_run(const lowbit_model *model,
                               const lowbit_context *context,
                               const lowbit_tensor *inputs,
                               lowbit_tensor *outputs);

/// 64-bit FNV-1a over little-endian 8-byte words (the tail zero-padded).
uint64_t lowbit_weights_hash(const uint8_t *bytes, uint64_t size);

#ifdef __cplusplus
}
#endif

#endif // LOWBIT_C_MODEL_H
