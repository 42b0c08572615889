//===- Samples.h - What a model is run over ---------------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Samples for all inputs of a model: rows of the first axis of arrays in an
// .npz file, or normal random numbers.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_TOOLS_RUN_SAMPLES_H
#define LOWBIT_TOOLS_RUN_SAMPLES_H

#include "Options.h"

#include "lowbit-c/Model.h"
#include "lowbit/Runtime/Npy.h"

#include <memory>
#include <string>

namespace mlir::lowbit {

/// A stream of samples.
class Samples {
public:
  virtual ~Samples() = default;

  /// The samples of `options` for `model`; null with `error` set.
  static std::unique_ptr<Samples> open(const lowbit_model &model,
                                       const RunOptions &options,
                                       std::string &error);

  /// What they are, for the report.
  virtual std::string getSource() const = 0;

  int64_t getCount() const { return count; }
  int64_t getBatch() const { return batch; }

  /// Fills `array` with the next `size` samples of one input. False with
  /// `error` set.
  virtual bool read(size_t input, int64_t size, NpyArray &array,
                    std::string &error) = 0;

protected:
  int64_t count = 0; ///< of samples
  int64_t batch = 0; ///< samples per run
};

} // namespace mlir::lowbit

#endif // LOWBIT_TOOLS_RUN_SAMPLES_H
