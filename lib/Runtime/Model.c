//===- Model.c - What a compiled model needs ------------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit-c/Model.h"

#include "Variant.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

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

/// Waits until no other thread of the process chooses, for any model: each
/// shared object has a copy of this code and its data, but the process has one
/// folder, and a forked one another, so that it waits for none of the threads
/// that it lacks. Returns the open folder; -1 if there is none.
static int lockProcess(void) {
  const int folder = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  while (folder != -1 && flock(folder, LOCK_EX) != 0)
    if (errno != EINTR) {
      close(folder);
      return -1;
    }
  return folder;
}

static void unlockProcess(int folder) {
  if (folder == -1)
    return;
  flock(folder, LOCK_UN); // closing does not, where a fork left it open
  close(folder);
}

static int32_t choose(const lowbit_model *model, int isAlone) {
  const char *target = getenv("LOWBIT_TARGET");
  for (int32_t i = 0; i < model->num_variants; ++i) {
    const lowbit_variant *variant = &model->variants[i];
    if (target && *target && strcmp(target, variant->target) != 0)
      continue;
    if (!lowbit_cpu_missing_feature(variant->cpu_features) &&
        (!model->self_test || lowbit_variant_passes(model, i, isAlone)))
      return i + 1;
  }
  return Nothing;
}

static int32_t chooseOnce(const lowbit_model *model) {
  const int lock = lockProcess();
  int32_t choice = __atomic_load_n(model->choice, __ATOMIC_RELAXED);
  if (choice == Unknown) {
    choice = choose(model, lock != -1);
    __atomic_store_n(model->choice, choice, __ATOMIC_RELAXED);
  }
  unlockProcess(lock);
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
