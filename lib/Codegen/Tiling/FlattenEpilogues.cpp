//===- FlattenEpilogues.cpp - What follows a layer, on its matrix ---------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Codegen/Passes.h"
#include "lowbit/Dialect/IR/LowbitDialect.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Linalg/Utils/Utils.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace mlir::lowbit {
#define GEN_PASS_DEF_FLATTENEPILOGUESPASS
#include "lowbit/Codegen/Passes.h.inc"
} // namespace mlir::lowbit

/// Whether `operand` is the result of a layer, given another shape, perhaps
/// with elementwise ops between.
static bool isExpandedLayer(OpOperand *operand) {
  auto expand = operand->get().getDefiningOp<tensor::ExpandShapeOp>();
  auto consumer = dyn_cast<linalg::LinalgOp>(operand->getOwner());
  if (!expand || !expand->hasOneUse() || !consumer ||
      consumer.getNumReductionLoops() != 0)
    return false;
  Operation *op = expand.getSrc().getDefiningOp();
  while (auto elementwise = dyn_cast_or_null<linalg::GenericOp>(op)) {
    if (!linalg::isElementwise(elementwise) || elementwise.getInputs().empty())
      return false;
    op = elementwise.getInputs().front().getDefiningOp();
  }
  return isa_and_nonnull<PackedMatmulInterface>(op);
}

namespace {
struct FlattenEpiloguesPass
    : lowbit::impl::FlattenEpiloguesPassBase<FlattenEpiloguesPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    linalg::populateFoldReshapeOpsByCollapsingPatterns(patterns,
                                                       isExpandedLayer);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
