//===- StaticRanges.h - Ranges known at compile time ------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The range of a layer's activations, as far as it is known without data.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_TRANSFORMS_STATICRANGES_H
#define LOWBIT_LIB_DIALECT_TRANSFORMS_STATICRANGES_H

#include "lowbit/Quantization/RangeRules.h"
#include "mlir/IR/Operation.h"
#include <optional>

namespace mlir::lowbit {

/// The attribute of a layer that holds the range of its activations, two f32.
constexpr llvm::StringLiteral kActivationRange = "lowbit.activation_range";

/// The attributes of a layer that hold the mean and the deviation of each of
/// its outputs, f32, where a normalization was folded into it.
constexpr llvm::StringLiteral kOutputMean = "lowbit.output_mean";
constexpr llvm::StringLiteral kOutputDeviation = "lowbit.output_deviation";

/// Puts a range on `layer`.
void setCalibratedRange(Operation *layer, RealRange range);

/// The range in the attribute of `layer`, none if there is none; an error if it
/// is not one.
FailureOr<std::optional<RealRange>> getCalibratedRange(Operation *layer);

/// The range that clips (max, min, or both with constants, as in relu6) leave
/// in the f32 tensor `value`; none if an end is open.
std::optional<RealRange> getClippedRange(Value value);

/// The same where the outputs of a layer with statistics lie in
///
///   [min_c (mean_c - sigmas * deviation_c), max_c (mean_c + sigmas * ...)]
///
/// none if there is no such layer before `value`, or an end is open.
std::optional<RealRange> getNormalizedRange(Value value, double sigmas);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_DIALECT_TRANSFORMS_STATICRANGES_H
