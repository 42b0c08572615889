//===- ErrorBound.h - How wrong a quantized layer can be --------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// With weights w and activations x, both quantized to w' and x', one output of
// a layer is off by
//
//   sum_k w'[k] x'[k] - sum_k w[k] x[k]
//     = sum_k w'[k] (x'[k] - x[k]) + sum_k (w'[k] - w[k]) x[k]
//
// Let |x[k]| <= X, |x'[k] - x[k]| <= r + c, where r is due to rounding and c to
// clipping, and let a weight be off by up to half a step h through rounding and
// by what exceeds h through clipping. Then the output is off by at most
//
//   rounding   sum_k |w'[k]| r + sum_k min(|w'[k] - w[k]|, h) X
//   clipping   sum_k |w'[k]| c + sum_k max(|w'[k] - w[k]| - h, 0) X
//
// added up. The weights are the actual ones. No x in the range is excluded, so
// the bound is a guarantee, and mostly far above the error that is measured.
// The products and sums are exact here: the rounding of f32 comes on top.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_QUANTIZATION_ERRORBOUND_H
#define LOWBIT_QUANTIZATION_ERRORBOUND_H

#include "lowbit/Quantization/ActivationEncoding.h"

#include <cstdint>

namespace mlir::lowbit {

/// A bound of an error, by what the error is due to.
struct ErrorBound {
  double rounding = 0;
  double clipping = 0;

  double getTotal() const { return rounding + clipping; }
};

/// How large activations are, and how far off their codes.
struct ActivationBound {
  double largest = 0; ///< X
  ErrorBound error;   ///< r and c
};

/// Activations in `range`, with the parameters of `chooseStaticParams`. The
/// encoding is not f32.
ActivationBound boundStaticActivations(const ActivationEncoding &encoding,
                                       RealRange range);

/// Activations whose parameters are chosen at run time, in units of the largest
/// |x| that they are chosen for: `largest` is 1. The encoding is affine.
ActivationBound boundDynamicActivations(const ActivationEncoding &encoding);

/// The bound for one output: weights `w` and what they became, `quantized`,
/// `count` of each, and their half steps h.
ErrorBound boundOutput(const float *w, const float *quantized,
                       const float *halfSteps, int64_t count,
                       const ActivationBound &activations);

} // namespace mlir::lowbit

#endif // LOWBIT_QUANTIZATION_ERRORBOUND_H
