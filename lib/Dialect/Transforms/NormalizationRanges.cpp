//===- NormalizationRanges.cpp - Ranges from batch normalization ----------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LayerRecords.h"
#include "StaticRanges.h"
#include "lowbit/Dialect/Transforms/Passes.h"
#include "lowbit/Dialect/Transforms/Quantize.h"
#include "mlir/IR/Remarks.h"
#include "llvm/Support/Format.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_NORMALIZATIONRANGESPASS
#include "lowbit/Dialect/Transforms/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

/// The range of the activations of `layer`, if a normalization tells it and
/// `encoding` asks for that.
static std::optional<RealRange> findRange(linalg::LinalgOp layer,
                                          const ActivationEncoding &encoding) {
  std::string reason;
  auto matmul = FloatMatmul::match(layer, reason);
  if (failed(matmul) || encoding.isFloat() || encoding.range ||
      encoding.isAtRunTime() || encoding.rule != RangeRule::BatchNorm)
    return std::nullopt;
  return getNormalizedRange(matmul->activations, encoding.sigmas);
}

namespace {
struct NormalizationRangesPass
    : lowbit::impl::NormalizationRangesPassBase<NormalizationRangesPass> {
  using NormalizationRangesPassBase::NormalizationRangesPassBase;

  void runOnOperation() override {
    Operation *root = getOperation();
    auto encodings = LayerEncodings::parse("", activations, layers,
                                           [&] { return root->emitError(); });
    if (failed(encodings))
      return signalPassFailure();
    SmallVector<StringRef> found;
    root->walk([&](linalg::LinalgOp op) {
      if (!FloatMatmul::isLayer(op))
        return;
      FailureOr<LayerEncoding> encoding = encodings->get(op);
      if (failed(encoding))
        return signalPassFailure();
      auto range = findRange(op, encoding->activations);
      if (!range)
        return;
      setCalibratedRange(op, *range);
      StringRef name = getLayerName(op.getLoc());
      if (!name.empty())
        found.push_back(name);
      std::string text;
      llvm::raw_string_ostream(text)
          << "layer '" << name << "': activations in "
          << llvm::format("[%g, %g]", range->min, range->max)
          << " from batch normalization";
      remark::analysis(op.getLoc(),
                       remark::RemarkOpts::name("normalization-ranges")
                           .category("lowbit")
                           .function(name))
          << text;
    });
    recordRangeSources(root, found, "batch normalization");
  }
};
} // namespace
