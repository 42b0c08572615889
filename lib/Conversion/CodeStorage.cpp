//===- CodeStorage.cpp - Codes as the integers that hold them -------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CodeStorage.h"
#include "lowbit/Dialect/IR/LowbitDialect.h"
#include "mlir/Dialect/Func/Transforms/FuncConversions.h"
#include "mlir/Dialect/Quant/IR/Quant.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace {
/// lowbit.constant -> arith.constant
struct ConstantToStorage : OpConversionPattern<ConstantOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(ConstantOp op, OpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOpWithNewOp<arith::ConstantOp>(op, op.getCodes());
    return success();
  }
};

/// to_storage and from_storage: nothing is left to do.
template <typename Op> struct CodesToStorage : OpConversionPattern<Op> {
  using OpConversionPattern<Op>::OpConversionPattern;
  LogicalResult
  matchAndRewrite(Op op, typename Op::Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, adaptor.getOperands());
    return success();
  }
};

/// An op that moves codes without looking at them (shapes, slices, loops): the
/// same op on the integers.
struct MoveCodes : ConversionPattern {
  MoveCodes(const TypeConverter &converter, MLIRContext *context)
      : ConversionPattern(converter, MatchAnyOpTypeTag(), 1, context) {}

  LogicalResult
  matchAndRewrite(Operation *op, ArrayRef<Value> operands,
                  ConversionPatternRewriter &rewriter) const override {
    if (isa_and_nonnull<LowbitDialect, quant::QuantDialect>(op->getDialect()) ||
        isa<FunctionOpInterface>(op))
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
} // namespace

void mlir::lowbit::populateCodeStoragePatterns(const TypeConverter &converter,
                                               RewritePatternSet &patterns) {
  patterns.add<CodesToStorage<FromStorageOp>, CodesToStorage<ToStorageOp>,
               ConstantToStorage>(converter, patterns.getContext());
}

void mlir::lowbit::populateMoveCodesPatterns(const TypeConverter &converter,
                                             RewritePatternSet &patterns,
                                             ConversionTarget &target) {
  populateFunctionOpInterfaceTypeConversionPattern<func::FuncOp>(patterns,
                                                                 converter);
  patterns.add<MoveCodes>(converter, patterns.getContext());
  target.markUnknownOpDynamicallyLegal([&](Operation *op) {
    if (auto function = dyn_cast<FunctionOpInterface>(op))
      if (auto type = dyn_cast<FunctionType>(function.getFunctionType()))
        return converter.isSignatureLegal(type);
    return converter.isLegal(op) &&
           llvm::all_of(op->getRegions(), [&](Region &region) {
             return converter.isLegal(&region);
           });
  });
}
