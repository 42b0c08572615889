//===- WeightEncoding.cpp - What to make of a weight ----------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Quantization/WeightEncoding.h"

#include "WeightEncodingTables.h"

using namespace mlir::lowbit;

static bool fail(std::string &error, std::string_view message) {
  error = message;
  return false;
}

/// Whether scale and zero point can be found as the encoding asks.
static bool verifyRange(const WeightEncoding &encoding, std::string &error) {
  bool isFloat = encoding.zeroPoint == ZeroPointKind::Float;
  switch (encoding.method) {
  case WeightMethod::FixedPoint:
    if (std::abs(encoding.fractionBits) > kMostFractionBits)
      return fail(error, "expected fixed-point to be an integer in -64..64, "
                         "but got " +
                             std::to_string(encoding.fractionBits));
    if (isFloat)
      break;
    if (float scale = std::ldexp(1.0f, -encoding.fractionBits);
        scale < getSmallestScale(encoding.scaleType) ||
        scale > getLargestScale(encoding.scaleType))
      return fail(error, "expected a fixed-point scale in the range of its "
                         "type, but got fixed-point=" +
                             std::to_string(encoding.fractionBits));
    if (encoding.scaleValues != ScaleValues::Any)
      return fail(error, "expected scale-values=any with method fixed-point, "
                         "but got power-of-two");
    return true;
  case WeightMethod::Mse:
    if (isFloat)
      break;
    return true;
  case WeightMethod::Percentile:
    if (encoding.percentile > 0.0 && encoding.percentile <= 100.0)
      return true;
    return fail(error, "expected p to be above 0 and at most 100, but got " +
                           printNumber(encoding.percentile));
  case WeightMethod::Range:
    if (std::isfinite(encoding.range.min) &&
        std::isfinite(encoding.range.max) &&
        encoding.range.min < encoding.range.max)
      return true;
    return fail(error, "expected range=[a,b] with finite a < b, but got " +
                           printRange(encoding.range.min, encoding.range.max));
  case WeightMethod::Kl:
  case WeightMethod::MinMax:
    return true;
  case WeightMethod::Absmean:
  case WeightMethod::Kmeans:
  case WeightMethod::Log:
  case WeightMethod::Sigma:
  case WeightMethod::Sign:
  case WeightMethod::Step:
  case WeightMethod::Stochastic:
  case WeightMethod::Threshold:
  case WeightMethod::Twn:
    return fail(error, "expected a method of the encoding's scheme");
  }
  return fail(error, "expected zero-point to be int or none with method " +
                         std::string(getName(getMethods(encoding.scheme),
                                             encoding.method)) +
                         ", but got float");
}

static bool verifyAffine(const WeightEncoding &encoding, std::string &error) {
  if (encoding.bits < 1 || encoding.bits > 8)
    return fail(error, "expected 1 to 8 bits, but got " +
                           std::to_string(encoding.bits));
  if (encoding.scaleRule != ScaleRule::None)
    return fail(error, "expected no scale rule with an affine encoding");
  if (!encoding.isSigned && encoding.zeroPoint == ZeroPointKind::None)
    return fail(error, "expected zero-point to be int or float with unsigned "
                       "codes, but got none");
  if (!verifyRange(encoding, error))
    return false;
  if (encoding.codes == CodeRange::Full)
    return true;
  if (encoding.zeroPoint != ZeroPointKind::None)
    return fail(error, "expected codes=full with a zero point, but got "
                       "codes=narrow");
  if (encoding.bits == 1)
    return fail(error, "expected codes=full with int1, but got codes=narrow, "
                       "which leaves the code 0 alone");
  return true;
}

static bool verifyCodebook(const WeightEncoding &encoding, std::string &error) {
  if (encoding.bits < 1 || encoding.bits > 8)
    return fail(error, "expected 1 to 8 bits, but got " +
                           std::to_string(encoding.bits));
  if (encoding.method == WeightMethod::Kmeans)
    return true;
  if (encoding.method != WeightMethod::Log)
    return fail(error, "expected a method of the encoding's scheme");
  if (encoding.bits < 2 || encoding.bits > 4)
    return fail(error, "expected 2 to 4 bits with method log, but got " +
                           std::to_string(encoding.bits));
  return true;
}

static bool verifySigns(const WeightEncoding &encoding, std::string &error) {
  bool fits = false;
  switch (encoding.method) {
  case WeightMethod::Absmean:
  case WeightMethod::Mse:
  case WeightMethod::Sigma:
  case WeightMethod::Threshold:
  case WeightMethod::Twn:
    fits = encoding.scheme == WeightScheme::Ternary;
    break;
  case WeightMethod::Sign:
  case WeightMethod::Step:
  case WeightMethod::Stochastic:
    fits = encoding.scheme == WeightScheme::Binary;
    break;
  case WeightMethod::FixedPoint:
  case WeightMethod::Kl:
  case WeightMethod::Kmeans:
  case WeightMethod::Log:
  case WeightMethod::MinMax:
  case WeightMethod::Percentile:
  case WeightMethod::Range:
    break;
  }
  if (!fits)
    return fail(error, "expected a method of the encoding's scheme");
  if (!(encoding.alpha >= 0.0 && encoding.alpha < HUGE_VAL))
    return fail(error, "expected alpha to be a finite number of at least 0");
  if (!(encoding.threshold >= 0.0f && encoding.threshold < HUGE_VALF))
    return fail(error,
                "expected threshold to be a finite number of at least 0");
  if (encoding.planes < 1 || encoding.planes > kMostPlanes)
    return fail(error, "expected 1 to 8 planes, but got " +
                           std::to_string(encoding.planes));
  if (encoding.planes > 1 && encoding.method != WeightMethod::Sign)
    return fail(error, "expected method sign with planes, but got method " +
                           std::string(getName(getMethods(encoding.scheme),
                                               encoding.method)));
  if (encoding.planes > 1 && encoding.scaleRule != ScaleRule::LeastSquares)
    return fail(error,
                "expected scale-rule=least-squares with planes, but got " +
                    std::string(getName(scaleRules, encoding.scaleRule)));
  if (encoding.method == WeightMethod::Stochastic &&
      encoding.scaleRule == ScaleRule::LeastSquares)
    return fail(error, "expected scale-rule to be one of none, mean-selected, "
                       "mean-abs with method stochastic, but got "
                       "least-squares, whose scale may be negative");
  return true;
}

/// Whether codes can make up for each other's errors.
static bool verifyCompensation(const WeightEncoding &encoding,
                               std::string &error) {
  if (!(encoding.damping >= 0.0 && encoding.damping < HUGE_VAL))
    return fail(error, "expected damping to be a finite number of at least 0");
  if (!encoding.compensatesErrors)
    return true;
  if (encoding.rounding.mode != RoundingMode::NearestEven)
    return fail(error,
                "expected rounding=nearest_even with gptq, but got " +
                    std::string(getName(roundings, encoding.rounding.mode)));
  if (encoding.planes != 1)
    return fail(error, "expected one plane with gptq, but got planes=" +
                           std::to_string(encoding.planes));
  return encoding.method != WeightMethod::Stochastic ||
         fail(error, "expected method sign or step with gptq, but got method "
                     "stochastic");
}

std::optional<MomentOrder> WeightEncoding::getNeededMoments() const {
  if (compensatesErrors)
    return MomentOrder::Second;
  return correctsBias ? std::optional(MomentOrder::First) : std::nullopt;
}

bool WeightEncoding::verify(std::string &error) const {
  if (!verifyCompensation(*this, error))
    return false;
  if (group.rows < 0 || group.cols < 0)
    return fail(error, "expected group extents of at least 0");
  if (group.rows == 0 && group.cols != 0)
    return fail(error, "expected block-rows with a block");
  switch (scheme) {
  case WeightScheme::Affine:
    return verifyAffine(*this, error);
  case WeightScheme::Codebook:
    return verifyCodebook(*this, error);
  case WeightScheme::Binary:
  case WeightScheme::Ternary:
    return verifySigns(*this, error);
  case WeightScheme::F32:
    break;
  }
  return true;
}

AffineSpec WeightEncoding::getAffineSpec() const {
  AffineSpec spec;
  spec.bits = bits;
  spec.isSigned = isSigned;
  spec.range = codes;
  spec.zeroPoint = zeroPoint;
  spec.scaleType = scaleType;
  return spec;
}

int32_t WeightEncoding::getLowestCode() const {
  switch (scheme) {
  case WeightScheme::Affine:
    return getAffineSpec().getLowestCode();
  case WeightScheme::Binary:
    return method == WeightMethod::Step ? 0 : -1;
  case WeightScheme::Codebook:
    return 0;
  case WeightScheme::Ternary:
    return -1;
  case WeightScheme::F32:
    break;
  }
  return 0;
}

int32_t WeightEncoding::getHighestCode() const {
  switch (scheme) {
  case WeightScheme::Affine:
    return getAffineSpec().getHighestCode();
  case WeightScheme::Codebook:
    return (1 << bits) - 1;
  case WeightScheme::Binary:
  case WeightScheme::Ternary:
    return 1;
  case WeightScheme::F32:
    break;
  }
  return 0;
}

unsigned WeightEncoding::getStorageBits() const {
  switch (scheme) {
  case WeightScheme::Affine:
  case WeightScheme::Codebook:
    return bits;
  case WeightScheme::Binary:
    return static_cast<unsigned>(planes);
  case WeightScheme::Ternary:
    return 2;
  case WeightScheme::F32:
    break;
  }
  return 32;
}

int64_t WeightEncoding::getPayloadBytes(int64_t count) const {
  int64_t width = getStorageBits();
  return count / 8 * width + (count % 8 * width + 7) / 8;
}

bool WeightEncoding::operator==(const WeightEncoding &other) const {
  return scheme == other.scheme && method == other.method &&
         alpha == other.alpha && threshold == other.threshold &&
         scaleRule == other.scaleRule && planes == other.planes &&
         bits == other.bits && isSigned == other.isSigned &&
         codes == other.codes && range == other.range &&
         percentile == other.percentile && fractionBits == other.fractionBits &&
         scaleValues == other.scaleValues && zeroPoint == other.zeroPoint &&
         group == other.group && scaleType == other.scaleType &&
         rounding.mode == other.rounding.mode &&
         rounding.seed == other.rounding.seed &&
         compensatesErrors == other.compensatesErrors &&
         damping == other.damping && correctsBias == other.correctsBias;
}

std::string WeightEncoding::toString() const {
  std::string text;
  auto add = [&](std::string_view item, std::string_view value = {}) {
    text += text.empty() ? ':' : ',';
    text += item;
    if (!value.empty())
      (text += '=') += value;
  };
  if (method == WeightMethod::Threshold)
    add("threshold", printNumber(threshold));
  else if (method == WeightMethod::FixedPoint)
    add("fixed-point", printNumber(fractionBits));
  else if (method == WeightMethod::Range)
    add("range", printRange(range.min, range.max));
  else if (method != getDefaultMethod(scheme))
    add(getName(getMethods(scheme), method));
  if (alpha != kDefaultAlpha)
    add("alpha", printNumber(alpha));
  if (percentile != kDefaultPercentile)
    add("p", printNumber(percentile));
  if (scheme == WeightScheme::Affine) {
    if (zeroPoint != getDefaultZeroPoint(*this))
      add("zero-point", getName(zeroPoints, zeroPoint));
    if (codes != getDefaultCodes(*this))
      add("codes", getName(codeRanges, codes));
  } else if (planes != 1) {
    add("planes", printNumber(planes));
  } else if (scaleRule != getDefaultScaleRule(*this)) {
    add("scale-rule", getName(scaleRules, scaleRule));
  }
  if (group.cols != 0) {
    add("block", printNumber(group.cols));
    if (group.rows != 1)
      add("block-rows", printNumber(group.rows));
  } else if (group.rows == 0) {
    add("granularity", "layer");
  } else if (group.rows != 1) {
    add("group", printNumber(group.rows));
  }
  if (scaleType != ScaleType::F32)
    add("scale", getName(scaleTypes, scaleType));
  if (scaleValues != ScaleValues::Any)
    add("scale-values", getName(scaleValueSets, scaleValues));
  if (rounding.mode != RoundingMode::NearestEven)
    add("rounding", getName(roundings, rounding.mode));
  if (rounding.seed != 0)
    add("seed", printNumber(rounding.seed));
  if (damping != kDefaultDamping)
    add("damping", printNumber(damping));
  else if (compensatesErrors)
    add("gptq");
  if (correctsBias)
    add("bias-correction");

  switch (scheme) {
  case WeightScheme::Affine:
    return (isSigned ? "int" : "uint") + std::to_string(bits) + text;
  case WeightScheme::Binary:
    return "binary" + text;
  case WeightScheme::Codebook:
    return "codebook" + std::to_string(bits) + text;
  case WeightScheme::Ternary:
    return "ternary" + text;
  case WeightScheme::F32:
    break;
  }
  return "f32";
}
