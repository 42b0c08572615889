//===- StatisticsFile.h - Statistics of layers in a file --------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The statistics of all layers as an .npz file that NumPy opens. Each layer has
//
//   layer/count, layer/ignored            i64: finite elements and others
//   layer/min, layer/max                  f32
//   layer/moving_min, layer/moving_max    f32: moving averages over batches
//   layer/mean, layer/mean_square         f32
//   layer/histogram                       i64, 4096 counts: bin i lies in
//   layer/histogram_exponent              i32   [i - 2048, i - 2047) *
//   2^exponent
//
// with `--moments` also those of InputMoments.h, for G groups of K inputs,
//
//   layer/input_rows                      i64
//   layer/input_means                     f32, G x K
//   layer/input_products                  f32, G x K x K, if they were recorded
//
// and `calibration/source` is the text of where they are from, as u8.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_CALIBRATION_STATISTICSFILE_H
#define LOWBIT_CALIBRATION_STATISTICSFILE_H

#include "lowbit/Quantization/ActivationStatistics.h"
#include "lowbit/Quantization/InputMoments.h"

#include <map>
#include <string>

namespace mlir::lowbit {

/// Statistics by the names of layers, and where they are from.
struct CalibrationStatistics {
  std::map<std::string, ActivationStatistics> layers;
  std::map<std::string, InputMoments> moments; ///< as far as recorded
  std::string source; ///< such as "data" or "normal inputs"
};

/// Writes the file. False with `error` set; `path` is then as it was.
bool writeStatistics(const std::string &path,
                     const CalibrationStatistics &statistics,
                     std::string &error);

/// Reads the file, all but the moments, which are large. Sums come back with
/// the precision of f32 means. False with `error` set to one line where the
/// file is not one of `writeStatistics`.
bool readStatistics(const std::string &path, CalibrationStatistics &statistics,
                    std::string &error);

/// Whether something is in a file.
enum class Presence { Present, Missing, Broken };

/// Reads the moments of `layer`, products only if `order` asks for them.
/// `error` is set to one line where what is in the file is broken.
Presence readMoments(const std::string &path, const std::string &layer,
                     MomentOrder order, InputMoments &moments,
                     std::string &error);

} // namespace mlir::lowbit

#endif // LOWBIT_CALIBRATION_STATISTICSFILE_H
