//===- Inputs.h - Inputs of a run -------------------------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The arrays that a model is run on: from files, or random.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_TOOLS_RUN_INPUTS_H
#define LOWBIT_TOOLS_RUN_INPUTS_H

#include "Options.h"

#include "lowbit-c/Model.h"
#include "lowbit/Runtime/Npy.h"

#include <string>
#include <vector>

namespace mlir::lowbit {

/// Fills `arrays` with one array per input of `model`. False with `error` set.
bool makeInputs(const lowbit_model &model, const RunOptions &options,
                std::vector<NpyArray> &arrays, std::string &error);

/// A view of `array`, whose data stay where they are.
lowbit_tensor viewArray(NpyArray &array);

} // namespace mlir::lowbit

#endif // LOWBIT_TOOLS_RUN_INPUTS_H
