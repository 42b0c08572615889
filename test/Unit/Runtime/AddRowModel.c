//===- AddRowModel.c - A model written by hand for tests ------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// What the compiler would emit for y = TIMES * (x + weights) of x : ?x16xf32,
// with one weight per column. The rows go through the workspace and through
// `parallel_for`, so that a shared workspace or a lost range gives wrong sums.

#include "lowbit-c/Model.h"

#ifndef ABI_VERSION
#define ABI_VERSION LOWBIT_ABI_VERSION
#endif
#ifndef CPU_FEATURES
#define CPU_FEATURES ""
#endif
#ifndef MODEL_NAME
#define MODEL_NAME "add_row"
#endif
#ifndef MODEL_SYMBOL
#define MODEL_SYMBOL lowbit_model_main
#endif
#ifndef TIMES
#define TIMES 1
#endif

enum { N = 16 };

// Weight n is n / 4; the large model has 1 MiB of 0.5 before them.
#define ROW                                                                    \
  0.0f, 0.25f, 0.5f, 0.75f, 1.0f, 1.25f, 1.5f, 1.75f, 2.0f, 2.25f, 2.5f,       \
      2.75f, 3.0f, 3.25f, 3.5f, 3.75f
#ifdef WEIGHTS_LARGE
enum { Skipped = 1 << 18 };
static const _Alignas(64) float storedWeights[Skipped + N] = {
    [0 ... Skipped - 1] = 0.5f, ROW};
#ifndef WEIGHTS_HASH
#define WEIGHTS_HASH UINT64_C(0xcab98c84260239c5)
#endif
#else
enum { Skipped = 0 };
#ifndef WEIGHTS_BESIDE
static const _Alignas(64) float storedWeights[N] = {ROW};
#endif
#ifndef WEIGHTS_HASH
#define WEIGHTS_HASH UINT64_C(0x16b0012e631a39c5)
#endif
#endif

typedef struct Memref1 {
  void *allocated, *aligned;
  intptr_t offset, sizes[1], strides[1];
} Memref1;

typedef struct Memref2 {
  void *allocated, *aligned;
  intptr_t offset, sizes[2], strides[2];
} Memref2;

static void plan(void **args) {
  const Memref2 *x = args[0];
  int64_t *extents = ((Memref1 *)args[1])->aligned;
  if (((Memref1 *)args[1])->sizes[0] != 3)
    return;
  extents[0] = x->sizes[0];
  extents[1] = N;
  extents[2] = x->sizes[0] * N * (int64_t)sizeof(float);
}

typedef struct Rows {
  const float *scratch, *weights;
  float *y;
} Rows;

static void addRows(void *data, int64_t begin, int64_t end) {
  const Rows *rows = data;
  for (int64_t i = begin * N; i < end * N; ++i)
    rows->y[i] = TIMES * (rows->scratch[i] + rows->weights[i % N]);
}

static void run(void **args) {
  const Memref2 *x = args[0], *y = args[1];
  const Memref1 *weights = args[2], *workspace = args[3];
  const lowbit_context *context = *(lowbit_context **)args[4];
  float *scratch = workspace->aligned;

  if (context->profile)
    context->profile(context->profile_user, 0, 0);
  for (int64_t m = 0; m < x->sizes[0]; ++m)
    for (int64_t n = 0; n < x->sizes[1]; ++n)
      scratch[m * N + n] =
          ((const float *)x->aligned)[m * x->strides[0] + n * x->strides[1]];
  if (context->profile) {
    context->profile(context->profile_user, 0, 1);
    context->profile(context->profile_user, 1, 0);
  }
  Rows rows = {scratch, (const float *)weights->aligned + Skipped, y->aligned};
  context->parallel_for(context->pool, y->sizes[0], addRows, &rows);
  if (context->profile)
    context->profile(context->profile_user, 1, 1);
}

static const lowbit_tensor_type x = {"x", LOWBIT_F32, 2, {-1, N}};
static const lowbit_tensor_type y = {"y", LOWBIT_F32, 2, {-1, N}};
static const char *const layers[] = {"copy", "add"};

// The compiler's object refers to the archive in the same way.
const void *const functions[] = {(const void *)lowbit_model_check,
                                 (const void *)lowbit_model_plan,
                                 (const void *)lowbit_model_run};

static const lowbit_variant variant = {"generic", CPU_FEATURES, plan, run};
static int32_t choice;

const lowbit_model MODEL_SYMBOL = {
    .abi_version = ABI_VERSION,
    .name = MODEL_NAME,
    .num_inputs = 1,
    .num_outputs = 1,
    .inputs = &x,
    .outputs = &y,
    .num_layers = 2,
    .layers = layers,
#ifdef WEIGHTS_BESIDE
    .weights = NULL,
#else
    .weights = (const uint8_t *)storedWeights,
#endif
    .weights_bytes = (Skipped + N) * sizeof(float),
    .weights_hash = WEIGHTS_HASH,
    .num_variants = 1,
    .variants = &variant,
    .choice = &choice,
};
