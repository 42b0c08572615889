/* Plans and runs the model of layer.mlir without asking whether it can. */

#include <stdio.h>

int main(void) {
  static float x[3], y[5];
  static _Alignas(64) char workspace[4096];
  lowbit_tensor input = {x, sizeof(x), LOWBIT_F32, 2, {1, 3}};
  lowbit_tensor output = {y, sizeof(y), LOWBIT_F32, 2, {0}};
  lowbit_context context = {0};
  uint64_t bytes = 0;
  context.workspace = workspace;
  context.workspace_bytes = sizeof(workspace);
  puts(lowbit_status_text(
      lowbit_model_plan(&layer_model, &input, &output, &bytes)));
  puts(lowbit_status_text(
      lowbit_model_run(&layer_model, &context, &input, &output)));
  return 0;
}
