//===- Model.c - What a compiled model needs ------------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit-c/Model.h"

#include "Variant.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

const char *lowbit_status_text(lowbit_status status) {
  switch (status) {
  case LOWBIT_OK:
    return "ok";
  case LOWBIT_ERROR_VERSION:
    return "the model was compiled for another version of the interface";
  case LOWBIT_ERROR_TARGET:
    return "this machine lacks a feature that the model needs, or "
           "LOWBIT_TARGET forbids the model's variants that it can run";
  case LOWBIT_ERROR_ARGUMENT:
    return "an argument is null, overlapping, unaligned, or of the wrong type";
  case LOWBIT_ERROR_SHAPE:
    return "an extent differs from that of the model";
  case LOWBIT_ERROR_CAPACITY:
    return "a buffer is too small for its shape";
  case LOWBIT_ERROR_WORKSPACE:
    return "the workspace is missing, too small, or not 64-byte aligned";
  case LOWBIT_ERROR_WEIGHTS:
    return "the weights are not those of the model";
  case LOWBIT_ERROR_LOAD:
    return "no model could be loaded";
  case LOWBIT_ERROR_MEMORY:
    return "memory ran out";
  }
  return "unknown status";
}

static const struct {
  const char *name;
  uint64_t bytes;
} dtypes[] = {{"f32", 4}, {"f16", 2}, {"bf16", 2}, {"i8", 1},
              {"u8", 1},  {"i16", 2}, {"i32", 4},  {"i64", 8}};

static int isDtype(lowbit_dtype dtype) {
  return (uint32_t)dtype < sizeof(dtypes) / sizeof(dtypes[0]);
}

const char *lowbit_dtype_text(lowbit_dtype dtype) {
  return isDtype(dtype) ? dtypes[dtype].name : NULL;
}

uint64_t lowbit_dtype_bytes(lowbit_dtype dtype) {
  return isDtype(dtype) ? dtypes[dtype].bytes : 0;
}

uint64_t lowbit_weights_hash(const uint8_t *bytes, uint64_t size) {
  uint64_t hash = UINT64_C(0xcbf29ce484222325);
  for (uint64_t i = 0; i < size; i += 8) {
    uint64_t word = 0;
    if (size - i >= 8)
      for (unsigned b = 0; b != 8; ++b)
        word |= (uint64_t)bytes[i + b] << (8 * b);
    else
      for (unsigned b = 0; b != size - i; ++b)
        word |= (uint64_t)bytes[i + b] << (8 * b);
    hash = (hash ^ word) * UINT64_C(0x100000001b3);
  }
  return hash;
}

//===----------------------------------------------------------------------===//
// Check
//===----------------------------------------------------------------------===//

enum { Unknown = 0, Nothing = -1 }; // of lowbit_model.choice

static int32_t choose(const lowbit_model *model) {
  const char *target = getenv("LOWBIT_TARGET");
  for (int32_t i = 0; i < model->num_variants; ++i) {
    const lowbit_variant *variant = &model->variants[i];
    if (target && *target && strcmp(target, variant->target) != 0)
      continue;
    if (!lowbit_cpu_missing_feature(variant->cpu_features) &&
        (!model->self_test || lowbit_variant_passes(model, i)))
      return i + 1;
  }
  return Nothing;
}

/// One thread at a time chooses.
static int32_t chooseOnce(const lowbit_model *model) {
  static atomic_flag isChoosing = ATOMIC_FLAG_INIT;
  while (atomic_flag_test_and_set_explicit(&isChoosing, memory_order_acquire))
    sched_yield();
  int32_t choice = __atomic_load_n(model->choice, __ATOMIC_RELAXED);
  if (choice == Unknown) {
    choice = choose(model);
    __atomic_store_n(model->choice, choice, __ATOMIC_RELAXED);
  }
  atomic_flag_clear_explicit(&isChoosing, memory_order_release);
  return choice;
}

lowbit_status lowbit_model_check(const lowbit_model *model,
                                 const lowbit_variant **variant) {
  if (!model)
    return LOWBIT_ERROR_ARGUMENT;
  if (model->abi_version != LOWBIT_ABI_VERSION)
    return LOWBIT_ERROR_VERSION;
  if (model->num_variants <= 0 || !model->variants || !model->choice)
    return LOWBIT_ERROR_ARGUMENT;
  int32_t choice = __atomic_load_n(model->choice, __ATOMIC_RELAXED);
  if (choice == Unknown)
    choice = chooseOnce(model);
  if (choice <= Unknown || choice > model->num_variants)
    return LOWBIT_ERROR_TARGET;
  if (variant)
    *variant = &model->variants[choice - 1];
  return LOWBIT_OK;
}
