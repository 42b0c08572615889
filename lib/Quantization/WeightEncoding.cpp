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

static bool verifyAffine(const WeightEncoding &encoding, std::string &error) {
  if (encoding.bits < 1 || encoding.bits > 8)
    return fail(error, "expected 1 to 8 bits, but got " +
                           std::to_string(encoding.bits));
  if (encoding.method != WeightMethod::MinMax)
    return fail(error, "expected method minmax with an affine encoding");
  if (encoding.scaleRule != ScaleRule::None)
    return fail(error, "expected no scale rule with an affine encoding");
  if (!encoding.isSigned && encoding.zeroPoint == ZeroPointKind::None)
    return fail(error, "expected zero-point to be int or float with unsigned "
                       "codes, but got none");
  if (encoding.range == CodeRange::Full)
    return true;
  if (encoding.zeroPoint != ZeroPointKind::None)
    return fail(error, "expected range=full with a zero point, but got "
                       "range=narrow");
  if (encoding.bits == 1)
    return fail(error, "expected range=full with int1, but got range=narrow, "
                       "which leaves the code 0 alone");
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
  case WeightMethod::MinMax:
    break;
  }
  if (!fits)
    return fail(error, "expected a method of the encoding's scheme");
  if (!(encoding.alpha >= 0.0 && encoding.alpha < HUGE_VAL))
    return fail(error, "expected alpha to be a finite number of at least 0");
  if (!(encoding.threshold >= 0.0f && encoding.threshold < HUGE_VALF))
    return fail(error,
                "expected threshold to be a finite number of at least 0");
  if (encoding.method == WeightMethod::Stochastic &&
      encoding.scaleRule == ScaleRule::LeastSquares)
    return fail(error, "expected scale-rule to be one of none, mean-selected, "
                       "mean-abs with method stochastic, but got "
                       "least-squares, whose scale may be negative");
  return true;
}

bool WeightEncoding::verify(std::string &error) const {
  if (group.rows < 0 || group.cols < 0)
    return fail(error, "expected group extents of at least 0");
  if (group.rows == 0 && group.cols != 0)
    return fail(error, "expected block-rows with a block");
  switch (scheme) {
  case WeightScheme::Affine:
    return verifyAffine(*this, error);
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
  spec.range = range;
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
    return bits;
  case WeightScheme::Binary:
    return 1;
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
         scaleRule == other.scaleRule && bits == other.bits &&
         isSigned == other.isSigned && range == other.range &&
         zeroPoint == other.zeroPoint && group == other.group &&
         scaleType == other.scaleType && rounding.mode == other.rounding.mode &&
         rounding.seed == other.rounding.seed;
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
  else if (method != getDefaultMethod(scheme))
    add(getName(getMethods(scheme), method));
  if (alpha != kDefaultAlpha)
    add("alpha", printNumber(alpha));
  if (scheme == WeightScheme::Affine) {
    if (zeroPoint != getDefaultZeroPoint(*this))
      add("zero-point", getName(zeroPoints, zeroPoint));
    if (range != getDefaultRange(*this))
      add("range", getName(ranges, range));
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
  if (rounding.mode != RoundingMode::NearestEven)
    add("rounding", getName(roundings, rounding.mode));
  if (rounding.seed != 0)
    add("seed", printNumber(rounding.seed));

  switch (scheme) {
  case WeightScheme::Affine:
    return (isSigned ? "int" : "uint") + std::to_string(bits) + text;
  case WeightScheme::Binary:
    return "binary" + text;
  case WeightScheme::Ternary:
    return "ternary" + text;
  case WeightScheme::F32:
    break;
  }
  return "f32";
}
