//===- Options.cpp - Command line of lowbit-run ---------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Options.h"

#include "lowbit-c/Runtime.h"

#include <charconv>
#include <string_view>

using namespace mlir::lowbit;

const char *const mlir::lowbit::helpText =
    R"(usage: lowbit-run [options] <model> [-- <option of lowbit-compile>...]
       lowbit-run --compare-layers <model.mlir> [<quantized.mlir>]
                  --input=<data.npz> [-- <option of lowbit-compile>...]

Run a compiled model (.so), or compile a model (.mlir) and run it.

  --input=FILE      values of the next input, a .npy file
  --output=FILE     where to write the next output, a .npy file
  --weights=FILE    the weights, if they are neither inside the model nor in
                    the file beside it whose name ends in .weights
  --target=NAMES    compile for this target, or these (.mlir only)
  --threads=N       run on N threads; without it, on as many as LOWBIT_THREADS
                    says, or as there are processors

  --seed=N          random inputs instead of files: floats in [-1, 1), integers
                    in [0, 127]; the same N gives the same values
  --shape=MxN       shape of the next random input; without it, extents that
                    the model leaves open are 1

  --calibrate=FILE  run over all samples in an .npz file (the first axis of its
                    arrays, which are named like the inputs unless there is
                    one of each) and write the statistics of the inputs of the
                    layers to --output, an .npz file that
                    lowbit-import-calibration reads
  --calibrate=normal
                    the same with N(0, 1) random numbers of --seed, where there
                    are no data
  --batch=N         samples per run (default 32, or what the model fixes), also
                    of a comparison
  --samples=N       how many normal samples (default 256)
  --momentum=X      of the moving averages over the runs (default 0.9)
  --moments=first   record the mean of each of the K inputs of a layer (of a
                    convolution: of the windows), for bias-correction
  --moments=second  record their K x K products, too, for gptq: 8 K^2 bytes of
                    memory and 4 K^2 bytes of --output for each layer

  --compare-layers  run a float and a quantized model over all samples in the
                    .npz file of --input and print how far the result of each
                    layer (a matmul or convolution with its bias, before it is
                    quantized for the next one) is from the float one: SQNR,
                    cosine, largest error, share of its inputs that are clipped.
                    Alone: the layer gets the input that it has in the float
                    model, and quantizes it as ever; one that is not quantized
                    is exact. Accumulated: all layers before it are quantized,
                    too. Beside the error alone stands the bound that it cannot
                    exceed on these data, and the part of it that rounding
                    gives; the rest is by clipping. Layers that keep less than
                    10 dB are named at the end.
                    Without a second model the options after -- quantize the
                    first one, else they quantize the second; layers without a
                    name, or with that of another, get one
  --json=FILE       write the comparison as JSON; null is no finite number
  --csv=FILE        write the comparison as CSV

  --benchmark[=N]   print median, min and max microseconds of N runs, or of as
                    many as fit into half a second, after warming up; without
                    inputs it takes those of --seed=0
  --profile         print the microseconds of each layer; inputs likewise
  --json            print one JSON object instead of text
  --help            print this text

A value may also be the argument after its option. Exit codes: 0 success, 1
wrong usage or input, 3 internal error.
)";

static bool isSource(std::string_view name) {
  return name.size() >= 5 && name.substr(name.size() - 5) == ".mlir";
}

/// The names in the help text, each of which begins a line of it.
static std::string listOptions() {
  std::string names;
  std::string_view text = helpText;
  for (size_t at = 0; (at = text.find("\n  --", at)) != text.npos;) {
    at += 3;
    std::string name(text.substr(at, text.find_first_of(" =[\n", at) - at));
    if (names.find(name + ",") == names.npos)
      names += name + ", ";
  }
  return names.substr(0, names.size() - 2);
}

bool RunOptions::isSource() const { return ::isSource(model); }

static bool parseNumber(std::string_view text, uint64_t &number) {
  number = 0;
  for (char c : text)
    if (c < '0' || c > '9' ||
        __builtin_mul_overflow(number, uint64_t(10), &number) ||
        __builtin_add_overflow(number, uint64_t(c - '0'), &number))
      return false;
  return !text.empty();
}

/// 3x64; an empty text is the shape of a scalar.
static bool parseShape(std::string_view text, std::vector<int64_t> &shape) {
  while (!text.empty()) {
    size_t length = text.find('x');
    uint64_t extent = 0;
    if (!parseNumber(text.substr(0, length), extent) || extent > INT64_MAX)
      return false;
    shape.push_back(int64_t(extent));
    if (length == text.npos)
      break;
    text.remove_prefix(length + 1);
    if (text.empty())
      return false;
  }
  return true;
}

namespace {

class Parser {
public:
  Parser(int argc, char **argv, RunOptions &options, std::string &error)
      : next(argv + 1), end(argv + argc), options(options), error(error) {}

  bool parse() {
    while (next != end) {
      std::string_view argument = *next++;
      if (argument == "--") {
        options.compileOptions.assign(next, end);
        break;
      }
      if (argument.size() < 2 || argument[0] != '-') {
        if (!options.quantizedModel.empty())
          return fail("at most two models", argument);
        (options.model.empty() ? options.model : options.quantizedModel) =
            argument;
        continue;
      }
      size_t equal = argument.find('=');
      name = argument.substr(0, equal);
      hasValue = equal != argument.npos;
      value = hasValue ? argument.substr(equal + 1) : std::string_view();
      if (!parseOption())
        return false;
      if (options.isHelp)
        return true;
    }
    return check();
  }

private:
  bool fail(const std::string &expected, std::string_view actual) {
    error = "expected " + expected + ", but got '" + std::string(actual) + "'";
    return false;
  }

  /// Makes `value` the one of this option.
  bool takeValue() {
    if (!hasValue && next == end) {
      error = "expected a value of " + std::string(name) + ", but got none";
      return false;
    }
    if (!hasValue)
      value = *next++;
    return true;
  }

  bool takeNumber(uint64_t &number) {
    if (!takeValue())
      return false;
    return parseNumber(value, number) ||
           fail("a number as value of " + std::string(name), value);
  }

  /// A number of at least 1 that an int64_t holds.
  bool takeCount(std::optional<uint64_t> &number) {
    return takeNumber(number.emplace()) &&
           ((*number != 0 && *number <= INT64_MAX) ||
            fail("at least 1 as value of " + std::string(name), value));
  }

  bool takeThreads() {
    return takeNumber(options.threads.emplace()) &&
           ((*options.threads != 0 && *options.threads <= LOWBIT_MAX_THREADS) ||
            fail("1 to " + std::to_string(LOWBIT_MAX_THREADS) + " threads",
                 value));
  }

  bool takeMomentum() {
    if (!takeValue())
      return false;
    double &momentum = options.momentum.emplace();
    const char *end = value.data() + value.size();
    auto [last, code] = std::from_chars(value.data(), end, momentum);
    return (code == std::errc() && last == end && momentum >= 0 &&
            momentum <= 1) ||
           fail("a number in 0..1 as value of " + std::string(name), value);
  }

  bool takeMoments() {
    if (!takeValue())
      return false;
    options.moments =
        value == "first" ? MomentOrder::First : MomentOrder::Second;
    return value == "first" || value == "second" ||
           fail("first or second as value of " + std::string(name), value);
  }

  bool take(std::string &text) {
    if (!takeValue())
      return false;
    text = value;
    return !value.empty() || fail("a value of " + std::string(name), value);
  }

  bool setFlag(bool &flag) {
    flag = true;
    return !hasValue || fail("no value of " + std::string(name), value);
  }

  bool parseOption() {
    if (name == "--input")
      return take(options.inputs.emplace_back());
    if (name == "--output" || name == "-o")
      return take(options.outputs.emplace_back());
    if (name == "--weights")
      return take(options.weights);
    if (name == "--target")
      return take(options.target);
    if (name == "--threads")
      return takeThreads();
    if (name == "--seed")
      return takeNumber(options.seed.emplace());
    if (name == "--shape") {
      if (!takeValue())
        return false;
      return parseShape(value, options.shapes.emplace_back()) ||
             fail("a shape such as 3x64", value);
    }
    if (name == "--benchmark") {
      options.isBenchmark = true;
      if (!hasValue)
        return true;
      return takeNumber(options.benchmarkRuns) &&
             (options.benchmarkRuns != 0 || fail("at least 1 run", value));
    }
    if (name == "--calibrate")
      return take(options.calibration);
    if (name == "--batch")
      return takeCount(options.batch);
    if (name == "--samples")
      return takeCount(options.samples);
    if (name == "--momentum")
      return takeMomentum();
    if (name == "--moments")
      return takeMoments();
    if (name == "--profile")
      return setFlag(options.isProfile);
    if (name == "--compare-layers")
      return setFlag(options.isComparison);
    if (name == "--csv")
      return take(options.csv);
    if (name == "--json" && hasValue)
      return take(options.json);
    if (name == "--json")
      return setFlag(options.isJson);
    if (name == "--help" || name == "-h")
      return setFlag(options.isHelp);
    return fail("one of " + listOptions(), name);
  }

  /// What is compiled here is run here, as it is meant to be.
  bool checkCompileOptions() {
    for (const std::string &option : options.compileOptions) {
      std::string name = option.substr(0, option.find('='));
      name.erase(0, name.find_first_not_of('-'));
      if (name == "o" || name == "emit" || name == "observe")
        return fail("encodings and targets after --", option);
    }
    return true;
  }

  bool check() {
    if (options.model.empty()) {
      error = "expected a model, but got none (try --help)";
      return false;
    }
    if (!checkCompileOptions())
      return false;
    if (options.isComparison)
      return checkComparison();
    if (!options.quantizedModel.empty())
      return fail("one model", options.quantizedModel);
    if (!options.json.empty())
      return fail("no value of --json", options.json);
    if (!options.csv.empty())
      return fail("--compare-layers with --csv", options.csv);
    if (!options.isSource() && !options.target.empty())
      return fail("a .mlir model with --target", options.model);
    if (!options.isSource() && !options.compileOptions.empty())
      return fail("a .mlir model with options after --", options.model);
    if (!options.calibration.empty())
      return checkCalibration();
    if (options.batch || options.samples || options.momentum ||
        options.moments) {
      error = "expected --calibrate with --batch, --momentum, --moments and "
              "--samples, but got none";
      return false;
    }
    if (!options.inputs.empty() && (options.seed || !options.shapes.empty())) {
      error = "expected --input or random inputs, but got both";
      return false;
    }
    return true;
  }

  bool checkComparison() {
    for (const std::string &model : {options.model, options.quantizedModel})
      if (!model.empty() && !isSource(model))
        return fail(".mlir models with --compare-layers", model);
    if (options.inputs.size() != 1) {
      error = "expected --input once with --compare-layers, but got it " +
              std::to_string(options.inputs.size()) + " times";
      return false;
    }
    if (!options.calibration.empty() || !options.outputs.empty() ||
        !options.weights.empty() || !options.shapes.empty() || options.seed ||
        options.samples || options.momentum || options.moments ||
        options.isBenchmark || options.isProfile) {
      error = "expected --compare-layers with --input, --batch, --target, "
              "--json and --csv, but got another option";
      return false;
    }
    return true;
  }

  bool checkCalibration() {
    if (options.outputs.size() != 1) {
      error = "expected --output once with --calibrate, but got it " +
              std::to_string(options.outputs.size()) + " times";
      return false;
    }
    if (!options.inputs.empty() || !options.shapes.empty() ||
        options.isBenchmark || options.isProfile) {
      error = "expected --calibrate without --input, --shape, --benchmark and "
              "--profile, but got one of them";
      return false;
    }
    bool isNormal = options.calibration == "normal";
    if (!isNormal && (options.seed || options.samples)) {
      error =
          "expected --calibrate=normal with --seed or --samples, but got '" +
          options.calibration + "'";
      return false;
    }
    return true;
  }

  char **next;
  char **end;
  RunOptions &options;
  std::string &error;
  std::string_view name, value;
  bool hasValue = false;
};

} // namespace

bool mlir::lowbit::parseOptions(int argc, char **argv, RunOptions &options,
                                std::string &error) {
  return Parser(argc, argv, options, error).parse();
}
