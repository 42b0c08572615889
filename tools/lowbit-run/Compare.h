//===- Compare.h - Errors of layers over samples ----------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Runs a float model and a quantized one over samples, batch by batch, and adds
// up how far the results of the layers are apart. Neither samples nor tensors
// are kept.
//
// The result of a layer is its product with the bias, in f32, before it is
// quantized for the next layer: what that loses belongs to the next one. It is
// compared with the same tensor of the float model,
//
//   alone        computed from the input that the layer has in the float model,
//                quantized as in the quantized one: only this layer errs. A
//                layer that is not quantized is exact.
//   accumulated  in the quantized model. Layers that hand codes to each other
//                in integers do it here, too.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_TOOLS_RUN_COMPARE_H
#define LOWBIT_TOOLS_RUN_COMPARE_H

#include "Options.h"

#include "lowbit-c/Runtime.h"

#include <string>

namespace mlir::lowbit {

/// One model, compiled with --observe= float, quantized and isolated.
struct ComparedModels {
  lowbit_runtime *floating, *quantized, *isolated;
};

/// The second model, or the first one where there is none.
const std::string &getQuantizedModel(const RunOptions &options);

/// Writes the files that `options` ask for and sets `report` to what is to be
/// printed. False with `error` set.
bool compareLayers(const RunOptions &options, const ComparedModels &models,
                   std::string &report, std::string &error);

} // namespace mlir::lowbit

#endif // LOWBIT_TOOLS_RUN_COMPARE_H
