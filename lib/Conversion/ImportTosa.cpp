//===- ImportTosa.cpp - From quantized TOSA ops ---------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TosaOperands.h"
#include "lowbit/Conversion/Passes.h"
#include "lowbit/Dialect/IR/ConstantData.h"
#include "lowbit/Quantization/Requantize.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace mlir::lowbit {
#define GEN_PASS_DEF_IMPORTTOSAPASS
#include "lowbit/Conversion/Passes.h.inc"
} // namespace mlir::lowbit

/// Says that `op` has no exact counterpart and stays as it is.
static LogicalResult refuse(Operation *op, const Twine &reason) {
  StringRef layer = getLayerName(op->getLoc());
  remark::missed(op->getLoc(), remark::RemarkOpts::name("import-tosa")
                                   .category("lowbit")
                                   .function(layer))
      << (op->getName().getStringRef() + " stays: " + reason).str();
  return failure();
}

static StringAttr getLayer(Builder &builder, Operation *op) {
  StringRef name = getLayerName(op->getLoc());
  return name.empty() ? StringAttr() : builder.getStringAttr(name);
}

/// Whether the elements of `value` are integers.
static bool isInteger(Value value) {
  return isa<IntegerType>(getElementTypeOrSelf(value));
}

/// Why the product of `activations` and `weights` is no sum of codes in i32, or
/// an empty string.
static StringRef checkProduct(Value activations, Value weights, Value result) {
  Type weight = getElementTypeOrSelf(weights);
  if (!isa<RankedTensorType>(activations.getType()) ||
      !isa<RankedTensorType>(weights.getType()) ||
      !isa<RankedTensorType>(result.getType()))
    return "expected ranked tensors";
  if (!getElementTypeOrSelf(activations).isSignlessInteger(8))
    return "expected activations of i8";
  if (!weight.isSignlessInteger(8) && !weight.isSignlessInteger(4))
    return "expected weights of i8 or i4";
  if (!getElementTypeOrSelf(result).isSignlessInteger(32))
    return "expected sums in i32";
  return "";
}

//===----------------------------------------------------------------------===//
// Convolutions
//===----------------------------------------------------------------------===//

/// The kernel `OC x KH x KW x IC` of codes, and the groups.
static std::pair<Value, int64_t> getKernel(OpBuilder &builder,
                                           tosa::Conv2DOp op) {
  return {createCodes(builder, op.getLoc(), op.getWeight()), 1};
}

/// A kernel `KH x KW x C x M` becomes `(C * M) x KH x KW x 1`, in C groups.
static std::pair<Value, int64_t> getKernel(OpBuilder &builder,
                                           tosa::DepthwiseConv2DOp op) {
  ArrayRef<int64_t> shape =
      cast<ShapedType>(op.getWeight().getType()).getShape();
  int64_t outputs = shape[2] * shape[3];
  return {createTransposedCodes(builder, op.getLoc(), op.getWeight(),
                                shape[0] * shape[1], outputs,
                                {outputs, shape[0], shape[1], 1}),
          shape[2]};
}

/// The bias of each output, or one for all, as an accumulator of `type`.
static Value createInit(OpBuilder &builder, Location location, Value bias,
                        RankedTensorType type, Value images) {
  SmallVector<OpFoldResult> sizes;
  for (auto [d, extent] : llvm::enumerate(type.getShape()))
    sizes.push_back(ShapedType::isDynamic(extent)
                        ? tensor::getMixedSize(builder, location, images, d)
                        : OpFoldResult(builder.getIndexAttr(extent)));
  Value empty =
      tensor::EmptyOp::create(builder, location, sizes, type.getElementType());
  auto biasType = cast<RankedTensorType>(bias.getType());
  SmallVector<int64_t> dimensions = {0, 1, 2};
  if (biasType.getDimSize(0) == 1) {
    bias = tensor::CollapseShapeOp::create(builder, location, bias,
                                           ArrayRef<ReassociationIndices>());
    dimensions.push_back(3);
  }
  return linalg::BroadcastOp::create(builder, location, bias, empty, dimensions)
      ->getResult(0);
}

namespace {
/// tosa.conv2d, tosa.depthwise_conv2d -> lowbit.conv_2d
template <typename Op> struct ImportConvolution : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;

  LogicalResult matchAndRewrite(Op op,
                                PatternRewriter &rewriter) const override {
    if (!isInteger(op.getInput()))
      return rewriter.notifyMatchFailure(op, "requires integers");
    StringRef reason =
        checkProduct(op.getInput(), op.getWeight(), op.getOutput());
    if (!reason.empty())
      return refuse(op, reason);
    auto inputZero = op.getInputZeroPoint();
    auto weightZero = op.getWeightZeroPoint();
    if (failed(inputZero) || failed(weightZero))
      return refuse(op, "expected constant zero points");
    auto type = cast<RankedTensorType>(op.getType());
    if (llvm::any_of(type.getShape().drop_front(), ShapedType::isDynamic))
      return refuse(op, "expected images of static height and width");
    if (!cast<ShapedType>(op.getWeight().getType()).hasStaticShape() ||
        !cast<ShapedType>(op.getBias().getType()).hasStaticShape())
      return refuse(op, "expected weights and a bias of static shape");

    Location location = op.getLoc();
    Value images = createCodes(rewriter, location, op.getInput());
    auto [kernel, groups] = getKernel(rewriter, op);
    Value init = createInit(rewriter, location, op.getBias(), type, images);
    Value sums = Conv2DOp::create(
        rewriter, location, init.getType(), images, kernel,
        createZeroPoint(rewriter, location, *inputZero, 4),
        createZeroPoint(rewriter, location, *weightZero, 4), init, groups,
        op.getStride(), op.getDilation(), op.getPad(), getLayer(rewriter, op));
    rewriter.replaceOp(
        op, rewriter.createOrFold<tensor::CastOp>(location, type, sums));
    return success();
  }
};

//===----------------------------------------------------------------------===//
// Products of matrices
//===----------------------------------------------------------------------===//

/// tosa.matmul of one matrix -> lowbit.matmul
struct ImportMatmul : OpRewritePattern<tosa::MatMulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tosa::MatMulOp op,
                                PatternRewriter &rewriter) const override {
    if (!isInteger(op.getA()))
      return rewriter.notifyMatchFailure(op, "requires integers");
    StringRef reason = checkProduct(op.getA(), op.getB(), op.getOutput());
    if (!reason.empty())
      return refuse(op, reason);
    auto aZero = op.getAZeroPoint(), bZero = op.getBZeroPoint();
    if (failed(aZero) || failed(bZero))
      return refuse(op, "expected constant zero points");
    auto aType = cast<RankedTensorType>(op.getA().getType());
    auto bType = cast<RankedTensorType>(op.getB().getType());
    auto type = cast<RankedTensorType>(op.getType());
    if (aType.getDimSize(0) != 1 || bType.getDimSize(0) != 1 ||
        type.getDimSize(0) != 1)
      return refuse(op, "expected a batch of 1");
    if (!bType.hasStaticShape() || aType.isDynamicDim(2))
      return refuse(op, "expected weights of static shape");

    Location location = op.getLoc();
    int64_t k = bType.getDimSize(1), n = bType.getDimSize(2);
    SmallVector<ReassociationIndices> matrix = {{0, 1}, {2}};
    Value a = createCodes(
        rewriter, location,
        tensor::CollapseShapeOp::create(rewriter, location, op.getA(), matrix));
    Value b =
        createTransposedCodes(rewriter, location, op.getB(), k, n, {n, k});
    SmallVector<OpFoldResult> sizes = {
        tensor::getMixedSize(rewriter, location, a, 0),
        rewriter.getIndexAttr(n)};
    Value init = createZeros(rewriter, location, sizes);
    Value sums =
        MatmulOp::create(rewriter, location, init.getType(), a, b,
                         createZeroPoint(rewriter, location, *aZero, 2),
                         createZeroPoint(rewriter, location, *bZero, 2), init,
                         getLayer(rewriter, op));
    SmallVector<int64_t> shape = {
        1, cast<RankedTensorType>(sums.getType()).getDimSize(0), n};
    sizes.insert(sizes.begin(), rewriter.getIndexAttr(1));
    Value batch = tensor::ExpandShapeOp::create(
        rewriter, location, type.clone(shape), sums, matrix, sizes);
    rewriter.replaceOp(
        op, rewriter.createOrFold<tensor::CastOp>(location, type, batch));
    return success();
  }

private:
  static Value createZeros(OpBuilder &builder, Location location,
                           ArrayRef<OpFoldResult> sizes) {
    Value zero = arith::ConstantIntOp::create(builder, location, 0, 32);
    Value empty =
        tensor::EmptyOp::create(builder, location, sizes, builder.getI32Type());
    return linalg::FillOp::create(builder, location, zero, empty).getResult(0);
  }
};

//===----------------------------------------------------------------------===//
// Rescaling
//===----------------------------------------------------------------------===//

static RescaleRounding getRounding(tosa::RoundingMode mode) {
  switch (mode) {
  case tosa::RoundingMode::SINGLE_ROUND:
    return RescaleRounding::SingleRound;
  case tosa::RoundingMode::INEXACT_ROUND:
    return RescaleRounding::InexactRound;
  case tosa::RoundingMode::DOUBLE_ROUND:
    return RescaleRounding::DoubleRound;
  }
  llvm_unreachable("covered switch");
}

/// tosa.rescale to 8 or 16 bits -> lowbit.requantize
struct ImportRescale : OpRewritePattern<tosa::RescaleOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tosa::RescaleOp op,
                                PatternRewriter &rewriter) const override {
    auto inputType = dyn_cast<RankedTensorType>(op.getInput().getType());
    auto type = dyn_cast<RankedTensorType>(op.getType());
    if (!inputType || !type)
      return refuse(op, "expected ranked tensors");
    auto isSignless = [](RankedTensorType tensor, ArrayRef<unsigned> widths) {
      return llvm::any_of(widths, [&](unsigned width) {
        return tensor.getElementType().isSignlessInteger(width);
      });
    };
    if (!isSignless(inputType, {8, 16, 32}))
      return refuse(op, "expected an input of i8, i16 or i32");
    if (!isSignless(type, {8, 16}))
      return refuse(op, "expected a result of i8 or i16");
    if (op.getInputUnsigned() && inputType.getElementTypeBitWidth() == 32)
      return refuse(op, "expected no unsigned input of 32 bits");
    auto inputZero = op.getInputZeroPoint(),
         outputZero = op.getOutputZeroPoint();
    if (failed(inputZero) || failed(outputZero))
      return refuse(op, "expected constant zero points");
    if (inputType.getElementTypeBitWidth() == 32 && *inputZero != 0)
      return refuse(op, "expected no zero point of an input of 32 bits");
    if (!op.getScale32() &&
        op.getRoundingMode() == tosa::RoundingMode::DOUBLE_ROUND)
      return refuse(op, "expected no DOUBLE_ROUND of multipliers of 16 bits");
    auto multipliers = getConstantIntegers(op.getMultiplier());
    auto shifts = getConstantIntegers(op.getShift());
    if (!multipliers || !shifts)
      return refuse(op, "expected constant multipliers and shifts");

    Location location = op.getLoc();
    auto code = AffineType::get(getContext(), type.getElementTypeBitWidth(),
                                op.getOutputUnsigned() ? AffineRange::Unsigned
                                                       : AffineRange::Signed);
    SmallVector<int64_t> channels(type.getRank(), 1);
    if (op.getPerChannel())
      channels.back() = multipliers->size();
    auto parameter = [&](ArrayRef<int64_t> values) {
      return createIntegers(rewriter, location, channels, values);
    };
    Value values = getValues(rewriter, op, *inputZero);
    Value codes = RequantizeOp::create(
        rewriter, location, type.clone(code), values, parameter(*multipliers),
        parameter(*shifts),
        createZeroPoint(rewriter, location, *outputZero, type.getRank()),
        getRounding(op.getRoundingMode()), getBound(rewriter, op, *inputZero),
        getLayer(rewriter, op));
    rewriter.replaceOpWithNewOp<ToStorageOp>(op, type, codes);
    return success();
  }

private:
  /// input - zero point, in i32
  static Value getValues(OpBuilder &builder, tosa::RescaleOp op,
                         int64_t zeroPoint) {
    Value input = op.getInput();
    auto type = cast<RankedTensorType>(input.getType());
    Type i32 = builder.getI32Type();
    if (type.getElementType() == i32)
      return input;
    Location location = op.getLoc();
    Value empty = tensor::EmptyOp::create(
        builder, location, tensor::getMixedSizes(builder, location, input),
        i32);
    AffineMap identity = builder.getMultiDimIdentityMap(type.getRank());
    SmallVector<utils::IteratorType> loops(type.getRank(),
                                           utils::IteratorType::parallel);
    auto body = [&](OpBuilder &nested, Location at, ValueRange elements) {
      Value wide =
          op.getInputUnsigned()
              ? arith::ExtUIOp::create(nested, at, i32, elements[0]).getResult()
              : arith::ExtSIOp::create(nested, at, i32, elements[0])
                    .getResult();
      Value zero = arith::ConstantIntOp::create(nested, at, i32, zeroPoint);
      Value value = arith::SubIOp::create(nested, at, wide, zero);
      linalg::YieldOp::create(nested, at, value);
    };
    return linalg::GenericOp::create(builder, location, empty.getType(), input,
                                     empty, {identity, identity}, loops, body)
        .getResult(0);
  }

  /// The largest magnitude of `getValues`, if it is less than all of i32.
  static IntegerAttr getBound(Builder &builder, tosa::RescaleOp op,
                              int64_t zeroPoint) {
    unsigned bits = getElementTypeOrSelf(op.getInput()).getIntOrFloatBitWidth();
    if (bits == 32)
      return {};
    int64_t lowest = op.getInputUnsigned() ? 0 : -(int64_t(1) << (bits - 1));
    int64_t highest = lowest + (int64_t(1) << bits) - 1;
    return builder.getI64IntegerAttr(
        std::max(zeroPoint - lowest, highest - zeroPoint));
  }
};

/// Multipliers and shifts that TOSA leaves undefined are errors.
static LogicalResult verifyRescale(tosa::RescaleOp op) {
  auto multipliers = getConstantIntegers(op.getMultiplier());
  auto shifts = getConstantIntegers(op.getShift());
  if (multipliers && !llvm::all_of(*multipliers, DyadicScale::isMultiplier))
    return op.emitError("expected multipliers of at least 0");
  if (shifts && !llvm::all_of(*shifts, DyadicScale::isShift))
    return op.emitError("expected shifts from 2 to 62");
  return success();
}

struct ImportTosaPass : lowbit::impl::ImportTosaPassBase<ImportTosaPass> {
  void runOnOperation() override {
    WalkResult verified = getOperation()->walk(
        [](tosa::RescaleOp op) { return WalkResult(verifyRescale(op)); });
    if (verified.wasInterrupted())
      return signalPassFailure();
    RewritePatternSet patterns(&getContext());
    patterns.add<ImportConvolution<tosa::Conv2DOp>,
                 ImportConvolution<tosa::DepthwiseConv2DOp>, ImportMatmul,
                 ImportRescale>(&getContext());
    // Each op is looked at once, so that what stays has one remark.
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};
} // namespace
