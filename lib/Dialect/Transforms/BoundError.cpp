//===- BoundError.cpp - Bound the errors of layers before quantization ----===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LayerRecords.h"
#include "LayerWeights.h"
#include "StaticRanges.h"
#include "lowbit/Dialect/Transforms/Passes.h"
#include "lowbit/Dialect/Transforms/Quantize.h"
#include "lowbit/Quantization/ErrorBound.h"
#include "lowbit/Quantization/WeightQuantizer.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Remarks.h"
#include "llvm/Support/Format.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_BOUNDERRORPASS
#include "lowbit/Dialect/Transforms/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

namespace {
/// The channel of a layer whose bound is the largest.
struct LayerBound {
  ErrorBound error;
  int64_t channel = 0;
  /// Whether the unit is the largest activation.
  bool isRelative = false;
};
} // namespace

/// The activations that `lowbit-quantize` will give `op`; nothing where they
/// are codes already.
static FailureOr<std::optional<ActivationBound>>
boundActivations(linalg::LinalgOp op, const FloatMatmul &matmul,
                 const ActivationEncoding &wanted, bool &isRelative) {
  // A range that follows the data from afar clips as much as they exceed it.
  if (wanted.isFloat() || wanted.time == ParameterTime::Running ||
      matmul.activations.getDefiningOp<DequantizeOp>())
    return std::optional<ActivationBound>();
  auto calibrated = getCalibratedRange(op);
  if (failed(calibrated))
    return failure();
  std::optional<RealRange> range = wanted.range ? wanted.range : *calibrated;
  if (!range && wanted.time == ParameterTime::Static)
    range = getClippedRange(matmul.activations);
  isRelative = !range || wanted.time == ParameterTime::Dynamic;
  if (!isRelative)
    return std::optional(boundStaticActivations(wanted, *range));
  if (wanted.scheme != ActivationScheme::Affine)
    return std::optional<ActivationBound>();
  return std::optional(boundDynamicActivations(wanted));
}

/// Half the step of each weight, a whole scale where there is no code between
/// -1 and 1. Levels that are not equally spaced, sums of planes, and codes that
/// are not the nearest ones are not clipped: nothing exceeds their half step.
static SmallVector<float> getHalfSteps(ArrayRef<QuantizedWeights> planes,
                                       const FloatWeights &weights) {
  const auto &[values, n, k, encoding] = weights;
  if (planes.size() > 1 || encoding.scheme == WeightScheme::Codebook ||
      encoding.compensatesErrors)
    return SmallVector<float>(n * k, std::numeric_limits<float>::infinity());
  float half = encoding.scheme == WeightScheme::Binary ? 1.0f : 0.5f;
  QuantizedWeights steps = planes.front();
  steps.codes.assign(steps.codes.size(), 1);
  steps.zeroPoints.assign(steps.zeroPoints.size(), 0);
  steps.floatZeroPoints.assign(steps.floatZeroPoints.size(), 0);
  SmallVector<float> result;
  for (float step : dequantizeWeights(steps, n, k, encoding))
    result.push_back(half * step);
  return result;
}

static FailureOr<std::optional<LayerBound>>
boundLayer(linalg::LinalgOp op, const LayerEncoding &encoding,
           StringRef calibration) {
  std::string reason;
  auto matmul = FloatMatmul::match(op, reason);
  if (!encoding.weights || encoding.weights->scheme == WeightScheme::F32 ||
      failed(matmul) || matmul->hasCodes())
    return std::optional<LayerBound>();
  LayerBound bound;
  auto activations =
      boundActivations(op, *matmul, encoding.activations, bound.isRelative);
  if (failed(activations))
    return failure();
  SmallVector<float> storage;
  auto values = matmul->getWeightValues(storage);
  bool isMixed = bound.isRelative && encoding.weights->correctsBias;
  if (!*activations || !values || isMixed)
    return std::optional<LayerBound>();
  auto [n, k] = matmul->getWeightShape();
  FloatWeights weights = {*values, n, k, *encoding.weights};
  auto codes = quantizeLayerWeights(op, weights, calibration);
  if (failed(codes))
    return failure();
  SmallVector<float> quantized = codes->getReals(weights);
  SmallVector<float> halfSteps = getHalfSteps(codes->planes, weights);
  for (int64_t channel = 0; channel < n; ++channel) {
    ErrorBound error = boundOutput(
        values->data() + channel * k, quantized.data() + channel * k,
        halfSteps.data() + channel * k, k, **activations);
    if (!codes->biasCorrection.empty())
      error.rounding += std::abs(codes->biasCorrection[channel]);
    if (error.getTotal() > bound.error.getTotal() || channel == 0) {
      bound.error = error;
      bound.channel = channel;
    }
  }
  return std::optional(bound);
}

static std::string formatReal(double value) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%.4g", value);
  return text;
}

static void remarkBound(linalg::LinalgOp op, const LayerBound &bound) {
  StringRef layer = getLayerName(op.getLoc());
  std::string text =
      layer.empty() ? "unnamed layer" : ("layer '" + layer + "'").str();
  text += ": error at most " + formatReal(bound.error.getTotal());
  if (bound.isRelative)
    text += " times the largest activation";
  text += " (channel " + std::to_string(bound.channel) + "; rounding " +
          formatReal(bound.error.rounding) + ", clipping " +
          formatReal(bound.error.clipping) + ")";
  remark::analysis(op.getLoc(), remark::RemarkOpts::name("bound-error")
                                    .category("lowbit")
                                    .function(layer))
      << text;
}

namespace {
struct BoundErrorPass : lowbit::impl::BoundErrorPassBase<BoundErrorPass> {
  using BoundErrorPassBase::BoundErrorPassBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto emitError = [&] { return module.emitError(); };
    auto encodings =
        LayerEncodings::parse(weights, activations, layers, emitError);
    if (failed(encodings))
      return signalPassFailure();
    NamedAttrList bounds;
    Builder builder(&getContext());
    module.walk([&](linalg::LinalgOp op) {
      if (!FloatMatmul::isLayer(op))
        return;
      auto encoding = encodings->get(op);
      auto bound = succeeded(encoding)
                       ? boundLayer(op, *encoding, calibration)
                       : FailureOr<std::optional<LayerBound>>(failure());
      if (failed(bound))
        return signalPassFailure();
      if (!*bound)
        return;
      remarkBound(op, **bound);
      StringRef layer = getLayerName(op.getLoc());
      if (layer.empty())
        return;
      auto real = [&](double value) { return builder.getF64FloatAttr(value); };
      bounds.set(layer,
                 builder.getDictionaryAttr(
                     {{"clipping", real((*bound)->error.clipping)},
                      {"relative", builder.getBoolAttr((*bound)->isRelative)},
                      {"rounding", real((*bound)->error.rounding)}}));
    });
    if (!bounds.empty())
      module->setAttr(kErrorBounds, bounds.getDictionary(&getContext()));
  }
};
} // namespace
