//===- WeightEncoding.h - What to make of a weight --------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A weight encoding as text, the same in pass options, attributes and on the
// command line: `scheme[:item,...]`, without blanks.
//
//   scheme       f32, int1..int8, uint1..uint8, ternary, binary,
//                codebook1..codebook8
//   a method     alone or as method=: absmean, mse, sigma (default), threshold,
//                twn for ternary; sign (default), step, stochastic for binary;
//                cross-entropy (another name of kl), fixed-point, kl, minmax
//                (default), mse, percentile, range for affine; kmeans
//                (default), log (codebook2..codebook4) for codebooks
//   alpha=       factor of sigma, default 1.2
//   threshold=   the threshold itself; implies the method threshold
//   scale-rule=  none, mean-selected (mean |w| where the code is not 0),
//                mean-abs, least-squares; default mean-selected for ternary,
//                mean-abs for absmean and binary
//   range=[a,b]  the range itself, as in range=[-1,1]; implies the method range
//   p=           percent of the weights inside, default 99.99; percentile
//   fixed-point=N  scale 2^-N; implies the method fixed-point
//   codes=       full, narrow; default narrow where symmetric, else full
//   scale-values=  any (default), power-of-two: of the two powers of two next
//                to the scale the one of less squared error
//   zero-point=  none, int, float; default none, for uintN int
//   planes=P     a sum of P of 1 (default) to 8 binary planes; sign, whose
//                scale-rule is then least-squares
//   granularity= layer, channel (default), group (needs group=)
//   group=N      N output channels share a scale
//   block=N      N weights along K share a scale
//   block-rows=N of N output channels, with block=
//   scale=       f32 (default), f16, bf16
//   rounding=    nearest_even (default), nearest_away, stochastic; affine only
//   seed=        of stochastic rounding and of binary:stochastic, default 0
//   gptq         codes that make up for each other's errors, for inputs whose
//                second moments are known: see ErrorCompensation.h
//   damping=     of gptq, at least 0, default 0.01; implies gptq
//   bias-correction  the bias makes up for what the codes do to the mean of the
//                outputs, for inputs whose means are known: see
//                BiasCorrection.h
//
// Examples: `int4:block=32,scale=f16`, `ternary:twn`, `binary:step`,
// `int4:mse,gptq`, `ternary:sigma,alpha=1.5`, `uint4:zero-point=float`,
// `int8:granularity=layer`. Items that contradict each other or do not apply to
// the scheme are errors.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_QUANTIZATION_WEIGHTENCODING_H
#define LOWBIT_QUANTIZATION_WEIGHTENCODING_H

#include "lowbit/Quantization/Affine.h"
#include "lowbit/Quantization/GroupShape.h"
#include "lowbit/Quantization/InputMoments.h"
#include "lowbit/Quantization/RangeRules.h"
#include "lowbit/Quantization/Rounding.h"
#include "lowbit/Quantization/ScaleType.h"
#include "lowbit/Quantization/Ternary.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mlir::lowbit {

/// The family a weight's codes belong to.
enum class WeightScheme { F32, Affine, Ternary, Binary, Codebook };

/// How codes are found.
enum class WeightMethod {
  Absmean,
  FixedPoint,
  Kl,
  Kmeans,
  Log,
  MinMax,
  Mse,
  Percentile,
  Range,
  Sigma,
  Sign,
  Step,
  Stochastic,
  Threshold,
  Twn
};

/// How the scale of ternary and binary codes is found from |w| and the codes of
/// a group. `LeastSquares` is sum(w*c) / sum(c*c): where each code has the sign
/// of its weight, as in all methods that allow it, that is `MeanSelected`.
enum class ScaleRule { None, MeanSelected, MeanAbs, LeastSquares };

/// Which scales may be chosen.
enum class ScaleValues { Any, PowerOfTwo };

/// The most fractional bits of `fixed-point`, and the most that are missing.
constexpr int kMostFractionBits = 64;

/// The usual part of the mean of the diagonal that is added to it.
constexpr double kDefaultDamping = 0.01;

/// The most binary planes of a weight.
constexpr int64_t kMostPlanes = 8;

/// A parsed weight encoding. Fields that do not apply to the scheme keep their
/// defaults, so that equal encodings compare equal.
struct WeightEncoding {
  WeightScheme scheme = WeightScheme::F32;
  WeightMethod method = WeightMethod::MinMax;
  double alpha = kDefaultAlpha;                  ///< sigma
  float threshold = 0.0f;                        ///< threshold
  ScaleRule scaleRule = ScaleRule::None;         ///< ternary, binary
  int64_t planes = 1;                            ///< binary
  unsigned bits = 32;                            ///< affine, codebook: 1..8
  bool isSigned = true;                          ///< affine
  CodeRange codes = CodeRange::Full;             ///< affine
  RealRange range;                               ///< range
  double percentile = kDefaultPercentile;        ///< percentile
  int fractionBits = 0;                          ///< fixed-point
  ScaleValues scaleValues = ScaleValues::Any;    ///< affine
  ZeroPointKind zeroPoint = ZeroPointKind::None; ///< affine
  GroupShape group;                              ///< weights sharing a scale
  ScaleType scaleType = ScaleType::F32;          ///< of the stored scales
  RoundingSpec rounding;                         ///< affine; seed: stochastic
  bool compensatesErrors = false;                ///< gptq
  double damping = kDefaultDamping;              ///< gptq
  bool correctsBias = false;                     ///< bias-correction

  /// Parses an encoding. Returns none and sets `error`, one line that lists the
  /// right choices, where the text is wrong.
  static std::optional<WeightEncoding> parse(std::string_view text,
                                             std::string &error);

  /// The shortest text that parses to this encoding.
  std::string toString() const;

  /// Whether the fields agree with each other; `error` says why not. Holds for
  /// everything that `parse` returns.
  bool verify(std::string &error) const;

  /// How much must be known about the inputs of the layer; nothing if the
  /// weights are enough.
  std::optional<MomentOrder> getNeededMoments() const;

  /// The lowest and the highest code; 0 for f32.
  int32_t getLowestCode() const;
  int32_t getHighestCode() const;

  /// Bits that a weight takes in storage: 32 for f32, 2 for ternary, 1 for each
  /// plane of binary.
  unsigned getStorageBits() const;

  /// Bytes of `count` codes packed without padding: ceil(count * bits / 8).
  int64_t getPayloadBytes(int64_t count) const;

  /// The affine part, for `chooseAffineParams`.
  AffineSpec getAffineSpec() const;

  bool operator==(const WeightEncoding &other) const;
  bool operator!=(const WeightEncoding &other) const {
    return !(*this == other);
  }
};

/// Bytes of `count` ternary codes at five per byte: ceil(count / 5).
constexpr int64_t getBase3Bytes(int64_t count) {
  return count / 5 + (count % 5 != 0);
}

} // namespace mlir::lowbit

#endif // LOWBIT_QUANTIZATION_WEIGHTENCODING_H
