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
#include "MatrixConstants.h"
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
/// A layer whose reals are only quantized: scaled_matmul [-> add a row].
struct Layer {
  ScaledMatmulOp matmul;
  /// What is added to each row, or null.
  Value addend;
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

static std::optional<Layer> matchLayer(Value reals) {
  if (auto matmul = reals.getDefiningOp<ScaledMatmulOp>())
    return Layer{matmul, Value()};
  auto addition = matchAddition(reals);
  if (!addition)
    return std::nullopt;
  auto [lhs, rhs] = *addition;
  if (auto matmul = lhs.getDefiningOp<ScaledMatmulOp>())
    return Layer{matmul, rhs};
  if (auto matmul = rhs.getDefiningOp<ScaledMatmulOp>())
    return Layer{matmul, lhs};
  return std::nullopt;
}

/// Why the scales of `op` cannot be pulled out of its sum, or an empty string.
static StringRef checkScales(ScaledMatmulOp op) {
  auto activationScale = getConstantFloats(op.getActivationScale());
  Value zeroPoint = op.getWeightZeroPoint();
  if (!activationScale || activationScale->size() != 1)
    return "expected one constant activation scale";
  if (op.getBlockSizes())
    return "expected scales without blocks";
  if (!getConstantFloats(op.getWeightScale()))
    return "expected constant weight scales";
  if (zeroPoint && !getElementTypeOrSelf(zeroPoint).isInteger())
    return "expected integer zero points";
  if (!op.getRowTerms().empty() || op.getOffsetRows())
    return "expected zero points that are not yet folded";
  if (op.getWeights().getType().isDynamicDim(0))
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
  ScaledMatmulOp op = layer.matmul;
  int64_t n = op.getWeights().getType().getDimSize(0);
  double activationScale = getConstantFloats(op.getActivationScale())->front();
  auto weightScales = *getConstantFloats(op.getWeightScale());
  std::optional<SmallVector<float>> bias;
  if (layer.addend) {
    bias = getRepeatedRow<float>(layer.addend);
    if (!bias) {
      reason = "expected a constant bias";
      return false;
    }
  }
  auto ranges =
      getSumRanges({op.getActivations(), op.getWeights(),
                    op.getActivationZeroPoint(), op.getWeightZeroPoint()},
                   /*block=*/0);
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

/// `bias` in each of the rows that `activations` has.
static Value createInit(OpBuilder &builder, Location location,
                        Value activations, Type type, ArrayRef<int64_t> bias) {
  SmallVector<OpFoldResult> sizes = {
      tensor::getMixedSize(builder, location, activations, 0),
      builder.getIndexAttr(bias.size())};
  Value empty =
      tensor::EmptyOp::create(builder, location, sizes, builder.getI32Type());
  if (empty.getType() != type)
    empty = tensor::CastOp::create(builder, location, type, empty);
  auto values = llvm::map_to_vector(
      bias, [](int64_t value) { return static_cast<int32_t>(value); });
  Value row = arith::ConstantOp::create(builder, location,
                                        builder.getI32TensorAttr(values));
  return linalg::BroadcastOp::create(builder, location, row, empty,
                                     ArrayRef<int64_t>{0})
      ->getResult(0);
}

/// Asks the activations for the number of rows of `matmul`, so that nothing
/// else keeps it alive.
static void replaceDims(RewriterBase &rewriter, ScaledMatmulOp matmul) {
  for (Operation *user : llvm::make_early_inc_range(matmul->getUsers())) {
    auto dim = dyn_cast<tensor::DimOp>(user);
    if (!dim || dim.getConstantIndex() != 0)
      continue;
    OpBuilder::InsertionGuard guard(rewriter);
    rewriter.setInsertionPoint(dim);
    rewriter.replaceOpWithNewOp<tensor::DimOp>(dim, matmul.getActivations(), 0);
  }
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
    ScaledMatmulOp matmul = layer->matmul;
    auto output = TensorParams::match(op);
    if (!output)
      return rewriter.notifyMatchFailure(op, "requires one scale and one "
                                             "integer zero point, constant");
    std::string reason = checkScales(matmul).str();
    IntegerParams params;
    if (!reason.empty() ||
        !computeParams(*layer, *output, bits, params, reason))
      return rewriter.notifyMatchFailure(op, reason);

    Location location = matmul.getLoc();
    Type type = matmul.getType().clone(rewriter.getI32Type());
    Value init =
        createInit(rewriter, location, op.getInput(), type, params.bias);
    Value sums = MatmulOp::create(
        rewriter, location, type, matmul.getActivations(), matmul.getWeights(),
        matmul.getActivationZeroPoint(), matmul.getWeightZeroPoint(), init,
        matmul.getLayerAttr());
    replaceDims(rewriter, matmul);
    int64_t columns = params.multipliers.size();
    auto requantize = rewriter.replaceOpWithNewOp<RequantizeOp>(
        op, op.getType(), sums,
        createIntegers(rewriter, location, 1, columns, params.multipliers),
        createIntegers(rewriter, location, 1, columns, params.shifts),
        op.getZeroPoint(), RescaleRoundingAttr::get(getContext(), rounding),
        rewriter.getI64IntegerAttr(params.bound), matmul.getLayerAttr());
    remark::passed(location, getRemarkOptions(matmul))
        << describe(matmul) + ": sums of at most " +
               std::to_string(params.bound) + " become " +
               describeType(requantize.getType().getElementType());
    return success();
  }

  static remark::RemarkOpts getRemarkOptions(ScaledMatmulOp op) {
    return remark::RemarkOpts::name("requantize")
        .category("lowbit")
        .function(op.getLayer().value_or(""));
  }
  static std::string describe(ScaledMatmulOp op) {
    auto layer = op.getLayer();
    return layer ? "layer '" + layer->str() + "'" : "unnamed layer";
  }
  static std::string describeType(Type type) {
    std::string text;
    llvm::raw_string_ostream(text) << type;
    return text;
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
    std::string reason = checkScales(layer->matmul).str();
    IntegerParams params;
    if (reason.empty())
      (void)computeParams(*layer, *output, bits, params, reason);
    remark::missed(op.getLoc(),
                   RequantizeLayer::getRemarkOptions(layer->matmul))
        << RequantizeLayer::describe(layer->matmul) + " stays float: " + reason;
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
