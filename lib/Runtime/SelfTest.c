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
#include <sys/mman.h>

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

/// Memory of the system: a test may be large, and stacks may be small.
typedef struct {
  void *data;
  size_t bytes;
} Region;

static int reserve(Region *region, uint64_t bytes) {
  region->bytes = bytes + 1; // none is an error
  region->data = mmap(NULL, region->bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return region->data != MAP_FAILED;
}

static void release(Region *region) {
  if (region->data && region->data != MAP_FAILED)
    munmap(region->data, region->bytes);
}

/// What a run of a test writes.
typedef struct {
  Region outputs, results, workspace;
  uint64_t words; ///< of all outputs, which lie one after another
} Attempt;

static uint64_t countWords(lowbit_dtype dtype, int32_t rank,
                           const int64_t *shape) {
  uint64_t bytes = lowbit_dtype_bytes(dtype);
  for (int32_t d = 0; d < rank; ++d)
    bytes *= (uint64_t)shape[d];
  return (bytes + 7) / 8;
}

static int begin(Attempt *attempt, const lowbit_model *test) {
  for (int32_t i = 0; i < test->num_outputs; ++i) {
    const lowbit_tensor_type *type = &test->outputs[i];
    attempt->words += countWords(type->dtype, type->rank, type->shape);
  }
  return reserve(&attempt->outputs,
                 (uint64_t)test->num_outputs * sizeof(lowbit_tensor)) &&
         reserve(&attempt->results, attempt->words * sizeof(uint64_t));
}

static void end(Attempt *attempt) {
  release(&attempt->outputs);
  release(&attempt->results);
  release(&attempt->workspace);
}

static lowbit_status run(const lowbit_model *test,
                         const lowbit_variant *variant, Attempt *attempt) {
  lowbit_tensor *outputs = attempt->outputs.data;
  uint64_t needed = 0;
  lowbit_status status =
      lowbit_variant_plan(test, variant, NULL, outputs, &needed);
  if (status != LOWBIT_OK)
    return status;
  uint64_t *results = attempt->results.data;
  for (int32_t i = 0; i < test->num_outputs; ++i) {
    const uint64_t words =
        countWords(outputs[i].dtype, outputs[i].rank, outputs[i].shape);
    outputs[i].data = results;
    outputs[i].capacity = words * sizeof(uint64_t);
    results += words;
  }
  if (!reserve(&attempt->workspace, needed))
    return LOWBIT_ERROR_TARGET;
  lowbit_context context = {0};
  context.workspace = attempt->workspace.data;
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
  struct sigaction present;
  if (sigaction(SIGILL, NULL, &present) != 0)
    return LOWBIT_ERROR_TARGET;
  // A process that was forked during a test has the handler already.
  if (present.sa_sigaction != onIllegalInstruction)
    previous = present;
  if (sigaction(SIGILL, &action, NULL) != 0)
    return LOWBIT_ERROR_TARGET;
  const uint64_t mode = setFloatMode();
  volatile lowbit_status status = LOWBIT_ERROR_TARGET;
  if (setjmp(trap) == 0)
    status = run(test, variant, attempt);
  restoreFloatMode(mode);
  sigaction(SIGILL, &previous, NULL);
  return status;
}

int lowbit_variant_passes(const lowbit_model *model, int32_t variant,
                          int isAlone) {
  const lowbit_model *test = model->self_test, *reference = model->reference;
  // One handler, of one thread, can be put back.
  lowbit_status (*const runTest)(const lowbit_model *, const lowbit_variant *,
                                 Attempt *) = isAlone ? tryToRun : run;
  Attempt expected = {0}, attempt = {0};
  const int passes =
      begin(&expected, reference) && begin(&attempt, test) &&
      run(reference, reference->variants, &expected) == LOWBIT_OK &&
      runTest(test, &test->variants[variant], &attempt) == LOWBIT_OK &&
      memcmp(expected.results.data, attempt.results.data,
             attempt.words * sizeof(uint64_t)) == 0;
  end(&expected);
  end(&attempt);
  return passes;
}
