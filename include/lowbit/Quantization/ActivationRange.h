//===- ActivationRange.h - Static activation parameters ---------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// From statistics to a range, and from a range to constant parameters:
//
//   affine          chooseAffineParams(min, max): symmetric ones `narrow`
//   ternary, binary scale = max(|min|, |max|), or 1 where that is 0
//
// Affine and ternary codes are quantizeValue(x, scale, zero_point); ternary
// ones with a threshold are getTernaryCode(x, threshold) and binary ones
// getSignCode(x). The rule `mse` compares with just that.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_QUANTIZATION_ACTIVATIONRANGE_H
#define LOWBIT_QUANTIZATION_ACTIVATIONRANGE_H

#include "lowbit/Quantization/ActivationEncoding.h"
#include "lowbit/Quantization/ActivationStatistics.h"

#include <optional>
#include <string>

namespace mlir::lowbit {

/// Constant scale and zero point.
struct StaticParams {
  float scale = 1.0f;
  int32_t zeroPoint = 0;
};

/// The parameters of `encoding`, which is not f32, for values in `range`.
StaticParams chooseStaticParams(const ActivationEncoding &encoding,
                                RealRange range);

/// The code of `x`.
int32_t quantizeActivation(const ActivationEncoding &encoding,
                           StaticParams params, float x);

/// The range that `encoding`, which is not f32, asks for. Returns none and sets
/// `error` where no finite value was seen.
std::optional<RealRange>
chooseActivationRange(const ActivationEncoding &encoding,
                      const ActivationStatistics &statistics,
                      std::string &error);

} // namespace mlir::lowbit

#endif // LOWBIT_QUANTIZATION_ACTIVATIONRANGE_H
