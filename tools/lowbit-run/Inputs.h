//===- Inputs.h - Inputs and outputs of a run -------------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The arrays that a model is run on: from files, or random; and those that it
// fills.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_TOOLS_RUN_INPUTS_H
#define LOWBIT_TOOLS_RUN_INPUTS_H

#include "Options.h"

#include "lowbit-c/Runtime.h"
#include "lowbit/Runtime/Npy.h"

#include <string>
#include <vector>

namespace mlir::lowbit {

/// Fills `arrays` with one array per input of `model`. False with `error` set.
bool makeInputs(const lowbit_model &model, const RunOptions &options,
                std::vector<NpyArray> &arrays, std::string &error);

/// Gives `arrays`, one per output, the shapes and the memory that the outputs
/// for `inputs` need. False with `error` set.
bool makeOutputs(const lowbit_runtime *runtime,
                 const std::vector<lowbit_tensor> &inputs,
                 std::vector<NpyArray> &arrays, std::string &error);

/// Runs the model on `inputs` and gives `outputs` their shapes and values.
/// False with `error` set.
bool runArrays(lowbit_runtime *runtime, std::vector<NpyArray> &inputs,
               std::vector<NpyArray> &outputs, std::string &error);

/// A view of `array`, whose data stay where they are.
lowbit_tensor viewArray(NpyArray &array);

} // namespace mlir::lowbit

#endif // LOWBIT_TOOLS_RUN_INPUTS_H
