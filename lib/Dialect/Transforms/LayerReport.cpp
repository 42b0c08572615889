//===- LayerReport.cpp - What becomes of a layer --------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LayerReport.h"
#include "lowbit/Dialect/IR/LowbitDialect.h"

using namespace mlir;
using namespace mlir::lowbit;

LayerReport::LayerReport(Operation *layer, bool fallback)
    : op(layer), fallback(fallback), name(getLayerName(layer->getLoc())) {}

LogicalResult LayerReport::keepFloat(StringRef reason) {
  if (!fallback)
    return op->emitError("the layer stays float: ") << reason;
  remark::missed(op->getLoc(), getRemarkOptions())
      << describe() + " stays float: " + reason.str();
  return success();
}

void LayerReport::emitRemark(StringRef text) {
  remark::analysis(op->getLoc(), getRemarkOptions())
      << describe() + ": " + text.str();
}

std::string LayerReport::describe() const {
  return name.empty() ? "unnamed layer" : ("layer '" + name + "'").str();
}

remark::RemarkOpts LayerReport::getRemarkOptions() const {
  return remark::RemarkOpts::name("quantize").category("lowbit").function(name);
}
