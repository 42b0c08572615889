//===- Half.c - Conversions of 16-bit floats ------------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What compiled models call on CPUs that have no instruction for it. LLVM gives
// the names; libgcc has them only in newer versions. Integers only, so that the
// caller's rounding and flush-to-zero modes do not matter.
//
//===----------------------------------------------------------------------===//

#if defined(__x86_64__)

#include <stdint.h>
#include <string.h>

/// A function that models call as `name`.
#define LOWBIT_CALLED_AS(name)                                                 \
  __asm__(name) __attribute__((visibility("hidden"), used))

static uint32_t bitsOf(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof(bits));
  return bits;
}

/// `value` / 2^`shift`, ties to even; 0 < `shift` < 32.
static uint32_t shiftRounded(uint32_t value, uint32_t shift) {
  uint32_t half = UINT32_C(1) << (shift - 1);
  uint32_t odd = value >> shift & 1;
  // The sum may need a bit more than 32.
  return (uint32_t)(((uint64_t)value + half - 1 + odd) >> shift);
}

float lowbit_extend_f16(_Float16 value) LOWBIT_CALLED_AS("__extendhfsf2");
_Float16 lowbit_round_to_f16(float value) LOWBIT_CALLED_AS("__truncsfhf2");
__bf16 lowbit_round_to_bf16(float value) LOWBIT_CALLED_AS("__truncsfbf2");

float lowbit_extend_f16(_Float16 value) {
  uint16_t half;
  memcpy(&half, &value, sizeof(half));
  uint32_t sign = (uint32_t)(half & 0x8000) << 16;
  uint32_t exponent = half >> 10 & 0x1f, fraction = half & 0x3ff;
  uint32_t bits;
  if (exponent == 0x1f) { // infinity or NaN
    bits = 0x7f800000 | fraction << 13 | (fraction ? 0x400000 : 0);
  } else if (exponent) {
    bits = (exponent + 127 - 15) << 23 | fraction << 13;
  } else if (fraction) { // fraction * 2^-24
    uint32_t top = 31 - (uint32_t)__builtin_clz(fraction);
    bits = (top + 127 - 24) << 23 | (fraction << (23 - top) & 0x7fffff);
  } else {
    bits = 0;
  }
  bits |= sign;
  float result;
  memcpy(&result, &bits, sizeof(result));
  return result;
}

_Float16 lowbit_round_to_f16(float value) {
  uint32_t bits = bitsOf(value), magnitude = bits & 0x7fffffff;
  uint32_t half;
  if (magnitude > 0x7f800000) // NaN
    half = 0x7e00 | (magnitude >> 13 & 0x3ff);
  else if (magnitude >= 0x47800000) // 2^16
    half = 0x7c00;
  else if (magnitude >= 0x38800000) // 2^-14; rounding up may carry
    half = shiftRounded(magnitude, 13) - ((127 - 15) << 10);
  else if (magnitude >= 0x33000000) // 2^-25
    half = shiftRounded((magnitude & 0x7fffff) | 0x800000,
                        126 - (magnitude >> 23));
  else
    half = 0;
  uint16_t stored = (uint16_t)(half | (bits >> 16 & 0x8000));
  _Float16 result;
  memcpy(&result, &stored, sizeof(result));
  return result;
}

__bf16 lowbit_round_to_bf16(float value) {
  uint32_t bits = bitsOf(value);
  uint16_t stored;
  if ((bits & 0x7fffffff) > 0x7f800000) // NaN
    stored = (uint16_t)(bits >> 16 | 0x40);
  else
    stored = (uint16_t)shiftRounded(bits, 16);
  __bf16 result;
  memcpy(&result, &stored, sizeof(result));
  return result;
}

#endif // __x86_64__
