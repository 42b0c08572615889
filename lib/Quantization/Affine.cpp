//===- Affine.cpp - Scale and zero point from a range ---------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Quantization/Affine.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

using namespace mlir::lowbit;

int32_t AffineSpec::getLowestCode() const {
  if (!isSigned)
    return 0;
  int32_t lowest = -(1 << (bits - 1));
  return range == CodeRange::Narrow ? lowest + 1 : lowest;
}

int32_t AffineSpec::getHighestCode() const {
  return (1 << (isSigned ? bits - 1 : bits)) - 1;
}

static const char *getName(ScaleType type) {
  return type == ScaleType::F32   ? "f32"
         : type == ScaleType::F16 ? "f16"
                                  : "bf16";
}

bool mlir::lowbit::roundScale(double value, ScaleType type, float &scale,
                              std::string &error) {
  scale = roundToScaleType(static_cast<float>(value), type);
  if (scale > getLargestScale(type)) {
    char text[96];
    std::snprintf(text, sizeof(text),
                  "expected a scale of at most %g in %s, but got %g",
                  getLargestScale(type), getName(type), value);
    error = text;
    return false;
  }
  scale = std::max(scale, getSmallestScale(type));
  return true;
}

/// `value`, which is not negative, rounded to f32 toward zero; overflow is
/// kept.
static double roundTowardZero(double value) {
  auto rounded = static_cast<float>(value);
  if (std::isinf(rounded))
    return value;
  return rounded > value ? std::nextafter(rounded, 0.0f) : rounded;
}

bool mlir::lowbit::chooseAffineParams(const AffineSpec &spec, float min,
                                      float max, AffineParams &params,
                                      std::string &error) {
  params = AffineParams();
  double hi = spec.getHighestCode(), low = min, high = max;
  double largest = std::max(std::abs(low), std::abs(high));
  if (largest == 0.0)
    return true;
  double steps = (1 << spec.bits) - 1;

  double scale = 0.0;
  switch (spec.zeroPoint) {
  case ZeroPointKind::None:
    scale = spec.range == CodeRange::Narrow
                ? largest / hi
                : roundTowardZero(2 * largest / steps);
    break;
  case ZeroPointKind::Integer:
    scale = roundTowardZero((std::max(high, 0.0) - std::min(low, 0.0)) / steps);
    break;
  case ZeroPointKind::Float:
    scale = roundTowardZero(
        std::max((high - low) / steps, std::ldexp(largest, -16)));
    break;
  }
  if (!roundScale(scale, spec.scaleType, params.scale, error))
    return false;
  chooseZeroPoint(spec, min, params);
  return true;
}

void mlir::lowbit::chooseZeroPoint(const AffineSpec &spec, float min,
                                   AffineParams &params) {
  double lo = spec.getLowestCode(), hi = spec.getHighestCode(), low = min;
  if (spec.zeroPoint == ZeroPointKind::Integer) {
    double zeroPoint = std::nearbyint(lo - std::min(low, 0.0) / params.scale);
    params.zeroPoint =
        static_cast<int32_t>(std::min(std::max(zeroPoint, lo), hi));
  } else if (spec.zeroPoint == ZeroPointKind::Float) {
    params.floatZeroPoint = static_cast<float>(lo - low / params.scale);
  }
}

float mlir::lowbit::getAffineOffset(float scale, float floatZeroPoint) {
  return -scale * (floatZeroPoint - std::nearbyint(floatZeroPoint));
}
