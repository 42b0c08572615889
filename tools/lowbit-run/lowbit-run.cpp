//===- lowbit-run.cpp - Run a model on arrays -----------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Calibrate.h"
#include "Compare.h"
#include "Compile.h"
#include "Inputs.h"
#include "Options.h"
#include "Timing.h"

#include "lowbit-c/Runtime.h"
#include "lowbit/Runtime/Json.h"
#include "lowbit/Runtime/Npy.h"
#include "lowbit/Runtime/TensorType.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <string>
#include <vector>

using namespace mlir::lowbit;

enum ExitCode { Success = 0, UserError = 1, InternalError = 3 };

/// One line, whatever the names of files hold.
static int fail(ExitCode code, std::string message) {
  std::replace(message.begin(), message.end(), '\n', ' ');
  std::fprintf(stderr, "error: %s\n", message.c_str());
  return code;
}

static int print(const std::string &report) {
  if (std::fputs(report.c_str(), stdout) == EOF || std::fflush(stdout) != 0)
    return fail(UserError, "expected a writable output, but got an error");
  return Success;
}

using Runtime =
    std::unique_ptr<lowbit_runtime, decltype(&lowbit_runtime_close)>;

/// The error `text` of opening `path`, which is `model` or was compiled from
/// it.
static std::string explainOpening(const RunOptions &options,
                                  const std::string &model,
                                  const std::string &path, lowbit_status status,
                                  std::string text) {
  if (!options.isSource())
    return text;
  if (text.compare(0, path.size(), path) == 0)
    text.replace(0, path.size(), model);
  const char *target = std::getenv("LOWBIT_TARGET");
  if (status == LOWBIT_ERROR_TARGET && options.target.empty() && target &&
      *target)
    text += std::string("; --target=") + target + " compiles for that one";
  return text;
}

/// Compiles and loads `model`; `compileOptions` come after those that
/// `options` has for all models. Returns the exit code.
static int load(const RunOptions &options, const std::string &model,
                const std::vector<std::string> &compileOptions,
                Runtime &runtime) {
  std::string path = model, error;
  TemporaryFolder folder; // the loaded model outlives it
  if (options.isSource()) {
    if (!folder.create(error))
      return fail(UserError, error);
    path = folder.path + "/model.so";
    std::vector<std::string> arguments;
    if (!options.target.empty())
      arguments.push_back("--target=" + options.target);
    arguments.insert(arguments.end(), compileOptions.begin(),
                     compileOptions.end());
    int code = compileModel(model, arguments, path, error);
    if (!error.empty())
      return fail(ExitCode(code), error);
    if (code != Success)
      return code;
  }
  char text[4096];
  lowbit_runtime *opened = nullptr;
  const char *weights =
      options.weights.empty() ? nullptr : options.weights.c_str();
  lowbit_status status =
      lowbit_runtime_open(path.c_str(), weights, &opened, text, sizeof(text));
  if (status != LOWBIT_OK)
    return fail(UserError, explainOpening(options, model, path, status, text));
  runtime.reset(opened);
  return Success;
}

static std::string describeOutputs(const lowbit_model &model,
                                   const std::vector<NpyArray> &outputs,
                                   bool isJson) {
  std::string result;
  for (size_t i = 0; i < outputs.size(); ++i) {
    const NpyArray &output = outputs[i];
    const char *name = model.outputs[i].name;
    std::string type = formatType(output.dtype, int32_t(output.shape.size()),
                                  output.shape.data());
    if (isJson)
      result += (i == 0 ? "" : ", ") + std::string("{\"name\": ") +
                quoteJson(name ? name : "") + ", \"type\": \"" + type + "\"}";
    else
      result += "output " + quoteJson(name ? name : "") + ": " + type + "\n";
  }
  return result;
}

static int runModel(const RunOptions &options, lowbit_runtime *runtime) {
  const lowbit_model &model = *lowbit_runtime_model(runtime);
  std::string error;
  if (!options.outputs.empty() &&
      options.outputs.size() != size_t(model.num_outputs))
    return fail(UserError, "expected " + std::to_string(model.num_outputs) +
                               " times --output, but got " +
                               std::to_string(options.outputs.size()));
  std::vector<NpyArray> inputArrays, outputArrays(size_t(model.num_outputs));
  if (!makeInputs(model, options, inputArrays, error))
    return fail(UserError, error);
  std::vector<lowbit_tensor> inputs, outputs;
  for (NpyArray &array : inputArrays)
    inputs.push_back(viewArray(array));
  if (!makeOutputs(runtime, inputs, outputArrays, error))
    return fail(UserError, error);
  for (NpyArray &array : outputArrays)
    outputs.push_back(viewArray(array));

  char text[1024];
  RunOnce run = [&](const lowbit_runtime_options &runOptions) {
    return lowbit_runtime_run(runtime, &runOptions, inputs.data(),
                              outputs.data(), text, sizeof(text)) == LOWBIT_OK;
  };
  if (!run({}))
    return fail(UserError, text);
  for (size_t i = 0; i < options.outputs.size(); ++i)
    if (!writeNpy(options.outputs[i], outputArrays[i], error))
      return fail(UserError, error);

  std::string result = describeOutputs(model, outputArrays, options.isJson);
  std::string target = lowbit_runtime_variant(runtime)->target;
  if (options.isJson)
    result = "{\"model\": " + quoteJson(options.model) +
             ", \"target\": " + quoteJson(target) + ", \"outputs\": [" +
             result + "]";
  else if (options.isBenchmark || options.isProfile)
    result += "target: " + target + "\n";
  if (options.isBenchmark) {
    RunTimes times;
    if (!timeRuns(run, options.benchmarkRuns, times))
      return fail(UserError, text);
    result += options.isJson ? ", \"benchmark\": " + formatJson(times)
                             : formatTimes(times);
  }
  if (options.isProfile) {
    LayerTimes times;
    if (!timeLayers(run, model, options.benchmarkRuns, times))
      return fail(UserError, text);
    result += options.isJson ? ", \"profile\": " + formatJson(times, model)
                             : formatTimes(times, model);
  }
  if (options.isJson)
    result += "}\n";
  return print(result);
}

static int runCalibration(const RunOptions &options, lowbit_runtime *runtime) {
  std::string report, error;
  if (!calibrate(options, runtime, report, error))
    return fail(UserError, error);
  return print(report);
}

static int runComparison(const RunOptions &options) {
  const std::string &quantized = getQuantizedModel(options);
  Runtime runtimes[] = {{nullptr, lowbit_runtime_close},
                        {nullptr, lowbit_runtime_close},
                        {nullptr, lowbit_runtime_close}};
  std::vector<std::string> arguments = options.compileOptions;
  arguments.insert(arguments.begin(), "--observe=quantized");
  if (int code = load(options, options.model, {"--observe=float"}, runtimes[0]))
    return code;
  if (int code = load(options, quantized, arguments, runtimes[1]))
    return code;
  arguments.front() = "--observe=isolated";
  if (int code = load(options, quantized, arguments, runtimes[2]))
    return code;
  ComparedModels models = {runtimes[0].get(), runtimes[1].get(),
                           runtimes[2].get()};
  std::string report, error;
  if (!compareLayers(options, models, report, error))
    return fail(UserError, error);
  return print(report);
}

int main(int argc, char **argv) {
  try {
    RunOptions options;
    std::string error;
    if (!parseOptions(argc, argv, options, error))
      return fail(UserError, error);
    if (options.isHelp)
      return std::fputs(helpText, stdout) == EOF ? UserError : Success;
    if (options.threads)
      setenv("LOWBIT_THREADS", std::to_string(*options.threads).c_str(),
             /*overwrite=*/1);
    if (options.isComparison)
      return runComparison(options);
    Runtime runtime(nullptr, lowbit_runtime_close);
    std::vector<std::string> compileOptions = options.compileOptions;
    if (!options.calibration.empty())
      compileOptions.insert(compileOptions.begin(), options.moments
                                                        ? "--observe=windows"
                                                        : "--observe");
    int code = load(options, options.model, compileOptions, runtime);
    if (code != Success)
      return code;
    return options.calibration.empty() ? runModel(options, runtime.get())
                                       : runCalibration(options, runtime.get());
  } catch (const std::bad_alloc &) {
    return fail(UserError, "expected inputs and outputs that fit into memory, "
                           "but memory ran out");
  } catch (const std::exception &exception) {
    return fail(InternalError, std::string("internal: ") + exception.what());
  }
}
