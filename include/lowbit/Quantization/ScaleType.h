//===- ScaleType.h - Scales in f32, f16 and bf16 ----------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Scales are stored in f32, f16 or bf16 and always used as the f32 value of
// what is stored. This file rounds (to nearest, ties to even) and says which
// scales are usable: positive, finite, normal in the stored type, with a finite
// reciprocal.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_QUANTIZATION_SCALETYPE_H
#define LOWBIT_QUANTIZATION_SCALETYPE_H

#include <cstdint>

namespace mlir::lowbit {

/// The type a scale is stored in.
enum class ScaleType { F32, F16, BF16 };

/// IEEE binary16 bits of `value`, rounded to nearest even; overflow is
/// infinity.
uint16_t convertToF16(float value);

/// The f32 value of binary16 bits; exact.
float convertFromF16(uint16_t bits);

/// bfloat16 bits of `value`, rounded to nearest even; overflow is infinity.
uint16_t convertToBF16(float value);

/// The f32 value of bfloat16 bits; exact.
float convertFromBF16(uint16_t bits);

/// `value` rounded to `type`, as f32.
float roundToScaleType(float value, ScaleType type);

/// Bytes of one stored scale.
int64_t getScaleBytes(ScaleType type);

/// The smallest scale Lowbit chooses: 2^-14 for f16, its smallest normal
/// number, and 2^-100 for f32 and bf16, far from where denormals matter.
float getSmallestScale(ScaleType type);

/// The largest finite value of `type`.
float getLargestScale(ScaleType type);

} // namespace mlir::lowbit

#endif // LOWBIT_QUANTIZATION_SCALETYPE_H
