//===- Timing.cpp - Benchmark and profile of a model ----------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Timing.h"

#include "lowbit/Runtime/Json.h"

#include <algorithm>
#include <chrono>
#include <cstdio>

using namespace mlir::lowbit;

using Clock = std::chrono::steady_clock;

static double microsecondsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::micro>(Clock::now() - start)
      .count();
}

static double medianOf(std::vector<double> values) {
  if (values.empty())
    return 0;
  auto middle = values.begin() + ptrdiff_t(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 != 0)
    return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

/// Warms up, then calls `run` `runs` times, or, if 0, as `timeRuns` says.
template <typename Run>
static bool repeat(uint64_t runs, const RunOnce &warmUp, Run run) {
  constexpr double warmUpTime = 5e4, time = 5e5;
  constexpr uint64_t leastRuns = 10, mostRuns = 1000000;
  Clock::time_point start = Clock::now();
  do
    if (!warmUp({}))
      return false;
  while (microsecondsSince(start) < warmUpTime);

  start = Clock::now();
  auto isEnough = [&](uint64_t done) {
    if (runs != 0)
      return done == runs;
    return done == mostRuns ||
           (done >= leastRuns && microsecondsSince(start) >= time);
  };
  for (uint64_t done = 0; !isEnough(done); ++done)
    if (!run())
      return false;
  return true;
}

bool mlir::lowbit::timeRuns(const RunOnce &run, uint64_t runs,
                            RunTimes &times) {
  std::vector<double> values;
  bool isDone = repeat(runs, run, [&] {
    Clock::time_point start = Clock::now();
    bool isRun = run({});
    values.push_back(microsecondsSince(start));
    return isRun;
  });
  if (!isDone)
    return false;
  auto [min, max] = std::minmax_element(values.begin(), values.end());
  times = {values.size(), medianOf(values), *min, *max};
  return true;
}

namespace {

/// Sums up the time of each layer of one run.
struct Recorder {
  std::vector<Clock::time_point> begins;
  std::vector<double> sums;
  bool isCalled = false;

  static void record(void *user, int32_t layer, int32_t end) {
    auto *recorder = static_cast<Recorder *>(user);
    if (layer < 0 || size_t(layer) >= recorder->sums.size())
      return;
    recorder->isCalled = true;
    if (end)
      recorder->sums[size_t(layer)] +=
          microsecondsSince(recorder->begins[size_t(layer)]);
    else
      recorder->begins[size_t(layer)] = Clock::now();
  }
};

} // namespace

bool mlir::lowbit::timeLayers(const RunOnce &run, const lowbit_model &model,
                              uint64_t runs, LayerTimes &times) {
  const size_t count = size_t(model.num_layers);
  Recorder recorder;
  recorder.begins.resize(count);
  lowbit_runtime_options options = {};
  options.profile = Recorder::record;
  options.profile_user = &recorder;

  std::vector<double> totals;
  std::vector<std::vector<double>> layers(count);
  bool isDone = repeat(runs, run, [&] {
    recorder.sums.assign(count, 0);
    Clock::time_point start = Clock::now();
    bool isRun = run(options);
    totals.push_back(microsecondsSince(start));
    for (size_t i = 0; i < count; ++i)
      layers[i].push_back(recorder.sums[i]);
    return isRun;
  });
  if (!isDone)
    return false;
  times.runs = totals.size();
  times.total = medianOf(std::move(totals));
  for (size_t i = 0; recorder.isCalled && i < count; ++i)
    times.layers.push_back(medianOf(std::move(layers[i])));
  return true;
}

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

template <typename... Values>
static std::string format(const char *pattern, Values... values) {
  char line[256];
  std::snprintf(line, sizeof(line), pattern, values...);
  return line;
}

std::string mlir::lowbit::formatTimes(const RunTimes &times) {
  return format("median %.2f us, min %.2f us, max %.2f us over %llu runs\n",
                times.median, times.min, times.max,
                static_cast<unsigned long long>(times.runs));
}

/// A name of the model as printable text.
static std::string printable(const char *name) {
  std::string result = name ? name : "";
  for (char &c : result)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      c = '?';
  return result;
}

std::string mlir::lowbit::formatTimes(const LayerTimes &times,
                                      const lowbit_model &model) {
  if (times.layers.empty())
    return format("no profile points in this model; a run takes %.2f us\n",
                  times.total);
  std::vector<std::string> names;
  size_t width = 5;
  for (size_t i = 0; i < times.layers.size(); ++i) {
    names.push_back(printable(model.layers[i]));
    width = std::max(width, names.back().size());
  }
  auto line = [&](std::string name, double time) {
    name.resize(width, ' ');
    double share = times.total > 0 ? 100 * time / times.total : 0;
    return name + format("  %12.2f  %5.1f %%\n", time, share);
  };
  std::string head = "layer";
  head.resize(width, ' ');
  std::string result = head + "            us    share\n";
  double sum = 0;
  for (size_t i = 0; i < names.size(); ++i) {
    result += line(names[i], times.layers[i]);
    sum += times.layers[i];
  }
  result += line("other", std::max(0.0, times.total - sum));
  return result + line("total", times.total);
}

std::string mlir::lowbit::formatJson(const RunTimes &times) {
  return format("{\"runs\": %llu, \"median_us\": %.3f, \"min_us\": %.3f, "
                "\"max_us\": %.3f}",
                static_cast<unsigned long long>(times.runs), times.median,
                times.min, times.max);
}

std::string mlir::lowbit::formatJson(const LayerTimes &times,
                                     const lowbit_model &model) {
  std::string result =
      format("{\"runs\": %llu, \"total_us\": %.3f, "
             "\"layers\": [",
             static_cast<unsigned long long>(times.runs), times.total);
  for (size_t i = 0; i < times.layers.size(); ++i) {
    const char *name = model.layers[i];
    result += (i == 0 ? "" : ", ") + std::string("{\"name\": ") +
              quoteJson(name ? name : "") + ", ";
    result += format("\"us\": %.3f}", times.layers[i]);
  }
  return result + "]}";
}
