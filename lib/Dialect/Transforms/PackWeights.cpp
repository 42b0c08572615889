//===- PackWeights.cpp - From matmuls on codes to matmuls on bytes --------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LayerRecords.h"
#include "PackConstants.h"
#include "PackedActivations.h"
#include "QuantizedOperands.h"
#include "SumRanges.h"
#include "TernaryLayouts.h"
#include "ZeroPointTerms.h"
#include "lowbit/Dialect/IR/ConstantData.h"
#include "lowbit/Dialect/Transforms/FoldZeroPoints.h"
#include "lowbit/Dialect/Transforms/Passes.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/Dominance.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Transforms/CSE.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace mlir::lowbit {
#define GEN_PASS_DEF_PACKWEIGHTSPASS
#include "lowbit/Dialect/Transforms/Passes.h.inc"
} // namespace mlir::lowbit

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

/// Whether `codes` are known when the model is compiled.
static bool areConstant(Value codes) {
  return static_cast<bool>(
      lookThroughLookup(codes).getDefiningOp<ConstantOp>());
}

/// Whether `blockSizes`, of scales, are the blocks of `layout`.
static bool areBlocks(DenseI64ArrayAttr blockSizes, LayoutAttr layout) {
  return !blockSizes ||
         (blockSizes[0] == 0 &&
          llvm::is_contained({int64_t(0), layout.getBlock()}, blockSizes[1]));
}

/// The packed form of `codes` with header vectors as given.
static Value packWeights(RewriterBase &rewriter, Location loc,
                         LayoutAttr layout, Value codes, Value scale,
                         ValueRange terms, Value offset,
                         DenseI64ArrayAttr blockSizes) {
  auto type = cast<RankedTensorType>(codes.getType());
  PackedLayout packed = layout.getPacked();
  if (!areConstant(codes) && areBlocks(blockSizes, layout)) {
    AffineExpr d0 = rewriter.getAffineDimExpr(0);
    auto getSize = [&](AffineExpr expr, int64_t dim) {
      return affine::makeComposedFoldedAffineApply(
          rewriter, loc, expr, tensor::getMixedSize(rewriter, loc, codes, dim));
    };
    Value init =
        tensor::EmptyOp::create(rewriter, loc,
                                {getSize(d0.ceilDiv(packed.panelRows()), 0),
                                 getSize(packed.panelBytes(d0), 1)},
                                rewriter.getI8Type());
    Value storage = ToStorageOp::create(
        rewriter, loc, type.clone(rewriter.getI8Type()), codes);
    return PackCodesOp::create(rewriter, loc, init.getType(), layout, storage,
                               scale, terms, offset, init)
        .getResult();
  }
  auto extent = [](int64_t size, auto &&compute) {
    return ShapedType::isDynamic(size) ? size : compute(size);
  };
  auto resultType = RankedTensorType::get(
      {extent(type.getDimSize(0),
              [&](int64_t n) { return packed.numPanels(n); }),
       extent(type.getDimSize(1),
              [&](int64_t k) { return packed.panelBytes(k); })},
      rewriter.getI8Type());
  return PackOp::create(rewriter, loc, resultType, layout, codes, scale, terms,
                        offset, blockSizes);
}

//===----------------------------------------------------------------------===//
// Matmuls
//===----------------------------------------------------------------------===//

/// The look-up that kernels do in a register, or null: that of codes that are
/// packed in fewer bits than their levels, in a constant table.
template <typename Op> static LookupOp getLookup(Op op) {
  auto lookup = op.getWeights().template getDefiningOp<LookupOp>();
  if (!lookup || !lookup.getConstantTable())
    return {};
  auto code =
      cast<CodeTypeInterface>(lookup.getCodes().getType().getElementType());
  return llvm::PowerOf2Ceil(code.getBits()) < 8 ? lookup : LookupOp();
}

/// The codes that are packed for the weights of a matmul.
template <typename Op> static Value getPackedCodes(Op op) {
  LookupOp lookup = getLookup(op);
  return lookup ? lookup.getCodes() : op.getWeights();
}

/// The type of the weights as the model has them, to record.
template <typename Op> static RankedTensorType getCodesType(Op op) {
  return cast<RankedTensorType>(lookThroughLookup(op.getWeights()).getType());
}

/// The type of the activations where they and the weights are bits; null
/// elsewhere. No instruction set multiplies bytes as fast as bits are counted.
template <typename Op> static TypeAttr getBitsType(Op op) {
  auto activations =
      cast<CodeTypeInterface>(getElementTypeOrSelf(op.getActivations()));
  auto weights =
      cast<CodeTypeInterface>(getElementTypeOrSelf(getPackedCodes(op)));
  if (getLookup(op) || !activations.getBitPlanes() || !weights.getBitPlanes())
    return {};
  return TypeAttr::get(activations);
}

/// The layout of these codes, in which a table is a part of the kernel.
template <typename Op>
static LayoutAttr getLayout(Op op, TernaryLayouts &ternary, int64_t block,
                            FloatType scale, int64_t terms, bool offset,
                            bool bits) {
  auto codes = cast<RankedTensorType>(getPackedCodes(op).getType());
  auto code = cast<CodeTypeInterface>(codes.getElementType());
  if (LookupOp lookup = getLookup(op))
    return LayoutAttr::forLevels(code, *lookup.getConstantTable(), block, scale,
                                 terms, offset);
  if (bits)
    return LayoutAttr::forBits(code, block, scale, terms, offset);
  StringRef layer = op.getLayer().value_or("");
  int64_t radix =
      areConstant(op.getWeights()) ? ternary.getRadix(layer, codes) : 2;
  return LayoutAttr::forCodes(code, block, scale, terms, offset, radix);
}

/// Records the weights of a matmul if the model holds them.
template <typename Op> static void recordConstant(Op op, LayoutAttr layout) {
  if (areConstant(op.getWeights()))
    recordLayer(op, op.getLayerAttr(), getCodesType(op), layout);
}

/// matmul(a, w, init) -> packed_matmul(pack_activations(a), pack(w), init)
static void packMatmul(RewriterBase &rewriter, MatmulOp op,
                       TernaryLayouts &ternary) {
  Location loc = op.getLoc();
  TypeAttr bits = getBitsType(op);
  auto layout = getLayout(op, ternary, /*block=*/0, /*scale=*/{}, /*terms=*/0,
                          /*offset=*/false, static_cast<bool>(bits));
  PackedActivations activations = packActivations(
      rewriter, loc, op.getActivations(),
      {/*block=*/0, static_cast<bool>(bits), !layout.getMask()});
  Value codes = getPackedCodes(op);
  Value weights =
      packWeights(rewriter, loc, layout, codes, Value(), {}, Value(), {});
  recordConstant(op, layout);
  rewriter.replaceOpWithNewOp<PackedMatmulOp>(
      op, op.getType(), layout, activations.codes, activations.rowSums, weights,
      /*row_scale=*/Value(), /*activation_zero_point=*/Value(), ValueRange(),
      /*offset_rows=*/Value(), op.getInit(), op.getLayerAttr(), bits,
      /*narrow_terms=*/UnitAttr());
}

/// Whether the row sums of blocks, and all terms, fit in 16 bits.
static bool areTermsNarrow(ScaledMatmulOp op) {
  auto fits = [](std::optional<SumRange> range) {
    return range && llvm::isInt<16>(range->lowest) &&
           llvm::isInt<16>(range->highest);
  };
  auto code =
      cast<CodeTypeInterface>(getElementTypeOrSelf(op.getActivations()));
  int64_t block = op.getBlock();
  SumRange rowSum = {code.getLowestCode() * block,
                     code.getHighestCode() * block};
  auto areNarrow = [&](ValueRange terms) {
    return llvm::all_of(
        terms, [&](Value term) { return fits(getIntegerRange(term)); });
  };
  return block != 0 && !op.getRowTerms().empty() && fits(rowSum) &&
         areNarrow(op.getRowTerms()) && areNarrow(op.getColumnTerms());
}

/// Whether `column` is the negated sums of the weights of each row and block.
static bool areNegatedSums(Value column, Blocks weights) {
  auto terms = getConstantIntegers(column);
  auto sums = getConstantSums(weights);
  return terms && sums &&
         llvm::equal(*terms, *sums,
                     [](int64_t term, int64_t sum) { return term == -sum; });
}

/// Takes from `op` the zero point of the activations, which is the row of a
/// term, if kernels are to make its column themselves; null if they are not.
static Value takeActivationZeroPoint(RewriterBase &rewriter, ScaledMatmulOp op,
                                     LayoutAttr layout) {
  PackedLayout packed = layout.getPacked();
  int64_t depth = op.getWeights().getType().getDimSize(1);
  if (packed.bits || !packed.hasShortBlocks() ||
      depth % packed.lineDepth() != 0)
    return {};
  for (size_t index = 0; index < op.getColumnTerms().size(); ++index) {
    if (!areNegatedSums(op.getColumnTerms()[index],
                        {op.getWeights(), op.getBlock()}))
      continue;
    Value zeroPoint = op.getRowTerms()[index];
    rewriter.modifyOpInPlace(op, [&] {
      op.getRowTermsMutable().erase(index);
      op.getColumnTermsMutable().erase(index);
    });
    return zeroPoint;
  }
  return {};
}

/// The same with scales, terms and offset in the packed weights.
static void packMatmul(RewriterBase &rewriter, ScaledMatmulOp op,
                       TernaryLayouts &ternary) {
  Location loc = op.getLoc();
  int64_t block = op.getBlock();
  auto scaleType =
      cast<FloatType>(op.getWeightScale().getType().getElementType());
  TypeAttr bits = getBitsType(op);
  // Before the row sums among the terms are those of packed activations.
  UnitAttr narrowTerms =
      areTermsNarrow(op) ? rewriter.getUnitAttr() : UnitAttr();
  auto getOwnLayout = [&] {
    return getLayout(op, ternary, block, scaleType, op.getRowTerms().size(),
                     static_cast<bool>(op.getOffsetRows()),
                     static_cast<bool>(bits));
  };
  Value zeroPoint = takeActivationZeroPoint(rewriter, op, getOwnLayout());
  LayoutAttr layout = getOwnLayout();
  PackedActivations activations =
      packActivations(rewriter, loc, op.getActivations(),
                      {block, static_cast<bool>(bits), !layout.getMask()});
  Value codes = getPackedCodes(op);
  Value weights = packWeights(rewriter, loc, layout, codes, op.getWeightScale(),
                              op.getColumnTerms(), op.getOffsetColumns(),
                              op.getBlockSizesAttr());
  recordConstant(op, layout);
  SmallVector<OpFoldResult> sizes = {
      tensor::getMixedSize(rewriter, loc, activations.codes, 0),
      tensor::getMixedSize(rewriter, loc, op.getWeights(), 0)};
  Value init =
      tensor::EmptyOp::create(rewriter, loc, sizes, rewriter.getF32Type());
  auto packed = PackedMatmulOp::create(
      rewriter, loc, init.getType(), layout, activations.codes,
      activations.rowSums, weights, op.getActivationScale(), zeroPoint,
      op.getRowTerms(), op.getOffsetRows(), init, op.getLayerAttr(), bits,
      narrowTerms);
  rewriter.replaceOpWithNewOp<tensor::CastOp>(op, op.getType(),
                                              packed.getResult());
}

/// `value` in f32, with the same elements.
static Value widen(OpBuilder &builder, Location loc, Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  if (type.getElementType().isF32())
    return value;
  return arith::ExtFOp::create(builder, loc, type.clone(builder.getF32Type()),
                               value);
}

/// weight_only_matmul(a, w) -> packed_weight_only_matmul(a, pack(w))
static void packMatmul(RewriterBase &rewriter, WeightOnlyMatmulOp op,
                       TernaryLayouts &ternary) {
  Location loc = op.getLoc();
  auto scaleType = cast<FloatType>(op.getScale().getType().getElementType());
  int64_t rowBlock = op.getBlockSizes() ? (*op.getBlockSizes())[0] : 0;
  Value zeroPoint = createZeroPointColumn(
      rewriter, loc, {op.getZeroPoint(), rowBlock},
      tensor::getMixedSize(rewriter, loc, op.getWeights(), 0));
  auto layout = getLayout(op, ternary, op.getBlock(), scaleType, /*terms=*/0,
                          static_cast<bool>(zeroPoint), /*bits=*/false);
  Value codes = getPackedCodes(op);
  Value weights = packWeights(rewriter, loc, layout, codes, op.getScale(), {},
                              zeroPoint, op.getBlockSizesAttr());
  recordConstant(op, layout);
  SmallVector<OpFoldResult> sizes = {
      tensor::getMixedSize(rewriter, loc, op.getActivations(), 0),
      tensor::getMixedSize(rewriter, loc, op.getWeights(), 0)};
  Value init =
      tensor::EmptyOp::create(rewriter, loc, sizes, rewriter.getF32Type());
  auto packed = PackedWeightOnlyMatmulOp::create(
      rewriter, loc, init.getType(), layout,
      widen(rewriter, loc, op.getActivations()), weights, init,
      op.getLayerAttr());
  rewriter.replaceOpWithNewOp<tensor::CastOp>(op, op.getType(),
                                              packed.getResult());
}

static void packLayer(RewriterBase &rewriter, WeightOnlyMatmulOp op,
                      TernaryLayouts &ternary) {
  rewriter.setInsertionPoint(op);
  packMatmul(rewriter, op, ternary);
}

/// Packs `op`, whose zero points are turned into terms first.
template <typename Op>
static void packLayer(RewriterBase &rewriter, Op op, TernaryLayouts &ternary) {
  rewriter.setInsertionPoint(op);
  (void)rebiasUnsignedActivations(rewriter, op);
  (void)foldZeroPoints(rewriter, op);
  rewriter.setInsertionPoint(op);
  packMatmul(rewriter, op, ternary);
}

namespace {
struct PackWeightsPass : lowbit::impl::PackWeightsPassBase<PackWeightsPass> {
  using PackWeightsPassBase::PackWeightsPassBase;

  void runOnOperation() override {
    auto emitError = [&] { return getOperation().emitError(); };
    auto ternary = TernaryLayouts::parse(ternaryLayout, emitError);
    if (failed(ternary))
      return signalPassFailure();
    // In program order, in which layers are recorded.
    SmallVector<Operation *> layers;
    getOperation()->walk([&](Operation *op) {
      if (isa<MatmulOp, ScaledMatmulOp, WeightOnlyMatmulOp>(op))
        layers.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (Operation *layer : layers)
      llvm::TypeSwitch<Operation *>(layer)
          .Case<MatmulOp, ScaledMatmulOp, WeightOnlyMatmulOp>(
              [&](auto op) { packLayer(rewriter, op, *ternary); });
    if (failed(ternary->verifyUse(getOperation())))
      return signalPassFailure();
    // Weights that layers share are packed once.
    mergeEqual(rewriter);
    RewritePatternSet patterns(&getContext());
    populatePackConstantsPatterns(patterns);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      return signalPassFailure();
    // Activations are, too: their bytes are the same once casts are folded.
    mergeEqual(rewriter);
    recordFloatLayers(getOperation());
  }

private:
  void mergeEqual(RewriterBase &rewriter) {
    // Patterns erase blocks, so that what was known of them does not last.
    DominanceInfo dominance(getOperation());
    eliminateCommonSubExpressions(rewriter, dominance, getOperation());
  }
};
} // namespace
