//===- LowerWindows.cpp - Loops over padded images ------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ReferenceBuilder.h"
#include "lowbit/Conversion/Passes.h"
#include "lowbit/Dialect/IR/ScaledConvolution.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace mlir::lowbit {
#define GEN_PASS_DEF_LOWERWINDOWSPASS
#include "lowbit/Conversion/Passes.h.inc"
} // namespace mlir::lowbit

static RankedTensorType getTensorType(Value value) {
  return cast<RankedTensorType>(value.getType());
}

/// The integers that hold the codes; reals as they are.
static Value toStorage(ReferenceBuilder &b, Value codes) {
  auto code = dyn_cast<CodeTypeInterface>(getElementTypeOrSelf(codes));
  if (!code)
    return codes;
  return ToStorageOp::create(
      b, getTensorType(codes).clone(code.getStorageType()), codes);
}

/// `images` with `pad(n)` around them, as `padding` says.
static Value padImages(ReferenceBuilder &b, Value images,
                       ArrayRef<int64_t> padding,
                       function_ref<Value(ReferenceBuilder &, Value)> pad) {
  if (llvm::all_of(padding, [](int64_t extent) { return extent == 0; }))
    return images;
  auto sides = [&](int64_t first) -> SmallVector<OpFoldResult> {
    return {b.getIndexAttr(0), b.getIndexAttr(padding[first]),
            b.getIndexAttr(padding[first + 2]), b.getIndexAttr(0)};
  };
  auto op = tensor::PadOp::create(b, Type(), images, sides(0), sides(1));
  SmallVector<Type> indices(4, b.getIndexType());
  SmallVector<Location> locations(4, b.getLoc());
  OpBuilder::InsertionGuard guard(b);
  Block *block = b.createBlock(&op.getRegion(), {}, indices, locations);
  ReferenceBuilder body(b.getLoc(), b);
  tensor::YieldOp::create(body, pad(body, block->getArgument(0)));
  return op;
}

/// A loop nest that reads `inputs` and reads and writes `output`.
static Value
createLoops(ReferenceBuilder &b, ValueRange inputs, Value output,
            ArrayRef<AffineMap> maps, ArrayRef<utils::IteratorType> loops,
            function_ref<Value(ReferenceBuilder &, ValueRange)> f) {
  auto build = [&](OpBuilder &nested, Location loc, ValueRange elements) {
    ReferenceBuilder body(loc, nested);
    linalg::YieldOp::create(body, f(body, elements));
  };
  return linalg::GenericOp::create(b, output.getType(), inputs, output, maps,
                                   loops, build)
      .getResult(0);
}

//===----------------------------------------------------------------------===//
// Im2ColOp
//===----------------------------------------------------------------------===//

/// The elements of a row of a window that lie side by side: all of them where
/// the columns do, else those of a pixel.
static bool hasWholeRows(Im2ColOp op) {
  return op.getAxis(1).dilation == 1 &&
         !op.getImages().getType().isDynamicDim(3);
}

namespace {
/// Copies runs of neighbouring elements out of the padded images.
struct LowerIm2Col : OpRewritePattern<Im2ColOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(Im2ColOp op,
                                PatternRewriter &rewriter) const override {
    ReferenceBuilder b(op.getLoc(), rewriter);
    auto code = dyn_cast<CodeTypeInterface>(op.getType().getElementType());
    Value images = op.getImages();
    SmallVector<OpFoldResult> sizes = {b.size(images, 0)};
    for (int64_t d : {0, 1})
      sizes.push_back(
          op.getAxis(d).getNumWindows(b, op.getLoc(), b.size(images, d + 1),
                                      b.getIndexAttr(op.getKernel()[d])));
    sizes.push_back(b.getIndexAttr(op.getKernel()[0]));
    auto pad = [&](ReferenceBuilder &b, Value n) -> Value {
      if (!code)
        return b.f32(0);
      if (!op.getPad())
        return b.toStorage(b.i32(0), code);
      Value zero = b.index(0);
      return b.toStorage(b.extract(op.getPad(), b.groupOf({n, zero, zero, zero},
                                                          op.getPad(), {})),
                         code);
    };
    Value padded = padImages(b, toStorage(b, images), op.getPadding(), pad);
    Value windows = hasWholeRows(op) ? copyRows(b, op, padded, sizes)
                                     : copyPixels(b, op, padded, sizes);
    if (code)
      windows =
          FromStorageOp::create(b, getTensorType(windows).clone(code), windows);
    rewriter.replaceOpWithNewOp<tensor::CastOp>(op, op.getType(), windows);
    return success();
  }

private:
  /// Runs of KW * C elements: the columns of the images are one dimension.
  static Value copyRows(ReferenceBuilder &b, Im2ColOp op, Value images,
                        SmallVector<OpFoldResult> sizes) {
    int64_t channels = getTensorType(images).getDimSize(3);
    Value flat = tensor::CollapseShapeOp::create(
        b, images, ArrayRef<ReassociationIndices>{{0}, {1}, {2, 3}});
    sizes.push_back(b.getIndexAttr(op.getKernel()[1] * channels));
    AffineExpr n, y, x, i, run;
    bindDims(b.getContext(), n, y, x, i, run);
    return copy(b, flat, sizes,
                {n, op.getAxis(0).getPosition(y, i) + op.getAxis(0).before,
                 x * (op.getAxis(1).stride * channels) + run},
                {{0, 1, 2}, {3, 4}});
  }

  /// Runs of C elements.
  static Value copyPixels(ReferenceBuilder &b, Im2ColOp op, Value images,
                          SmallVector<OpFoldResult> sizes) {
    sizes.push_back(b.getIndexAttr(op.getKernel()[1]));
    sizes.push_back(b.size(images, 3));
    AffineExpr n, y, x, i, j, c;
    bindDims(b.getContext(), n, y, x, i, j, c);
    return copy(b, images, sizes,
                {n, op.getAxis(0).getPosition(y, i) + op.getAxis(0).before,
                 op.getAxis(1).getPosition(x, j) + op.getAxis(1).before, c},
                {{0, 1, 2}, {3, 4, 5}});
  }

  /// The elements of `images` at `position`, for each index below `sizes`, as
  /// a matrix.
  static Value copy(ReferenceBuilder &b, Value images,
                    ArrayRef<OpFoldResult> sizes, ArrayRef<AffineExpr> position,
                    ArrayRef<ReassociationIndices> matrix) {
    unsigned rank = sizes.size();
    auto type = RankedTensorType::get(decomposeMixedValues(sizes).first,
                                      getTensorType(images).getElementType());
    SmallVector<utils::IteratorType> loops(rank, utils::IteratorType::parallel);
    Value windows =
        createLoops(b, images, b.empty(type, sizes),
                    {AffineMap::get(rank, 0, position, b.getContext()),
                     b.getMultiDimIdentityMap(rank)},
                    loops, [](ReferenceBuilder &, ValueRange elements) {
                      return elements[0];
                    });
    return tensor::CollapseShapeOp::create(b, windows, matrix);
  }
};
} // namespace

//===----------------------------------------------------------------------===//
// Conv2DOp
//===----------------------------------------------------------------------===//

/// `codes[i] - zero_point[first(i)]` in i16, in the order of `targets`: the
/// dimensions of `codes`.
static Value toLevels(ReferenceBuilder &b, Value codes, Value zeroPoint,
                      ArrayRef<unsigned> targets) {
  auto code = cast<CodeTypeInterface>(getElementTypeOrSelf(codes));
  SmallVector<Value> inputs = {toStorage(b, codes)};
  SmallVector<OpFoldResult> sizes;
  for (unsigned target : targets)
    sizes.push_back(b.size(codes, target));
  unsigned rank = targets.size();
  SmallVector<AffineExpr> dims(getTensorType(codes).getRank(),
                               b.getAffineConstantExpr(0));
  for (auto [d, target] : llvm::enumerate(targets))
    dims[target] = b.getAffineDimExpr(d);
  SmallVector<AffineMap> maps = {AffineMap::get(rank, 0, dims, b.getContext())};
  if (zeroPoint) {
    SmallVector<AffineExpr> at(dims.size(), b.getAffineConstantExpr(0));
    if (getTensorType(zeroPoint).getDimSize(0) != 1)
      at[0] = dims[0];
    inputs.push_back(zeroPoint);
    maps.push_back(AffineMap::get(rank, 0, at, b.getContext()));
  }
  maps.push_back(b.getMultiDimIdentityMap(rank));
  auto type =
      RankedTensorType::get(decomposeMixedValues(sizes).first, b.getI16Type());
  SmallVector<utils::IteratorType> loops(rank, utils::IteratorType::parallel);
  auto level = [&](ReferenceBuilder &b, ValueRange elements) -> Value {
    Value value =
        code.isSigned()
            ? arith::ExtSIOp::create(b, b.getI32Type(), elements[0]).getResult()
            : arith::ExtUIOp::create(b, b.getI32Type(), elements[0])
                  .getResult();
    if (zeroPoint)
      value = b.sub(value, elements[1]);
    return arith::TruncIOp::create(b, b.getI16Type(), value);
  };
  return createLoops(b, inputs, b.empty(type, sizes), maps, loops, level);
}

namespace {
/// One channel per group: multiplies channel by channel, channels innermost.
struct LowerDepthwise : OpRewritePattern<Conv2DOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(Conv2DOp op,
                                PatternRewriter &rewriter) const override {
    auto images = op.getActivations().getType();
    auto weights = op.getWeights().getType();
    int64_t groups = op.getGroups();
    if (weights.getDimSize(3) != 1 || images.isDynamicDim(3) ||
        weights.isDynamicDim(0) || groups != images.getDimSize(3))
      return rewriter.notifyMatchFailure(op, "requires one channel per group");
    ReferenceBuilder b(op.getLoc(), rewriter);
    Value levels = toLevels(b, op.getActivations(), op.getActivationZeroPoint(),
                            {0, 1, 2, 3});
    auto zero = [](ReferenceBuilder &b, Value) -> Value {
      return arith::ConstantIntOp::create(b, 0, 16);
    };
    Value padded = padImages(b, levels, op.getPadding(), zero);
    Value kernel =
        toLevels(b, op.getWeights(), op.getWeightZeroPoint(), {1, 2, 0});
    int64_t perChannel = weights.getDimSize(0) / op.getGroups();
    AffineExpr n, y, x, i, j, o;
    bindDims(b.getContext(), n, y, x, i, j, o);
    auto map = [&](ArrayRef<AffineExpr> results) {
      return AffineMap::get(6, 0, results, b.getContext());
    };
    SmallVector<utils::IteratorType> loops(6, utils::IteratorType::parallel);
    loops[3] = loops[4] = utils::IteratorType::reduction;
    rewriter.replaceOp(
        op, createLoops(
                b, {padded, kernel}, op.getInit(),
                {map({n, op.getAxis(0).getPosition(y, i) + op.getAxis(0).before,
                      op.getAxis(1).getPosition(x, j) + op.getAxis(1).before,
                      o.floorDiv(perChannel)}),
                 map({i, j, o}), map({n, y, x, o})},
                loops, [](ReferenceBuilder &b, ValueRange elements) {
                  auto extend = [&](Value level) -> Value {
                    return arith::ExtSIOp::create(b, b.getI32Type(), level);
                  };
                  return b.add(elements[2],
                               b.mul(extend(elements[0]), extend(elements[1])));
                }));
    return success();
  }
};

struct LowerWindowsPass : lowbit::impl::LowerWindowsPassBase<LowerWindowsPass> {
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    getOperation()->walk([&](ScaledConv2DOp op) {
      rewriter.setInsertionPoint(op);
      rewriter.replaceOp(op, decomposeScaledConvolution(rewriter, op));
    });
    RewritePatternSet patterns(&getContext());
    patterns.add<LowerDepthwise, LowerIm2Col>(&getContext());
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};
} // namespace
