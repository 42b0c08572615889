//===- FoldZeroPoints.h - Zero points as terms ------------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An offset between a code and its value is a product of a row vector and a
// column vector, added to the plain sum of products (see the dialect's
// description). One routine turns zero points into such terms, for the model's
// own zero points and for those that a change of representation introduces.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_TRANSFORMS_FOLDZEROPOINTS_H
#define LOWBIT_DIALECT_TRANSFORMS_FOLDZEROPOINTS_H

#include "lowbit/Dialect/IR/LowbitDialect.h"
#include "mlir/IR/PatternMatch.h"

namespace mlir::lowbit {

/// Moves the zero points of `op` into its initial value. Fails, changing
/// nothing, where there are none, and at a convolution whose kernel is not
/// static. Exact modulo 2^32. The padding of a convolution becomes codes of
/// real zero around its images.
LogicalResult foldZeroPoints(RewriterBase &rewriter, Conv2DOp op);
LogicalResult foldZeroPoints(RewriterBase &rewriter, MatmulOp op);

/// The same, after the scales have become an op of their own.
LogicalResult foldZeroPoints(RewriterBase &rewriter, ScaledConv2DOp op);

/// Moves the zero points of `op` into its terms, and a float zero point of the
/// weights into its offset. Fails, changing nothing, where there are none.
LogicalResult foldZeroPoints(RewriterBase &rewriter, ScaledMatmulOp op);

/// Makes activations whose codes exceed 127 fit in a signed byte: codes become
/// code - 128, and so does the zero point, which is new if there was none. A
/// `lowbit.quantize` is rewritten to give such codes; others are recoded. `op`
/// is a `lowbit.matmul` or `lowbit.scaled_matmul`. Fails, changing nothing,
/// where the codes fit. Exact.
LogicalResult rebiasUnsignedActivations(RewriterBase &rewriter, Operation *op);

/// The patterns that call `foldZeroPoints`.
void populateFoldZeroPointsPatterns(RewritePatternSet &patterns);

} // namespace mlir::lowbit

#endif // LOWBIT_DIALECT_TRANSFORMS_FOLDZEROPOINTS_H
