//===- ConvToMatmul.h - From convolutions to matmuls ------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_TRANSFORMS_CONVTOMATMUL_H
#define LOWBIT_DIALECT_TRANSFORMS_CONVTOMATMUL_H

#include "mlir/IR/PatternMatch.h"

namespace mlir::lowbit {

/// Rewrites `lowbit.conv_2d` as `lowbit.im2col` and `lowbit.matmul`. Uses the
/// dialects arith, linalg and tensor.
void populateConvToMatmulPatterns(RewritePatternSet &patterns);

} // namespace mlir::lowbit

#endif // LOWBIT_DIALECT_TRANSFORMS_CONVTOMATMUL_H
