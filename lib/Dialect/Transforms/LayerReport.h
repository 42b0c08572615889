//===- LayerReport.h - What becomes of a layer ------------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_TRANSFORMS_LAYERREPORT_H
#define LOWBIT_LIB_DIALECT_TRANSFORMS_LAYERREPORT_H

#include "mlir/IR/Operation.h"
#include "mlir/IR/Remarks.h"

namespace mlir::lowbit {

/// Says what `lowbit-quantize` makes of one layer.
class LayerReport {
public:
  /// Without `fallback`, a layer that stays float is an error.
  LayerReport(Operation *layer, bool fallback);

  /// Says that the layer does not get the encoding that was asked for.
  LogicalResult keepFloat(StringRef reason);
  /// Says something about it.
  void emitRemark(StringRef text);

  StringRef getName() const { return name; }
  /// "layer 'fc1'"
  std::string describe() const;
  /// Of a remark about the layer.
  remark::RemarkOpts getRemarkOptions() const;

private:
  Operation *op;
  bool fallback;
  StringRef name;
};

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_DIALECT_TRANSFORMS_LAYERREPORT_H
