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
#include <string_view>
#include <vector>

using namespace mlir::lowbit;

/// What the compiler puts before the layer's name in that of an output.
static constexpr std::string_view observedPrefix = "observed:";

/// The layer whose input the output is; empty if it is not one.
static std::string getObservedLayer(const lowbit_tensor_type &output) {
  std::string_view name = output.name ? output.name : "";
  bool isObserved = output.dtype == LOWBIT_F32 &&
                    name.substr(0, observedPrefix.size()) == observedPrefix;
  return std::string(isObserved ? name.substr(observedPrefix.size()) : "");
}

/// Runs the next `size` samples and adds what is observed to `layers`.
static bool runBatch(lowbit_runtime *runtime, Samples &samples, int64_t size,
                     double momentum,
                     std::map<std::string, ActivationStatistics> &layers,
                     std::string &error) {
  const lowbit_model &model = *lowbit_runtime_model(runtime);
  std::vector<NpyArray> inputs(size_t(model.num_inputs)), outputs;
  for (size_t i = 0; i < inputs.size(); ++i)
    if (!samples.read(i, size, inputs[i], error))
      return false;
  if (!runArrays(runtime, inputs, outputs, error))
    return false;
  for (size_t i = 0; i < outputs.size(); ++i) {
    std::string layer = getObservedLayer(model.outputs[i]);
    if (layer.empty())
      continue;
    const std::vector<uint8_t> &data = outputs[i].data;
    layers[layer].addBatch(reinterpret_cast<const float *>(data.data()),
                           int64_t(data.size() / sizeof(float)), momentum);
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
  CalibrationStatistics statistics;
  for (int32_t i = 0; i < model.num_outputs; ++i)
    if (std::string layer = getObservedLayer(model.outputs[i]); !layer.empty())
      statistics.layers.emplace(layer, ActivationStatistics());
  if (statistics.layers.empty()) {
    error = "expected a model with named layers to observe, but got none";
    return false;
  }
  std::unique_ptr<Samples> samples = Samples::open(model, options, error);
  if (!samples)
    return false;
  statistics.source = samples->getSource();
  int64_t count = samples->getCount();
  {
    Progress progress(count);
    for (int64_t done = 0; done < count;) {
      int64_t size = std::min(samples->getBatch(), count - done);
      if (!runBatch(runtime, *samples, size,
                    options.momentum.value_or(kDefaultMomentum),
                    statistics.layers, error))
        return false;
      progress.show(done += size);
    }
  }
  for (const auto &[name, layer] : statistics.layers)
    if (layer.count == 0) {
      error = "layer " + quoteJson(name) +
              ": expected finite activations, but got none among " +
              std::to_string(layer.ignored);
      return false;
    }
  report = formatReport(options, count, statistics);
  return writeStatistics(options.outputs[0], statistics, error);
}
