//===- PackFloats.cpp - From contractions of reals to packed products -----===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Contraction.h"
#include "FloatConvToMatmul.h"
#include "lowbit/Dialect/IR/ConstantData.h"
#include "lowbit/Dialect/Transforms/Passes.h"
#include "lowbit/Quantization/ScaleType.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace mlir::lowbit {
#define GEN_PASS_DEF_PACKFLOATSPASS
#include "lowbit/Dialect/Transforms/Passes.h.inc"
} // namespace mlir::lowbit

static constexpr int64_t kLanes = PackedLayout::lanes;

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

/// The constant weights as panels, or null if they are none.
static Value packConstant(OpBuilder &builder, Location loc,
                          const LoopTensor &weights,
                          ArrayRef<unsigned> rowLoops,
                          ArrayRef<unsigned> depthLoops) {
  SmallVector<float> storage;
  auto type = cast<RankedTensorType>(weights.value.getType());
  if (!type.hasStaticShape() || type.getNumElements() == 0)
    return {};
  auto values = getConstantFloats(weights.value, storage);
  if (!values)
    return {};
  SmallVector<int64_t> rows = weights.getOffsets(rowLoops);
  SmallVector<int64_t> depths = weights.getOffsets(depthLoops);
  int64_t n = rows.size(), k = depths.size(), panels = ceilDivide(n, kLanes);
  int64_t width = type.getElementTypeBitWidth() / 8;
  AsmResourceBlob blob = HeapAsmResourceBlob::allocate(
      panels * k * kLanes * width, PackedLayout::vectorBytes);
  auto fill = [&](auto *target, auto convert) {
    for (int64_t panel = 0; panel < panels; ++panel)
      for (int64_t depth : depths)
        for (int64_t row = panel * kLanes; row < (panel + 1) * kLanes; ++row)
          *target++ = convert(row < n ? (*values)[rows[row] + depth] : 0.0f);
  };
  char *data = blob.getMutableData().data();
  if (width == 4)
    fill(reinterpret_cast<float *>(data), [](float value) { return value; });
  else
    fill(reinterpret_cast<uint16_t *>(data), convertToBF16);
  StringRef layer = getLayerName(loc);
  std::string name = (layer.empty() ? "weights" : layer).str() + ".packed";
  return arith::ConstantOp::create(
      builder, loc,
      DenseResourceElementsAttr::get(type.clone({panels, kLanes * k}), name,
                                     std::move(blob)));
}

/// The matrix `weights` as panels, in `init`.
static Value packMatrix(OpBuilder &builder, Location loc, Value weights,
                        bool transposed, Value init) {
  return PackFloatsOp::create(builder, loc, init.getType(), weights, init,
                              transposed)
      .getResult();
}

/// The extents of the panels of `n` rows at depth `k`.
static SmallVector<OpFoldResult> getPanelSizes(OpBuilder &builder, Location loc,
                                               OpFoldResult n, OpFoldResult k) {
  AffineExpr d0 = builder.getAffineDimExpr(0);
  auto apply = [&](AffineExpr expr, OpFoldResult size) {
    return affine::makeComposedFoldedAffineApply(builder, loc, expr, size);
  };
  return {apply(d0.ceilDiv(kLanes), n), apply(d0 * kLanes, k)};
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

namespace {
/// A part of a tensor: one index of the first dimension.
struct BatchPart {
  SmallVector<OpFoldResult> offsets, sizes, strides;

  BatchPart(OpBuilder &builder, OpFoldResult index,
            ArrayRef<OpFoldResult> extents)
      : offsets(extents.size(), builder.getIndexAttr(0)), sizes(extents),
        strides(extents.size(), builder.getIndexAttr(1)) {
    offsets.front() = index;
    sizes.front() = builder.getIndexAttr(1);
  }

  /// The part of `value`, without its first dimension.
  Value extract(OpBuilder &builder, Location loc, Value value) const {
    auto type = cast<RankedTensorType>(value.getType());
    return tensor::ExtractSliceOp::create(
        builder, loc, type.clone(type.getShape().drop_front()), value, offsets,
        sizes, strides);
  }
};
} // namespace

static Value takePart(OpBuilder &builder, Location loc, Value value,
                      OpFoldResult index) {
  BatchPart part(builder, index, tensor::getMixedSizes(builder, loc, value));
  return part.extract(builder, loc, value);
}

namespace {
/// A contraction whose dimensions are in order: a batch or none, rows, columns
/// and depth, each one.
struct Product {
  OpBuilder &builder;
  Location loc;
  StringAttr layer;

  Value multiply(Value activations, Value panels, Value init) {
    return PackedFloatMatmulOp::create(builder, loc, init.getType(),
                                       activations, panels, init, layer)
        .getResult();
  }

  /// `init` after `body` for each part of it, in parallel.
  Value forBatch(Value init, function_ref<Value(Value, Value)> body) {
    SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(builder, loc, init);
    auto loop =
        scf::ForallOp::create(builder, loc, ArrayRef(sizes).take_front(),
                              ValueRange{init}, std::nullopt);
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPoint(loop.getTerminator());
    Value index = loop.getInductionVar(0), out = loop.getRegionIterArgs()[0];
    BatchPart part(builder, index, sizes);
    Value value = body(index, part.extract(builder, loc, out));
    builder.setInsertionPointToEnd(loop.getTerminator().getBody());
    tensor::ParallelInsertSliceOp::create(
        builder, loc, value, out, part.offsets, part.sizes, part.strides);
    return loop.getResult(0);
  }
};
} // namespace

/// `value` with elements of `type`, exactly or rounded once.
static Value convert(OpBuilder &builder, Location loc, Value value, Type type) {
  auto from = cast<RankedTensorType>(value.getType());
  if (from.getElementType() == type)
    return value;
  if (type.isF32())
    return arith::ExtFOp::create(builder, loc, from.clone(type), value);
  return arith::TruncFOp::create(builder, loc, from.clone(type), value);
}

namespace {
struct PackContraction : OpInterfaceRewritePattern<linalg::LinalgOp> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;

  LogicalResult matchAndRewrite(linalg::LinalgOp op,
                                PatternRewriter &rewriter) const override {
    std::string reason;
    auto contraction = Contraction::match(op, reason);
    if (failed(contraction))
      return rewriter.notifyMatchFailure(op, reason);
    Location loc = op.getLoc();
    contraction->requireEqualExtents(rewriter, loc);
    StringRef layer = getLayerName(loc);
    Product product{rewriter, loc,
                    layer.empty() ? StringAttr()
                                  : rewriter.getStringAttr(layer)};
    auto &[activations, weights, result, batch, m, n, k] = *contraction;
    Type f32 = rewriter.getF32Type();
    Value rows = convert(
        rewriter, loc, activations.toOrder(rewriter, loc, {batch, m, k}), f32);
    Value init = convert(rewriter, loc,
                         result.toOrder(rewriter, loc, {batch, m, n}), f32);
    Value packed =
        batch.empty() ? packConstant(rewriter, loc, weights, n, k) : Value();
    Value sum;
    if (packed) {
      sum = product.multiply(rows, packed, init);
    } else {
      // What lies side by side stays so.
      bool transposed = weights.isLast(n);
      Value matrix = weights.toOrder(
          rewriter, loc,
          transposed ? ArrayRef<ArrayRef<unsigned>>{batch, k, n}
                     : ArrayRef<ArrayRef<unsigned>>{batch, n, k});
      sum = multiplyAtRunTime(product, rows, matrix, transposed, init);
    }
    Type element = getElementTypeOrSelf(result.value);
    rewriter.replaceOp(op,
                       result.fromOrder(rewriter, loc,
                                        convert(rewriter, loc, sum, element),
                                        {batch, m, n}));
    return success();
  }

private:
  /// Packs the weights first.
  static Value multiplyAtRunTime(Product &product, Value rows, Value weights,
                                 bool transposed, Value init) {
    OpBuilder &builder = product.builder;
    Location loc = product.loc;
    SmallVector<OpFoldResult> sizes =
        tensor::getMixedSizes(builder, loc, weights);
    size_t rank = sizes.size();
    OpFoldResult n = sizes[rank - 2], k = sizes[rank - 1];
    if (transposed)
      std::swap(n, k);
    SmallVector<OpFoldResult> shape = getPanelSizes(builder, loc, n, k);
    if (rank == 3)
      shape.insert(shape.begin(), sizes.front());
    Value empty = tensor::EmptyOp::create(builder, loc, shape,
                                          getElementTypeOrSelf(weights));
    if (rank == 2)
      return product.multiply(
          rows, packMatrix(builder, loc, weights, transposed, empty), init);
    Value panels = product.forBatch(empty, [&](Value index, Value part) {
      return packMatrix(builder, loc, takePart(builder, loc, weights, index),
                        transposed, part);
    });
    return product.forBatch(init, [&](Value index, Value part) {
      return product.multiply(takePart(builder, loc, rows, index),
                              takePart(builder, loc, panels, index), part);
    });
  }
};

struct PackFloatsPass : lowbit::impl::PackFloatsPassBase<PackFloatsPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    populateFloatConvToMatmulPatterns(patterns);
    patterns.add<PackContraction>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
