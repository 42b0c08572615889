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
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;
using namespace mlir::lowbit;

static bool isCodes(Value value) {
  return isa<CodeTypeInterface>(getElementTypeOrSelf(value));
}

static bool isFloatTensor(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && type.getElementType().isF32();
}

/// Whether `op` multiplies activations, codes or floats, by weights of codes.
static bool isProductOfCodes(Operation *op) {
  return isa<LowbitDialect>(op->getDialect()) && op->getNumOperands() >= 2 &&
         isCodes(op->getOperand(1)) &&
         (isCodes(op->getOperand(0)) || isFloatTensor(op->getOperand(0)));
}

/// What gives `codes` to the layer `name`, behind ops of its own that only move
/// or recode them. Ops of others may have changed what its input is.
static QuantizeOp findQuantize(Value codes, StringRef name) {
  while (Operation *producer = codes.getDefiningOp()) {
    if (auto quantize = dyn_cast<QuantizeOp>(producer))
      return isFloatTensor(quantize.getInput()) ? quantize : QuantizeOp();
    if (isProductOfCodes(producer) || producer->getNumOperands() == 0 ||
        getLayerName(producer->getLoc()) != name)
      return {};
    codes = producer->getOperand(0);
    if (!isCodes(codes) && !getElementTypeOrSelf(codes).isInteger())
      return {};
  }
  return {};
}

bool LayerTrace::isFloat() const { return FloatMatmul::isLayer(product); }

Value LayerTrace::getInput() const {
  if (activations)
    return activations->getOperand(0);
  Value operand = product->getOperand(0);
  return !isFloat() && isFloatTensor(operand) ? operand : Value();
}

std::string LayerTrace::getEncoding() const {
  Value weights = product->getOperand(1);
  // Reshaped or looked up, they are the codes that they were.
  for (Operation *producer = weights.getDefiningOp();
       producer && producer->getNumOperands() != 0 && isCodes(weights) &&
       isCodes(producer->getOperand(0));
       producer = weights.getDefiningOp())
    weights = producer->getOperand(0);
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
  /// Tensors that ops of one layer's name compute from its product.
  llvm::DenseMap<Value, StringRef> computed;
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
  if (!isFloat && isCodes(op->getOperand(0)))
    layer.activations = findQuantize(op->getOperand(0), name);
  // Weights in planes or groups are several products.
  bool isNew = layers.insert({name, layer}).second;
  if (!isNew && isFloat)
    return op->emitOpError("expected each layer once, but got '")
           << name << "' again";
  return success();
}

LogicalResult Tracer::visit(Operation *op) {
  bool isProduct = isProductOfCodes(op) || FloatMatmul::isLayer(op);
  if (isProduct && failed(addProduct(op)))
    return failure();
  StringRef name = getLayerName(op->getLoc());
  auto *layer = layers.find(name);
  if (op->getNumResults() != 1 || layer == layers.end() ||
      op->getBlock() != layer->second.product->getBlock())
    return success();
  bool continues = llvm::any_of(op->getOperands(), [&](Value operand) {
    return computed.lookup(operand) == name;
  });
  Value result = op->getResult(0);
  if ((!isProduct && !continues) || !isa<RankedTensorType>(result.getType()))
    return success();
  computed[result] = name;
  if (isFloatTensor(result))
    layer->second.result = result;
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
