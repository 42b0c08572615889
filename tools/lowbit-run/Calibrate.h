//===- Calibrate.h - Statistics of layers over samples ----------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Runs a model that was compiled with --observe over samples, batch by batch,
// and writes the statistics of the inputs of its layers. Neither samples nor
// observed tensors are kept.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_TOOLS_RUN_CALIBRATE_H
#define LOWBIT_TOOLS_RUN_CALIBRATE_H

#include "Options.h"

#include "lowbit-c/Runtime.h"

#include <string>

namespace mlir::lowbit {

/// Writes the file `options.outputs[0]` and sets `report` to what is to be
/// printed. False with `error` set.
bool calibrate(const RunOptions &options, lowbit_runtime *runtime,
               std::string &report, std::string &error);

} // namespace mlir::lowbit

#endif // LOWBIT_TOOLS_RUN_CALIBRATE_H
