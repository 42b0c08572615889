//===- CompareReport.h - Errors of layers as text ---------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_TOOLS_RUN_COMPAREREPORT_H
#define LOWBIT_TOOLS_RUN_COMPAREREPORT_H

#include "lowbit/Quantization/ErrorBound.h"
#include "lowbit/Quantization/ErrorStatistics.h"

#include <optional>
#include <string>
#include <vector>

namespace mlir::lowbit {

/// The error of one layer's result, and what its input loses.
struct LayerError {
  ErrorStatistics result;
  ClippedShare input;
};

struct ComparedLayer {
  std::string name;
  std::string encoding;  ///< of the weights: "ternary", "affine<4>", "f32"
  bool hasAlone = false; ///< false where it reads codes of another layer
  bool clips = false;    ///< quantizes float activations
  LayerError alone, accumulated;
  /// What the error alone cannot exceed, but for the rounding of f32 sums.
  std::optional<ErrorBound> bound;

  bool isQuantized() const { return encoding != "f32"; }
};

struct ComparisonReport {
  std::string floatModel, quantizedModel;
  int64_t samples = 0;
  std::vector<ComparedLayer> layers;
  std::vector<std::string> skipped; ///< without a float result when quantized

  /// A table, and a line on the layers that the quantization destroys.
  std::string formatText() const;
  /// One object. null stands for what is not measured and for infinities.
  std::string formatJson() const;
  /// A line per layer. Nothing stands for what is not measured.
  std::string formatCsv() const;
};

} // namespace mlir::lowbit

#endif // LOWBIT_TOOLS_RUN_COMPAREREPORT_H
