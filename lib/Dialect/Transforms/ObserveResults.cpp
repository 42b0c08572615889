//===- ObserveResults.cpp - Observe the results of layers -----------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LayerTrace.h"
#include "lowbit/Dialect/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_OBSERVERESULTSPASS
#include "lowbit/Dialect/Transforms/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

/// How `parameter` is read by the loops over a tensor: 0 where it has extent 1.
static AffineMap getParameterMap(Value parameter) {
  MLIRContext *context = parameter.getContext();
  ArrayRef<int64_t> shape =
      cast<RankedTensorType>(parameter.getType()).getShape();
  SmallVector<AffineExpr> indices;
  for (auto [d, extent] : llvm::enumerate(shape))
    indices.push_back(extent == 1 ? getAffineConstantExpr(0, context)
                                  : getAffineDimExpr(d, context));
  return AffineMap::get(shape.size(), 0, indices, context);
}

/// `x / scale - (code - zero_point)`, what `quantize` loses, in steps.
static Value createRounding(OpBuilder &builder, QuantizeOp quantize) {
  Location location = quantize.getLoc();
  Value input = quantize.getInput(), scale = quantize.getScale();
  auto type = cast<RankedTensorType>(input.getType());
  // As many ones as there are scales: zero points have their shape.
  Value one = arith::ConstantOp::create(builder, location,
                                        builder.getF32FloatAttr(1.0f));
  Value ones = tensor::EmptyOp::create(
      builder, location, tensor::getMixedSizes(builder, location, scale),
      builder.getF32Type());
  ones = linalg::FillOp::create(builder, location, one, ones).getResult(0);
  Value codes = DequantizeOp::create(
      builder, location, type, quantize.getResult(), ones,
      quantize.getZeroPoint(), /*block_sizes=*/DenseI64ArrayAttr(),
      /*layer=*/StringAttr());
  Value empty = tensor::EmptyOp::create(
      builder, location, tensor::getMixedSizes(builder, location, input),
      type.getElementType());
  AffineMap identity = builder.getMultiDimIdentityMap(type.getRank());
  SmallVector<utils::IteratorType> loops(type.getRank(),
                                         utils::IteratorType::parallel);
  auto build = [](OpBuilder &nested, Location at, ValueRange elements) {
    Value step = elements[1];
    if (!step.getType().isF32())
      step = arith::ExtFOp::create(nested, at, nested.getF32Type(), step);
    Value real = arith::DivFOp::create(nested, at, elements[0], step);
    Value lost = arith::SubFOp::create(nested, at, real, elements[2]);
    linalg::YieldOp::create(nested, at, lost);
  };
  return linalg::GenericOp::create(
             builder, location, type, ValueRange{input, scale, codes}, empty,
             ArrayRef<AffineMap>{identity, getParameterMap(scale), identity,
                                 identity},
             loops, build)
      .getResult(0);
}

static void observe(OpBuilder &builder, const LayerTrace &layer) {
  Value result = layer.result;
  builder.setInsertionPointAfterValue(result);
  auto observed =
      ObserveOp::create(builder, result.getLoc(), result.getType(), result,
                        builder.getStringAttr(layer.name),
                        builder.getStringAttr("result " + layer.getEncoding()));
  result.replaceAllUsesExcept(observed, observed);
  if (!layer.activations)
    return;
  QuantizeOp quantize = layer.activations;
  builder.setInsertionPointAfter(quantize);
  Value rounding = createRounding(builder, quantize);
  ObserveOp::create(builder, quantize.getLoc(), rounding.getType(), rounding,
                    builder.getStringAttr(layer.name),
                    builder.getStringAttr("rounding"));
}

namespace {
struct ObserveResultsPass
    : lowbit::impl::ObserveResultsPassBase<ObserveResultsPass> {
  void runOnOperation() override {
    FailureOr<SmallVector<LayerTrace>> layers = traceLayers(getOperation());
    if (failed(layers))
      return signalPassFailure();
    OpBuilder builder(&getContext());
    for (const LayerTrace &layer : *layers)
      if (layer.result && !layer.result.getDefiningOp<ObserveOp>())
        observe(builder, layer);
  }
};
} // namespace
