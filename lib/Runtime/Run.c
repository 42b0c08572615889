//===- Run.c - Planning and running a compiled model ----------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit-c/Model.h"

#include "FloatMode.h"
#include "Variant.h"

static int isWellFormed(const lowbit_model *model) {
  return model->num_inputs >= 0 && model->num_outputs >= 0 &&
         model->num_inputs <= LOWBIT_MAX_TENSORS &&
         model->num_outputs <= LOWBIT_MAX_TENSORS - model->num_inputs &&
         (model->inputs || model->num_inputs == 0) &&
         (model->outputs || model->num_outputs == 0);
}

/// Bytes of a dense array. False if they exceed the range of int64_t or if an
/// extent is negative.
static int sizeInBytes(lowbit_dtype dtype, int32_t rank, const int64_t *shape,
                       uint64_t *bytes) {
  int64_t elements = 1, size;
  int empty = 0;
  for (int32_t i = 0; i < rank; ++i) {
    if (shape[i] < 0)
      return 0;
    empty |= shape[i] == 0;
  }
  for (int32_t i = 0; !empty && i < rank; ++i)
    if (__builtin_mul_overflow(elements, shape[i], &elements))
      return 0;
  if (__builtin_mul_overflow(elements, (int64_t)lowbit_dtype_bytes(dtype),
                             &size))
    return 0;
  *bytes = empty ? 0 : (uint64_t)size;
  return 1;
}

static lowbit_status checkType(const lowbit_tensor_type *type,
                               const lowbit_tensor *tensor, uint64_t *bytes) {
  if (lowbit_dtype_bytes(type->dtype) == 0 || type->rank < 0 ||
      type->rank > LOWBIT_MAX_RANK || tensor->dtype != type->dtype ||
      tensor->rank != type->rank)
    return LOWBIT_ERROR_ARGUMENT;
  for (int32_t i = 0; i < type->rank; ++i)
    if (type->shape[i] != -1 && type->shape[i] != tensor->shape[i])
      return LOWBIT_ERROR_SHAPE;
  return sizeInBytes(tensor->dtype, tensor->rank, tensor->shape, bytes)
             ? LOWBIT_OK
             : LOWBIT_ERROR_SHAPE;
}

//===----------------------------------------------------------------------===//
// Plan
//===----------------------------------------------------------------------===//

/// A memref descriptor: allocated, aligned, offset, sizes[rank], strides[rank].
typedef struct Descriptor {
  intptr_t words[3 + 2 * LOWBIT_MAX_RANK];
} Descriptor;

static void describe(Descriptor *descriptor, const void *data, int32_t rank,
                     const int64_t *shape) {
  intptr_t *words = descriptor->words;
  words[0] = words[1] = (intptr_t)data;
  words[2] = 0;
  // The element count was checked, but with an extent of 0 a part of it may
  // wrap: such strides are never used.
  uint64_t stride = 1;
  for (int32_t i = rank; i-- > 0;) {
    words[3 + i] = (intptr_t)shape[i];
    words[3 + rank + i] = (intptr_t)stride;
    stride *= (uint64_t)shape[i];
  }
}

/// What is known of one input, output, the weights or the workspace in a call.
typedef struct Slot {
  Descriptor descriptor;
  uint64_t bytes; // of inputs and outputs
} Slot;

/// The space of one call, on the caller's stack: `tensors + 2` slots, one more
/// argument, and the extents of all outputs with the workspace bytes behind.
typedef struct Frame {
  Slot *slots;
  void **args;
  int64_t *extents;
} Frame;

static void setArg(Frame *frame, int32_t index, const void *data, int32_t rank,
                   const int64_t *shape) {
  describe(&frame->slots[index].descriptor, data, rank, shape);
  frame->args[index] = &frame->slots[index].descriptor;
}

/// Whether `model` can be called with such arguments, and by which variant.
static lowbit_status checkCall(const lowbit_model *model,
                               const lowbit_tensor *inputs,
                               const lowbit_tensor *outputs,
                               const lowbit_variant **variant) {
  if (!model)
    return LOWBIT_ERROR_ARGUMENT;
  if (model->abi_version != LOWBIT_ABI_VERSION)
    return LOWBIT_ERROR_VERSION;
  if (!isWellFormed(model) || (!inputs && model->num_inputs != 0) ||
      (!outputs && model->num_outputs != 0))
    return LOWBIT_ERROR_ARGUMENT;
  for (int32_t i = 0; i < model->num_outputs; ++i)
    if (model->outputs[i].rank < 0 || model->outputs[i].rank > LOWBIT_MAX_RANK)
      return LOWBIT_ERROR_ARGUMENT;
  // The planner is code for a target, like the model itself.
  return lowbit_model_check(model, variant);
}

static int32_t countTensors(const lowbit_model *model) {
  return model->num_inputs + model->num_outputs;
}

/// The extents of all outputs, and the workspace bytes.
static int64_t countExtents(const lowbit_model *model) {
  int64_t count = 1;
  for (int32_t i = 0; i < model->num_outputs; ++i)
    count += model->outputs[i].rank;
  return count;
}

static lowbit_status plan(const lowbit_model *model,
                          const lowbit_variant *variant, Frame *frame,
                          const lowbit_tensor *inputs, lowbit_tensor *outputs,
                          uint64_t *workspaceBytes) {
  for (int32_t i = 0; i < model->num_inputs; ++i) {
    lowbit_status status =
        checkType(&model->inputs[i], &inputs[i], &frame->slots[i].bytes);
    if (status != LOWBIT_OK)
      return status;
    setArg(frame, i, inputs[i].data, inputs[i].rank, inputs[i].shape);
  }

  const int64_t count = countExtents(model);
  for (int64_t i = 0; i < count; ++i)
    frame->extents[i] = -1;
  setArg(frame, model->num_inputs, frame->extents, 1, &count);
  variant->plan(frame->args);

  if (frame->extents[count - 1] < 0)
    return LOWBIT_ERROR_SHAPE;
  *workspaceBytes = (uint64_t)frame->extents[count - 1];
  const int64_t *next = frame->extents;
  for (int32_t i = 0; i < model->num_outputs; ++i) {
    const lowbit_tensor_type *type = &model->outputs[i];
    outputs[i].dtype = type->dtype;
    outputs[i].rank = type->rank;
    for (int32_t d = 0; d < type->rank; ++d)
      outputs[i].shape[d] = *next++;
    lowbit_status status = checkType(
        type, &outputs[i], &frame->slots[model->num_inputs + i].bytes);
    if (status != LOWBIT_OK)
      return status;
  }
  return LOWBIT_OK;
}

lowbit_status lowbit_variant_plan(const lowbit_model *model,
                                  const lowbit_variant *variant,
                                  const lowbit_tensor *inputs,
                                  lowbit_tensor *outputs,
                                  uint64_t *workspaceBytes) {
  Slot slots[countTensors(model) + 2];
  void *args[countTensors(model) + 3];
  int64_t extents[countExtents(model)];
  Frame frame = {slots, args, extents};
  uint64_t needed = 0;
  lowbit_status status = plan(model, variant, &frame, inputs, outputs, &needed);
  if (status == LOWBIT_OK)
    *workspaceBytes = needed;
  return status;
}

lowbit_status lowbit_model_plan(const lowbit_model *model,
                                const lowbit_tensor *inputs,
                                lowbit_tensor *outputs,
                                uint64_t *workspaceBytes) {
  if (!workspaceBytes)
    return LOWBIT_ERROR_ARGUMENT;
  const lowbit_variant *variant = NULL;
  lowbit_status status = checkCall(model, inputs, outputs, &variant);
  return status == LOWBIT_OK ? lowbit_variant_plan(model, variant, inputs,
                                                   outputs, workspaceBytes)
                             : status;
}

//===----------------------------------------------------------------------===//
// Run
//===----------------------------------------------------------------------===//

static lowbit_status checkBuffer(const lowbit_tensor *tensor, uint64_t bytes) {
  if (bytes == 0)
    return LOWBIT_OK;
  if (!tensor->data ||
      (uintptr_t)tensor->data % lowbit_dtype_bytes(tensor->dtype) != 0)
    return LOWBIT_ERROR_ARGUMENT;
  return tensor->capacity < bytes ? LOWBIT_ERROR_CAPACITY : LOWBIT_OK;
}

static int overlap(const void *a, uint64_t aBytes, const void *b,
                   uint64_t bBytes) {
  uintptr_t aBegin = (uintptr_t)a, bBegin = (uintptr_t)b;
  if (aBytes == 0 || bBytes == 0)
    return 0;
  return aBegin <= bBegin ? bBegin - aBegin < aBytes : aBegin - bBegin < bBytes;
}

typedef struct Task {
  lowbit_task task;
  void *data;
} Task;

static void runTask(void *data, int64_t begin, int64_t end) {
  const Task *task = data;
  const uint64_t saved = setFloatMode();
  task->task(task->data, begin, end);
  restoreFloatMode(saved);
}

/// `parallel_for` of the model: the caller's with `runTask` around each task.
static void parallelFor(void *pool, int64_t count, lowbit_task task,
                        void *data) {
  const lowbit_context *caller = pool;
  Task guarded = {task, data};
  if (count <= 0)
    return;
  if (caller->parallel_for && count != 1)
    caller->parallel_for(caller->pool, count, runTask, &guarded);
  else
    task(data, 0, count);
}

lowbit_status lowbit_variant_run(const lowbit_model *model,
                                 const lowbit_variant *variant,
                                 const lowbit_context *context,
                                 const lowbit_tensor *inputs,
                                 lowbit_tensor *outputs) {
  const int32_t numInputs = model->num_inputs;
  const int32_t numTensors = countTensors(model);
  Slot slots[numTensors + 2];
  void *args[numTensors + 3];
  int64_t extents[countExtents(model)];
  Frame frame = {slots, args, extents};
  uint64_t needed = 0;
  lowbit_status status = plan(model, variant, &frame, inputs, outputs, &needed);
  if (status != LOWBIT_OK)
    return status;

  for (int32_t i = 0; i < numTensors; ++i) {
    status = checkBuffer(i < numInputs ? &inputs[i] : &outputs[i - numInputs],
                         frame.slots[i].bytes);
    if (status != LOWBIT_OK)
      return status;
  }

  if (needed != 0 &&
      (!context->workspace || context->workspace_bytes < needed ||
       (uintptr_t)context->workspace % 64 != 0))
    return LOWBIT_ERROR_WORKSPACE;
  const uint8_t *weights = context->weights ? context->weights : model->weights;
  if (model->weights_bytes != 0 && (!weights || (uintptr_t)weights % 64 != 0))
    return LOWBIT_ERROR_WEIGHTS;

  const int64_t weightsExtent = (int64_t)model->weights_bytes;
  const int64_t workspaceExtent = (int64_t)needed;
  for (int32_t i = 0; i < model->num_outputs; ++i)
    setArg(&frame, numInputs + i, outputs[i].data, outputs[i].rank,
           outputs[i].shape);
  setArg(&frame, numTensors, weights, 1, &weightsExtent);
  setArg(&frame, numTensors + 1, context->workspace, 1, &workspaceExtent);

  // What is written (outputs, workspace) must overlap nothing.
  for (int32_t i = 0; i < numTensors + 2; ++i) {
    const int isWorkspace = i == numTensors + 1;
    const uint64_t bytes = i < numTensors ? frame.slots[i].bytes
                           : isWorkspace  ? needed
                                          : model->weights_bytes;
    const void *data = (const void *)frame.slots[i].descriptor.words[0];
    for (int32_t j = numInputs; j < numTensors; ++j)
      if (i != j && overlap(data, bytes, outputs[j - numInputs].data,
                            frame.slots[j].bytes))
        return LOWBIT_ERROR_ARGUMENT;
    if (!isWorkspace && overlap(data, bytes, context->workspace, needed))
      return LOWBIT_ERROR_ARGUMENT;
  }

  lowbit_context caller = *context, guarded = *context;
  guarded.weights = weights;
  guarded.parallel_for = parallelFor;
  guarded.pool = &caller;
  lowbit_context *guardedPointer = &guarded;
  frame.args[numTensors + 2] = &guardedPointer;

  const uint64_t saved = setFloatMode();
  variant->run(frame.args);
  restoreFloatMode(saved);
  return LOWBIT_OK;
}

lowbit_status lowbit_model_run(const lowbit_model *model,
                               const lowbit_context *context,
                               const lowbit_tensor *inputs,
                               lowbit_tensor *outputs) {
  if (!context)
    return LOWBIT_ERROR_ARGUMENT;
  const lowbit_variant *variant = NULL;
  lowbit_status status = checkCall(model, inputs, outputs, &variant);
  return status == LOWBIT_OK
             ? lowbit_variant_run(model, variant, context, inputs, outputs)
             : status;
}
