//===- DecomposeAggregatedOps.cpp - Softmax and its like ------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Codegen/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tensor/Transforms/Transforms.h"
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

/// A fill and an insertion, so that what computes the middle can write to where
/// it belongs.
struct DecomposePad : OpRewritePattern<tensor::PadOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tensor::PadOp op,
                                PatternRewriter &rewriter) const override {
    if (failed(linalg::rewriteInDestinationPassingStyle(rewriter, op)))
      return rewriter.notifyMatchFailure(op, "requires a destination");
    return success();
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
