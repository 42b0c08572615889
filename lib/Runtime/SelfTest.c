//===- SelfTest.c - Whether a variant computes what it should -------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Virtual machines may announce instructions that fault or that compute
// something else.
//
//===----------------------------------------------------------------------===//

#include "FloatMode.h"
#include "Variant.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>

static jmp_buf trap;
static pthread_t tester;
static struct sigaction previous;

static void onIllegalInstruction(int number, siginfo_t *info, void *context) {
  if (pthread_equal(pthread_self(), tester))
    longjmp(trap, 1);
  if (previous.sa_flags & SA_SIGINFO)
    previous.sa_sigaction(number, info, context);
  else if (previous.sa_handler == SIG_DFL || previous.sa_handler == SIG_IGN)
    sigaction(SIGILL, &previous, NULL); // the instruction comes again
  else
    previous.sa_handler(number);
}

/// Runs a test, whose outputs lie one after another in `results`.
static lowbit_status run(const lowbit_model *test,
                         const lowbit_variant *variant, uint64_t *results) {
  lowbit_tensor outputs[test->num_outputs];
  uint64_t needed = 0;
  lowbit_status status =
      lowbit_variant_plan(test, variant, NULL, outputs, &needed);
  if (status != LOWBIT_OK)
    return status;
  for (int32_t i = 0; i < test->num_outputs; ++i) {
    uint64_t bytes = lowbit_dtype_bytes(outputs[i].dtype);
    for (int32_t d = 0; d < outputs[i].rank; ++d)
      bytes *= (uint64_t)outputs[i].shape[d];
    outputs[i].data = results;
    outputs[i].capacity = bytes;
    results += (bytes + 7) / 8;
  }
  uint8_t memory[needed + 64];
  lowbit_context context = {0};
  context.workspace = memory + -(uintptr_t)memory % 64;
  context.workspace_bytes = needed;
  return lowbit_variant_run(test, variant, &context, NULL, outputs);
}

/// The same for a variant that may end with an illegal instruction.
static lowbit_status tryToRun(const lowbit_model *test,
                              const lowbit_variant *variant,
                              uint64_t *results) {
  struct sigaction action;
  memset(&action, 0, sizeof(action));
  action.sa_sigaction = onIllegalInstruction;
  action.sa_flags = SA_SIGINFO | SA_NODEFER; // it does not return
  tester = pthread_self();
  if (sigaction(SIGILL, &action, &previous) != 0)
    return LOWBIT_ERROR_TARGET;
  const uint32_t mode = setFloatMode();
  volatile lowbit_status status = LOWBIT_ERROR_TARGET;
  if (setjmp(trap) == 0)
    status = run(test, variant, results);
  restoreFloatMode(mode);
  sigaction(SIGILL, &previous, NULL);
  return status;
}

/// 8-byte words of all outputs, whose types are static.
static uint64_t countWords(const lowbit_model *test) {
  uint64_t words = 0;
  for (int32_t i = 0; i < test->num_outputs; ++i) {
    uint64_t bytes = lowbit_dtype_bytes(test->outputs[i].dtype);
    for (int32_t d = 0; d < test->outputs[i].rank; ++d)
      bytes *= (uint64_t)test->outputs[i].shape[d];
    words += (bytes + 7) / 8;
  }
  return words;
}

int lowbit_variant_passes(const lowbit_model *model, int32_t variant) {
  const lowbit_model *test = model->self_test;
  const uint64_t words = countWords(test);
  uint64_t expected[words], results[words];
  memset(expected, 0, sizeof(expected));
  memset(results, 0, sizeof(results));
  return run(model->reference, model->reference->variants, expected) ==
             LOWBIT_OK &&
         tryToRun(test, &test->variants[variant], results) == LOWBIT_OK &&
         memcmp(expected, results, sizeof(results)) == 0;
}
