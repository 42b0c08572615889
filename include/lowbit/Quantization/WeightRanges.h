//===- WeightRanges.h - Ranges of weights worth quantizing ------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The range of weights that is to be quantized, where it is not all of it; what
// lies outside saturates. The weights are at hand, so these are exact or need
// no histogram of unknown extent; RangeRules.h has the rules for streams.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_QUANTIZATION_WEIGHTRANGES_H
#define LOWBIT_QUANTIZATION_WEIGHTRANGES_H

#include "lowbit/Quantization/RangeRules.h"

namespace mlir::lowbit {

/// The tightest range with ends among the weights (symmetric: the magnitudes)
/// that leaves at most (1 - percent/100) * count / 2 weights out at each end
/// or, if symmetric, (1 - percent/100) * count together. `percent` lies in (0,
/// 100], `count` is at least 1.
RealRange findPercentileRange(const float *w, int64_t count, double percent,
                              bool isSymmetric);

/// `findKlRange` (RangeRules.h) of the histogram of the weights, for `levels`
/// levels. `count` is at least 1.
RealRange findKlRange(const float *w, int64_t count, int64_t levels,
                      bool isSymmetric);

} // namespace mlir::lowbit

#endif // LOWBIT_QUANTIZATION_WEIGHTRANGES_H
