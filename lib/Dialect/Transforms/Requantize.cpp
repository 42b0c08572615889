//===- Requantize.cpp - Layers between codes without floats ---------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Quantization/Requantize.h"
#include "CodeClamps.h"
#include "FloatOps.h"
#include "SumRanges.h"
#include "lowbit/Dialect/IR/ConstantData.h"
#include "lowbit/Dialect/Transforms/Passes.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Remarks.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_REQUANTIZEPASS
#include "lowbit/Dialect/Transforms/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

namespace {
/// A layer whose reals are only quantized: scaled_matmul or scaled_conv_2d
/// [-> add a value per channel].
struct Layer {
  Operation *op = nullptr;
  Products products;
  Value activationScale, weightScale;
  StringAttr name;
  /// What is added to each row, or null.
  Value addend;

  std::string describe() const {
    return name ? "layer '" + name.str() + "'" : "unnamed layer";
  }
  remark::RemarkOpts getRemarkOptions() const {
    return remark::RemarkOpts::name("requantize")
        .category("lowbit")
        .function(name ? name.getValue() : "");
  }
};

/// The integers that replace the scales and the bias of a layer.
struct IntegerParams {
  SmallVector<int64_t> bias, multipliers, shifts;
  int64_t bound = 0;
};
} // namespace

//===----------------------------------------------------------------------===//
// Matching
//===----------------------------------------------------------------------===//

static std::optional<Layer> matchProduct(Value reals, Value addend) {
  auto getLayer = [&](auto op) {
    return Layer{op,
                 Products::of(op),
                 op.getActivationScale(),
                 op.getWeightScale(),
                 op.getLayerAttr(),
                 addend};
  };
  if (auto matmul = reals.getDefiningOp<ScaledMatmulOp>())
    return getLayer(matmul);
  if (auto convolution = reals.getDefiningOp<ScaledConv2DOp>())
    return getLayer(convolution);
  return std::nullopt;
}

static std::optional<Layer> matchLayer(Value reals) {
  if (auto layer = matchProduct(reals, Value()))
    return layer;
  auto addition = matchAddition(reals);
  if (!addition)
    return std::nullopt;
  auto [lhs, rhs] = *addition;
  if (auto layer = matchProduct(lhs, rhs))
    return layer;
  return matchProduct(rhs, lhs);
}

/// Why the sum of `layer` is not one sum of integers, or an empty string.
static StringRef checkSum(const Layer &layer) {
  auto matmul = dyn_cast<ScaledMatmulOp>(layer.op);
  if (!matmul)
    return "";
  Value zeroPoint = matmul.getWeightZeroPoint();
  if (matmul.getBlockSizes())
    return "expected scales without blocks";
  if (zeroPoint && !getElementTypeOrSelf(zeroPoint).isInteger())
    return "expected integer zero points";
  if (!matmul.getRowTerms().empty() || matmul.getOffsetRows())
    return "expected zero points that are not yet folded";
  return "";
}

/// Why the scales of `layer` cannot be pulled out of its sum, or an empty
/// string.
static StringRef checkScales(const Layer &layer) {
  auto activationScale = getConstantFloats(layer.activationScale);
  if (!activationScale || activationScale->size() != 1)
    return "expected one constant activation scale";
  if (StringRef reason = checkSum(layer); !reason.empty())
    return reason;
  if (!getConstantFloats(layer.weightScale))
    return "expected constant weight scales";
  auto weights = cast<RankedTensorType>(layer.products.weights.getType());
  if (weights.isDynamicDim(0))
    return "expected a static N";
  return "";
}

//===----------------------------------------------------------------------===//
// Integers for scales
//===----------------------------------------------------------------------===//

/// Computes `params`, or returns false and sets `reason`.
static bool computeParams(const Layer &layer, const TensorParams &output,
                          int bits, IntegerParams &params,
                          std::string &reason) {
  int64_t n = cast<ShapedType>(layer.products.weights.getType()).getDimSize(0);
  double activationScale = getConstantFloats(layer.activationScale)->front();
  auto weightScales = *getConstantFloats(layer.weightScale);
  std::optional<SmallVector<float>> bias;
  if (layer.addend) {
    bias = getRepeatedRow<float>(layer.addend);
    if (!bias) {
      reason = "expected a constant bias";
      return false;
    }
  }
  auto ranges = getSumRanges(layer.products, /*block=*/0);
  if (ranges.empty()) {
    reason = "expected a static K";
    return false;
  }
  for (int64_t channel = 0; channel < n; ++channel) {
    // Exact: both have 24 bits.
    double scale =
        activationScale * weightScales[weightScales.size() == 1 ? 0 : channel];
    double term =
        bias ? std::nearbyint((*bias)[bias->size() == 1 ? 0 : channel] / scale)
             : 0;
    std::string text = " in channel " + std::to_string(channel);
    if (!(std::abs(term) <= std::numeric_limits<int32_t>::max())) {
      reason = "expected a bias of 32 bits in units of the accumulator, but "
               "got " +
               std::to_string(term) + text;
      return false;
    }
    SumRange range = ranges[channel] + SumRange::of(int64_t(term));
    if (!range.fits(32)) {
      reason = "expected sums of 32 bits, but got sums from " +
               std::to_string(range.lowest) + " to " +
               std::to_string(range.highest) + text;
      return false;
    }
    DyadicScale dyadic;
    if (!chooseDyadicScale(scale / output.scale, bits, dyadic, reason)) {
      reason += text;
      return false;
    }
    params.bias.push_back(int64_t(term));
    params.multipliers.push_back(dyadic.multiplier);
    params.shifts.push_back(dyadic.shift);
    params.bound = std::max(params.bound, range.getBound());
  }
  return true;
}

//===----------------------------------------------------------------------===//
// Rewriting
//===----------------------------------------------------------------------===//

/// The extents of what `layer` computes.
static SmallVector<OpFoldResult> getSizes(OpBuilder &builder,
                                          const Layer &layer) {
  ReifiedRankedShapedTypeDims shapes;
  (void)reifyResultShapes(builder, layer.op, shapes);
  return shapes.front();
}

/// `bias` along the last dimension of a tensor of `type`.
static Value createInit(OpBuilder &builder, Location location,
                        ArrayRef<OpFoldResult> sizes, Type type,
                        ArrayRef<int64_t> bias) {
  Value empty =
      tensor::EmptyOp::create(builder, location, sizes, builder.getI32Type());
  if (empty.getType() != type)
    empty = tensor::CastOp::create(builder, location, type, empty);
  auto values = llvm::map_to_vector(
      bias, [](int64_t value) { return static_cast<int32_t>(value); });
  Value row = arith::ConstantOp::create(builder, location,
                                        builder.getI32TensorAttr(values));
  return linalg::BroadcastOp::create(
             builder, location, row, empty,
             llvm::to_vector(llvm::seq<int64_t>(0, sizes.size() - 1)))
      ->getResult(0);
}

/// `layer` in integers, from the initial value `init`.
static Value createSums(OpBuilder &builder, const Layer &layer, Value init) {
  Location location = layer.op->getLoc();
  const Products &products = layer.products;
  if (isa<ScaledMatmulOp>(layer.op))
    return MatmulOp::create(builder, location, init.getType(),
                            products.activations, products.weights,
                            products.activationZeroPoint,
                            products.weightZeroPoint, init, layer.name);
  auto windows = cast<ScaledConv2DOp>(layer.op);
  return Conv2DOp::create(
      builder, location, init.getType(), products.activations, products.weights,
      products.activationZeroPoint, products.weightZeroPoint, init,
      windows.getGroups(), windows.getStrides(), windows.getDilations(),
      windows.getPadding(), layer.name);
}

/// A parameter with a value per channel, of a tensor of `rank`.
static Value createChannels(OpBuilder &builder, Location location, int64_t rank,
                            ArrayRef<int64_t> values) {
  SmallVector<int64_t> shape(rank, 1);
  shape.back() = static_cast<int64_t>(values.size());
  auto integers = llvm::map_to_vector(
      values, [](int64_t value) { return static_cast<int32_t>(value); });
  return arith::ConstantOp::create(
      builder, location,
      DenseElementsAttr::get(RankedTensorType::get(shape, builder.getI32Type()),
                             ArrayRef<int32_t>(integers)));
}

/// Asks the operands of `layer` for its extents, so that nothing else keeps it
/// alive.
static void replaceDims(RewriterBase &rewriter, const Layer &layer) {
  for (Operation *user : llvm::make_early_inc_range(layer.op->getUsers())) {
    auto dim = dyn_cast<tensor::DimOp>(user);
    auto dimension = dim ? dim.getConstantIndex() : std::nullopt;
    if (!dimension)
      continue;
    OpBuilder::InsertionGuard guard(rewriter);
    rewriter.setInsertionPoint(dim);
    rewriter.replaceOp(dim, getValueOrCreateConstantIndexOp(
                                rewriter, dim.getLoc(),
                                getSizes(rewriter, layer)[*dimension]));
  }
}

static std::string describeType(Type type) {
  std::string text;
  llvm::raw_string_ostream(text) << type;
  return text;
}

namespace {
/// quantize(scaled_matmul(a, w) + bias) -> requantize(matmul(a, w))
struct RequantizeLayer : OpRewritePattern<QuantizeOp> {
  RequantizeLayer(MLIRContext *context, int bits, RescaleRounding rounding)
      : OpRewritePattern(context), bits(bits), rounding(rounding) {}

  LogicalResult matchAndRewrite(QuantizeOp op,
                                PatternRewriter &rewriter) const override {
    auto layer = matchLayer(op.getInput());
    if (!layer)
      return rewriter.notifyMatchFailure(op, "requires a scaled matmul");
    auto output = TensorParams::match(op);
    if (!output)
      return rewriter.notifyMatchFailure(op, "requires one scale and one "
                                             "integer zero point, constant");
    std::string reason = checkScales(*layer).str();
    IntegerParams params;
    if (!reason.empty() ||
        !computeParams(*layer, *output, bits, params, reason))
      return rewriter.notifyMatchFailure(op, reason);

    Location location = layer->op->getLoc();
    auto type = cast<RankedTensorType>(layer->op->getResultTypes().front())
                    .clone(rewriter.getI32Type());
    Value init = createInit(rewriter, location, getSizes(rewriter, *layer),
                            type, params.bias);
    Value sums = createSums(rewriter, *layer, init);
    replaceDims(rewriter, *layer);
    int64_t rank = cast<RankedTensorType>(type).getRank();
    auto requantize = rewriter.replaceOpWithNewOp<RequantizeOp>(
        op, op.getType(), sums,
        createChannels(rewriter, location, rank, params.multipliers),
        createChannels(rewriter, location, rank, params.shifts),
        op.getZeroPoint(), RescaleRoundingAttr::get(getContext(), rounding),
        rewriter.getI64IntegerAttr(params.bound), layer->name);
    remark::passed(location, layer->getRemarkOptions())
        << layer->describe() + ": sums of at most " +
               std::to_string(params.bound) + " become " +
               describeType(requantize.getType().getElementType());
    return success();
  }

  int bits;
  RescaleRounding rounding;
};
} // namespace

/// Says of each layer between codes that stays float why it does.
static void remarkFloatLayers(Operation *root, int bits) {
  root->walk([&](QuantizeOp op) {
    auto layer = matchLayer(op.getInput());
    auto output = TensorParams::match(op);
    if (!layer || !output)
      return;
    std::string reason = checkScales(*layer).str();
    IntegerParams params;
    if (reason.empty())
      (void)computeParams(*layer, *output, bits, params, reason);
    remark::missed(op.getLoc(), layer->getRemarkOptions())
        << layer->describe() + " stays float: " + reason;
  });
}

namespace {
struct RequantizePass : lowbit::impl::RequantizePassBase<RequantizePass> {
  using RequantizePassBase::RequantizePassBase;

  void runOnOperation() override {
    auto mode = symbolizeRescaleRounding(rounding);
    if (!mode) {
      getOperation()->emitError("unknown rounding '")
          << rounding
          << "': expected one of SINGLE_ROUND, INEXACT_ROUND, DOUBLE_ROUND";
      return signalPassFailure();
    }
    if (multiplierBits < 1 || multiplierBits > 31) {
      getOperation()->emitError("expected 1 to 31 multiplier bits, but got ")
          << int64_t(multiplierBits);
      return signalPassFailure();
    }
    RewritePatternSet patterns(&getContext());
    populateClampCodesPatterns(patterns);
    patterns.add<RequantizeLayer>(&getContext(), multiplierBits, *mode);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      return signalPassFailure();
    remarkFloatLayers(getOperation(), multiplierBits);
  }
};
} // namespace
