//===- LayerTrace.h - Where layers begin and end ----------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_TRANSFORMS_LAYERTRACE_H
#define LOWBIT_LIB_DIALECT_TRANSFORMS_LAYERTRACE_H

#include "lowbit/Dialect/IR/LowbitDialect.h"

namespace mlir::lowbit {

/// One named layer, float or quantized.
struct LayerTrace {
  StringRef name;
  Operation *product; ///< the first matmul or convolution
  /// What its activations are quantized by, in f32; null where they are float
  /// or codes of another layer.
  QuantizeOp activations;
  /// The last float tensor in the block of the product that ops of the layer's
  /// name compute from it, one from the other; null where there is none.
  Value result;

  bool isFloat() const;

  /// The float tensor that a quantized layer reads, directly or through
  /// `activations`; null where it reads codes, and of float layers.
  Value getInput() const;

  /// The element type of the weights without its dialect, such as "affine<4>".
  std::string getEncoding() const;
};

/// The layers under `root` in order. Fails with an error where a location does
/// not name the layer, and where two float layers have one name.
FailureOr<SmallVector<LayerTrace>> traceLayers(Operation *root);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_DIALECT_TRANSFORMS_LAYERTRACE_H
