//===- Compare.cpp - Errors of layers over samples ------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Compare.h"
#include "CompareReport.h"
#include "Inputs.h"
#include "Progress.h"
#include "Samples.h"

#include "lowbit/Runtime/File.h"
#include "lowbit/Runtime/TensorType.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>
#include <string_view>

using namespace mlir::lowbit;

const std::string &mlir::lowbit::getQuantizedModel(const RunOptions &options) {
  return options.quantizedModel.empty() ? options.model
                                        : options.quantizedModel;
}

namespace {

/// The place of one observed tensor of a layer among the outputs.
struct Observed {
  std::string layer;
  size_t output;
  std::string encoding;    ///< of a result
  bool readsCodes = false; ///< of a result: the layer has no float input
};

/// What a model that was compiled with --observe hands out.
struct ObservedOutputs {
  explicit ObservedOutputs(const lowbit_model &model);

  std::vector<Observed> bounds, excesses, inputs, results;
};

} // namespace

/// Removes `prefix` from `text` if it begins so.
static bool consume(std::string_view &text, std::string_view prefix) {
  if (text.substr(0, prefix.size()) != prefix)
    return false;
  text.remove_prefix(prefix.size());
  return true;
}

/// Names are those of lowbit-return-observed: what, a colon, the layer.
ObservedOutputs::ObservedOutputs(const lowbit_model &model) {
  for (size_t i = 0; i < size_t(model.num_outputs); ++i) {
    std::string_view name = model.outputs[i].name ? model.outputs[i].name : "";
    size_t colon = name.find(':');
    if (colon == name.npos || model.outputs[i].dtype != LOWBIT_F32)
      continue;
    std::string_view what = name.substr(0, colon);
    Observed observed = {std::string(name.substr(colon + 1)), i, "", false};
    if (what == "bound")
      bounds.push_back(observed);
    if (what == "observed")
      inputs.push_back(observed);
    if (what == "excess")
      excesses.push_back(observed);
    if (!consume(what, "result "))
      continue;
    observed.readsCodes = consume(what, "of codes ");
    observed.encoding = what;
    results.push_back(observed);
  }
}

static const Observed *find(const std::vector<Observed> &all,
                            std::string_view layer) {
  auto found = std::find_if(all.begin(), all.end(), [&](const Observed &one) {
    return one.layer == layer;
  });
  return found == all.end() ? nullptr : &*found;
}

static std::string format(const lowbit_tensor_type &type) {
  return formatType(type.dtype, type.rank, type.shape);
}

static std::string format(const NpyArray &array) {
  return formatType(array.dtype, int32_t(array.shape.size()),
                    array.shape.data());
}

/// Whether one tensor can be of both types.
static bool areCompatible(const lowbit_tensor_type &a,
                          const lowbit_tensor_type &b) {
  if (a.dtype != b.dtype || a.rank != b.rank)
    return false;
  return std::equal(
      a.shape, a.shape + a.rank, b.shape,
      [](int64_t x, int64_t y) { return x == y || x == -1 || y == -1; });
}

/// Gives `array` the shape of `type`, whose samples are as large and have their
/// elements in the same order, as a matrix and images have.
static bool reshape(NpyArray &array, const lowbit_tensor_type &type) {
  if (matches(type, viewArray(array)))
    return true;
  if (type.rank == 0 || array.shape.empty())
    return false;
  std::vector<int64_t> shape(type.shape, type.shape + type.rank);
  shape[0] = array.shape[0];
  uint64_t bytes = sizeof(float);
  for (int64_t extent : shape)
    if (extent < 0 || __builtin_mul_overflow(bytes, uint64_t(extent), &bytes))
      return false;
  array.shape = shape;
  return bytes == array.data.size() && matches(type, viewArray(array));
}

namespace {

/// Where a layer's tensors are among the outputs of the models.
struct LayerOutputs {
  size_t expected, actual;
  std::optional<size_t> excess;
  std::optional<size_t> input; ///< of the float layer
  std::optional<size_t> isolatedActual, isolatedExcess, bound;
};

class Comparison {
public:
  Comparison(const RunOptions &options, const ComparedModels &models)
      : models(models), floating(*lowbit_runtime_model(models.floating)),
        quantized(*lowbit_runtime_model(models.quantized)),
        isolated(*lowbit_runtime_model(models.isolated)) {
    report.floatModel = options.model;
    report.quantizedModel = getQuantizedModel(options);
  }

  /// Finds what the models have in common.
  bool prepare(std::string &error);
  /// Runs the next `size` samples.
  bool runBatch(Samples &samples, int64_t size, std::string &error);

  ComparisonReport report;

private:
  bool matchInputs(std::string &error);
  bool matchLayers(std::string &error);
  bool findIsolatedInputs(std::string &error);
  bool addLayer(size_t layer, std::string &error);

  ComparedModels models;
  const lowbit_model &floating, &quantized, &isolated;
  std::vector<LayerOutputs> layerOutputs; // of the layers of the report
  std::vector<size_t> isolatedInputs;     // outputs of the float model
  std::vector<NpyArray> expected, actual, isolatedActual;
};

} // namespace

bool Comparison::matchInputs(std::string &error) {
  // A state that passes from call to call has no place in a comparison of
  // samples one by one.
  int32_t last = quantized.num_inputs - 1;
  if (last >= 0 &&
      std::string_view(quantized.inputs[last].name) == "running_ranges") {
    error = report.quantizedModel +
            ": expected activations of static ranges or dynamic ones, but got "
            "running ranges";
    return false;
  }
  if (quantized.num_inputs != floating.num_inputs) {
    error = report.quantizedModel + ": expected " +
            std::to_string(floating.num_inputs) + " inputs as in " +
            report.floatModel + ", but got " +
            std::to_string(quantized.num_inputs);
    return false;
  }
  for (int32_t i = 0; i < floating.num_inputs; ++i)
    if (!areCompatible(floating.inputs[i], quantized.inputs[i])) {
      error = report.quantizedModel + ": expected input " + std::to_string(i) +
              " of " + format(floating.inputs[i]) + " as in " +
              report.floatModel + ", but got " + format(quantized.inputs[i]);
      return false;
    }
  return true;
}

bool Comparison::matchLayers(std::string &error) {
  ObservedOutputs expected(floating), actual(quantized), alone(isolated);
  if (expected.results.empty()) {
    error = report.floatModel + ": expected float layers, but got none";
    return false;
  }
  for (const Observed &result : actual.results)
    if (!find(expected.results, result.layer)) {
      error = report.quantizedModel + ": expected the layers of " +
              report.floatModel + ", but got '" + result.layer + "', too";
      return false;
    }
  for (const Observed &result : expected.results) {
    const Observed *match = find(actual.results, result.layer);
    if (!match) {
      report.skipped.push_back(result.layer);
      continue;
    }
    const lowbit_tensor_type &type = floating.outputs[result.output],
                             &other = quantized.outputs[match->output];
    if (!areCompatible(type, other)) {
      error = report.quantizedModel + ": expected a result " + format(type) +
              " of layer '" + result.layer + "' as in " + report.floatModel +
              ", but got " + format(other);
      return false;
    }
    auto findOutput = [&](const std::vector<Observed> &all) {
      const Observed *found = find(all, result.layer);
      return found ? std::optional(found->output) : std::nullopt;
    };
    ComparedLayer &layer = report.layers.emplace_back();
    layer.name = result.layer;
    layer.encoding = match->encoding;
    LayerOutputs &outputs = layerOutputs.emplace_back();
    outputs.expected = result.output;
    outputs.actual = match->output;
    outputs.excess = findOutput(actual.excesses);
    if (!match->readsCodes && layer.isQuantized()) {
      outputs.isolatedActual = findOutput(alone.results);
      outputs.isolatedExcess = findOutput(alone.excesses);
      outputs.bound = findOutput(alone.bounds);
      outputs.input = findOutput(expected.inputs);
    }
    layer.hasAlone = !layer.isQuantized() || outputs.isolatedActual;
    layer.clips = outputs.excess.has_value();
  }
  if (!report.layers.empty())
    return true;
  error = report.quantizedModel + ": expected layers of " + report.floatModel +
          " with float results, but got none";
  return false;
}

bool Comparison::findIsolatedInputs(std::string &error) {
  ObservedOutputs observed(floating);
  for (int32_t i = floating.num_inputs; i < isolated.num_inputs; ++i) {
    std::string_view name = isolated.inputs[i].name;
    std::string_view layer = name.substr(name.find(':') + 1);
    const Observed *input = find(observed.inputs, layer);
    if (!input) {
      error = report.floatModel + ": expected float activations of layer '" +
              std::string(layer) + "' with constant weights, but got none";
      return false;
    }
    isolatedInputs.push_back(input->output);
  }
  return true;
}

bool Comparison::prepare(std::string &error) {
  return matchInputs(error) && matchLayers(error) && findIsolatedInputs(error);
}

static void addExcess(ClippedShare &share, const NpyArray &array) {
  share.addBatch(reinterpret_cast<const float *>(array.data.data()),
                 int64_t(array.data.size() / sizeof(float)));
}

/// Widens the bound of `layer` to what holds for the values of `input`, too.
static void addBound(ComparedLayer &layer, const NpyArray &bound,
                     const NpyArray &input) {
  float fields[6] = {};
  if (bound.data.size() != sizeof(fields))
    return;
  std::memcpy(fields, bound.data.data(), sizeof(fields));
  auto [rounding, clipping, growth, low, high, relative] = fields;
  const auto *values = reinterpret_cast<const float *>(input.data.data());
  double largest = 0, beyond = 0;
  for (size_t i = 0; i < input.data.size() / sizeof(float); ++i) {
    double value = values[i];
    if (!std::isfinite(value))
      continue;
    largest = std::max(largest, std::abs(value));
    beyond = std::max({beyond, low - value, value - high});
  }
  double unit = relative != 0 ? largest : 1;
  ErrorBound &widest = layer.bound.emplace(layer.bound.value_or(ErrorBound()));
  widest.rounding = std::max(widest.rounding, rounding * unit);
  widest.clipping =
      std::max(widest.clipping, clipping * unit + growth * beyond);
}

/// Adds the errors of one layer in the outputs of this batch.
bool Comparison::addLayer(size_t index, std::string &error) {
  ComparedLayer &layer = report.layers[index];
  const LayerOutputs &outputs = layerOutputs[index];
  const NpyArray &reference = expected[outputs.expected];
  auto add = [&](ErrorStatistics &statistics, const NpyArray &result) {
    if (result.shape != reference.shape) {
      error = report.quantizedModel + ": expected a result " +
              format(reference) + " of layer '" + layer.name + "', but got " +
              format(result);
      return false;
    }
    statistics.addBatch(reinterpret_cast<const float *>(reference.data.data()),
                        reinterpret_cast<const float *>(result.data.data()),
                        int64_t(reference.data.size() / sizeof(float)));
    return true;
  };
  if (outputs.excess)
    addExcess(layer.accumulated.input, actual[*outputs.excess]);
  if (outputs.isolatedExcess)
    addExcess(layer.alone.input, isolatedActual[*outputs.isolatedExcess]);
  if (outputs.bound && outputs.input)
    addBound(layer, isolatedActual[*outputs.bound], expected[*outputs.input]);
  // A layer that is not quantized is exact alone.
  const NpyArray &alone = outputs.isolatedActual
                              ? isolatedActual[*outputs.isolatedActual]
                              : reference;
  return add(layer.accumulated.result, actual[outputs.actual]) &&
         add(layer.alone.result, alone);
}

bool Comparison::runBatch(Samples &samples, int64_t size, std::string &error) {
  std::vector<NpyArray> inputs(size_t(floating.num_inputs));
  for (size_t i = 0; i < inputs.size(); ++i)
    if (!samples.read(i, size, inputs[i], error))
      return false;
  if (!runArrays(models.floating, inputs, expected, error) ||
      !runArrays(models.quantized, inputs, actual, error))
    return false;
  for (size_t output : isolatedInputs) {
    const lowbit_tensor_type &type = isolated.inputs[inputs.size()];
    NpyArray &input = inputs.emplace_back(expected[output]);
    if (!reshape(input, type)) {
      error = report.quantizedModel + ": expected an input " + format(input) +
              " of layer '" + (std::strchr(type.name, ':') + 1) + "' as in " +
              report.floatModel + ", but got " + format(type);
      return false;
    }
  }
  if (!runArrays(models.isolated, inputs, isolatedActual, error))
    return false;
  for (size_t i = 0; i < report.layers.size(); ++i)
    if (!addLayer(i, error))
      return false;
  report.samples += size;
  return true;
}

bool mlir::lowbit::compareLayers(const RunOptions &options,
                                 const ComparedModels &models,
                                 std::string &report, std::string &error) {
  Comparison comparison(options, models);
  if (!comparison.prepare(error))
    return false;
  std::unique_ptr<Samples> samples =
      Samples::open(*lowbit_runtime_model(models.floating), options, error);
  if (!samples)
    return false;
  {
    Progress progress(samples->getCount());
    for (int64_t done = 0; done < samples->getCount();) {
      int64_t size = std::min(samples->getBatch(), samples->getCount() - done);
      if (!comparison.runBatch(*samples, size, error))
        return false;
      progress.show(done += size);
    }
  }
  const ComparisonReport &result = comparison.report;
  report = options.isJson ? result.formatJson() : result.formatText();
  return (options.json.empty() ||
          writeFile(options.json, result.formatJson(), error)) &&
         (options.csv.empty() ||
          writeFile(options.csv, result.formatCsv(), error));
}
