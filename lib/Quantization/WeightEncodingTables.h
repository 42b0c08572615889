//===- WeightEncodingTables.h - Names of an encoding ------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The names of a weight encoding's items and values, and the defaults: shared
// by the parser and the printer.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_QUANTIZATION_WEIGHTENCODINGTABLES_H
#define LOWBIT_LIB_QUANTIZATION_WEIGHTENCODINGTABLES_H

#include "EncodingText.h"
#include "lowbit/Quantization/WeightEncoding.h"

namespace mlir::lowbit {

using Items = std::initializer_list<std::string_view>;

inline const Table<ScaleRule> scaleRules = {
    {"least-squares", ScaleRule::LeastSquares},
    {"mean-abs", ScaleRule::MeanAbs},
    {"mean-selected", ScaleRule::MeanSelected},
    {"none", ScaleRule::None}};
inline const Table<CodeRange> codeRanges = {{"full", CodeRange::Full},
                                            {"narrow", CodeRange::Narrow}};
inline const Table<RoundingMode> roundings = {
    {"nearest_away", RoundingMode::NearestAway},
    {"nearest_even", RoundingMode::NearestEven},
    {"stochastic", RoundingMode::Stochastic}};
inline const Table<ScaleType> scaleTypes = {{"bf16", ScaleType::BF16},
                                            {"f16", ScaleType::F16},
                                            {"f32", ScaleType::F32}};
inline const Table<ScaleValues> scaleValueSets = {
    {"any", ScaleValues::Any}, {"power-of-two", ScaleValues::PowerOfTwo}};
inline const Table<ZeroPointKind> zeroPoints = {{"float", ZeroPointKind::Float},
                                                {"int", ZeroPointKind::Integer},
                                                {"none", ZeroPointKind::None}};

enum class Granularity { Channel, Group, Layer };
inline const Table<Granularity> granularities = {
    {"channel", Granularity::Channel},
    {"group", Granularity::Group},
    {"layer", Granularity::Layer}};

/// The methods of a scheme.
inline Table<WeightMethod> getMethods(WeightScheme scheme) {
  static const Table<WeightMethod> none;
  static const Table<WeightMethod> affine = {
      {"kl", WeightMethod::Kl}, // the name that is printed
      {"cross-entropy", WeightMethod::Kl},
      {"fixed-point", WeightMethod::FixedPoint},
      {"minmax", WeightMethod::MinMax},
      {"mse", WeightMethod::Mse},
      {"percentile", WeightMethod::Percentile},
      {"range", WeightMethod::Range}};
  static const Table<WeightMethod> binary = {
      {"sign", WeightMethod::Sign},
      {"step", WeightMethod::Step},
      {"stochastic", WeightMethod::Stochastic}};
  static const Table<WeightMethod> codebook = {{"kmeans", WeightMethod::Kmeans},
                                               {"log", WeightMethod::Log}};
  static const Table<WeightMethod> ternary = {
      {"absmean", WeightMethod::Absmean},
      {"mse", WeightMethod::Mse},
      {"sigma", WeightMethod::Sigma},
      {"threshold", WeightMethod::Threshold},
      {"twn", WeightMethod::Twn}};
  switch (scheme) {
  case WeightScheme::Affine:
    return affine;
  case WeightScheme::Binary:
    return binary;
  case WeightScheme::Codebook:
    return codebook;
  case WeightScheme::Ternary:
    return ternary;
  case WeightScheme::F32:
    break;
  }
  return none;
}

/// The items of a scheme.
inline Items getItems(WeightScheme scheme) {
  static const Items none;
  static const Items affine = {"bias-correction",
                               "block",
                               "block-rows",
                               "codes",
                               "damping",
                               "fixed-point",
                               "gptq",
                               "granularity",
                               "group",
                               "method",
                               "p",
                               "range",
                               "rounding",
                               "scale",
                               "scale-values",
                               "seed",
                               "zero-point"};
  static const Items binary = {"bias-correction", "block",      "block-rows",
                               "damping",         "gptq",       "granularity",
                               "group",           "method",     "planes",
                               "scale",           "scale-rule", "seed"};
  static const Items codebook = {"bias-correction", "block",  "block-rows",
                                 "damping",         "gptq",   "granularity",
                                 "group",           "method", "scale"};
  static const Items ternary = {"alpha",       "bias-correction", "block",
                                "block-rows",  "damping",         "gptq",
                                "granularity", "group",           "method",
                                "scale",       "scale-rule",      "threshold"};
  switch (scheme) {
  case WeightScheme::Affine:
    return affine;
  case WeightScheme::Binary:
    return binary;
  case WeightScheme::Codebook:
    return codebook;
  case WeightScheme::Ternary:
    return ternary;
  case WeightScheme::F32:
    break;
  }
  return none;
}

/// The items that have no value.
inline const Items flags = {"bias-correction", "gptq"};

inline ScaleRule getDefaultScaleRule(const WeightEncoding &encoding) {
  switch (encoding.scheme) {
  case WeightScheme::Binary:
    return encoding.planes == 1 ? ScaleRule::MeanAbs : ScaleRule::LeastSquares;
  case WeightScheme::Ternary:
    return encoding.method == WeightMethod::Absmean ? ScaleRule::MeanAbs
                                                    : ScaleRule::MeanSelected;
  case WeightScheme::Affine:
  case WeightScheme::Codebook:
  case WeightScheme::F32:
    break;
  }
  return ScaleRule::None;
}

inline WeightMethod getDefaultMethod(WeightScheme scheme) {
  return scheme == WeightScheme::Ternary    ? WeightMethod::Sigma
         : scheme == WeightScheme::Binary   ? WeightMethod::Sign
         : scheme == WeightScheme::Codebook ? WeightMethod::Kmeans
                                            : WeightMethod::MinMax;
}

inline ZeroPointKind getDefaultZeroPoint(const WeightEncoding &encoding) {
  return encoding.isSigned ? ZeroPointKind::None : ZeroPointKind::Integer;
}

inline CodeRange getDefaultCodes(const WeightEncoding &encoding) {
  return encoding.scheme == WeightScheme::Affine && encoding.bits > 1 &&
                 encoding.zeroPoint == ZeroPointKind::None
             ? CodeRange::Narrow
             : CodeRange::Full;
}

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_QUANTIZATION_WEIGHTENCODINGTABLES_H
