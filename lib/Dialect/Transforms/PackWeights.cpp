//===- PackWeights.cpp - From matmuls on codes to matmuls on bytes --------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LayerRecords.h"
#include "PackConstants.h"
#include "QuantizedOperands.h"
#include "ZeroPointTerms.h"
#include "lowbit/Dialect/Transforms/FoldZeroPoints.h"
#include "lowbit/Dialect/Transforms/Passes.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
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
// Activations
//===----------------------------------------------------------------------===//

namespace {
struct PackedActivations {
  Value codes;
  Value rowSums;
};
} // namespace

/// Whether `lowbit.pack_activations` can do the work of `op`.
static bool isAbsorbable(QuantizeOp op) {
  auto code = cast<CodeTypeInterface>(op.getType().getElementType());
  auto zeroPoint = op.getZeroPoint();
  return isa<AffineType>(code) && code.getLowestCode() >= -128 &&
         code.getHighestCode() <= 127 && !op.getThreshold() &&
         op.getRounding() == Rounding::NearestEven && !op.getBlockSizes() &&
         op.getScale().getType().getElementType().isF32() &&
         op.getScale().getType().getDimSize(1) == 1 &&
         (!zeroPoint || zeroPoint.getType().getElementType().isInteger(32));
}

/// `f(size)` where `f` is an expression in d0; folded if `size` is constant.
static OpFoldResult apply(OpBuilder &builder, Location loc, AffineExpr f,
                          OpFoldResult size) {
  return affine::makeComposedFoldedAffineApply(builder, loc, f, size);
}

/// The sum of each row of `bytes`, M x 1: a scalar that a loop carries.
static Value sumRows(OpBuilder &builder, Location loc, Value bytes) {
  auto type = cast<RankedTensorType>(bytes.getType());
  auto sumsType =
      RankedTensorType::get({type.getDimSize(0), 1}, builder.getI32Type());
  SmallVector<Value> rows;
  if (sumsType.isDynamicDim(0))
    rows.push_back(tensor::DimOp::create(builder, loc, bytes, 0));
  auto build = [&](OpBuilder &b, Location l, ValueRange indices) {
    auto index = [&](int64_t value) -> Value {
      return arith::ConstantIndexOp::create(b, l, value);
    };
    Value zero = arith::ConstantIntOp::create(b, l, 0, 32);
    auto add = [&](OpBuilder &b, Location l, Value k, ValueRange sums) {
      Value byte =
          tensor::ExtractOp::create(b, l, bytes, ValueRange{indices[0], k});
      Value code = arith::ExtSIOp::create(b, l, b.getI32Type(), byte);
      Value sum = arith::AddIOp::create(b, l, sums[0], code);
      scf::YieldOp::create(b, l, sum);
    };
    auto loop = scf::ForOp::create(b, l, index(0), index(type.getDimSize(1)),
                                   index(1), zero, add);
    tensor::YieldOp::create(b, l, loop.getResult(0));
  };
  return tensor::GenerateOp::create(builder, loc, sumsType, rows, build);
}

/// Packs `source`, by quantizing it with `scale` if there is one.
static PackedActivations createPack(OpBuilder &builder, Location loc,
                                    Value source, Value scale, Value zeroPoint,
                                    Type code, int64_t block) {
  PackedLayout layout;
  layout.block = block;
  AffineExpr d0 = builder.getAffineDimExpr(0);
  OpFoldResult m = tensor::getMixedSize(builder, loc, source, 0);
  OpFoldResult k = tensor::getMixedSize(builder, loc, source, 1);
  OpFoldResult depth = apply(builder, loc, layout.paddedDepth(d0), k);
  // Bytes that need no padding are packed.
  if (!scale && block == 0 && depth == k)
    return {source, sumRows(builder, loc, source)};
  OpFoldResult blocks = apply(builder, loc, layout.numBlocks(d0), k);
  Value codesInit =
      tensor::EmptyOp::create(builder, loc, {m, depth}, builder.getI8Type());
  Value sumsInit =
      tensor::EmptyOp::create(builder, loc, {m, blocks}, builder.getI32Type());
  auto packed = PackActivationsOp::create(
      builder, loc, TypeRange{codesInit.getType(), sumsInit.getType()}, source,
      scale, zeroPoint, codesInit, sumsInit, TypeAttr::get(code),
      builder.getI64IntegerAttr(block));
  return {packed.getResult(0), packed.getResult(1)};
}

/// Packs `codes` in blocks of `block`, where they are made: the row sums are
/// the answer to every `lowbit.row_sums` of the same codes and block.
static PackedActivations packActivations(RewriterBase &rewriter, Location loc,
                                         Value codes, int64_t block) {
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPointAfterValue(codes);
  auto type = cast<RankedTensorType>(codes.getType());
  Value source, scale, zeroPoint;
  auto quantize = codes.getDefiningOp<QuantizeOp>();
  if (quantize && isAbsorbable(quantize)) {
    source = quantize.getInput();
    scale = quantize.getScale();
    zeroPoint = quantize.getZeroPoint();
  } else {
    source = ToStorageOp::create(rewriter, loc,
                                 type.clone(rewriter.getI8Type()), codes);
  }
  PackedActivations packed = createPack(rewriter, loc, source, scale, zeroPoint,
                                        type.getElementType(), block);
  for (Operation *user : llvm::make_early_inc_range(codes.getUsers()))
    if (auto sums = dyn_cast<RowSumsOp>(user))
      if (static_cast<int64_t>(sums.getBlock()) == block)
        rewriter.replaceOpWithNewOp<tensor::CastOp>(sums, sums.getType(),
                                                    packed.rowSums);
  return packed;
}

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

/// The packed form of `codes` with header vectors as given.
static Value packWeights(RewriterBase &rewriter, Location loc,
                         LayoutAttr layout, Value codes, Value scale,
                         ValueRange terms, Value offset,
                         DenseI64ArrayAttr blockSizes) {
  auto type = cast<RankedTensorType>(codes.getType());
  PackedLayout packed = layout.getPacked();
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

/// The layout of these codes, in which a table is a part of the kernel.
template <typename Op>
static LayoutAttr getLayout(Op op, int64_t block, FloatType scale,
                            int64_t terms, bool offset) {
  auto code = cast<CodeTypeInterface>(getElementTypeOrSelf(getPackedCodes(op)));
  if (LookupOp lookup = getLookup(op))
    return LayoutAttr::forLevels(code, *lookup.getConstantTable(), block, scale,
                                 terms, offset);
  return LayoutAttr::forCodes(code, block, scale, terms, offset);
}

/// matmul(a, w, init) -> packed_matmul(pack_activations(a), pack(w), init)
static void packMatmul(RewriterBase &rewriter, MatmulOp op) {
  Location loc = op.getLoc();
  auto layout = getLayout(op, /*block=*/0, /*scale=*/{}, /*terms=*/0,
                          /*offset=*/false);
  PackedActivations activations =
      packActivations(rewriter, loc, op.getActivations(), /*block=*/0);
  Value codes = getPackedCodes(op);
  Value weights =
      packWeights(rewriter, loc, layout, codes, Value(), {}, Value(), {});
  recordLayer(op, op.getLayerAttr(), getCodesType(op), layout);
  rewriter.replaceOpWithNewOp<PackedMatmulOp>(
      op, op.getType(), layout, activations.codes, activations.rowSums, weights,
      Value(), ValueRange(), Value(), op.getInit(), op.getLayerAttr());
}

/// The same with scales, terms and offset in the packed weights.
static void packMatmul(RewriterBase &rewriter, ScaledMatmulOp op) {
  Location loc = op.getLoc();
  int64_t block = op.getBlock();
  auto scaleType =
      cast<FloatType>(op.getWeightScale().getType().getElementType());
  auto layout = getLayout(op, block, scaleType, op.getRowTerms().size(),
                          static_cast<bool>(op.getOffsetRows()));
  PackedActivations activations =
      packActivations(rewriter, loc, op.getActivations(), block);
  Value codes = getPackedCodes(op);
  Value weights = packWeights(rewriter, loc, layout, codes, op.getWeightScale(),
                              op.getColumnTerms(), op.getOffsetColumns(),
                              op.getBlockSizesAttr());
  recordLayer(op, op.getLayerAttr(), getCodesType(op), layout);
  SmallVector<OpFoldResult> sizes = {
      tensor::getMixedSize(rewriter, loc, activations.codes, 0),
      tensor::getMixedSize(rewriter, loc, op.getWeights(), 0)};
  Value init =
      tensor::EmptyOp::create(rewriter, loc, sizes, rewriter.getF32Type());
  auto packed = PackedMatmulOp::create(
      rewriter, loc, init.getType(), layout, activations.codes,
      activations.rowSums, weights, op.getActivationScale(), op.getRowTerms(),
      op.getOffsetRows(), init, op.getLayerAttr());
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
static void packMatmul(RewriterBase &rewriter, WeightOnlyMatmulOp op) {
  Location loc = op.getLoc();
  auto scaleType = cast<FloatType>(op.getScale().getType().getElementType());
  int64_t rowBlock = op.getBlockSizes() ? (*op.getBlockSizes())[0] : 0;
  Value zeroPoint = createZeroPointColumn(
      rewriter, loc, {op.getZeroPoint(), rowBlock},
      tensor::getMixedSize(rewriter, loc, op.getWeights(), 0));
  auto layout = getLayout(op, op.getBlock(), scaleType, /*terms=*/0,
                          static_cast<bool>(zeroPoint));
  Value codes = getPackedCodes(op);
  Value weights = packWeights(rewriter, loc, layout, codes, op.getScale(), {},
                              zeroPoint, op.getBlockSizesAttr());
  recordLayer(op, op.getLayerAttr(), getCodesType(op), layout);
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

static void packLayer(RewriterBase &rewriter, WeightOnlyMatmulOp op) {
  rewriter.setInsertionPoint(op);
  packMatmul(rewriter, op);
}

/// Packs `op`, whose zero points are turned into terms first.
template <typename Op> static void packLayer(RewriterBase &rewriter, Op op) {
  rewriter.setInsertionPoint(op);
  (void)rebiasUnsignedActivations(rewriter, op);
  (void)foldZeroPoints(rewriter, op);
  rewriter.setInsertionPoint(op);
  packMatmul(rewriter, op);
}

namespace {
struct PackWeightsPass : lowbit::impl::PackWeightsPassBase<PackWeightsPass> {
  void runOnOperation() override {
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
              [&](auto op) { packLayer(rewriter, op); });
    // Weights that layers share are packed once.
    DominanceInfo dominance(getOperation());
    eliminateCommonSubExpressions(rewriter, dominance, getOperation());
    RewritePatternSet patterns(&getContext());
    populatePackConstantsPatterns(patterns);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      return signalPassFailure();
    // Activations are, too: their bytes are the same once casts are folded.
    eliminateCommonSubExpressions(rewriter, dominance, getOperation());
    recordFloatLayers(getOperation());
  }
};
} // namespace
