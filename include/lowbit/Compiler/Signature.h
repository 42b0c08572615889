//===- Signature.h - Inputs and outputs of a model --------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_COMPILER_SIGNATURE_H
#define LOWBIT_COMPILER_SIGNATURE_H

#include "lowbit-c/Model.h"
#include "mlir/IR/BuiltinOps.h"

namespace mlir::lowbit {

/// An input or output: a dense tensor.
struct TensorSignature {
  std::string name;
  lowbit_dtype dtype;
  SmallVector<int64_t> shape; ///< -1: known at run time
};

/// The public function of a model.
struct Signature {
  std::string function; ///< as in the IR
  std::string name;     ///< `function` as a C identifier
  SmallVector<TensorSignature> inputs;
  SmallVector<TensorSignature> outputs;
};

/// The signature of the one public function of `module`. Reports an error where
/// there is none, or more, or one that has no C counterpart.
FailureOr<Signature> getSignature(ModuleOp module);

} // namespace mlir::lowbit

#endif // LOWBIT_COMPILER_SIGNATURE_H
