//===- Timing.h - Benchmark and profile of a model --------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Times whole runs and the layers in them.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_TOOLS_RUN_TIMING_H
#define LOWBIT_TOOLS_RUN_TIMING_H

#include "lowbit-c/Runtime.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace mlir::lowbit {

/// Microseconds of a number of runs.
struct RunTimes {
  uint64_t runs = 0;
  double median = 0, min = 0, max = 0;
};

/// Median microseconds of each layer and of whole runs. A layer that is run
/// more than once counts with the sum.
struct LayerTimes {
  uint64_t runs = 0;
  double total = 0;
  std::vector<double> layers; // empty: the model has no profile points
};

/// One run of a model. False if it failed.
using RunOnce = std::function<bool(const lowbit_runtime_options &)>;

/// Times `runs` runs, or, if 0, at least 10 and as many as half a second takes.
/// False if a run failed.
bool timeRuns(const RunOnce &run, uint64_t runs, RunTimes &times);

/// Times the layers of `model`. False if a run failed.
bool timeLayers(const RunOnce &run, const lowbit_model &model, uint64_t runs,
                LayerTimes &times);

/// One line, and one line per layer.
std::string formatTimes(const RunTimes &times);
std::string formatTimes(const LayerTimes &times, const lowbit_model &model);

/// The same as values of JSON.
std::string formatJson(const RunTimes &times);
std::string formatJson(const LayerTimes &times, const lowbit_model &model);

} // namespace mlir::lowbit

#endif // LOWBIT_TOOLS_RUN_TIMING_H
