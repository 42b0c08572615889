/* run_model INPUTS OUTPUTS MODE: prints the target and runs the model that it
 * is linked with, over and over, until the file INPUTS ends. A tensor in a
 * file: dtype and rank (i32), the extents (i64), the elements. The calling
 * thread and those of the model's tasks have MODE in FPCR. */

#include "lowbit-c/Model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_TENSORS = 8 };

extern const lowbit_model lowbit_model_main;

static void check(const char *what, lowbit_status status) {
  if (status != LOWBIT_OK) {
    fprintf(stderr, "%s: %s\n", what, lowbit_status_text(status));
    exit(1);
  }
}

static void *allocate(uint64_t bytes) {
  return aligned_alloc(64, (bytes + 127) / 64 * 64);
}

static uint64_t count_bytes(const lowbit_tensor *tensor) {
  uint64_t bytes = lowbit_dtype_bytes(tensor->dtype);
  for (int32_t i = 0; i < tensor->rank; ++i)
    bytes *= (uint64_t)tensor->shape[i];
  return bytes;
}

/* Whether there was one more tensor. */
static int read_tensor(FILE *file, lowbit_tensor *tensor) {
  int32_t head[2];
  if (fread(head, sizeof(head), 1, file) != 1)
    return 0;
  tensor->dtype = (lowbit_dtype)head[0];
  tensor->rank = head[1];
  size_t rank = (size_t)tensor->rank;
  if (fread(tensor->shape, sizeof(int64_t), rank, file) != rank)
    return 0;
  tensor->capacity = count_bytes(tensor);
  tensor->data = allocate(tensor->capacity);
  return fread(tensor->data, 1, tensor->capacity, file) == tensor->capacity;
}

static void write_tensor(FILE *file, const lowbit_tensor *tensor) {
  int32_t head[2] = {(int32_t)tensor->dtype, tensor->rank};
  fwrite(head, sizeof(head), 1, file);
  fwrite(tensor->shape, sizeof(int64_t), (size_t)tensor->rank, file);
  fwrite(tensor->data, 1, count_bytes(tensor), file);
}

static uint64_t float_mode;

static uint64_t get_float_mode(void) {
  uint64_t mode;
  __asm__ volatile("mrs %0, fpcr" : "=r"(mode) : : "memory");
  return mode;
}

static void set_float_mode(uint64_t mode) {
  __asm__ volatile("msr fpcr, %0" : : "r"(mode) : "memory");
}

static void expect_float_mode(uint64_t mode) {
  if (get_float_mode() == mode)
    return;
  fprintf(stderr, "expected the float mode to stay\n");
  exit(1);
}

/* parallel_for: two halves. */
static void run_halves(void *pool, int64_t count, lowbit_task task,
                       void *data) {
  (void)pool;
  const uint64_t outside = get_float_mode();
  set_float_mode(float_mode);
  task(data, 0, count / 2);
  task(data, count / 2, count);
  expect_float_mode(float_mode);
  set_float_mode(outside);
}

static lowbit_status run_in_float_mode(lowbit_context *context,
                                       const lowbit_tensor *inputs,
                                       lowbit_tensor *outputs) {
  context->parallel_for = run_halves;
  set_float_mode(float_mode);
  lowbit_status status =
      lowbit_model_run(&lowbit_model_main, context, inputs, outputs);
  expect_float_mode(float_mode);
  set_float_mode(0);
  return status;
}

int main(int argc, char **argv) {
  const lowbit_model *model = &lowbit_model_main;
  if (argc != 4 || model->num_inputs > MAX_TENSORS ||
      model->num_outputs > MAX_TENSORS)
    return 2;
  const lowbit_variant *variant = NULL;
  char text[1024];
  if (lowbit_model_explain(model, text, sizeof(text)) != LOWBIT_OK) {
    fprintf(stderr, "%s\n", text);
    return 1;
  }
  check("check", lowbit_model_check(model, &variant));
  puts(variant->target);
  float_mode = strtoull(argv[3], NULL, 0);
  FILE *source = fopen(argv[1], "rb"), *target = fopen(argv[2], "wb");
  if (!source || !target)
    return 2;
  lowbit_tensor inputs[MAX_TENSORS], outputs[MAX_TENSORS];
  memset(inputs, 0, sizeof(inputs));
  memset(outputs, 0, sizeof(outputs));
  for (;;) {
    for (int32_t i = 0; i < model->num_inputs; ++i)
      if (!read_tensor(source, &inputs[i]))
        return fclose(target) != 0;
    lowbit_context context;
    memset(&context, 0, sizeof(context));
    check("plan",
          lowbit_model_plan(model, inputs, outputs, &context.workspace_bytes));
    context.workspace = allocate(context.workspace_bytes);
    for (int32_t i = 0; i < model->num_outputs; ++i) {
      outputs[i].capacity = count_bytes(&outputs[i]);
      outputs[i].data = allocate(outputs[i].capacity);
    }
    check("run", run_in_float_mode(&context, inputs, outputs));
    for (int32_t i = 0; i < model->num_outputs; ++i) {
      write_tensor(target, &outputs[i]);
      free(outputs[i].data);
    }
    for (int32_t i = 0; i < model->num_inputs; ++i)
      free(inputs[i].data);
    free(context.workspace);
  }
}
