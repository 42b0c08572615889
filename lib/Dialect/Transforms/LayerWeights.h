//===- LayerWeights.h - Codes for the weights of a layer --------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// From the float weights of a layer to codes, with what calibration knows about
// its inputs where the encoding asks for that.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_TRANSFORMS_LAYERWEIGHTS_H
#define LOWBIT_LIB_DIALECT_TRANSFORMS_LAYERWEIGHTS_H

#include "lowbit/Dialect/Transforms/Quantize.h"
#include "lowbit/Quantization/WeightQuantizer.h"

namespace mlir::lowbit {

/// The float weights of a layer, `n x k`, and what they are to become.
struct FloatWeights {
  ArrayRef<float> values;
  int64_t n, k;
  const WeightEncoding &encoding;
};

/// What the weights of a layer become.
struct LayerWeights {
  SmallVector<QuantizedWeights> planes;
  /// What is to be added to each output; empty: nothing.
  SmallVector<float> biasCorrection;

  /// The `n x k` reals that the planes stand for together.
  SmallVector<float> getReals(const FloatWeights &weights) const;
};

/// The codes of `weights`, those of `layer`. `calibration` is the file of
/// statistics, empty if there is none. Fails after an error.
FailureOr<LayerWeights> quantizeLayerWeights(linalg::LinalgOp layer,
                                             const FloatWeights &weights,
                                             StringRef calibration);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_DIALECT_TRANSFORMS_LAYERWEIGHTS_H
