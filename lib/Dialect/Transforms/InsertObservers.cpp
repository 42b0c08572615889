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

/// The operand through which `layer` reads `activations`, maybe of a padding.
static OpOperand &findUse(Operation *layer, Value activations) {
  Operation *user = layer;
  while (user->getOperand(0) != activations)
    user = user->getOperand(0).getDefiningOp();
  return user->getOpOperand(0);
}

/// Observes the activations of `layer` where that is of use.
static void observe(OpBuilder &builder, linalg::LinalgOp layer) {
  std::string reason;
  auto matmul = FloatMatmul::match(layer, reason);
  if (failed(matmul))
    return;
  Operation *producer = matmul->activations.getDefiningOp();
  StringRef name = getLayerName(layer.getLoc());
  auto observed = dyn_cast_or_null<ObserveOp>(producer);
  if (isa_and_nonnull<DequantizeOp>(producer) ||
      (observed && observed.getLayer() == name))
    return;
  if (name.empty()) {
    remark::missed(layer.getLoc(),
                   remark::RemarkOpts::name("observe").category("lowbit"))
        << "unnamed layer is not observed: expected a name for its statistics";
    return;
  }
  OpOperand &use = findUse(layer, matmul->activations);
  builder.setInsertionPoint(use.getOwner());
  use.set(ObserveOp::create(builder, layer.getLoc(), use.get(),
                            builder.getStringAttr(name),
                            /*what=*/StringAttr()));
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
