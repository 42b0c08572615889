//===- ActivationEncoding.h - What to make of an activation -----*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An activation encoding as text: `scheme[:item,...]`, without blanks.
//
//   scheme       float (as they are: only the weights are codes), int2..int8,
//                uint2..uint8, ternary (-s, 0, s), binary (-s, s: the sign,
//                that of 0 being +1)
//   dynamic      parameters are chosen at run time by `chooseParams` of
//                DynamicParams.h; of binary and ternary, the scale is the mean
//                of |x| and 2^-100 more
//   ema          parameters are chosen at run time from a range that follows
//                the data from call to call; affine only, per tensor
//   momentum=    of ema, 0 to 1, default 0.9; implies ema
//   static       parameters are constants, from a range. Codes are static where
//                the layer has a range that was calibrated, else dynamic,
//                unless one of these is asked for
//   granularity= row (default), tensor; of dynamic parameters
//   range=       how the range is found, which makes the parameters static:
//                [a,b], or from statistics kl, minmax (default),
//                moving_average, mse (default of ternary and binary),
//                percentile; see RangeRules.h. batch-norm needs no data where a
//                batch normalization was folded into the layer before, and is
//                minmax elsewhere
//   sigmas=      of batch-norm: deviations on both sides of the means, default
//                6; implies range=batch-norm
//   percentile=  the share of values inside in percent, default 99.99; implies
//                range=percentile
//   threshold=   of ternary: codes where |x| exceeds it; by default s / 2,
//                the nearest level; implies static
//   zero-point=  none (symmetric), int (default: asymmetric); uintN has int
//
// With ema, the range [A, B] is updated first, in f32, from the smallest and
// the largest finite element a, b of the tensor (without any nothing changes):
//
//   first call    A = a                                   B = b
//   later         A = momentum * A + (1 - momentum) * a   B likewise
//
// and then the parameters are `chooseParams` of A and B, so that values beyond
// them saturate. The caller keeps A and B: a model that compiles to one has
// them as its last input and its last output, `running_ranges`. What is not
// finite with A <= B, and 0, 0, is no range yet: zeros begin.
//
// Sources of the mean: M. Rastegari et al., arXiv:1603.05279 (binary); S. Ma et
// al., arXiv:2402.17764 (ternary).
//
// Examples: `int8`, `int8:static`, `uint8:range=kl`, `int4:range=[-3,3]`,
// `int8:granularity=tensor,zero-point=none`, `ternary:threshold=0.5`.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_QUANTIZATION_ACTIVATIONENCODING_H
#define LOWBIT_QUANTIZATION_ACTIVATIONENCODING_H

#include "lowbit/Quantization/ActivationStatistics.h"
#include "lowbit/Quantization/Affine.h"
#include "lowbit/Quantization/RangeRules.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mlir::lowbit {

/// The family an activation's codes belong to.
enum class ActivationScheme { Float, Affine, Ternary, Binary };

/// Deviations on both sides of a mean that a range holds, where none are given.
///
/// Source: M. Nagel et al., arXiv:1906.04721, section 4.
constexpr double kDefaultSigmas = 6.0;

/// When parameters are chosen. `Either`: at compile time if the layer has a
/// calibrated range, else at run time. `Running`: at run time, from all calls
/// so far.
enum class ParameterTime { Either, Static, Dynamic, Running };

/// A parsed activation encoding. Fields that do not apply to the scheme keep
/// their defaults, so that equal encodings compare equal.
struct ActivationEncoding {
  ActivationScheme scheme = ActivationScheme::Float;
  unsigned bits = 8;                             ///< affine: 2..8
  bool isSigned = true;                          ///< affine
  ZeroPointKind zeroPoint = ZeroPointKind::None; ///< none or integer; affine
  ParameterTime time = ParameterTime::Either;
  bool perRow = true;                 ///< of dynamic parameters
  double momentum = kDefaultMomentum; ///< of running ranges
  RangeRule rule = RangeRule::MinMax;
  double percentile = kDefaultPercentile;
  double sigmas = kDefaultSigmas;
  std::optional<RealRange> range; ///< instead of a rule
  std::optional<float> threshold; ///< ternary

  /// Parses an encoding. Returns none and sets `error`, one line that lists the
  /// right choices, where the text is wrong.
  static std::optional<ActivationEncoding> parse(std::string_view text,
                                                 std::string &error);

  /// The shortest text that parses to this encoding.
  std::string toString() const;

  bool isFloat() const { return scheme == ActivationScheme::Float; }

  /// Whether parameters are chosen at run time whatever is calibrated.
  bool isAtRunTime() const {
    return time == ParameterTime::Dynamic || time == ParameterTime::Running;
  }

  /// Whether the range is the same on both sides of zero.
  bool isSymmetric() const { return zeroPoint == ZeroPointKind::None; }

  /// The lowest and the highest code; 0 for float.
  int32_t getLowestCode() const;
  int32_t getHighestCode() const;

  /// The number of codes: 2 for binary, 0 for float.
  int32_t getNumCodes() const;

  /// The affine part, for `chooseAffineParams`: `narrow` where symmetric.
  AffineSpec getAffineSpec() const;

  bool operator==(const ActivationEncoding &other) const;
  bool operator!=(const ActivationEncoding &other) const {
    return !(*this == other);
  }
};

} // namespace mlir::lowbit

#endif // LOWBIT_QUANTIZATION_ACTIVATIONENCODING_H
