//===- CodeClamps.h - Clamps of reals as clamps of codes --------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_TRANSFORMS_CODECLAMPS_H
#define LOWBIT_LIB_DIALECT_TRANSFORMS_CODECLAMPS_H

#include "lowbit/Dialect/IR/LowbitDialect.h"
#include "mlir/IR/PatternMatch.h"

namespace mlir::lowbit {

/// Scale and integer zero point of a whole tensor, known at compile time, and
/// the codes they are for.
struct TensorParams {
  CodeTypeInterface code;
  float scale = 1;
  int64_t zeroPoint = 0;

  /// The code of `real` under `rounding`.
  int64_t quantize(float real, Rounding rounding) const;

  /// The parameters of a `lowbit.quantize` or `lowbit.dequantize`; nothing if
  /// they differ within the tensor, have a float zero point or a threshold, or
  /// are known at run time only.
  static std::optional<TensorParams> match(QuantizeOp op);
  static std::optional<TensorParams> match(DequantizeOp op);

  bool operator==(const TensorParams &other) const {
    return code == other.code && scale == other.scale &&
           zeroPoint == other.zeroPoint;
  }
};

/// `codes` clamped to [lowest, highest]: itself where that is all codes.
Value clampCodes(OpBuilder &builder, Location location, Value codes,
                 int64_t lowest, int64_t highest);

/// Moves `lowbit.quantize` above relu, relu6, clip and their like: rounding is
/// monotone, so the code of a clamped real is the clamped code of the real.
void populateClampCodesPatterns(RewritePatternSet &patterns);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_DIALECT_TRANSFORMS_CODECLAMPS_H
