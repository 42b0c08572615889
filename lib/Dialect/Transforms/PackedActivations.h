//===- PackedActivations.h - Activations as bytes or bits -------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_TRANSFORMS_PACKEDACTIVATIONS_H
#define LOWBIT_LIB_DIALECT_TRANSFORMS_PACKEDACTIVATIONS_H

#include "lowbit/Dialect/IR/LowbitDialect.h"
#include "mlir/IR/PatternMatch.h"

namespace mlir::lowbit {

/// The activations of a `lowbit.packed_matmul`.
struct PackedActivations {
  Value codes;
  Value rowSums;
};

/// How they are packed.
struct ActivationForm {
  int64_t block = 0;   ///< k per block, 0: one block
  bool bits = false;   ///< instead of bytes
  bool hasSums = true; ///< whether the row sums are used
};

/// Packs `codes` where they are made. The row sums of bytes are the answer to
/// every `lowbit.row_sums` of the same codes and block.
PackedActivations packActivations(RewriterBase &rewriter, Location loc,
                                  Value codes, ActivationForm form);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_DIALECT_TRANSFORMS_PACKEDACTIVATIONS_H
