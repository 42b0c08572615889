//===- Quantize.cpp - Replace float layers by layers on codes -------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/Transforms/Quantize.h"
#include "FloatGather.h"
#include "lowbit/Dialect/Transforms/Passes.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_QUANTIZEPASS
#include "lowbit/Dialect/Transforms/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

/// The names of the layers under `root`, float or quantized, in order.
static SmallVector<StringRef> getLayerNames(Operation *root) {
  llvm::SetVector<StringRef, SmallVector<StringRef>> names;
  root->walk([&](Operation *op) {
    if (auto name = op->getAttrOfType<StringAttr>("layer"))
      names.insert(name);
    else if (FloatMatmul::isLayer(op) || FloatGather::isLayer(op))
      names.insert(getLayerName(op->getLoc()));
  });
  names.remove("");
  return names.takeVector();
}

static LogicalResult quantize(RewriterBase &rewriter, Operation *op,
                              const LayerEncoding &encoding,
                              const QuantizeContext &context) {
  if (FloatGather::isLayer(op))
    return quantizeGather(rewriter, op, encoding, context.fallback);
  return quantizeLayer(rewriter, cast<linalg::LinalgOp>(op), encoding, context);
}

namespace {
struct QuantizePass : lowbit::impl::QuantizePassBase<QuantizePass> {
  using QuantizePassBase::QuantizePassBase;

  void runOnOperation() override {
    Operation *root = getOperation();
    auto emitError = [&] { return root->emitError(); };
    auto encodings =
        LayerEncodings::parse(weights, activations, layers, emitError);
    if (failed(encodings) ||
        failed(encodings->verifyNames(getLayerNames(root), emitError)))
      return signalPassFailure();

    SmallVector<Operation *> floatLayers;
    root->walk([&](Operation *op) {
      if (FloatMatmul::isLayer(op) || FloatGather::isLayer(op))
        floatLayers.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    RunningRanges ranges;
    QuantizeContext context = {calibration, !noFallback, ranges};
    for (Operation *op : floatLayers) {
      FailureOr<LayerEncoding> encoding = encodings->get(op);
      if (failed(encoding) ||
          failed(quantize(rewriter, op, *encoding, context)))
        signalPassFailure();
    }
    ranges.finish();
  }
};
} // namespace
