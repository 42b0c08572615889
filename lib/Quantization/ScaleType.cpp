//===- ScaleType.cpp - Scales in f32, f16 and bf16 ------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Quantization/ScaleType.h"

#include <cmath>
#include <cstring>

using namespace mlir::lowbit;

static uint32_t getBits(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  return bits;
}

static float fromBits(uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

/// `value` shifted right by `shift` in 1..31, rounded to nearest even.
static uint32_t shiftToNearestEven(uint32_t value, unsigned shift) {
  uint32_t odd = (value >> shift) & 1;
  return (value + (1u << (shift - 1)) - 1 + odd) >> shift;
}

uint16_t mlir::lowbit::convertToF16(float value) {
  uint32_t bits = getBits(value);
  uint32_t sign = (bits >> 16) & 0x8000u;
  uint32_t magnitude = bits & 0x7FFFFFFFu;
  if (magnitude > 0x7F800000u)
    return static_cast<uint16_t>(sign | 0x7E00u);
  // From 2^16 on, and after rounding from 65520 on, the result is infinite.
  if (magnitude >= 0x47800000u)
    return static_cast<uint16_t>(sign | 0x7C00u);
  // Normal results: rebias the exponent, then round 13 bits away. A carry runs
  // into the exponent, which is right.
  if (magnitude >= 0x38800000u)
    return static_cast<uint16_t>(
        sign | shiftToNearestEven(magnitude - 0x38000000u, 13));
  // At most half of the smallest denormal, 2^-24: zero.
  if (magnitude <= 0x33000000u)
    return static_cast<uint16_t>(sign);
  uint32_t mantissa = (magnitude & 0x007FFFFFu) | 0x00800000u;
  unsigned shift = 126 - (magnitude >> 23);
  return static_cast<uint16_t>(sign | shiftToNearestEven(mantissa, shift));
}

float mlir::lowbit::convertFromF16(uint16_t bits) {
  uint32_t sign = (bits & 0x8000u) << 16;
  uint32_t exponent = (bits >> 10) & 31;
  uint32_t mantissa = bits & 0x3FFu;
  if (exponent == 31)
    return fromBits(sign | 0x7F800000u | (mantissa << 13));
  if (exponent != 0)
    return fromBits(sign | ((exponent + 112) << 23) | (mantissa << 13));
  float magnitude = std::ldexp(static_cast<float>(mantissa), -24);
  return sign ? -magnitude : magnitude;
}

uint16_t mlir::lowbit::convertToBF16(float value) {
  uint32_t bits = getBits(value);
  if ((bits & 0x7FFFFFFFu) > 0x7F800000u)
    return static_cast<uint16_t>((bits >> 16) | 0x40u);
  uint32_t odd = (bits >> 16) & 1;
  return static_cast<uint16_t>((bits + 0x7FFFu + odd) >> 16);
}

float mlir::lowbit::convertFromBF16(uint16_t bits) {
  return fromBits(static_cast<uint32_t>(bits) << 16);
}

float mlir::lowbit::roundToScaleType(float value, ScaleType type) {
  switch (type) {
  case ScaleType::F16:
    return convertFromF16(convertToF16(value));
  case ScaleType::BF16:
    return convertFromBF16(convertToBF16(value));
  case ScaleType::F32:
    break;
  }
  return value;
}

int64_t mlir::lowbit::getScaleBytes(ScaleType type) {
  return type == ScaleType::F32 ? 4 : 2;
}

float mlir::lowbit::getSmallestScale(ScaleType type) {
  return std::ldexp(1.0f, type == ScaleType::F16 ? -14 : -100);
}

float mlir::lowbit::getLargestScale(ScaleType type) {
  switch (type) {
  case ScaleType::F16:
    return convertFromF16(0x7BFF);
  case ScaleType::BF16:
    return convertFromBF16(0x7F7F);
  case ScaleType::F32:
    break;
  }
  return fromBits(0x7F7FFFFF);
}
