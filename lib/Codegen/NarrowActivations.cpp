//===- NarrowActivations.cpp - Multiply reals as narrow as they are -------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Codegen/MicroKernelRegistry.h"
#include "lowbit/Codegen/Passes.h"
#include "lowbit/Dialect/IR/LowbitDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace mlir::lowbit {
#define GEN_PASS_DEF_NARROWACTIVATIONSPASS
#include "lowbit/Codegen/Passes.h.inc"
} // namespace mlir::lowbit

/// What `value`, or what it is a slice of, was extended from, if that is bf16;
/// or null.
static Value getExtended(OpBuilder &builder, Value value) {
  if (auto extend = value.getDefiningOp<arith::ExtFOp>()) {
    Value source = extend.getIn();
    return getElementTypeOrSelf(source).isBF16() ? source : Value();
  }
  auto slice = value.getDefiningOp<tensor::ExtractSliceOp>();
  if (!slice)
    return {};
  Value source = getExtended(builder, slice.getSource());
  if (!source)
    return {};
  auto type = cast<RankedTensorType>(value.getType());
  return tensor::ExtractSliceOp::create(
      builder, value.getLoc(),
      RankedTensorType::get(type.getShape(), getElementTypeOrSelf(source)),
      source, slice.getMixedOffsets(), slice.getMixedSizes(),
      slice.getMixedStrides());
}

/// Whether there is an emitter that multiplies bf16 as such.
static bool multipliesNarrow(const Target &target, MLIRContext *context) {
  auto bf16 = BFloat16Type::get(context);
  const auto *registry = MicroKernelRegistry::get(context);
  const FloatKernel *kernel =
      registry ? registry->lookup(target, {bf16, bf16}) : nullptr;
  return kernel && kernel->multipliesNarrow();
}

namespace {
struct NarrowActivations : OpRewritePattern<PackedFloatMatmulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(PackedFloatMatmulOp op,
                                PatternRewriter &rewriter) const override {
    if (!getElementTypeOrSelf(op.getWeights()).isBF16())
      return rewriter.notifyMatchFailure(op, "requires weights in bf16");
    Value narrow = getExtended(rewriter, op.getActivations());
    if (!narrow)
      return rewriter.notifyMatchFailure(
          op, "requires activations extended from bf16");
    rewriter.modifyOpInPlace(
        op, [&] { op.getActivationsMutable().assign(narrow); });
    return success();
  }
};

struct NarrowActivationsPass
    : lowbit::impl::NarrowActivationsPassBase<NarrowActivationsPass> {
  using NarrowActivationsPassBase::NarrowActivationsPassBase;

  void runOnOperation() override {
    const Target *known = requireTarget(getOperation(), target);
    if (!known)
      return signalPassFailure();
    if (!multipliesNarrow(*known, &getContext()))
      return;
    RewritePatternSet patterns(&getContext());
    patterns.add<NarrowActivations>(&getContext());
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};
} // namespace
