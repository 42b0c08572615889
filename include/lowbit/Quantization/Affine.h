//===- Affine.h - Scale and zero point from a range -------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Affine codes mean real = scale * (code - zero_point). For codes lo..hi of b
// bits and data in [min, max], with m = max(|min|, |max|):
//
//   symmetric narrow   s = m / (2^(b-1) - 1)      codes -hi..hi
//   symmetric full     s = 2m / (2^b - 1)         codes lo..hi, +m saturates
//   integer zero point s = (max' - min') / (2^b - 1)
//                      min' = min(0, min), max' = max(0, max)
//                      z = clamp(round_even(lo - min'/s), lo, hi)
//   float zero point   s = (max - min) / (2^b - 1)
//                      z = lo - min/s             levels min, min + s, .. max
//
// The float zero point is the affine form q(x) = round((x - b)/s)*s + b; all b
// that differ by whole steps give the same levels. Its scale is at least
// m * 2^-16, so that z stays small enough for r/s + z to be accurate in f32,
// and a group that holds one value c represents it exactly.
//
// Scales are quotients rounded to f32, to nearest for `narrow` and toward zero
// for the others, so that both ends of the range reach the outermost codes:
// under symmetric `full` -m lies exactly on a tie (-7.5 in 4 bits) and must
// take lo. They are then rounded to nearest in the scale type, and zero points
// are computed in f64 from the result. A range of zero has scale 1 and zero
// point 0. A scale is never below `getSmallestScale`.
//
// Sources: B. Jacob et al., arXiv:1712.05877 (integer zero point);
// R. Krishnamoorthi, arXiv:1806.08342 (narrow range).
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_QUANTIZATION_AFFINE_H
#define LOWBIT_QUANTIZATION_AFFINE_H

#include "lowbit/Quantization/ScaleType.h"

#include <cstdint>
#include <string>

namespace mlir::lowbit {

/// Which codes a symmetric range uses.
enum class CodeRange { Full, Narrow };

/// Whether codes are offset, and by what.
enum class ZeroPointKind { None, Integer, Float };

/// A set of affine codes of 1 to 8 bits and the way they are fitted to data.
struct AffineSpec {
  unsigned bits = 8;
  bool isSigned = true;
  CodeRange range = CodeRange::Narrow;
  ZeroPointKind zeroPoint = ZeroPointKind::None;
  ScaleType scaleType = ScaleType::F32;

  int32_t getLowestCode() const;
  int32_t getHighestCode() const;
};

/// Scale and zero point of one group. `zeroPoint` counts for an integer zero
/// point, `floatZeroPoint` for a float one; the others are 0.
struct AffineParams {
  float scale = 1.0f;
  int32_t zeroPoint = 0;
  float floatZeroPoint = 0.0f;
};

/// The parameters for data in [min, max], finite and min <= max. Returns false
/// and sets `error` where no finite scale of the scale type exists.
bool chooseAffineParams(const AffineSpec &spec, float min, float max,
                        AffineParams &params, std::string &error);

/// Sets the zero point that goes with `params.scale`, for data of at least
/// `min`.
void chooseZeroPoint(const AffineSpec &spec, float min, AffineParams &params);

/// The offset b of the affine form: the level of smallest magnitude,
/// -scale * (z - round_even(z)).
float getAffineOffset(float scale, float floatZeroPoint);

/// Rounds a chosen scale to `type`, raising it to `getSmallestScale(type)`
/// where it is below. Returns false and sets `error` where it is too large.
bool roundScale(double value, ScaleType type, float &scale, std::string &error);

} // namespace mlir::lowbit

#endif // LOWBIT_QUANTIZATION_AFFINE_H
