//===- Inputs.cpp - Inputs of a run ---------------------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Inputs.h"
#include "Random.h"

#include "lowbit/Runtime/TensorType.h"

#include <algorithm>
#include <cstring>

using namespace mlir::lowbit;

lowbit_tensor mlir::lowbit::viewArray(NpyArray &array) {
  lowbit_tensor tensor = {};
  tensor.data = array.data.data();
  tensor.capacity = array.data.size();
  tensor.dtype = array.dtype;
  tensor.rank = int32_t(array.shape.size());
  std::copy(array.shape.begin(), array.shape.end(), tensor.shape);
  return tensor;
}

/// The little-endian bits of one random element.
static uint64_t randomElement(lowbit_dtype dtype, Random &random) {
  uint64_t bits = random.next();
  switch (dtype) {
  case LOWBIT_F32:
  case LOWBIT_BF16: {
    // 24 random bits as a fixed-point number in [-1, 1).
    float value = float(int64_t(bits >> 40) - (1 << 23)) / float(1 << 23);
    uint32_t pattern;
    std::memcpy(&pattern, &value, sizeof(pattern));
    return dtype == LOWBIT_F32 ? pattern : pattern >> 16;
  }
  case LOWBIT_F16:
    // Sign and mantissa random, exponent of [1/16, 1).
    return (bits & 0x83ff) | (11 + (bits >> 16) % 4) << 10;
  case LOWBIT_I8:
  case LOWBIT_U8:
  case LOWBIT_I16:
  case LOWBIT_I32:
  case LOWBIT_I64:
    return bits >> 57;
  }
  return 0;
}

static bool fillRandom(NpyArray &array, Random &random) {
  const uint64_t element = lowbit_dtype_bytes(array.dtype);
  uint64_t bytes = element;
  bool isEmpty = std::count(array.shape.begin(), array.shape.end(), 0) != 0;
  for (int64_t extent : array.shape)
    if (!isEmpty && (__builtin_mul_overflow(bytes, uint64_t(extent), &bytes) ||
                     bytes > array.data.max_size()))
      return false;
  array.data.resize(isEmpty ? 0 : bytes);
  for (uint64_t i = 0; i < array.data.size(); i += element) {
    uint64_t bits = randomElement(array.dtype, random);
    for (uint64_t b = 0; b != element; ++b)
      array.data[i + b] = uint8_t(bits >> (8 * b));
  }
  return true;
}

static bool makeRandom(const lowbit_model &model, const RunOptions &options,
                       std::vector<NpyArray> &arrays, std::string &error) {
  if (options.shapes.size() > arrays.size()) {
    error = "expected at most " + std::to_string(arrays.size()) +
            " shapes, but got " + std::to_string(options.shapes.size());
    return false;
  }
  Random random(options.seed.value_or(0));
  for (size_t i = 0; i < arrays.size(); ++i) {
    const lowbit_tensor_type &type = model.inputs[i];
    arrays[i].dtype = type.dtype;
    arrays[i].shape.assign(type.shape, type.shape + type.rank);
    std::replace(arrays[i].shape.begin(), arrays[i].shape.end(), int64_t(-1),
                 int64_t(1));
    if (i < options.shapes.size())
      arrays[i].shape = options.shapes[i];
    lowbit_tensor view = {};
    view.dtype = type.dtype;
    view.rank = int32_t(arrays[i].shape.size());
    if (view.rank <= LOWBIT_MAX_RANK)
      std::copy(arrays[i].shape.begin(), arrays[i].shape.end(), view.shape);
    if (!matches(type, view)) {
      error = "--shape: " + explainMismatch(type, view);
      return false;
    }
    if (!fillRandom(arrays[i], random)) {
      error = "--shape: expected a size that fits into memory, but got " +
              formatType(view.dtype, view.rank, view.shape);
      return false;
    }
  }
  return true;
}

bool mlir::lowbit::makeInputs(const lowbit_model &model,
                              const RunOptions &options,
                              std::vector<NpyArray> &arrays,
                              std::string &error) {
  arrays.resize(size_t(model.num_inputs));
  bool isRandom = options.seed || !options.shapes.empty() ||
                  options.isBenchmark || options.isProfile;
  if (options.inputs.empty() && isRandom)
    return makeRandom(model, options, arrays, error);
  if (options.inputs.size() != arrays.size()) {
    error = "expected " + std::to_string(arrays.size()) +
            " times --input (or --seed), but got " +
            std::to_string(options.inputs.size());
    return false;
  }
  for (size_t i = 0; i < arrays.size(); ++i) {
    if (!readNpy(options.inputs[i], arrays[i], error))
      return false;
    lowbit_tensor view = viewArray(arrays[i]);
    if (!matches(model.inputs[i], view)) {
      error = options.inputs[i] + ": " + explainMismatch(model.inputs[i], view);
      return false;
    }
  }
  return true;
}

bool mlir::lowbit::makeOutputs(const lowbit_runtime *runtime,
                               const std::vector<lowbit_tensor> &inputs,
                               std::vector<NpyArray> &arrays,
                               std::string &error) {
  char text[1024];
  uint64_t workspace = 0;
  std::vector<lowbit_tensor> outputs(arrays.size());
  if (lowbit_runtime_plan(runtime, inputs.data(), outputs.data(), &workspace,
                          text, sizeof(text)) != LOWBIT_OK) {
    error = text;
    return false;
  }
  for (size_t i = 0; i < arrays.size(); ++i) {
    const lowbit_tensor &output = outputs[i];
    arrays[i].dtype = output.dtype;
    arrays[i].shape.assign(output.shape, output.shape + output.rank);
    uint64_t bytes = lowbit_dtype_bytes(output.dtype);
    if (std::count(arrays[i].shape.begin(), arrays[i].shape.end(), 0) != 0)
      bytes = 0;
    for (int64_t extent : arrays[i].shape)
      bytes *= uint64_t(extent); // checked by the plan
    arrays[i].data.resize(bytes);
  }
  return true;
}

bool mlir::lowbit::runArrays(lowbit_runtime *runtime,
                             std::vector<NpyArray> &inputs,
                             std::vector<NpyArray> &outputs,
                             std::string &error) {
  outputs.resize(size_t(lowbit_runtime_model(runtime)->num_outputs));
  std::vector<lowbit_tensor> inputViews, outputViews;
  for (NpyArray &array : inputs)
    inputViews.push_back(viewArray(array));
  if (!makeOutputs(runtime, inputViews, outputs, error))
    return false;
  for (NpyArray &array : outputs)
    outputViews.push_back(viewArray(array));
  char text[1024];
  if (lowbit_runtime_run(runtime, nullptr, inputViews.data(),
                         outputViews.data(), text, sizeof(text)) == LOWBIT_OK)
    return true;
  error = text;
  return false;
}
