//===- Describe.h - Descriptions of compiled models -------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Puts a model into words: as JSON for programs, and as one line that says why
// a call was refused.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_RUNTIME_DESCRIBE_H
#define LOWBIT_RUNTIME_DESCRIBE_H

#include "lowbit-c/Model.h"

#include <string>

namespace mlir::lowbit {

/// The JSON that `lowbit_runtime_describe` documents.
std::string describeModel(const lowbit_model &model,
                          const lowbit_variant &variant);

/// Why `status` is what a call with these arguments came to.
std::string explainStatus(const lowbit_model &model, lowbit_status status,
                          const lowbit_tensor *inputs,
                          const lowbit_tensor *outputs);

} // namespace mlir::lowbit

#endif // LOWBIT_RUNTIME_DESCRIBE_H
