//===- ImportQuant.cpp - From upstream quantized types --------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CodeStorage.h"
#include "QuantParameters.h"
#include "lowbit/Conversion/Passes.h"
#include "lowbit/Dialect/IR/LowbitDialect.h"
#include "mlir/Dialect/Quant/IR/Quant.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace mlir::lowbit {
#define GEN_PASS_DEF_IMPORTQUANTPASS
#include "lowbit/Conversion/Passes.h.inc"
} // namespace mlir::lowbit

namespace {

/// Tensors of quantized elements become tensors of codes. What has no codes
/// stays, with an error where an op needs it.
struct QuantTypeConverter : TypeConverter {
  QuantTypeConverter() {
    addConversion([](Type type) { return type; });
    addConversion([](RankedTensorType type) -> Type {
      auto element = dyn_cast<quant::QuantizedType>(type.getElementType());
      CodeTypeInterface code;
      if (element)
        code = findCodeType(element);
      return code ? type.clone(code) : type;
    });
  }
};

/// The parameters of a quantized tensor as operands of a lowbit op.
struct ParameterOperands {
  Value scale;
  Value zeroPoint;
  DenseI64ArrayAttr blockSizes;
};

} // namespace

/// The parameters of `type`, which `op` has as a tensor of quantized elements.
static FailureOr<QuantParameters> getParameters(Operation *op, Type type) {
  auto emitError = [&] { return op->emitOpError(); };
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor)
    return emitError() << "expected a ranked tensor, but got " << type;
  return QuantParameters::fromUniform(
      cast<quant::QuantizedType>(tensor.getElementType()), tensor.getRank(),
      emitError);
}

/// Constants for the parameters of `type`.
static FailureOr<ParameterOperands> createParameters(OpBuilder &builder,
                                                     Operation *op, Type type) {
  auto parameters = getParameters(op, type);
  if (failed(parameters))
    return failure();
  auto constant = [&](Type element, auto values) -> Value {
    auto attribute = DenseElementsAttr::get(
        RankedTensorType::get(parameters->shape, element), values);
    return arith::ConstantOp::create(builder, op->getLoc(), attribute);
  };
  ParameterOperands operands;
  operands.scale =
      constant(builder.getF32Type(), ArrayRef<float>(parameters->scales));
  if (!parameters->zeroPoints.empty())
    operands.zeroPoint = constant(builder.getI32Type(),
                                  ArrayRef<int32_t>(parameters->zeroPoints));
  if (!parameters->blockSizes.empty())
    operands.blockSizes = builder.getDenseI64ArrayAttr(parameters->blockSizes);
  return operands;
}

namespace {

/// quant.qcast -> lowbit.quantize
struct ImportQuantizeCast : OpConversionPattern<quant::QuantizeCastOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(quant::QuantizeCastOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    auto parameters = createParameters(rewriter, op, op.getType());
    if (failed(parameters))
      return failure();
    rewriter.replaceOpWithNewOp<QuantizeOp>(
        op, typeConverter->convertType(op.getType()), adaptor.getInput(),
        parameters->scale, parameters->zeroPoint, /*threshold=*/Value(),
        Rounding::NearestEven, /*seed=*/0, parameters->blockSizes,
        /*layer=*/StringAttr());
    return success();
  }
};

/// quant.dcast -> lowbit.dequantize
struct ImportDequantizeCast : OpConversionPattern<quant::DequantizeCastOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(quant::DequantizeCastOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    auto parameters = createParameters(rewriter, op, op.getInput().getType());
    if (failed(parameters))
      return failure();
    rewriter.replaceOpWithNewOp<DequantizeOp>(
        op, op.getType(), adaptor.getInput(), parameters->scale,
        parameters->zeroPoint, parameters->blockSizes, /*layer=*/StringAttr());
    return success();
  }
};

/// quant.scast -> lowbit.constant, lowbit.from_storage or lowbit.to_storage,
/// with integers of the width that holds the codes.
struct ImportStorageCast : OpConversionPattern<quant::StorageCastOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(quant::StorageCastOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Value input = adaptor.getInput();
    bool toCodes = isa<IntegerType>(getElementTypeOrSelf(input.getType()));
    if (failed(getParameters(op,
                             toCodes ? op.getType() : op.getInput().getType())))
      return failure();
    auto inputType = cast<RankedTensorType>(input.getType());
    auto type =
        cast<RankedTensorType>(typeConverter->convertType(op.getType()));
    if (!toCodes) {
      auto code = cast<CodeTypeInterface>(inputType.getElementType());
      Value integers = ToStorageOp::create(
          rewriter, loc, inputType.clone(code.getStorageType()), input);
      rewriter.replaceOp(op, resize(rewriter, loc, integers, type, code));
      return success();
    }
    auto code = cast<CodeTypeInterface>(type.getElementType());
    auto storageType = type.clone(code.getStorageType());
    ElementsAttr codes;
    if (inputType == storageType && matchPattern(input, m_Constant(&codes)))
      rewriter.replaceOpWithNewOp<ConstantOp>(op, type, codes);
    else
      rewriter.replaceOpWithNewOp<FromStorageOp>(
          op, type, resize(rewriter, loc, input, storageType, code));
    return success();
  }

  /// The integers that are codes of `code` in another width.
  static Value resize(OpBuilder &builder, Location loc, Value integers,
                      RankedTensorType type, CodeTypeInterface code) {
    unsigned from = getElementTypeOrSelf(integers).getIntOrFloatBitWidth();
    unsigned to = type.getElementTypeBitWidth();
    if (from == to)
      return integers;
    if (from > to)
      return arith::TruncIOp::create(builder, loc, type, integers);
    if (code.isSigned())
      return arith::ExtSIOp::create(builder, loc, type, integers);
    return arith::ExtUIOp::create(builder, loc, type, integers);
  }
};

struct ImportQuantPass : lowbit::impl::ImportQuantPassBase<ImportQuantPass> {
  void runOnOperation() override {
    QuantTypeConverter converter;
    RewritePatternSet patterns(&getContext());
    patterns.add<ImportDequantizeCast, ImportQuantizeCast, ImportStorageCast>(
        converter, &getContext());
    ConversionTarget target(getContext());
    target.addIllegalDialect<quant::QuantDialect>();
    target.addLegalDialect<LowbitDialect>();
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
