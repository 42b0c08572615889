/* A program that has two models inside and calls them, as C11 and as C++17. */

#include "first.h"
#include "second.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void stop(const char *what, lowbit_status status) {
  printf("%s: %s\n", what, lowbit_status_text(status));
  exit(1);
}

static void check(const char *what, lowbit_status status) {
  if (status != LOWBIT_OK)
    stop(what, status);
}

/* Runs `model` on rows x columns values; returns the outputs. */
static float *run(const lowbit_model *model, float *x, int64_t rows,
                  int64_t columns) {
  lowbit_tensor input, output;
  lowbit_context context;
  uint64_t workspace_bytes = 0;
  char text[512];
  if (lowbit_model_explain(model, text, sizeof(text)) != LOWBIT_OK) {
    printf("%s: %s\n", model->name, text);
    exit(1);
  }
  memset(&input, 0, sizeof(input));
  memset(&output, 0, sizeof(output));
  memset(&context, 0, sizeof(context));
  input.data = x;
  input.capacity = (uint64_t)(rows * columns) * sizeof(float);
  input.dtype = LOWBIT_F32;
  input.rank = 2;
  input.shape[0] = rows;
  input.shape[1] = columns;
  check("plan", lowbit_model_plan(model, &input, &output, &workspace_bytes));
  if (output.rank != 2 || output.shape[0] != rows ||
      output.shape[1] != model->outputs[0].shape[1])
    stop("plan", LOWBIT_ERROR_SHAPE);
  output.capacity = (uint64_t)(rows * output.shape[1]) * sizeof(float);
  output.data = malloc(output.capacity);
  context.workspace = aligned_alloc(64, workspace_bytes + 64);
  context.workspace_bytes = workspace_bytes;
  check("run", lowbit_model_run(model, &context, &input, &output));

  /* Refusals come back as codes. */
  context.workspace_bytes = workspace_bytes - 1;
  if (workspace_bytes != 0 &&
      lowbit_model_run(model, &context, &input, &output) !=
          LOWBIT_ERROR_WORKSPACE)
    stop("small workspace", LOWBIT_OK);
  context.workspace_bytes = workspace_bytes;
  input.shape[1] += 1;
  if (lowbit_model_run(model, &context, &input, &output) != LOWBIT_ERROR_SHAPE)
    stop("wrong shape", LOWBIT_OK);
  free(context.workspace);
  return (float *)output.data;
}

static void print(const lowbit_model *model, const float *y, int64_t rows) {
  const lowbit_variant *variant = NULL;
  check("check", lowbit_model_check(model, &variant));
  printf("%s for %s:", model->name, variant->target);
  for (int64_t i = 0; i < rows * model->outputs[0].shape[1]; ++i)
    printf(" %.2f", (double)y[i]);
  printf("\n");
}

int main(void) {
  float x[] = {1.0f, 2.0f, 3.0f, -1.0f, 0.5f, 0.0f};
  float *first = run(&first_model, x, 2, 3);
  float *second = run(&second_model, x, 3, 2);
  float *again = run(&first_model, x, 2, 3);
  print(&first_model, first, 2);
  print(&second_model, second, 3);
  printf("%s\n",
         memcmp(first, again, 2 * 5 * sizeof(float)) ? "differs" : "same");
  free(first);
  free(second);
  free(again);
  return 0;
}
