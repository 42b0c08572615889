//===- InsertObservers.cpp - Observe the inputs of layers -----------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/Transforms/Passes.h"
#include "lowbit/Dialect/Transforms/Quantize.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Remarks.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_INSERTOBSERVERSPASS
#include "lowbit/Dialect/Transforms/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

/// Observes the activations of `layer` where that is of use.
static void observe(OpBuilder &builder, linalg::LinalgOp layer) {
  std::string reason;
  if (failed(FloatMatmul::match(layer, reason)))
    return;
  OpOperand *activations = layer.getDpsInputOperand(0);
  if (isa_and_nonnull<DequantizeOp, ObserveOp>(
          activations->get().getDefiningOp()))
    return;
  StringRef name = getLayerName(layer.getLoc());
  if (name.empty()) {
    remark::missed(layer.getLoc(),
                   remark::RemarkOpts::name("observe").category("lowbit"))
        << "unnamed layer is not observed: expected a name for its statistics";
    return;
  }
  builder.setInsertionPoint(layer);
  activations->set(
      ObserveOp::create(builder, layer.getLoc(), activations->get(), name));
}

namespace {
struct InsertObserversPass
    : lowbit::impl::InsertObserversPassBase<InsertObserversPass> {
  void runOnOperation() override {
    SmallVector<linalg::LinalgOp> layers;
    getOperation()->walk([&](linalg::LinalgOp op) {
      if (FloatMatmul::isLayer(op))
        layers.push_back(op);
    });
    OpBuilder builder(&getContext());
    for (linalg::LinalgOp layer : layers)
      observe(builder, layer);
  }
};
} // namespace
