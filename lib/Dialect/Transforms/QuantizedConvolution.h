//===- QuantizedConvolution.h - A convolution of codes ----------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_TRANSFORMS_QUANTIZEDCONVOLUTION_H
#define LOWBIT_LIB_DIALECT_TRANSFORMS_QUANTIZEDCONVOLUTION_H

#include "QuantizedOperands.h"
#include "lowbit/Dialect/Transforms/FloatWindows.h"

namespace mlir::lowbit {

/// Why these operands of a convolution have no product of codes, or an empty
/// string.
std::string checkConvolution(const FloatWindows &windows,
                             const QuantizedOperand &activations,
                             const QuantizedOperand &weights);

/// The product in f32, in the shape of `init`: that of `lowbit.im2col` for each
/// group, or `lowbit.conv_2d` and the scales where each group is one channel.
/// The codes of `activations` have the dimensions of the images and parameters
/// `N x 1` or `1 x 1`; `weights` are the matrix `outputs x depth`.
/// `checkConvolution` found nothing.
Value createConvolution(OpBuilder &builder, Location location,
                        const FloatWindows &windows, Value init,
                        const QuantizedOperand &activations,
                        const QuantizedOperand &weights, StringAttr layer);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_DIALECT_TRANSFORMS_QUANTIZEDCONVOLUTION_H
