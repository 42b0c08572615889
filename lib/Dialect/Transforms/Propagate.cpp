//===- Propagate.cpp - Compute on codes between quantized tensors ---------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Propagate.h"
#include "CodeClamps.h"
#include "lowbit/Dialect/Transforms/Passes.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_PROPAGATEPASS
#include "lowbit/Dialect/Transforms/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

namespace {
struct PropagatePass : lowbit::impl::PropagatePassBase<PropagatePass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    populateClampCodesPatterns(patterns);
    populateMoveBiasesPatterns(patterns);
    populateMoveCodesPatterns(patterns);
    populateRescaleCodesPatterns(patterns);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
