//===- BiasCorrection.cpp - Keep the mean of the outputs ------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Quantization/BiasCorrection.h"

using namespace mlir::lowbit;

std::vector<double>
mlir::lowbit::computeBiasCorrection(const float *weights,
                                    const float *quantized, int64_t n,
                                    const InputMoments &inputs) {
  int64_t k = inputs.depth, rowsPerGroup = n / inputs.groups;
  std::vector<double> corrections(n);
  for (int64_t row = 0; row < n; ++row) {
    const float *means = inputs.means.data() + row / rowsPerGroup * k;
    for (int64_t i = 0; i < k; ++i) {
      int64_t at = row * k + i;
      double difference = static_cast<double>(weights[at]) - quantized[at];
      corrections[row] += difference * means[i];
    }
  }
  return corrections;
}
