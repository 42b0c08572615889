//===- BiasCorrection.h - Keep the mean of the outputs ----------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_QUANTIZATION_BIASCORRECTION_H
#define LOWBIT_QUANTIZATION_BIASCORRECTION_H

#include "lowbit/Quantization/InputMoments.h"

#include <cstdint>
#include <vector>

namespace mlir::lowbit {

/// What to add to the outputs of a layer `y = W x` whose weights became Wq, so
/// that their mean stays: E[W x] - E[Wq x] = (W - Wq) E[x], in f64, ascending
/// k. `weights` and `quantized` are row-major N x K; the groups of `inputs`,
/// with K means each, share the rows equally. Returns N values.
///
/// Source: M. Nagel et al., arXiv:1906.04721, section 4.2.
std::vector<double> computeBiasCorrection(const float *weights,
                                          const float *quantized, int64_t n,
                                          const InputMoments &inputs);

} // namespace mlir::lowbit

#endif // LOWBIT_QUANTIZATION_BIASCORRECTION_H
