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
  /// What the activations are expected to lie in; without it the unit of the
  /// error is the largest activation.
  std::optional<RealRange> range;
  /// What an activation beyond the range by 1 adds to the error of any channel.
  double growth = 0;
};
} // namespace

/// The activations that `lowbit-quantize` will give `op`; nothing where they
/// are codes already.
static FailureOr<std::optional<ActivationBound>>
boundActivations(linalg::LinalgOp op, const FloatMatmul &matmul,
                 const ActivationEncoding &wanted,
                 std::optional<RealRange> &range) {
  // A range that follows the data from afar clips as much as they exceed it.
  if (wanted.isFloat() || wanted.time == ParameterTime::Running ||
      matmul.activations.getDefiningOp<DequantizeOp>())
    return std::optional<ActivationBound>();
  auto calibrated = getCalibratedRange(op);
  if (failed(calibrated))
    return failure();
  range = wanted.range ? wanted.range : *calibrated;
  if (!range && wanted.time == ParameterTime::Static)
    range = getClippedRange(matmul.activations);
  if (wanted.time == ParameterTime::Dynamic)
    range = std::nullopt;
  if (range)
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

/// What an activation beyond its range by 1 adds to the error of one output.
static double getGrowth(const float *w, const float *quantized, int64_t count) {
  double growth = 0;
  for (int64_t k = 0; k < count; ++k)
    growth += std::abs(double(quantized[k])) +
              std::abs(double(quantized[k]) - double(w[k]));
  return growth;
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
      boundActivations(op, *matmul, encoding.activations, bound.range);
  if (failed(activations))
    return failure();
  SmallVector<float> storage;
  auto values = matmul->getWeightValues(storage);
  bool isMixed = !bound.range && encoding.weights->correctsBias;
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
    bound.growth =
        std::max(bound.growth, getGrowth(values->data() + channel * k,
                                         quantized.data() + channel * k, k));
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
  if (!bound.range)
    text += " times the largest activation";
  text += " (channel " + std::to_string(bound.channel) + "; rounding " +
          formatReal(bound.error.rounding) + ", clipping " +
          formatReal(bound.error.clipping) + ")";
  remark::analysis(op.getLoc(), remark::RemarkOpts::name("bound-error")
                                    .category("lowbit")
                                    .function(layer))
      << text;
}

static DictionaryAttr createRecord(Builder &builder, const LayerBound &bound) {
  auto real = [&](double value) { return builder.getF64FloatAttr(value); };
  NamedAttrList record;
  record.set("clipping", real(bound.error.clipping));
  record.set("relative", builder.getBoolAttr(!bound.range));
  record.set("rounding", real(bound.error.rounding));
  if (bound.range) {
    record.set("growth", real(bound.growth));
    record.set("high", real(std::max(bound.range->max, 0.0f)));
    record.set("low", real(std::min(bound.range->min, 0.0f)));
  }
  return record.getDictionary(builder.getContext());
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
      bounds.set(layer, createRecord(builder, **bound));
    });
    if (!bounds.empty())
      module->setAttr(kErrorBounds, bounds.getDictionary(&getContext()));
  }
};
} // namespace
