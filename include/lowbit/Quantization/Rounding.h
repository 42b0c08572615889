//===- Rounding.h - Rounding a quotient to a code ---------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The one definition of how a real number becomes a code. Every step is an IEEE
// f32 operation in the default rounding mode (to nearest, ties to even) or a
// 32-bit integer operation that wraps, so that a lowering can reproduce it bit
// for bit. No product is added to anything: there is nothing to contract.
//
// With an integer zero point, as ONNX QuantizeLinear does it:
//   v = x / scale;  v = isnan(v) ? 0 : v
//   code = int(min(max(round(v) + f32(zero_point), f32(lo)), f32(hi)))
// With a float zero point the zero point lies inside the one rounding:
//   code = int(min(max(round(v + zero_point), f32(lo)), f32(hi)))
// So NaN takes the code of 0.0 and infinities saturate. Codes and integer zero
// points have at most 16 bits, hence all sums that do not saturate are exact.
//
// Stochastic rounding draws from a counter, not from a state:
//   key  = mix(seed + 0x9E3779B9)                    seed mod 2^32; a constant
//   h    = mix(index * 0x9E3779B1 + key)             index: row-major, mod 2^32
//   draw = f32((h >> 8) | 1) * 2^-24                 odd multiples of 2^-24
//   round(v) = floor(v) + (draw < v - floor(v) ? 1 : 0)
// where mix is the 32-bit finalizer of MurmurHash3 (A. Appleby, 2011):
//   h ^= h >> 16;  h *= 0x85EBCA6B;  h ^= h >> 13;  h *= 0xC2B2AE35;
//   h ^= h >> 16
// 0 < draw < 1, so 3.0 is always 3; and the smallest draw is 2^-24, so flushing
// denormals to zero changes nothing. For a fraction of j * 2^-23 the
// probability of rounding up is j * 2^-23 exactly: the mean over seeds is v.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_QUANTIZATION_ROUNDING_H
#define LOWBIT_QUANTIZATION_ROUNDING_H

#include <cmath>
#include <cstdint>

namespace mlir::lowbit {

/// How a quotient becomes an integer.
enum class RoundingMode {
  NearestEven, ///< to nearest, ties to even (the default)
  NearestAway, ///< to nearest, ties away from zero (the textbooks' rounding)
  Stochastic,  ///< up with the probability of the fraction
};

/// A rounding with everything it depends on; `seed` counts for `Stochastic`
/// alone.
struct RoundingSpec {
  RoundingMode mode = RoundingMode::NearestEven;
  uint32_t seed = 0;
};

constexpr uint32_t kStochasticSeedStep = 0x9E3779B9u;
constexpr uint32_t kStochasticIndexStep = 0x9E3779B1u;

/// The 32-bit finalizer of MurmurHash3, a bijection.
constexpr uint32_t mixBits(uint32_t h) {
  h ^= h >> 16;
  h *= 0x85EBCA6Bu;
  h ^= h >> 13;
  h *= 0xC2B2AE35u;
  h ^= h >> 16;
  return h;
}

/// The constant that a seed contributes to the draws.
constexpr uint32_t getStochasticKey(uint32_t seed) {
  return mixBits(seed + kStochasticSeedStep);
}

/// The draw of one element, in (0, 1). `key` is `getStochasticKey(seed)`,
/// `index` the row-major position modulo 2^32.
constexpr float getStochasticDraw(uint32_t key, uint32_t index) {
  uint32_t h = mixBits(index * kStochasticIndexStep + key);
  // At most 24 bits: the conversion from int32 is exact and cheap in SIMD.
  return static_cast<float>(static_cast<int32_t>((h >> 8) | 1)) *
         (1.0f / 16777216.0f);
}

/// Rounds up where the draw is below the fraction.
inline float roundStochastic(float v, float draw) {
  float below = std::floor(v);
  return below + (draw < v - below ? 1.0f : 0.0f);
}

/// Rounds `v`, the element at `index`, to an integral f32.
inline float roundValue(float v, RoundingSpec rounding, uint32_t index) {
  switch (rounding.mode) {
  case RoundingMode::NearestEven:
    return std::nearbyint(v);
  case RoundingMode::NearestAway:
    return std::round(v);
  case RoundingMode::Stochastic:
    break;
  }
  return roundStochastic(
      v, getStochasticDraw(getStochasticKey(rounding.seed), index));
}

/// The code in [lo, hi] nearest to an integral f32; infinities saturate.
inline int32_t saturateCode(float v, int32_t lo, int32_t hi) {
  float low = static_cast<float>(lo), high = static_cast<float>(hi);
  return static_cast<int32_t>(v < low ? low : v > high ? high : v);
}

/// The code of `x` with an integer zero point: sat(round(x / scale) + zp).
inline int32_t quantizeValue(float x, float scale, int32_t zeroPoint,
                             int32_t lo, int32_t hi, RoundingSpec rounding = {},
                             uint32_t index = 0) {
  float v = x / scale;
  v = std::isnan(v) ? 0.0f : v;
  float rounded = roundValue(v, rounding, index);
  return saturateCode(rounded + static_cast<float>(zeroPoint), lo, hi);
}

/// The code of `x` with a float zero point: sat(round(x / scale + zp)).
inline int32_t quantizeValue(float x, float scale, float zeroPoint, int32_t lo,
                             int32_t hi, RoundingSpec rounding = {},
                             uint32_t index = 0) {
  float v = x / scale;
  v = std::isnan(v) ? 0.0f : v;
  return saturateCode(roundValue(v + zeroPoint, rounding, index), lo, hi);
}

/// scale * (code - zeroPoint); the difference is an integer, exact in f32.
inline float dequantizeValue(int32_t code, float scale, int32_t zeroPoint) {
  return scale * static_cast<float>(code - zeroPoint);
}

/// scale * (code - zeroPoint), both operations in f32.
inline float dequantizeValue(int32_t code, float scale, float zeroPoint) {
  return scale * (static_cast<float>(code) - zeroPoint);
}

} // namespace mlir::lowbit

#endif // LOWBIT_QUANTIZATION_ROUNDING_H
