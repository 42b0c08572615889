//===- Options.h - Command line of lowbit-run -------------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The command line as a structure, and the text that explains it.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_TOOLS_RUN_OPTIONS_H
#define LOWBIT_TOOLS_RUN_OPTIONS_H

#include "lowbit/Quantization/InputMoments.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mlir::lowbit {

struct RunOptions {
  std::string model;
  std::string quantizedModel; // empty: the model with the options after --
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  std::string weights;                      // empty: where the model has them
  std::string target;                       // empty: lowbit-compile's default
  std::optional<uint64_t> threads;          // none: the runtime's default
  std::vector<std::string> compileOptions;  // what follows --
  std::vector<std::vector<int64_t>> shapes; // of random inputs, in order
  std::optional<uint64_t> seed;
  std::string calibration;            // .npz, or "normal"; empty: a usual run
  std::optional<uint64_t> batch;      // samples per run over many
  std::optional<uint64_t> samples;    // of normal inputs
  std::optional<double> momentum;     // of a calibration's moving averages
  std::optional<MomentOrder> moments; // that a calibration records
  bool isComparison = false;          // of layers
  std::string json, csv;              // files for a comparison; empty: none
  bool isBenchmark = false;
  uint64_t benchmarkRuns = 0; // 0: as many as it takes
  bool isProfile = false;
  bool isJson = false;
  bool isHelp = false;

  /// The model is to be compiled first.
  bool isSource() const;

  /// Where the samples of a run over many are from.
  const std::string &getSamples() const {
    return isComparison ? inputs[0] : calibration;
  }
};

extern const char *const helpText;

/// False with `error` set to `expected ..., but got ...`.
bool parseOptions(int argc, char **argv, RunOptions &options,
                  std::string &error);

} // namespace mlir::lowbit

#endif // LOWBIT_TOOLS_RUN_OPTIONS_H
