//===- IsolateLayers.cpp - Give layers their inputs from outside ----------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LayerTrace.h"
#include "lowbit/Dialect/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_ISOLATELAYERSPASS
#include "lowbit/Dialect/Transforms/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

/// Whether `value` has come from outside already.
static bool isIsolated(Value value) {
  auto argument = dyn_cast<BlockArgument>(value);
  auto function =
      argument ? dyn_cast<func::FuncOp>(argument.getOwner()->getParentOp())
               : func::FuncOp();
  auto name = function ? function.getArgAttrOfType<StringAttr>(
                             argument.getArgNumber(), "lowbit.name")
                       : StringAttr();
  return name && name.getValue().starts_with("observed:");
}

/// Whether `use` belongs to a layer: it is quantized there, its parameters are
/// chosen, or a product reads it as it is.
static bool isInputOfLayer(OpOperand &use) {
  Operation *user = use.getOwner();
  return isa<ChooseParamsOp, QuantizeOp>(user) ||
         (isa<LowbitDialect>(user->getDialect()) && user->hasAttr("layer") &&
          !isa<ObserveOp>(user));
}

/// Gives the layer a new argument of the function in place of its input.
static LogicalResult isolate(const LayerTrace &layer) {
  auto function = dyn_cast<func::FuncOp>(layer.product->getParentOp());
  if (!function || !function.isPublic())
    return layer.product->emitOpError(
        "expected to be in the one block of a public function");
  MLIRContext *context = function.getContext();
  std::string name = ("observed:" + layer.name).str();
  auto attributes = DictionaryAttr::get(
      context, NamedAttribute(StringAttr::get(context, "lowbit.name"),
                              StringAttr::get(context, name)));
  unsigned index = function.getNumArguments();
  Value input = layer.getInput();
  if (failed(function.insertArgument(index, input.getType(), attributes,
                                     layer.product->getLoc())))
    return failure();
  input.replaceUsesWithIf(function.getArgument(index), isInputOfLayer);
  return success();
}

namespace {
struct IsolateLayersPass
    : lowbit::impl::IsolateLayersPassBase<IsolateLayersPass> {
  void runOnOperation() override {
    FailureOr<SmallVector<LayerTrace>> layers = traceLayers(getOperation());
    if (failed(layers))
      return signalPassFailure();
    for (const LayerTrace &layer : *layers)
      if (Value input = layer.getInput();
          input && !isIsolated(input) && failed(isolate(layer)))
        return signalPassFailure();
  }
};
} // namespace
