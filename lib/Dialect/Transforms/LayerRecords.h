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

/// The attribute of a module that holds what `lowbit-bound-error` found, by the
/// name of the layer.
constexpr llvm::StringLiteral kErrorBounds = "lowbit.error_bounds";

/// The attribute of a module that says where the ranges of activations are
/// from, by the name of the layer: "data", "normal inputs", "batch
/// normalization".
constexpr llvm::StringLiteral kRangeSources = "lowbit.range_sources";

/// Says in `root`, if it is a module, that the ranges of `layers` are from
/// `source`.
void recordRangeSources(Operation *root, ArrayRef<StringRef> layers,
                        StringRef source);

/// The text of the element type of weights without its dialect: "affine<4>".
std::string getEncodingName(Type type);

/// N and K (V and D) of the weights of `op` if it is a layer that can have
/// codes and they are constant floats.
std::optional<std::pair<int64_t, int64_t>> getFloatWeightShape(Operation *op);

/// Appends to the `lowbit.layers` attribute of the module around `op` what the
/// weights of one layer weigh: name, encoding, n, k, payload_bytes (codes
/// packed without padding) and overhead_bytes (scales, other vectors, padding);
/// and its error_bound and range_source, if there is one. Planes and groups of
/// one layer become one record, with their number as products.
/// Weights of dynamic shape are not recorded.
void recordLayer(Operation *op, StringAttr name, RankedTensorType weights,
                 LayoutAttr layout);
/// The same for weights whose codes take `payload` bytes, and `total` with all
/// that belongs to them.
void recordLayer(Operation *op, StringAttr name, RankedTensorType weights,
                 int64_t payload, int64_t total);

/// Bytes of codes that are packed bit by bit.
int64_t getPayloadBytes(RankedTensorType codes);

/// Records the layers with constant float weights in `module`, behind the
/// others, in place of what was recorded of them before.
void recordFloatLayers(ModuleOp module);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_DIALECT_TRANSFORMS_LAYERRECORDS_H
