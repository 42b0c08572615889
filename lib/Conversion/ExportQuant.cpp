//===- ExportQuant.cpp - To upstream quantized types ----------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CodeStorage.h"
#include "QuantParameters.h"
#include "lowbit/Conversion/LowbitToReference.h"
#include "lowbit/Conversion/Passes.h"
#include "lowbit/Dialect/IR/ConstantData.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Quant/IR/Quant.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace mlir::lowbit {
#define GEN_PASS_DEF_EXPORTQUANTPASS
#include "lowbit/Conversion/Passes.h.inc"
} // namespace mlir::lowbit

/// The upstream type of the codes `tensor` with the parameters of `op`, which
/// must be constants.
template <typename Op>
static FailureOr<Type> getUniformType(Op op, RankedTensorType tensor) {
  auto emitError = [&] { return op.emitOpError(); };
  QuantParameters parameters;
  parameters.code = cast<CodeTypeInterface>(tensor.getElementType());
  if (!isa<AffineType>(parameters.code))
    return emitError() << "expected affine codes, but got "
                       << tensor.getElementType();
  auto scales = getConstantFloats(op.getScale());
  if (!scales || scales->empty())
    return emitError() << "expected a constant scale";
  parameters.scales = *scales;
  llvm::append_range(
      parameters.shape,
      cast<RankedTensorType>(op.getScale().getType()).getShape());
  if (op.getZeroPoint()) {
    auto zeroPoints = getConstantIntegers(op.getZeroPoint());
    if (!zeroPoints)
      return emitError() << "expected a constant integer zero point";
    parameters.zeroPoints.append(zeroPoints->begin(), zeroPoints->end());
  }
  if (op.getBlockSizes())
    llvm::append_range(parameters.blockSizes, *op.getBlockSizes());
  auto uniform = parameters.toUniform(tensor.getShape(), emitError);
  if (failed(uniform))
    return failure();
  return Type(tensor.clone(*uniform));
}

namespace {

/// lowbit.quantize -> quant.qcast and quant.scast
struct ExportQuantize : OpConversionPattern<QuantizeOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(QuantizeOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (op.getRounding() != Rounding::NearestEven)
      return op.emitOpError("expected the rounding nearest_even, but got ")
             << stringifyRounding(op.getRounding());
    auto type = getUniformType(op, op.getType());
    if (failed(type))
      return failure();
    Value codes = quant::QuantizeCastOp::create(rewriter, op.getLoc(), *type,
                                                adaptor.getInput());
    rewriter.replaceOpWithNewOp<quant::StorageCastOp>(
        op, typeConverter->convertType(op.getType()), codes);
    return success();
  }
};

/// lowbit.dequantize -> quant.scast and quant.dcast
struct ExportDequantize : OpConversionPattern<DequantizeOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(DequantizeOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    auto type = getUniformType(op, op.getInput().getType());
    if (failed(type))
      return failure();
    Value codes = quant::StorageCastOp::create(rewriter, op.getLoc(), *type,
                                               adaptor.getInput());
    rewriter.replaceOpWithNewOp<quant::DequantizeCastOp>(op, op.getType(),
                                                         codes);
    return success();
  }
};

struct ExportQuantPass : lowbit::impl::ExportQuantPassBase<ExportQuantPass> {
  void runOnOperation() override {
    CodeTypeConverter converter;
    RewritePatternSet patterns(&getContext());
    patterns.add<ExportDequantize, ExportQuantize>(converter, &getContext());
    populateCodeStoragePatterns(converter, patterns);
    ConversionTarget target(getContext());
    target.addIllegalDialect<LowbitDialect>();
    target.addLegalDialect<quant::QuantDialect>();
    populateMoveCodesPatterns(converter, patterns, target);
    // Upstream's dcast(qcast(x)) folds to x, although it is fake quantization.
    ConversionConfig config;
    config.foldingMode = DialectConversionFoldingMode::Never;
    if (failed(applyPartialConversion(getOperation(), target,
                                      std::move(patterns), config)))
      signalPassFailure();
  }
};

} // namespace
