//===- Samples.cpp - What a model is run over -----------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Samples.h"
#include "Random.h"

#include "lowbit/Runtime/Npz.h"
#include "lowbit/Runtime/TensorType.h"

#include <algorithm>
#include <cstring>
#include <vector>

using namespace mlir::lowbit;

static constexpr int64_t defaultBatch = 32;
static constexpr int64_t defaultSamples = 256;

static std::string describeInput(const lowbit_model &model, size_t i) {
  const lowbit_tensor_type &type = model.inputs[i];
  return "input '" + std::string(type.name ? type.name : "") + "' of " +
         formatType(type.dtype, type.rank, type.shape);
}

/// The samples of one run: what the model's first axes fix, else what is asked
/// for. False with `error` set where they differ.
static bool findBatch(const lowbit_model &model, const RunOptions &options,
                      int64_t &batch, std::string &error) {
  batch = options.batch ? int64_t(*options.batch) : defaultBatch;
  bool isFixed = false;
  for (int32_t i = 0; i < model.num_inputs; ++i) {
    const lowbit_tensor_type &type = model.inputs[i];
    if (type.rank == 0) {
      error = "expected a first axis of samples, but got " +
              describeInput(model, size_t(i));
      return false;
    }
    int64_t extent = type.shape[0];
    if (extent == -1)
      continue;
    if (extent == 0 || ((isFixed || options.batch) && extent != batch)) {
      error = "expected batches of " + std::to_string(batch) +
              " samples, but got " + describeInput(model, size_t(i));
      return false;
    }
    batch = extent;
    isFixed = true;
  }
  return true;
}

/// Whether the first axis of any input is fixed.
static bool hasFixedBatch(const lowbit_model &model) {
  return std::any_of(model.inputs, model.inputs + model.num_inputs,
                     [](const auto &type) { return type.shape[0] != -1; });
}

//===----------------------------------------------------------------------===//
// Data
//===----------------------------------------------------------------------===//

namespace {
class DataSamples : public Samples {
public:
  bool start(const lowbit_model &model, const RunOptions &options,
             std::string &error);
  std::string getSource() const override { return "data"; }
  bool read(size_t input, int64_t size, NpyArray &array,
            std::string &error) override;

private:
  bool openMember(const lowbit_model &model, size_t input,
                  const std::string &name, std::string &error);

  std::string path;
  std::unique_ptr<NpzFile> file;
  std::vector<std::unique_ptr<NpzMember>> members;
};
} // namespace

bool DataSamples::openMember(const lowbit_model &model, size_t input,
                             const std::string &name, std::string &error) {
  members.push_back(file->openMember(name, error));
  NpzMember *member = members.back().get();
  if (!member)
    return false;
  // The sample's part of the shape is the model's.
  const std::vector<int64_t> &shape = member->getShape();
  lowbit_tensor view = {};
  view.dtype = member->getDtype();
  view.rank = int32_t(shape.size());
  std::copy(shape.begin(), shape.end(), view.shape);
  lowbit_tensor_type type = model.inputs[input];
  type.shape[0] = -1;
  if (!matches(type, view)) {
    error = path + ": '" + name + "': " + explainMismatch(type, view);
    return false;
  }
  if (input == 0)
    count = shape[0];
  if (shape[0] == count)
    return true;
  error = path + ": expected as many samples of all inputs, but got " +
          std::to_string(count) + " and " + std::to_string(shape[0]);
  return false;
}

bool DataSamples::start(const lowbit_model &model, const RunOptions &options,
                        std::string &error) {
  path = options.getSamples();
  file = NpzFile::open(path, error);
  if (!file || !findBatch(model, options, batch, error))
    return false;
  std::vector<std::string> names = file->getNames();
  for (size_t i = 0; i < size_t(model.num_inputs); ++i) {
    const char *name = model.inputs[i].name;
    bool isOnly = model.num_inputs == 1 && names.size() == 1;
    if (!openMember(model, i, isOnly ? names[0] : name ? name : "", error))
      return false;
  }
  if (count == 0) {
    error = path + ": expected at least one sample, but got none";
    return false;
  }
  if (hasFixedBatch(model) && count % batch != 0) {
    error = path + ": expected a multiple of " + std::to_string(batch) +
            " samples, the batch of the model, but got " +
            std::to_string(count);
    return false;
  }
  return true;
}

bool DataSamples::read(size_t input, int64_t size, NpyArray &array,
                       std::string &error) {
  NpzMember &member = *members[input];
  array.dtype = member.getDtype();
  array.shape = member.getShape();
  array.shape[0] = size;
  array.data.resize(member.getBytes() / uint64_t(count) * uint64_t(size));
  return member.read(array.data.data(), array.data.size(), error);
}

//===----------------------------------------------------------------------===//
// Normal numbers
//===----------------------------------------------------------------------===//

namespace {
class NormalSamples : public Samples {
public:
  explicit NormalSamples(uint64_t seed) : random(seed) {}

  bool start(const lowbit_model &model, const RunOptions &options,
             std::string &error);
  std::string getSource() const override { return "normal inputs"; }
  bool read(size_t input, int64_t size, NpyArray &array,
            std::string &error) override;

private:
  std::vector<std::vector<int64_t>> shapes;
  Random random;
};
} // namespace

bool NormalSamples::start(const lowbit_model &model, const RunOptions &options,
                          std::string &error) {
  if (!findBatch(model, options, batch, error))
    return false;
  for (size_t i = 0; i < size_t(model.num_inputs); ++i) {
    const lowbit_tensor_type &type = model.inputs[i];
    shapes.emplace_back(type.shape, type.shape + type.rank);
    bool isOpen =
        std::count(shapes[i].begin() + 1, shapes[i].end(), int64_t(-1)) != 0;
    if (type.dtype != LOWBIT_F32 || isOpen) {
      error = "expected f32 inputs of known extents after the first with "
              "--calibrate=normal, but got " +
              describeInput(model, i);
      return false;
    }
  }
  count = options.samples ? int64_t(*options.samples) : defaultSamples;
  if (hasFixedBatch(model))
    count += (batch - count % batch) % batch;
  return true;
}

bool NormalSamples::read(size_t input, int64_t size, NpyArray &array,
                         std::string &error) {
  array.dtype = LOWBIT_F32;
  array.shape = shapes[input];
  array.shape[0] = size;
  uint64_t bytes = sizeof(float);
  for (int64_t extent : array.shape)
    if (__builtin_mul_overflow(bytes, uint64_t(extent), &bytes)) {
      error = "expected inputs that fit into memory, but got more";
      return false;
    }
  array.data.resize(bytes);
  for (uint64_t at = 0; at != bytes; at += sizeof(float)) {
    float value = random.nextNormal();
    std::memcpy(&array.data[at], &value, sizeof(value));
  }
  return true;
}

std::unique_ptr<Samples> Samples::open(const lowbit_model &model,
                                       const RunOptions &options,
                                       std::string &error) {
  if (!options.isComparison && options.calibration == "normal") {
    auto samples = std::make_unique<NormalSamples>(options.seed.value_or(0));
    return samples->start(model, options, error) ? std::move(samples) : nullptr;
  }
  auto samples = std::make_unique<DataSamples>();
  return samples->start(model, options, error) ? std::move(samples) : nullptr;
}
