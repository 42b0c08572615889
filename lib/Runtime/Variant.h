//===- Variant.h - Running one variant of a model ---------------*- C -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What plans and runs a model once the variant is chosen, and what runs a
// variant in order to choose.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_RUNTIME_VARIANT_H
#define LOWBIT_RUNTIME_VARIANT_H

#include "lowbit-c/Model.h"

/// `lowbit_model_plan` and `lowbit_model_run` by a variant that this machine
/// is known to run, or that is tried.
__attribute__((visibility("hidden"))) lowbit_status
lowbit_variant_plan(const lowbit_model *model, const lowbit_variant *variant,
                    const lowbit_tensor *inputs, lowbit_tensor *outputs,
                    uint64_t *workspaceBytes);
__attribute__((visibility("hidden"))) lowbit_status
lowbit_variant_run(const lowbit_model *model, const lowbit_variant *variant,
                   const lowbit_context *context, const lowbit_tensor *inputs,
                   lowbit_tensor *outputs);

/// Whether a variant of `model->self_test` computes what the reference
/// computes. `isAlone`: no other thread of the process is in this function, nor
/// in another model's copy of it; otherwise, an illegal instruction is fatal.
__attribute__((visibility("hidden"))) int
lowbit_variant_passes(const lowbit_model *model, int32_t variant, int isAlone);

#endif // LOWBIT_RUNTIME_VARIANT_H
