//===- LayerTrace.cpp - Where layers begin and end ------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LayerTrace.h"
#include "LayerRecords.h"
#include "lowbit/Dialect/Transforms/Quantize.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;
using namespace mlir::lowbit;

static bool isCodes(Value value) {
  return isa<CodeTypeInterface>(getElementTypeOrSelf(value));
}

/// Whether `op` multiplies activations by weights, both of them codes.
static bool isProductOfCodes(Operation *op) {
  return op->getNumOperands() >= 2 && isCodes(op->getOperand(0)) &&
         isCodes(op->getOperand(1));
}

/// What gives `codes` to the layer `name`, behind ops of its own that only move
/// or recode them. Ops of others may have changed what its input is.
static QuantizeOp findQuantize(Value codes, StringRef name) {
  while (Operation *producer = codes.getDefiningOp()) {
    if (auto quantize = dyn_cast<QuantizeOp>(producer)) {
      bool isPlain = !quantize.getBlockSizes() &&
                     getElementTypeOrSelf(quantize.getInput()).isF32();
      return isPlain ? quantize : QuantizeOp();
    }
    if (isProductOfCodes(producer) || producer->getNumOperands() == 0 ||
        getLayerName(producer->getLoc()) != name)
      return {};
    codes = producer->getOperand(0);
    if (!isCodes(codes) && !getElementTypeOrSelf(codes).isInteger())
      return {};
  }
  return {};
}

std::string LayerTrace::getEncoding() const {
  Value weights = product->getOperand(1);
  if (auto lookup = weights.getDefiningOp<LookupOp>())
    weights = lookup.getCodes();
  return getEncodingName(getElementTypeOrSelf(weights));
}

namespace {
/// Collects layers, op by op in their order.
class Tracer {
public:
  LogicalResult visit(Operation *op);
  SmallVector<LayerTrace> take() {
    return llvm::to_vector(llvm::make_second_range(layers));
  }

private:
  LogicalResult addProduct(Operation *op);

  llvm::MapVector<StringRef, LayerTrace> layers;
};
} // namespace

LogicalResult Tracer::addProduct(Operation *op) {
  bool isFloat = FloatMatmul::isLayer(op);
  StringRef name = getLayerName(op->getLoc());
  if (auto layer = op->getAttrOfType<StringAttr>("layer");
      !isFloat && layer && layer != name)
    return op->emitOpError("expected a location that names layer '")
           << layer.getValue() << "', but got "
           << (name.empty() ? "none" : "'" + name + "'")
           << " (modules are printed with --mlir-print-debuginfo)";
  if (name.empty())
    return success();
  LayerTrace layer = {name, op, {}, {}};
  if (!isFloat)
    layer.activations = findQuantize(op->getOperand(0), name);
  // Weights in planes or groups are several products.
  bool isNew = layers.insert({name, layer}).second;
  if (isNew || !isFloat)
    return success();
  return op->emitOpError("expected each layer once, but got '")
         << name << "' again";
}

LogicalResult Tracer::visit(Operation *op) {
  bool isProduct = isProductOfCodes(op) || FloatMatmul::isLayer(op);
  if (isProduct && failed(addProduct(op)))
    return failure();
  if (op->getNumResults() != 1)
    return success();
  auto type = dyn_cast<RankedTensorType>(op->getResultTypes().front());
  auto *layer = layers.find(getLayerName(op->getLoc()));
  if (type && type.getElementType().isF32() && layer != layers.end() &&
      op->getBlock() == layer->second.product->getBlock())
    layer->second.result = op->getResult(0);
  return success();
}

FailureOr<SmallVector<LayerTrace>> mlir::lowbit::traceLayers(Operation *root) {
  Tracer tracer;
  WalkResult result = root->walk<WalkOrder::PreOrder>(
      [&](Operation *op) { return WalkResult(tracer.visit(op)); });
  if (result.wasInterrupted())
    return failure();
  return tracer.take();
}
