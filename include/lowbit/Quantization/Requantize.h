//===- Requantize.h - Integers times a dyadic scale -------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A dyadic scale is multiplier * 2^-shift with integers
//
//   0 <= multiplier < 2^31      2 <= shift <= 62
//
// the ranges of `apply_scale_32` in the TOSA 1.0 specification. A value of 32
// bits is rescaled in 64-bit arithmetic, which never overflows: the product is
// below 2^62 in magnitude, what is added to it at most 2^61 + 2^30.
//
//   SINGLE_ROUND    (value * multiplier + 2^(shift - 1)) >> shift
//                   to the nearest integer, ties up
//   DOUBLE_ROUND    the same, and where shift > 31, 2^30 more is added, or with
//                   value < 0, 2^30 less: as if the product had been rounded
//                   to a multiple of 2^31 first; ties away from zero
//   INEXACT_ROUND   TOSA leaves the rounding open; here it is SINGLE_ROUND, so
//                   that the result is the same everywhere
//
// TOSA leaves results beyond 32 bits undefined. Here the result of rescaling
// has 64 bits, and codes saturate.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_QUANTIZATION_REQUANTIZE_H
#define LOWBIT_QUANTIZATION_REQUANTIZE_H

#include <algorithm>
#include <cstdint>
#include <string>

namespace mlir::lowbit {

/// The rounding modes of TOSA's RESCALE.
enum class RescaleMode { SingleRound, InexactRound, DoubleRound };

/// `multiplier * 2^-shift`
struct DyadicScale {
  static constexpr int64_t smallestShift = 2;
  static constexpr int64_t largestShift = 62;
  static constexpr int64_t largestMultiplier = (int64_t(1) << 31) - 1;

  int32_t multiplier = 0;
  int32_t shift = smallestShift;

  static constexpr bool isMultiplier(int64_t value) {
    return value >= 0 && value <= largestMultiplier;
  }
  static constexpr bool isShift(int64_t value) {
    return value >= smallestShift && value <= largestShift;
  }
};

/// The dyadic scale nearest to `scale` > 0 whose multiplier has at most `bits`
/// bits (1 to 31):
///
///   |multiplier * 2^-shift - scale| <= max(scale * 2^-bits, 2^-63)
///
/// The first holds where the multiplier has all its bits; the second below
/// about 2^(bits - 63), where the shift is 62 already: there an i32 times the
/// scale is off by at most 2^-32. Returns false and sets `error` where `scale`
/// is not positive and finite, or too large: from about 2^(bits - 2) on.
bool chooseDyadicScale(double scale, int bits, DyadicScale &result,
                       std::string &error);

/// `value` times `scale`, rounded: see the top of this file.
constexpr int64_t rescale(int32_t value, DyadicScale scale, RescaleMode mode) {
  int64_t round = int64_t(1) << (scale.shift - 1);
  if (mode == RescaleMode::DoubleRound && scale.shift > 31)
    round += value >= 0 ? int64_t(1) << 30 : -(int64_t(1) << 30);
  return (int64_t(value) * scale.multiplier + round) >> scale.shift;
}

/// `rescale(value) + zeroPoint`, or the nearer end of [lowest, highest].
constexpr int32_t requantizeValue(int32_t value, DyadicScale scale,
                                  RescaleMode mode, int32_t zeroPoint,
                                  int32_t lowest, int32_t highest) {
  int64_t code = rescale(value, scale, mode) + zeroPoint;
  return static_cast<int32_t>(std::clamp<int64_t>(code, lowest, highest));
}

/// Whether `rescale` of any |value| <= `bound`, plus a zero point of at most 16
/// bits, can be computed in 32-bit arithmetic, every step included:
///
///   shift <= 31 and bound * multiplier + 2^(shift - 1) < 2^31 - 2^16
///
/// Then all modes are SINGLE_ROUND.
constexpr bool rescalesIn32Bits(int64_t bound, DyadicScale scale) {
  if (scale.shift > 31 || bound < 0 || bound > (int64_t(1) << 31))
    return false;
  int64_t largest =
      bound * scale.multiplier + (int64_t(1) << (scale.shift - 1));
  return largest < (int64_t(1) << 31) - (int64_t(1) << 16);
}

/// How far any |value| <= `bound` is to be shifted to the left, so that the
/// high half of its 64-bit product holds all that `rescale` needs; -1 if that
/// does not go:
///
///   rescale(value) = (high + 2^(shift + lift - 33)) >> (shift + lift - 32)
///   high = floor(value * 2^lift * multiplier / 2^32)
///
/// for 33 <= shift + lift <= 62 and bound * 2^lift < 2^31, or lift 0. The lower
/// half is less than what the last shift drops, and 2^(shift - 1) has no part
/// in it, so that the two sides are equal. All steps but the product have 32
/// bits: |high| <= 2^30, and at most 2^29 is added. The mode is SINGLE_ROUND.
constexpr int getHighHalfLift(int64_t bound, int64_t smallestShift,
                              int64_t largestShift) {
  int64_t lift = std::max<int64_t>(33 - smallestShift, 0);
  bool holdsValues = lift == 0 || (bound >= 0 && bound <= (int64_t(1) << 31) &&
                                   (bound << lift) < (int64_t(1) << 31));
  return holdsValues && largestShift + lift <= DyadicScale::largestShift
             ? static_cast<int>(lift)
             : -1;
}

} // namespace mlir::lowbit

#endif // LOWBIT_QUANTIZATION_REQUANTIZE_H
