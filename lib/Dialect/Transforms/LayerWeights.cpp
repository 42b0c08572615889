//===- LayerWeights.cpp - Codes for the weights of a layer ----------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LayerWeights.h"
#include "lowbit/Calibration/StatisticsFile.h"
#include "lowbit/Dialect/IR/LowbitDialect.h"
#include "lowbit/Quantization/BiasCorrection.h"
#include "lowbit/Quantization/ErrorCompensation.h"

using namespace mlir;
using namespace mlir::lowbit;

SmallVector<float> LayerWeights::getReals(const FloatWeights &weights) const {
  SmallVector<float> sum(weights.n * weights.k);
  for (const QuantizedWeights &plane : planes)
    for (auto [total, value] :
         llvm::zip_equal(sum, dequantizeWeights(plane, weights.n, weights.k,
                                                weights.encoding)))
      total += value;
  return sum;
}

/// What calibration knows about the inputs of `layer`, as far as `encoding`
/// needs it; says where it is to be had.
static FailureOr<InputMoments> getMoments(linalg::LinalgOp layer,
                                          const WeightEncoding &encoding,
                                          MomentOrder order,
                                          StringRef calibration) {
  StringRef name = getLayerName(layer.getLoc());
  bool isFirst = order == MomentOrder::First;
  std::string wanted = (isFirst ? "means of inputs for "
                                : "second moments of "
                                  "inputs for ") +
                       encoding.toString();
  std::string advice = std::string(": lowbit-run --calibrate --moments=") +
                       (isFirst ? "first" : "second") + " records them";
  if (name.empty())
    return layer.emitError("expected a name of the layer, by which to find ")
           << wanted;
  if (calibration.empty())
    return layer.emitError("layer '") << name << "': expected " << wanted
                                      << ", but got no calibration" << advice;
  InputMoments moments;
  std::string error;
  switch (readMoments(calibration.str(), name.str(), order, moments, error)) {
  case Presence::Present:
    return moments;
  case Presence::Missing:
    return layer.emitError("layer '")
           << name << "': expected " << wanted << ", but got none" << advice;
  case Presence::Broken:
    break;
  }
  return layer.emitError("calibration: ") << error;
}

FailureOr<LayerWeights>
mlir::lowbit::quantizeLayerWeights(linalg::LinalgOp layer,
                                   const FloatWeights &weights,
                                   StringRef calibration) {
  const auto &[values, n, k, encoding] = weights;
  InputMoments moments;
  if (auto order = encoding.getNeededMoments()) {
    auto found = getMoments(layer, encoding, *order, calibration);
    if (failed(found))
      return failure();
    moments = std::move(*found);
  }
  LayerWeights result;
  std::string error;
  if (encoding.compensatesErrors) {
    auto codes =
        quantizeWithCompensation(values.data(), n, k, moments, encoding, error);
    if (!codes)
      return layer.emitError(error);
    result.planes.push_back(std::move(*codes));
  } else {
    auto planes = quantizeToPlanes(values.data(), n, k, encoding, error);
    if (!planes)
      return layer.emitError(error);
    llvm::append_range(result.planes, *planes);
  }
  if (!encoding.correctsBias)
    return result;
  error = checkMoments(moments, n, k);
  if (!error.empty())
    return layer.emitError(error);
  SmallVector<float> reals = result.getReals(weights);
  for (double correction :
       computeBiasCorrection(values.data(), reals.data(), n, moments))
    result.biasCorrection.push_back(static_cast<float>(correction));
  return result;
}
