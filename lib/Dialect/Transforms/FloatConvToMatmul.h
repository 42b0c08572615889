//===- FloatConvToMatmul.h - Convolutions of reals as matmuls ---*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_TRANSFORMS_FLOATCONVTOMATMUL_H
#define LOWBIT_LIB_DIALECT_TRANSFORMS_FLOATCONVTOMATMUL_H

#include "mlir/IR/PatternMatch.h"

namespace mlir::lowbit {

/// Replaces convolutions in f32 with constant kernels and without groups by
/// `linalg.matmul` of their windows.
void populateFloatConvToMatmulPatterns(RewritePatternSet &patterns);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_DIALECT_TRANSFORMS_FLOATCONVTOMATMUL_H
