//===- LayerRecords.cpp - What each layer weighs --------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LayerRecords.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::lowbit;

static constexpr StringLiteral kLayers = "lowbit.layers";

static void append(Operation *op, StringRef name, StringRef encoding,
                   RankedTensorType weights, int64_t payload, int64_t total) {
  auto module = op->getParentOfType<ModuleOp>();
  if (!module)
    return;
  Builder builder(op->getContext());
  SmallVector<Attribute> layers;
  if (auto known = module->getAttrOfType<ArrayAttr>(kLayers))
    llvm::append_range(layers, known);
  layers.push_back(builder.getDictionaryAttr({
      builder.getNamedAttr("name", builder.getStringAttr(name)),
      builder.getNamedAttr("encoding", builder.getStringAttr(encoding)),
      builder.getNamedAttr("n",
                           builder.getI64IntegerAttr(weights.getDimSize(0))),
      builder.getNamedAttr("k",
                           builder.getI64IntegerAttr(weights.getDimSize(1))),
      builder.getNamedAttr("payload_bytes", builder.getI64IntegerAttr(payload)),
      builder.getNamedAttr("overhead_bytes",
                           builder.getI64IntegerAttr(total - payload)),
  }));
  module->setAttr(kLayers, builder.getArrayAttr(layers));
}

/// The text of `type` without its dialect: "affine<4>".
static std::string getEncodingName(Type type) {
  std::string text;
  llvm::raw_string_ostream(text) << type;
  StringRef name(text);
  name.consume_front("!lowbit.");
  return name.str();
}

void mlir::lowbit::recordLayer(Operation *op, StringAttr name,
                               RankedTensorType weights, LayoutAttr layout) {
  if (!weights.hasStaticShape())
    return;
  auto code = cast<CodeTypeInterface>(weights.getElementType());
  PackedLayout packed = layout.getPacked();
  int64_t payload = ceilDivide(weights.getNumElements() * code.getBits(), 8);
  int64_t total = packed.numPanels(weights.getDimSize(0)) *
                  packed.panelBytes(weights.getDimSize(1));
  append(op, name ? name.getValue() : "", getEncodingName(code), weights,
         payload, total);
}

void mlir::lowbit::recordFloatLayers(Operation *root) {
  root->walk([](linalg::ContractionOpInterface op) {
    auto linalgOp = cast<linalg::LinalgOp>(op.getOperation());
    Value weights = linalgOp.getDpsInputOperand(1)->get();
    auto type = dyn_cast<RankedTensorType>(weights.getType());
    if (!type || type.getRank() != 2 || !type.getElementType().isF32() ||
        !matchPattern(weights, m_Constant()))
      return;
    int64_t bytes = type.getNumElements() * 4;
    append(op, getLayerName(op.getLoc()), "f32", type, bytes, bytes);
  });
}
