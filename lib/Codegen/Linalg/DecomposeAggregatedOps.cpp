//===- DecomposeAggregatedOps.cpp - Softmax and its like ------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Codegen/Passes.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tensor/Transforms/Transforms.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace mlir::lowbit {
#define GEN_PASS_DEF_DECOMPOSEAGGREGATEDOPSPASS
#include "lowbit/Codegen/Passes.h.inc"
} // namespace mlir::lowbit

namespace {
struct DecomposeAggregatedOp
    : OpInterfaceRewritePattern<linalg::AggregatedOpInterface> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;

  LogicalResult matchAndRewrite(linalg::AggregatedOpInterface op,
                                PatternRewriter &rewriter) const override {
    FailureOr<SmallVector<Value>> values = op.decomposeOperation(rewriter);
    if (failed(values))
      return rewriter.notifyMatchFailure(op, "requires a decomposition");
    rewriter.replaceOp(op, *values);
    return success();
  }
};

/// Writes one `linalg.softmax` as several ops.
class SoftmaxBuilder {
public:
  SoftmaxBuilder(RewriterBase &rewriter, linalg::SoftmaxOp op)
      : b(op.getLoc(), rewriter), op(op),
        element(cast<FloatType>(getElementTypeOrSelf(op.getInput()))),
        all(b.getMultiDimIdentityMap(op.getInputOperandRank())),
        rows(all.dropResult(op.getDimension())) {}

  Value build();

private:
  using Body = function_ref<Value(ImplicitLocOpBuilder &, ValueRange)>;
  Value constant(const APFloat &value) {
    return arith::ConstantOp::create(b, b.getFloatAttr(element, value));
  }
  Value generic(ValueRange inputs, Value init, ArrayRef<AffineMap> maps,
                utils::IteratorType alongRow, Body body);
  /// Combines each row of `x`, from `first` on.
  Value reduce(Value x, const APFloat &first, Body body);
  /// `body` of the elements of `x`, each with that of its row.
  Value map(Value x, Value ofRow, Body body);

  ImplicitLocOpBuilder b;
  linalg::SoftmaxOp op;
  FloatType element;
  AffineMap all, rows;
};
} // namespace

Value SoftmaxBuilder::generic(ValueRange inputs, Value init,
                              ArrayRef<AffineMap> maps,
                              utils::IteratorType alongRow, Body body) {
  SmallVector<utils::IteratorType> iterators(all.getNumDims(),
                                             utils::IteratorType::parallel);
  iterators[op.getDimension()] = alongRow;
  return linalg::GenericOp::create(
             b, init.getType(), inputs, init, maps, iterators,
             [&](OpBuilder &builder, Location loc, ValueRange elements) {
               ImplicitLocOpBuilder nested(loc, builder);
               linalg::YieldOp::create(nested, body(nested, elements));
             })
      .getResult(0);
}

Value SoftmaxBuilder::reduce(Value x, const APFloat &first, Body body) {
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, b.getLoc(), x);
  sizes.erase(sizes.begin() + op.getDimension());
  Value empty = tensor::EmptyOp::create(b, sizes, element);
  Value init = linalg::FillOp::create(b, constant(first), empty).getResult(0);
  return generic(x, init, {all, rows}, utils::IteratorType::reduction, body);
}

Value SoftmaxBuilder::map(Value x, Value ofRow, Body body) {
  return generic({x, ofRow}, op.getOutput(), {all, rows, all},
                 utils::IteratorType::parallel, body);
}

Value SoftmaxBuilder::build() {
  const llvm::fltSemantics &semantics = element.getFloatSemantics();
  Value one = constant(APFloat::getOne(semantics));
  Value most =
      reduce(op.getInput(), APFloat::getInf(semantics, /*Negative=*/true),
             [](ImplicitLocOpBuilder &b, ValueRange x) -> Value {
               return arith::MaxNumFOp::create(b, x[0], x[1]);
             });
  Value powers = map(op.getInput(), most,
                     [](ImplicitLocOpBuilder &b, ValueRange x) -> Value {
                       Value below = arith::SubFOp::create(b, x[0], x[1]);
                       return math::ExpOp::create(b, below);
                     });
  Value sum = reduce(powers, APFloat::getZero(semantics),
                     [](ImplicitLocOpBuilder &b, ValueRange x) -> Value {
                       return arith::AddFOp::create(b, x[0], x[1]);
                     });
  return map(powers, sum, [&](ImplicitLocOpBuilder &b, ValueRange x) -> Value {
    Value share = arith::DivFOp::create(b, one, x[1]);
    return arith::MulFOp::create(b, x[0], share);
  });
}

namespace {
/// Rows that hold a NaN are NaN: the largest element need not tell.
struct DecomposeSoftmax : OpRewritePattern<linalg::SoftmaxOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(linalg::SoftmaxOp op,
                                PatternRewriter &rewriter) const override {
    if (!op.hasPureTensorSemantics())
      return rewriter.notifyMatchFailure(op, "requires tensors");
    rewriter.replaceOp(op, SoftmaxBuilder(rewriter, op).build());
    return success();
  }
};

/// Fills of what is around the middle and an insertion, so that what computes
/// the middle can write to where it belongs.
struct DecomposePad : OpRewritePattern<tensor::PadOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tensor::PadOp op,
                                PatternRewriter &rewriter) const override {
    if (Value value = op.getConstantPaddingValue())
      rewriter.replaceOp(op, fillAround(rewriter, op, value));
    else if (failed(linalg::rewriteInDestinationPassingStyle(rewriter, op)))
      return rewriter.notifyMatchFailure(op, "requires a destination");
    return success();
  }

private:
  /// The source of `op` with `value` around it. Of each dimension, what lies
  /// before and after the middle is filled in the middle of those before it.
  static Value fillAround(PatternRewriter &rewriter, tensor::PadOp op,
                          Value value) {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    // A constant may lie inside of what is replaced.
    if (value.getParentRegion() == &op.getRegion())
      value = b.clone(*value.getDefiningOp())->getResult(0);
    SmallVector<OpFoldResult> low = op.getMixedLowPad();
    SmallVector<OpFoldResult> high = op.getMixedHighPad();
    SmallVector<OpFoldResult> middle =
        tensor::getMixedSizes(b, b.getLoc(), op.getSource());
    AffineExpr x, y;
    bindDims(b.getContext(), x, y);
    auto add = [&](OpFoldResult lhs, OpFoldResult rhs) {
      return affine::makeComposedFoldedAffineApply(b, b.getLoc(), x + y,
                                                   {lhs, rhs});
    };
    SmallVector<OpFoldResult> sizes, offsets(low.size(), b.getIndexAttr(0));
    SmallVector<OpFoldResult> ones(low.size(), b.getIndexAttr(1));
    for (auto [before, extent, after] : llvm::zip(low, middle, high))
      sizes.push_back(add(add(before, extent), after));
    Type element = op.getResultType().getElementType();
    Value padded = tensor::EmptyOp::create(b, sizes, element);
    for (size_t d = 0; d < low.size(); ++d) {
      for (auto [first, size] :
           {std::pair(OpFoldResult(b.getIndexAttr(0)), low[d]),
            std::pair(add(low[d], middle[d]), high[d])}) {
        if (isConstantIntValue(size, 0))
          continue;
        offsets[d] = first;
        sizes[d] = size;
        Value part = tensor::EmptyOp::create(b, sizes, element);
        part = linalg::FillOp::create(b, value, part).getResult(0);
        padded = tensor::InsertSliceOp::create(b, part, padded, offsets, sizes,
                                               ones);
      }
      offsets[d] = low[d];
      sizes[d] = middle[d];
    }
    padded = tensor::InsertSliceOp::create(b, op.getSource(), padded, offsets,
                                           sizes, ones);
    if (padded.getType() == op.getResultType())
      return padded;
    return tensor::CastOp::create(b, op.getResultType(), padded);
  }
};

struct DecomposeAggregatedOpsPass
    : lowbit::impl::DecomposeAggregatedOpsPassBase<DecomposeAggregatedOpsPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<DecomposeAggregatedOp, DecomposePad>(&getContext());
    patterns.add<DecomposeSoftmax>(&getContext(), /*benefit=*/2);
    tensor::populateDecomposeTensorConcatPatterns(patterns);
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};
} // namespace
