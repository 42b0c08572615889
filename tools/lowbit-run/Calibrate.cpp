//===- Calibrate.cpp - Statistics of layers over samples ------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Calibrate.h"
#include "Inputs.h"
#include "Progress.h"
#include "Samples.h"

#include "lowbit/Calibration/StatisticsFile.h"
#include "lowbit/Runtime/Json.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

using namespace mlir::lowbit;

/// What the compiler puts before the layer's name in that of an output.
static constexpr std::string_view observedPrefix = "observed:";
static constexpr std::string_view windowsPrefix = "windows:";

/// The layer of which the output is what `prefix` says; empty if it is not.
static std::string getLayer(const lowbit_tensor_type &output,
                            std::string_view prefix) {
  std::string_view name = output.name ? output.name : "";
  bool isObserved =
      output.dtype == LOWBIT_F32 && name.substr(0, prefix.size()) == prefix;
  return std::string(isObserved ? name.substr(prefix.size()) : "");
}

namespace {
/// What is added up over the batches.
struct Sums {
  double momentum;
  std::optional<MomentOrder> order;
  std::map<std::string, ActivationStatistics> layers;
  std::map<std::string, MomentSums> moments;

  void addStatistics(const std::string &layer, const NpyArray &values);
  void addMoments(const std::string &layer, const NpyArray &rows);
};
} // namespace

static const float *getData(const NpyArray &array) {
  return reinterpret_cast<const float *>(array.data.data());
}

void Sums::addStatistics(const std::string &layer, const NpyArray &values) {
  layers[layer].addBatch(getData(values),
                         int64_t(values.data.size() / sizeof(float)), momentum);
}

/// `rows` are `M x K`, or `N x OH x OW x groups x K`.
void Sums::addMoments(const std::string &layer, const NpyArray &rows) {
  int64_t depth = rows.shape.back();
  int64_t groups = rows.shape.size() == 5 ? rows.shape[3] : 1;
  if (groups * depth == 0)
    return;
  auto entry = moments.try_emplace(layer, groups, depth, *order).first;
  auto count = int64_t(rows.data.size() / sizeof(float));
  entry->second.addRows(getData(rows), count / (groups * depth));
}

/// Whether the inputs of a layer are the rows that its weights multiply.
static bool isMatrix(const lowbit_tensor_type &observed) {
  return observed.rank == 2;
}

/// Runs the next `size` samples and adds up what is observed.
static bool runBatch(lowbit_runtime *runtime, Samples &samples, int64_t size,
                     Sums &sums, std::string &error) {
  const lowbit_model &model = *lowbit_runtime_model(runtime);
  std::vector<NpyArray> inputs(size_t(model.num_inputs)), outputs;
  for (size_t i = 0; i < inputs.size(); ++i)
    if (!samples.read(i, size, inputs[i], error))
      return false;
  if (!runArrays(runtime, inputs, outputs, error))
    return false;
  for (size_t i = 0; i < outputs.size(); ++i) {
    const lowbit_tensor_type &type = model.outputs[i];
    std::string layer = getLayer(type, observedPrefix);
    if (!layer.empty())
      sums.addStatistics(layer, outputs[i]);
    if (layer.empty() || !isMatrix(type))
      layer = getLayer(type, windowsPrefix);
    if (sums.order && !layer.empty())
      sums.addMoments(layer, outputs[i]);
  }
  return true;
}

/// Whether the model hands out the rows of each layer.
static bool checkRows(const lowbit_model &model, std::string &error) {
  std::set<std::string> images, windows;
  for (int32_t i = 0; i < model.num_outputs; ++i) {
    if (!isMatrix(model.outputs[i]))
      images.insert(getLayer(model.outputs[i], observedPrefix));
    windows.insert(getLayer(model.outputs[i], windowsPrefix));
  }
  windows.insert("");
  for (const std::string &layer : images)
    if (windows.count(layer) == 0) {
      error = "layer " + quoteJson(layer) +
              ": expected its windows for --moments, but got none: compile "
              "the model with --observe=windows";
      return false;
    }
  return true;
}

static std::string formatNumber(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%g", value);
  return text;
}

static std::string formatReport(const RunOptions &options, int64_t samples,
                                const CalibrationStatistics &statistics) {
  std::string result;
  for (const auto &[name, layer] : statistics.layers) {
    std::string low = formatNumber(layer.min), high = formatNumber(layer.max);
    if (options.isJson)
      result += (result.empty() ? "" : ", ") + std::string("{\"name\": ") +
                quoteJson(name) + ", \"min\": " + low + ", \"max\": " + high +
                ", \"count\": " + std::to_string(layer.count) +
                ", \"ignored\": " + std::to_string(layer.ignored) + "}";
    else
      result += "layer " + quoteJson(name) + ": [" + low + ", " + high + "], " +
                std::to_string(layer.count) + " values, " +
                std::to_string(layer.ignored) + " not finite\n";
  }
  std::string count = std::to_string(samples);
  if (options.isJson)
    return "{\"model\": " + quoteJson(options.model) +
           ", \"source\": " + quoteJson(statistics.source) +
           ", \"samples\": " + count + ", \"layers\": [" + result + "]}\n";
  return "calibrated with " + count + " samples of " + statistics.source +
         "\n" + result;
}

bool mlir::lowbit::calibrate(const RunOptions &options, lowbit_runtime *runtime,
                             std::string &report, std::string &error) {
  const lowbit_model &model = *lowbit_runtime_model(runtime);
  Sums sums = {
      options.momentum.value_or(kDefaultMomentum), options.moments, {}, {}};
  for (int32_t i = 0; i < model.num_outputs; ++i)
    if (std::string layer = getLayer(model.outputs[i], observedPrefix);
        !layer.empty())
      sums.layers.emplace(layer, ActivationStatistics());
  if (sums.layers.empty()) {
    error = "expected a model with named layers to observe, but got none";
    return false;
  }
  if (options.moments && !checkRows(model, error))
    return false;
  std::unique_ptr<Samples> samples = Samples::open(model, options, error);
  if (!samples)
    return false;
  int64_t count = samples->getCount();
  {
    Progress progress(count);
    for (int64_t done = 0; done < count;) {
      int64_t size = std::min(samples->getBatch(), count - done);
      if (!runBatch(runtime, *samples, size, sums, error))
        return false;
      progress.show(done += size);
    }
  }
  CalibrationStatistics statistics = {
      std::move(sums.layers), {}, samples->getSource()};
  for (const auto &[name, layer] : statistics.layers)
    if (layer.count == 0) {
      error = "layer " + quoteJson(name) +
              ": expected finite activations, but got none among " +
              std::to_string(layer.ignored);
      return false;
    }
  for (const auto &[name, moments] : sums.moments)
    statistics.moments[name] = moments.getMoments();
  report = formatReport(options, count, statistics);
  return writeStatistics(options.outputs[0], statistics, error);
}
