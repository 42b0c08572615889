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
#include <stdlib.h>
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

/// What a run of a test writes. It may be large, and stacks may be small.
typedef struct {
  lowbit_tensor *outputs;
  uint64_t *results; ///< all outputs, one after another
  uint64_t words;    ///< of `results`
  void *workspace;
} Attempt;

static uint64_t countWords(lowbit_dtype dtype, int32_t rank,
                           const int64_t *shape) {
  uint64_t bytes = lowbit_dtype_bytes(dtype);
  for (int32_t d = 0; d < rank; ++d)
    bytes *= (uint64_t)shape[d];
  return (bytes + 7) / 8;
}

static int allocate(Attempt *attempt, const lowbit_model *test) {
  for (int32_t i = 0; i < test->num_outputs; ++i) {
    const lowbit_tensor_type *type = &test->outputs[i];
    attempt->words += countWords(type->dtype, type->rank, type->shape);
  }
  attempt->outputs =
      calloc((size_t)test->num_outputs, sizeof(*attempt->outputs));
  attempt->results = calloc(attempt->words, sizeof(*attempt->results));
  return attempt->outputs && attempt->results;
}

static void release(Attempt *attempt) {
  free(attempt->outputs);
  free(attempt->results);
  free(attempt->workspace);
}

static lowbit_status run(const lowbit_model *test,
                         const lowbit_variant *variant, Attempt *attempt) {
  lowbit_tensor *outputs = attempt->outputs;
  uint64_t needed = 0;
  lowbit_status status =
      lowbit_variant_plan(test, variant, NULL, outputs, &needed);
  if (status != LOWBIT_OK)
    return status;
  uint64_t *results = attempt->results;
  for (int32_t i = 0; i < test->num_outputs; ++i) {
    outputs[i].data = results;
    const uint64_t words =
        countWords(outputs[i].dtype, outputs[i].rank, outputs[i].shape);
    outputs[i].capacity = words * 8;
    results += words;
  }
  attempt->workspace = malloc(needed + 64);
  if (!attempt->workspace)
    return LOWBIT_ERROR_TARGET;
  lowbit_context context = {0};
  context.workspace =
      (uint8_t *)attempt->workspace + -(uintptr_t)attempt->workspace % 64;
  context.workspace_bytes = needed;
  return lowbit_variant_run(test, variant, &context, NULL, outputs);
}

/// The same for a variant that may end with an illegal instruction.
static lowbit_status tryToRun(const lowbit_model *test,
                              const lowbit_variant *variant, Attempt *attempt) {
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
    status = run(test, variant, attempt);
  restoreFloatMode(mode);
  sigaction(SIGILL, &previous, NULL);
  return status;
}

int lowbit_variant_passes(const lowbit_model *model, int32_t variant) {
  const lowbit_model *test = model->self_test, *reference = model->reference;
  Attempt expected = {0}, attempt = {0};
  const int passes =
      allocate(&expected, reference) && allocate(&attempt, test) &&
      run(reference, reference->variants, &expected) == LOWBIT_OK &&
      tryToRun(test, &test->variants[variant], &attempt) == LOWBIT_OK &&
      memcmp(expected.results, attempt.results,
             attempt.words * sizeof(*attempt.results)) == 0;
  release(&expected);
  release(&attempt);
  return passes;
}
