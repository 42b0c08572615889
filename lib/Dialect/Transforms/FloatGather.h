//===- FloatGather.h - Recognize embeddings ---------------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A layer that reads rows of a constant table, and its way to codes.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_TRANSFORMS_FLOATGATHER_H
#define LOWBIT_LIB_DIALECT_TRANSFORMS_FLOATGATHER_H

#include "lowbit/Dialect/Transforms/LayerEncodings.h"
#include "mlir/IR/PatternMatch.h"

namespace mlir::lowbit {

/// `table[indices[i...], d]`
struct FloatGather {
  /// A constant of rows, whose shape may have more dimensions of 1, or a
  /// `lowbit.dequantize` of constant codes.
  Value table;
  Value indices; ///< whose last dimension, of 1, is left out if `isPoint`
  bool isPoint = false;
  int64_t rows = 0, columns = 0;

  bool hasCodes() const;

  /// Whether `op` is a `tensor.gather` of the rows of a constant table of
  /// floats, or a loop nest that does the same: a layer. Those in f32 match.
  static bool isLayer(Operation *op);

  /// The gather that the layer `op` is; otherwise sets `reason`, in a form that
  /// fits behind a colon.
  static FailureOr<FloatGather> match(Operation *op, std::string &reason);
};

/// Replaces the layer `op` by a `lowbit.gather` if `encoding` asks for it,
/// which also says for what `quantizeLayer` does.
LogicalResult quantizeGather(RewriterBase &rewriter, Operation *op,
                             const LayerEncoding &encoding, bool fallback);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_DIALECT_TRANSFORMS_FLOATGATHER_H
