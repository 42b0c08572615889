//===- Propagate.h - Codes instead of reals -----------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_TRANSFORMS_PROPAGATE_H
#define LOWBIT_LIB_DIALECT_TRANSFORMS_PROPAGATE_H

#include "mlir/IR/PatternMatch.h"

namespace mlir::lowbit {

/// Adds a bias that will be quantized before its other addend is rearranged, as
/// the result of a convolution is.
void populateMoveBiasesPatterns(RewritePatternSet &patterns);

/// Moves `lowbit.quantize` above and `lowbit.dequantize` below ops that move
/// elements, and above and below max-pooling; asks codes for their sizes.
void populateMoveCodesPatterns(RewritePatternSet &patterns);

/// Replaces `lowbit.quantize` of sums, means and single dequantized tensors by
/// integer arithmetic and `lowbit.requantize`.
void populateRescaleCodesPatterns(RewritePatternSet &patterns);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_DIALECT_TRANSFORMS_PROPAGATE_H
