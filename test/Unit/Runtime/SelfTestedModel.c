//===- SelfTestedModel.c - A model that tells of its self-test ------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// What the compiler would emit for a model with a self-test, which calls the
// function that the test has put into `testHook`.

#include "lowbit-c/Model.h"

void (*testHook)(void);

/// The output is a scalar: the workspace bytes are all that is planned.
static void plan(void **args) { *((int64_t **)args[0])[1] = 0; }

static void compute(void **args) { *((int32_t **)args[0])[1] = 7; }

static void callHook(void **args) {
  testHook();
  compute(args);
}

static const lowbit_tensor_type output = {"y", LOWBIT_I32, 0, {0}};
static const lowbit_variant variant = {"generic", "", plan, compute};
static const lowbit_variant testVariant = {"generic", "", plan, callHook};
static int32_t choice;

#define MODEL                                                                  \
  .abi_version = LOWBIT_ABI_VERSION, .name = "self_tested", .num_outputs = 1,  \
  .outputs = &output, .num_variants = 1

static const lowbit_model test = {MODEL, .variants = &testVariant};
static const lowbit_model reference = {MODEL, .variants = &variant};

// The compiler's object refers to the archive in the same way.
const void *const functions[] = {(const void *)lowbit_model_check};

// NOLINTNEXTLINE(readability-identifier-naming)
const lowbit_model lowbit_model_main = {
    MODEL,
    .variants = &variant,
    .self_test = &test,
    .reference = &reference,
    .choice = &choice,
};
