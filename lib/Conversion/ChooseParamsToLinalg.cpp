//===- ChooseParamsToLinalg.cpp - Ranges of rows as reductions ------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DynamicParams.h"
#include "lowbit/Conversion/Passes.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace mlir::lowbit {
#define GEN_PASS_DEF_CHOOSEPARAMSTOLINALGPASS
#include "lowbit/Conversion/Passes.h.inc"
} // namespace mlir::lowbit

/// Elements of one row that are worth to be reduced apart.
static constexpr int64_t kMinChunk = 8 * 1024;

/// Shorter rows are not worth vectors of their own.
static constexpr int64_t kMinRow = 512;

using BodyFn = function_ref<SmallVector<Value>(ReferenceBuilder &, ValueRange)>;

static void buildBody(OpBuilder &nested, Location loc, ValueRange elements,
                      BodyFn body) {
  ReferenceBuilder b(loc, nested);
  linalg::YieldOp::create(b, body(b, elements));
}

/// The only row of `input` as several of at least kMinChunk elements; `input`
/// if it has more rows, or its length no such factor.
static Value cutRow(ReferenceBuilder &b, Value input) {
  auto type = cast<RankedTensorType>(input.getType());
  if (type.getRank() != 2 || type.getDimSize(0) != 1 || type.isDynamicDim(1))
    return input;
  int64_t length = type.getDimSize(1);
  for (int64_t chunk = kMinChunk; chunk <= length / 2; ++chunk)
    if (length % chunk == 0)
      return tensor::ExpandShapeOp::create(
          b, type.clone({1, length / chunk, chunk}), input,
          ArrayRef<ReassociationIndices>{{0}, {1, 2}});
  return input;
}

/// Reduces `inputs`, which have one shape, along `dims` to `numKeys` keys for
/// each of the other elements.
static SmallVector<Value> reduce(ReferenceBuilder &b, ValueRange inputs,
                                 ArrayRef<int64_t> dims, size_t numKeys,
                                 BodyFn body) {
  int64_t rank = cast<RankedTensorType>(inputs[0].getType()).getRank();
  SmallVector<utils::IteratorType> loops(rank, utils::IteratorType::parallel);
  SmallVector<OpFoldResult> sizes;
  SmallVector<AffineExpr> kept;
  for (int64_t d = 0; d < rank; ++d)
    if (llvm::is_contained(dims, d)) {
      loops[d] = utils::IteratorType::reduction;
    } else {
      sizes.push_back(b.size(inputs[0], d));
      kept.push_back(b.getAffineDimExpr(d));
    }
  SmallVector<AffineMap> maps(inputs.size(), b.getMultiDimIdentityMap(rank));
  maps.append(numKeys, AffineMap::get(rank, 0, kept, b.getContext()));
  auto type =
      RankedTensorType::get(decomposeMixedValues(sizes).first, b.getI32Type());
  SmallVector<Value> inits;
  for (size_t key = 0; key < numKeys; ++key)
    inits.push_back(
        linalg::FillOp::create(b, b.i32(0), b.empty(type, sizes)).getResult(0));
  return linalg::GenericOp::create(
             b, TypeRange(ValueRange(inits)), inputs, inits, maps, loops,
             [&](OpBuilder &nested, Location loc, ValueRange elements) {
               buildBody(nested, loc, elements, body);
             })
      ->getResults();
}

/// Keys of both ends of a range: those of two ranges together.
static SmallVector<Value> uniteRanges(ReferenceBuilder &b,
                                      ValueRange elements) {
  if (elements.size() == 2)
    return {arith::MaxSIOp::create(b, elements[1], elements[0])};
  return {arith::MinSIOp::create(b, elements[2], elements[0]),
          arith::MaxSIOp::create(b, elements[3], elements[1])};
}

namespace {
/// Reduces the last dimension, in which elements lie side by side, then others.
struct ChooseParamsToLinalg : OpRewritePattern<ChooseParamsOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ChooseParamsOp op,
                                PatternRewriter &rewriter) const override {
    auto scale = op.getScale().getType();
    int64_t rank = scale.getRank();
    if (op.getBlockSizes())
      return rewriter.notifyMatchFailure(op, "requires whole dimensions");
    if (rank == 0 || scale.getDimSize(rank - 1) != 1)
      return rewriter.notifyMatchFailure(op, "requires a scale for each row");
    ReferenceBuilder b(op.getLoc(), rewriter);
    size_t numKeys = op->getNumResults();
    Value input = cutRow(b, op.getInput());
    auto shape = cast<RankedTensorType>(input.getType()).getShape();
    if (ShapedType::isDynamic(shape.back()) || shape.back() < kMinRow ||
        llvm::all_of(shape.drop_back(), [](int64_t d) { return d == 1; }))
      return rewriter.notifyMatchFailure(op, "requires several long rows");
    int64_t last = shape.size() - 1;
    // Dimensions of the elements, and then of their keys.
    SmallVector<int64_t> first = {last}, rest;
    for (int64_t d = 0; d < last; ++d) {
      if (d < rank && scale.getDimSize(d) != 1)
        continue;
      if (shape[d] == 1)
        first.push_back(d);
      else
        rest.push_back(d + 1 - first.size());
    }
    SmallVector<Value> keys = reduce(
        b, input, first, numKeys, [](ReferenceBuilder &b, ValueRange elements) {
          return reduceElement(b, elements.front(), elements.drop_front());
        });
    if (!rest.empty())
      keys = reduce(b, keys, rest, numKeys, uniteRanges);
    rewriter.replaceOp(op, choose(b, op, keys));
    return success();
  }

private:
  /// Scales and zero points of the `keys` of all groups.
  static SmallVector<Value> choose(ReferenceBuilder &b, ChooseParamsOp op,
                                   ArrayRef<Value> keys) {
    auto scale = op.getScale().getType();
    int64_t rank = scale.getRank();
    SmallVector<OpFoldResult> sizes;
    SmallVector<AffineExpr> group;
    for (int64_t d = 0; d < rank; ++d)
      if (scale.getDimSize(d) == 1) {
        sizes.push_back(b.getIndexAttr(1));
      } else {
        sizes.push_back(b.size(op.getInput(), d));
        group.push_back(b.getAffineDimExpr(d));
      }
    SmallVector<AffineMap> maps(keys.size(),
                                AffineMap::get(rank, 0, group, b.getContext()));
    maps.append(op->getNumResults(), b.getMultiDimIdentityMap(rank));
    SmallVector<Value> inits;
    for (Type type : op.getResultTypes())
      inits.push_back(b.empty(cast<RankedTensorType>(type), sizes));
    SmallVector<utils::IteratorType> loops(rank, utils::IteratorType::parallel);
    return linalg::GenericOp::create(
               b, op.getResultTypes(), keys, inits, maps, loops,
               [&](OpBuilder &nested, Location loc, ValueRange elements) {
                 buildBody(nested, loc, elements.take_front(keys.size()),
                           [&](ReferenceBuilder &b, ValueRange keys) {
                             return chooseScalars(b, op.getCode(), keys);
                           });
               })
        ->getResults();
  }
};

struct ChooseParamsToLinalgPass
    : lowbit::impl::ChooseParamsToLinalgPassBase<ChooseParamsToLinalgPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<ChooseParamsToLinalg>(&getContext());
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};
} // namespace
