//===- LayerRecords.h - What each layer weighs ----------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_TRANSFORMS_LAYERRECORDS_H
#define LOWBIT_LIB_DIALECT_TRANSFORMS_LAYERRECORDS_H

#include "lowbit/Dialect/IR/LowbitDialect.h"
#include "mlir/IR/BuiltinOps.h"

namespace mlir::lowbit {

/// Appends to the `lowbit.layers` attribute of the module around `op` what the
/// weights of one layer weigh: name, encoding, n, k, payload_bytes (codes
/// packed without padding) and overhead_bytes (scales, other vectors, padding).
/// Weights of dynamic shape are not recorded.
void recordLayer(Operation *op, StringAttr name, RankedTensorType weights,
                 LayoutAttr layout);

/// Records the matmuls with constant float weights in `module`, behind the
/// others, in place of what was recorded of them before.
void recordFloatLayers(ModuleOp module);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_DIALECT_TRANSFORMS_LAYERRECORDS_H
