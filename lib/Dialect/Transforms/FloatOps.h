//===- FloatOps.h - What elementwise ops on reals compute -------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One computation has many forms: a named op, arith on tensors, a loop. Here
// they are one.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_TRANSFORMS_FLOATOPS_H
#define LOWBIT_LIB_DIALECT_TRANSFORMS_FLOATOPS_H

#include "mlir/IR/Value.h"
#include <limits>
#include <optional>
#include <utility>

namespace mlir::lowbit {

/// The value of a constant f32, of a constant tensor that repeats it, or of a
/// fill with it.
std::optional<float> getRepeatedReal(Value value);

/// The operands of an elementwise addition of two tensors of one shape.
std::optional<std::pair<Value, Value>> matchAddition(Value sum);

/// min(max(input, lowest), highest)
struct FloatClamp {
  Value input;
  float lowest = -std::numeric_limits<float>::infinity();
  float highest = std::numeric_limits<float>::infinity();
};
/// Minima and maxima with constants.
std::optional<FloatClamp> matchClamp(Value value);

/// input * factor
struct FloatScaling {
  Value input;
  double factor = 1;
};
/// An elementwise product or quotient with a constant.
std::optional<FloatScaling> matchScaling(Value value);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_DIALECT_TRANSFORMS_FLOATOPS_H
