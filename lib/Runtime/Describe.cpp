//===- Describe.cpp - Descriptions of compiled models ---------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Describe.h"

#include "lowbit/Runtime/Json.h"
#include "lowbit/Runtime/TensorType.h"

#include <algorithm>
#include <string_view>

using namespace mlir::lowbit;

static std::string_view text(const char *string) {
  return string ? std::string_view(string) : std::string_view();
}

//===----------------------------------------------------------------------===//
// JSON
//===----------------------------------------------------------------------===//

/// Appends `count` elements, separated by commas, in brackets.
template <typename Append>
static void appendList(std::string &out, int64_t count, Append append) {
  out += '[';
  for (int64_t i = 0; i < count; ++i) {
    if (i != 0)
      out += ", ";
    append(i);
  }
  out += ']';
}

static void appendTypes(std::string &out, const lowbit_tensor_type *types,
                        int32_t count) {
  appendList(out, count, [&](int64_t i) {
    const lowbit_tensor_type &type = types[i];
    out += "{\"name\": " + quoteJson(text(type.name)) +
           ", \"dtype\": " + quoteJson(text(lowbit_dtype_text(type.dtype))) +
           ", \"shape\": ";
    appendList(out, type.rank, [&](int64_t d) {
      out += type.shape[d] == -1 ? "null" : std::to_string(type.shape[d]);
    });
    out += '}';
  });
}

std::string mlir::lowbit::describeModel(const lowbit_model &model,
                                        const lowbit_variant &variant) {
  std::string out = "{\"name\": " + quoteJson(text(model.name)) +
                    ", \"target\": " + quoteJson(text(variant.target)) +
                    ", \"cpu_features\": [";
  std::string_view features = text(variant.cpu_features);
  for (bool isFirst = true; !features.empty(); isFirst = false) {
    size_t length = std::min(features.find(','), features.size());
    out += (isFirst ? "" : ", ") + quoteJson(features.substr(0, length));
    features.remove_prefix(std::min(length + 1, features.size()));
  }
  out += "], \"targets\": ";
  appendList(out, model.num_variants, [&](int64_t i) {
    out += quoteJson(text(model.variants[i].target));
  });
  out += ", \"inputs\": ";
  appendTypes(out, model.inputs, model.num_inputs);
  out += ", \"outputs\": ";
  appendTypes(out, model.outputs, model.num_outputs);
  out += ", \"layers\": ";
  appendList(out, model.num_layers,
             [&](int64_t i) { out += quoteJson(text(model.layers[i])); });
  return out + ", \"weights_bytes\": " + std::to_string(model.weights_bytes) +
         '}';
}

//===----------------------------------------------------------------------===//
// Refusals
//===----------------------------------------------------------------------===//

/// Bytes of a tensor that was accepted, so that nothing overflows.
static uint64_t sizeInBytes(const lowbit_tensor &tensor) {
  uint64_t bytes = lowbit_dtype_bytes(tensor.dtype);
  for (int32_t i = 0; i < tensor.rank; ++i)
    bytes *= uint64_t(tensor.shape[i]);
  return bytes;
}

static std::string explainBuffer(const lowbit_tensor &tensor) {
  uint64_t bytes = sizeInBytes(tensor),
           element = lowbit_dtype_bytes(tensor.dtype);
  if (bytes == 0)
    return {};
  if (!tensor.data)
    return "expected a buffer, but got null";
  if (reinterpret_cast<uintptr_t>(tensor.data) % element != 0)
    return "expected a buffer aligned to " + std::to_string(element) +
           " bytes, but got an unaligned one";
  if (tensor.capacity < bytes)
    return "expected a buffer of " + std::to_string(bytes) +
           " bytes, but got one of " + std::to_string(tensor.capacity);
  return {};
}

static std::string nameOf(const char *kind, int32_t index, const char *name) {
  return std::string(kind) + " " + std::to_string(index) + " " +
         quoteJson(text(name)) + ": ";
}

std::string mlir::lowbit::explainStatus(const lowbit_model &model,
                                        lowbit_status status,
                                        const lowbit_tensor *inputs,
                                        const lowbit_tensor *outputs) {
  bool isTensor = status == LOWBIT_ERROR_ARGUMENT ||
                  status == LOWBIT_ERROR_SHAPE ||
                  status == LOWBIT_ERROR_CAPACITY;
  if (!isTensor)
    return lowbit_status_text(status);
  if (!inputs && model.num_inputs != 0)
    return "expected inputs, but got null";
  if (!outputs && model.num_outputs != 0)
    return "expected outputs, but got null";

  for (int32_t i = 0; i < model.num_inputs; ++i)
    if (!matches(model.inputs[i], inputs[i]))
      return nameOf("input", i, model.inputs[i].name) +
             explainMismatch(model.inputs[i], inputs[i]);
  if (status == LOWBIT_ERROR_SHAPE)
    return "expected extents that fit one another and the memory, but got "
           "others";
  for (int32_t i = 0; i < model.num_inputs; ++i)
    if (std::string why = explainBuffer(inputs[i]); !why.empty())
      return nameOf("input", i, model.inputs[i].name) + why;
  for (int32_t i = 0; i < model.num_outputs; ++i)
    if (std::string why = explainBuffer(outputs[i]); !why.empty())
      return nameOf("output", i, model.outputs[i].name) + why;
  if (status == LOWBIT_ERROR_ARGUMENT)
    return "expected outputs that overlap nothing, but got overlapping buffers";
  return lowbit_status_text(status);
}
