//===- QuantParameters.h - Parameters of quantized types --------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_CONVERSION_QUANTPARAMETERS_H
#define LOWBIT_LIB_CONVERSION_QUANTPARAMETERS_H

#include "lowbit/Dialect/IR/LowbitDialect.h"
#include "mlir/Dialect/Quant/IR/QuantTypes.h"

namespace mlir::lowbit {

using EmitError = function_ref<InFlightDiagnostic()>;

/// What an upstream `!quant.uniform` type says of a tensor: code type, scales
/// and zero points by granularity.
struct QuantParameters {
  CodeTypeInterface code;     ///< affine
  SmallVector<int64_t> shape; ///< of scales and zero points, the tensor's rank
  SmallVector<float> scales;  ///< row-major, rounded to f32
  SmallVector<int32_t> zeroPoints; ///< like the scales; empty if all are 0
  SmallVector<int64_t> blockSizes; ///< empty if an extent is 1 or all of it

  /// The parameters of `type` as element of a tensor of `rank`. Fails where
  /// Lowbit has no such codes: the expressed type is not f32, the storage range
  /// is not that of 1 to 16 bits, or a narrow range has zero points.
  static FailureOr<QuantParameters>
  fromUniform(quant::QuantizedType type, int64_t rank, EmitError emitError);

  /// The type of a tensor of extents `tensor`, with storage in bytes. Fails
  /// where upstream has no such type: a short last block, or blocks of a
  /// dynamic extent.
  FailureOr<quant::QuantizedType> toUniform(ArrayRef<int64_t> tensor,
                                            EmitError emitError);
};

/// The code type whose codes are the storage range of `type`, or null.
CodeTypeInterface findCodeType(quant::QuantizedType type);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CONVERSION_QUANTPARAMETERS_H
