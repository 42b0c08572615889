//===- DynamicParams.h - Scale and zero point at run time -------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The definition of `lowbit.choose_params` on one group of numbers: what the
// lowering reproduces, operation by operation, in IEEE f32 to nearest even.
// Only finite elements count (an element with |x| < infinity, else 0).
//
//   a = min(0, min x);  b = max(0, max x);  m = max(-a, b)
//   some = m >= 2^-126
//   symmetric:   q = m / f32(hi)
//                scale = some ? max(q, 2^-100) : 1
//                zero_point = clamp(0, lo, hi)
//   asymmetric:  q = b / f32(hi - lo) - a / f32(hi - lo)
//                scale = some ? max(q, 2^-100) : 1
//                z = some ? f32(lo) - a / scale : 0
//                zero_point = int(clamp(round_even(z), f32(lo), f32(hi)))
//
// The range holds 0, so real 0 has a code of its own. Dividing before the
// subtraction cannot overflow (hi - lo >= 2), and no product is added to
// anything, so there is nothing to contract. A group of zeros or without a
// finite element has scale 1. Nothing depends on whether denormals are flushed:
// `some` compares with the smallest normal number and not with 0 (a group of
// denormals counts as zeros), and a quotient by 2^-100 that is flushed rounds
// to 0 anyway.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_QUANTIZATION_DYNAMICPARAMS_H
#define LOWBIT_QUANTIZATION_DYNAMICPARAMS_H

#include <cstdint>

namespace mlir::lowbit {

/// Scale and zero point chosen at run time.
struct DynamicParams {
  float scale = 1.0f;
  int32_t zeroPoint = 0;
};

/// The smallest scale chosen for a group that is not zero, 2^-100.
constexpr float kSmallestDynamicScale = 7.888609052210118e-31f;

/// The smallest magnitude that is not zero, 2^-126.
constexpr float kSmallestDynamicValue = 1.17549435082228750797e-38f;

/// Chooses scale and zero point of `count` elements for codes lo..hi, where
/// lo <= 0 < hi or 0 <= lo < hi, and hi - lo is in 2..65535.
DynamicParams chooseParams(const float *x, int64_t count, int32_t lo,
                           int32_t hi, bool symmetric);

} // namespace mlir::lowbit

#endif // LOWBIT_QUANTIZATION_DYNAMICPARAMS_H
