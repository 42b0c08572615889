//===- LowerToReference.cpp - Meaning -------------------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ReferenceBuilder.h"
#include "lowbit/Conversion/LowbitToReference.h"
#include "lowbit/Conversion/Passes.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Func/Transforms/FuncConversions.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace mlir::lowbit {
#define GEN_PASS_DEF_LOWERTOREFERENCEPASS
#include "lowbit/Conversion/Passes.h.inc"
} // namespace mlir::lowbit

CodeTypeConverter::CodeTypeConverter() {
  addConversion([](Type type) { return type; });
  addConversion([](CodeTypeInterface type) { return type.getStorageType(); });
  addConversion([](RankedTensorType type) -> Type {
    auto code = dyn_cast<CodeTypeInterface>(type.getElementType());
    return code ? type.clone(code.getStorageType()) : type;
  });
}

namespace {

/// An op that moves codes without looking at them (shapes, slices, loops): the
/// same op on the integers.
struct MoveCodes : ConversionPattern {
  MoveCodes(const TypeConverter &converter, MLIRContext *context)
      : ConversionPattern(converter, MatchAnyOpTypeTag(), 1, context) {}

  LogicalResult
  matchAndRewrite(Operation *op, ArrayRef<Value> operands,
                  ConversionPatternRewriter &rewriter) const override {
    if (isa<LowbitDialect>(op->getDialect()) || isa<FunctionOpInterface>(op))
      return rewriter.notifyMatchFailure(op, "requires an op without meaning "
                                             "of its own");
    SmallVector<Type> types;
    if (failed(typeConverter->convertTypes(op->getResultTypes(), types)))
      return failure();
    OperationState state(op->getLoc(), op->getName(), operands, types,
                         op->getAttrs(), op->getSuccessors());
    for (size_t i = 0; i < op->getNumRegions(); ++i)
      state.addRegion();
    Operation *moved = rewriter.create(state);
    for (auto [from, to] : llvm::zip(op->getRegions(), moved->getRegions())) {
      rewriter.inlineRegionBefore(from, to, to.end());
      if (failed(rewriter.convertRegionTypes(&to, *typeConverter)))
        return failure();
    }
    rewriter.replaceOp(op, moved->getResults());
    return success();
  }
};

struct LowerToReferencePass
    : lowbit::impl::LowerToReferencePassBase<LowerToReferencePass> {
  using LowerToReferencePassBase::LowerToReferencePassBase;

  void runOnOperation() override {
    CodeTypeConverter converter;
    RewritePatternSet patterns(&getContext());
    populateLowbitToReferencePatterns(converter, patterns);
    populateFunctionOpInterfaceTypeConversionPattern<func::FuncOp>(patterns,
                                                                   converter);
    patterns.add<MoveCodes>(converter, &getContext());

    ConversionTarget target(getContext());
    target.addIllegalDialect<LowbitDialect>();
    if (keepPacked)
      target.addLegalOp<PackActivationsOp, PackedMatmulOp>();
    target.markUnknownOpDynamicallyLegal([&](Operation *op) {
      if (auto function = dyn_cast<FunctionOpInterface>(op))
        if (auto type = dyn_cast<FunctionType>(function.getFunctionType()))
          return converter.isSignatureLegal(type);
      return converter.isLegal(op) &&
             llvm::all_of(op->getRegions(), [&](Region &region) {
               return converter.isLegal(&region);
             });
    });
    if (failed(applyPartialConversion(getOperation(), target,
                                      std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace

void mlir::lowbit::populateLowbitToReferencePatterns(
    const TypeConverter &converter, RewritePatternSet &patterns) {
  populateChooseParamsToLinalgPatterns(patterns);
  populateReferenceCodesPatterns(converter, patterns);
  populateReferenceConvolutionPatterns(converter, patterns);
  populateReferenceMatmulPatterns(converter, patterns);
  populateReferencePackPatterns(converter, patterns);
  populateReferencePackedMatmulPatterns(converter, patterns);
}
