//===- ScaledConvolution.h - Scales behind a sum of integers ----*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_IR_SCALEDCONVOLUTION_H
#define LOWBIT_DIALECT_IR_SCALEDCONVOLUTION_H

#include "lowbit/Dialect/IR/LowbitDialect.h"

namespace mlir::lowbit {

/// The result of `op` by a `lowbit.conv_2d` from zeros and a `linalg.generic`
/// that applies the scales in their order. `op` stays.
Value decomposeScaledConvolution(OpBuilder &builder, ScaledConv2DOp op);

} // namespace mlir::lowbit

#endif // LOWBIT_DIALECT_IR_SCALEDCONVOLUTION_H
