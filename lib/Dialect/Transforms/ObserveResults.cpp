//===- ObserveResults.cpp - Observe the results of layers -----------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LayerRecords.h"
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

/// An integer as an index or a zero point, or a float, as f32.
static Value toFloat(OpBuilder &builder, Location location, Value value) {
  Type f32 = builder.getF32Type();
  if (value.getType().isInteger())
    return arith::SIToFPOp::create(builder, location, f32, value);
  if (value.getType() != f32)
    return arith::ExtFOp::create(builder, location, f32, value);
  return value;
}

/// How far `x / scale + zero_point` lies beyond the codes of `quantize`.
static Value createExcess(OpBuilder &builder, QuantizeOp quantize) {
  Location location = quantize.getLoc();
  Value input = quantize.getInput();
  auto type = cast<RankedTensorType>(input.getType());
  auto code = cast<CodeTypeInterface>(quantize.getType().getElementType());
  AffineMap identity = builder.getMultiDimIdentityMap(type.getRank());
  SmallVector<Value> inputs = {input, quantize.getScale()};
  if (quantize.getZeroPoint())
    inputs.push_back(quantize.getZeroPoint());
  SmallVector<AffineMap> maps = {identity};
  for (Value parameter : llvm::drop_begin(inputs))
    maps.push_back(getParameterMap(parameter));
  maps.push_back(identity);
  Value empty = tensor::EmptyOp::create(
      builder, location, tensor::getMixedSizes(builder, location, input),
      type.getElementType());
  auto build = [&](OpBuilder &nested, Location at, ValueRange elements) {
    auto real = [&](int64_t value) -> Value {
      return arith::ConstantOp::create(
          nested, at, nested.getF32FloatAttr(static_cast<float>(value)));
    };
    Value steps = arith::DivFOp::create(nested, at, elements[0],
                                        toFloat(nested, at, elements[1]));
    if (quantize.getZeroPoint())
      steps = arith::AddFOp::create(nested, at, steps,
                                    toFloat(nested, at, elements[2]));
    Value inside = arith::MaximumFOp::create(nested, at, steps,
                                             real(code.getLowestCode()));
    inside = arith::MinimumFOp::create(nested, at, inside,
                                       real(code.getHighestCode()));
    Value excess = arith::SubFOp::create(nested, at, steps, inside);
    linalg::YieldOp::create(nested, at, excess);
  };
  SmallVector<utils::IteratorType> loops(type.getRank(),
                                         utils::IteratorType::parallel);
  return linalg::GenericOp::create(builder, location, type, inputs, empty, maps,
                                   loops, build)
      .getResult(0);
}

/// What the result of `layer` is observed as. That its input is codes of
/// another layer, so that it cannot be given one, is a part of it.
static std::string describeResult(const LayerTrace &layer) {
  bool readsCodes = !layer.isFloat() && !layer.getInput();
  return (readsCodes ? "result of codes " : "result ") + layer.getEncoding();
}

/// At least `value`, as f32.
static float roundUp(double value) {
  auto rounded = static_cast<float>(value);
  return rounded < value
             ? std::nextafter(rounded, std::numeric_limits<float>::infinity())
             : rounded;
}

/// The record that `lowbit-bound-error` left of a layer, as a tensor.
static Value createBound(OpBuilder &builder, Location location,
                         DictionaryAttr record) {
  SmallVector<float> values;
  for (StringRef field : {"rounding", "clipping", "growth", "low", "high"}) {
    auto real = record.getAs<FloatAttr>(field);
    values.push_back(real ? roundUp(real.getValueAsDouble()) : 0.0f);
  }
  values.push_back(record.getAs<BoolAttr>("relative").getValue() ? 1.0f : 0.0f);
  auto type = RankedTensorType::get(values.size(), builder.getF32Type());
  return arith::ConstantOp::create(
      builder, location, DenseElementsAttr::get(type, ArrayRef<float>(values)));
}

/// Observes what is known of the layer's error beforehand.
static void observeBound(OpBuilder &builder, const LayerTrace &layer) {
  auto module = layer.product->getParentOfType<ModuleOp>();
  auto bounds = module ? module->getAttrOfType<DictionaryAttr>(kErrorBounds)
                       : DictionaryAttr();
  auto record =
      bounds ? bounds.getAs<DictionaryAttr>(layer.name) : DictionaryAttr();
  if (!record || layer.isFloat())
    return;
  Location location = layer.product->getLoc();
  Value bound = createBound(builder, location, record);
  ObserveOp::create(builder, location, bound.getType(), bound,
                    builder.getStringAttr(layer.name),
                    builder.getStringAttr("bound"));
}

static void observe(OpBuilder &builder, const LayerTrace &layer) {
  Value result = layer.result;
  builder.setInsertionPointAfterValue(result);
  auto observed =
      ObserveOp::create(builder, result.getLoc(), result.getType(), result,
                        builder.getStringAttr(layer.name),
                        builder.getStringAttr(describeResult(layer)));
  result.replaceAllUsesExcept(observed, observed);
  observeBound(builder, layer);
  QuantizeOp quantize = layer.activations;
  if (!quantize || quantize.getBlockSizes())
    return;
  builder.setInsertionPoint(quantize);
  Value excess = createExcess(builder, quantize);
  ObserveOp::create(builder, quantize.getLoc(), excess.getType(), excess,
                    builder.getStringAttr(layer.name),
                    builder.getStringAttr("excess"));
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
