//===- LayerEncodings.h - Which layer gets what -----------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Which encoding each layer is to have, from the options of a pass and the
// attributes of ops. For weights, the first of these that is there counts: the
// attribute `lowbit.weights` of the op, the layer's entry in `layers`, the
// option `weights`. For activations: the attribute `lowbit.activations`, the
// option `activations`.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_TRANSFORMS_LAYERENCODINGS_H
#define LOWBIT_DIALECT_TRANSFORMS_LAYERENCODINGS_H

#include "lowbit/Quantization/ActivationEncoding.h"
#include "lowbit/Quantization/WeightEncoding.h"
#include "mlir/IR/Operation.h"
#include "llvm/ADT/MapVector.h"

namespace mlir::lowbit {

/// The encodings of one layer.
struct LayerEncoding {
  /// None where nothing was asked for: then weights that are codes stay codes.
  std::optional<WeightEncoding> weights;
  ActivationEncoding activations;
  /// Whether the op itself carries one of them.
  bool fromAttribute = false;
  /// Whether the weights are those of this layer, not of all.
  bool isOwn = false;
};

/// The encodings of all layers.
class LayerEncodings {
public:
  using EmitError = function_ref<InFlightDiagnostic()>;

  /// Reads the options, `layers` as `name=WEIGHTS;name2=WEIGHTS/ACTIVATIONS`.
  /// An empty `weights` asks for nothing.
  static FailureOr<LayerEncodings> parse(StringRef weights,
                                         StringRef activations,
                                         StringRef layers, EmitError emitError);

  /// What `op` is to have; emits an error where one of its attributes is not an
  /// encoding.
  FailureOr<LayerEncoding> get(Operation *op) const;

  /// Fails where an entry of `layers` names none of the layers that exist.
  LogicalResult verifyNames(ArrayRef<StringRef> existing,
                            EmitError emitError) const;

private:
  LayerEncoding common;
  llvm::MapVector<StringRef, LayerEncoding> layers;
};

} // namespace mlir::lowbit

#endif // LOWBIT_DIALECT_TRANSFORMS_LAYERENCODINGS_H
