//===- ImportCalibration.cpp - Put calibrated ranges on layers ------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LayerRecords.h"
#include "StaticRanges.h"
#include "lowbit/Calibration/StatisticsFile.h"
#include "lowbit/Dialect/Transforms/Passes.h"
#include "lowbit/Dialect/Transforms/Quantize.h"
#include "lowbit/Quantization/ActivationRange.h"
#include "mlir/IR/Remarks.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_IMPORTCALIBRATIONPASS
#include "lowbit/Dialect/Transforms/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

static remark::RemarkOpts getRemarkOptions(StringRef layer) {
  return remark::RemarkOpts::name("calibrate")
      .category("lowbit")
      .function(layer);
}

/// Whether `layer` takes a calibrated range: one from batch normalization comes
/// before data.
static bool takesRange(Operation *layer, const ActivationEncoding &encoding) {
  bool isKnown =
      encoding.rule == RangeRule::BatchNorm && layer->hasAttr(kActivationRange);
  return !encoding.isFloat() && !encoding.range && !encoding.isAtRunTime() &&
         !isKnown;
}

/// Gives `layer` its range and adds it to `found`; fails after an error.
static LogicalResult setRange(linalg::LinalgOp layer,
                              const ActivationEncoding &encoding,
                              const CalibrationStatistics &statistics,
                              SmallVectorImpl<StringRef> &found) {
  StringRef name = getLayerName(layer.getLoc());
  auto entry = statistics.layers.find(name.str());
  if (entry == statistics.layers.end()) {
    remark::missed(layer.getLoc(), getRemarkOptions(name))
        << ("layer '" + name + "': expected statistics, but got none").str();
    return success();
  }
  std::string error;
  auto range = chooseActivationRange(encoding, entry->second, error);
  if (!range)
    return layer.emitError() << "layer '" << name << "': " << error;
  setCalibratedRange(layer, *range);
  found.push_back(name);
  return success();
}

namespace {
struct ImportCalibrationPass
    : lowbit::impl::ImportCalibrationPassBase<ImportCalibrationPass> {
  using ImportCalibrationPassBase::ImportCalibrationPassBase;

  void runOnOperation() override {
    Operation *root = getOperation();
    CalibrationStatistics statistics;
    std::string error;
    if (!readStatistics(calibration, statistics, error)) {
      root->emitError() << "calibration: " << error;
      return signalPassFailure();
    }
    auto encodings = LayerEncodings::parse("", activations, layers,
                                           [&] { return root->emitError(); });
    if (failed(encodings))
      return signalPassFailure();
    remark::analysis(root->getLoc(), getRemarkOptions(""))
        << "statistics of " + std::to_string(statistics.layers.size()) +
               " layers from " + statistics.source;
    SmallVector<StringRef> found;
    root->walk([&](linalg::LinalgOp op) {
      std::string reason;
      if (!FloatMatmul::isLayer(op) || failed(FloatMatmul::match(op, reason)))
        return;
      FailureOr<LayerEncoding> encoding = encodings->get(op);
      if (failed(encoding) ||
          (takesRange(op, encoding->activations) &&
           failed(setRange(op, encoding->activations, statistics, found))))
        signalPassFailure();
    });
    recordRangeSources(root, found, statistics.source);
  }
};
} // namespace
