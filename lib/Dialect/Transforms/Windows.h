//===- Windows.h - Images as matrices of windows ----------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The operands and results of a convolution as those of a matmul: a row per
// window, a column per element of the kernel.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_TRANSFORMS_WINDOWS_H
#define LOWBIT_LIB_DIALECT_TRANSFORMS_WINDOWS_H

#include "lowbit/Dialect/IR/LowbitDialect.h"
#include "mlir/Dialect/Utils/ReshapeOpsUtils.h"

namespace mlir::lowbit {

/// One of `count` equal parts of a dimension.
struct Part {
  int64_t index, count;
};

/// The part of `value` along `dimension`, whose extent is static; of constant
/// codes a constant in a new resource.
Value slice(OpBuilder &builder, Location location, Value value,
            int64_t dimension, Part part);

/// The matrix `(N * OH * OW) x (KH * KW * C)` of the windows of `images`
/// `N x H x W x C`, with `pad` (null: 0) around them. Windows of one pixel that
/// lie side by side are the images.
Value createWindows(OpBuilder &builder, Location location, Value images,
                    Value pad, std::array<int64_t, 2> kernel,
                    std::array<WindowAxis, 2> axes);

/// Weights in another shape: `groups` says which dimensions become one, or
/// which come of one. Of constant codes a constant with the same data.
Value reshapeKernel(OpBuilder &builder, Location location, Value weights,
                    ArrayRef<int64_t> shape,
                    ArrayRef<ReassociationIndices> groups);

/// `N x OH x OW x O` as the matrix `(N * OH * OW) x O`.
Value collapseWindows(OpBuilder &builder, Location location, Value result);

/// The inverse of `collapseWindows`, where `sizes` are N, OH and OW.
Value expandWindows(OpBuilder &builder, Location location, Value matrix,
                    ArrayRef<OpFoldResult> sizes);

/// A parameter of images, `N x 1` or `1 x 1`, as one of windows,
/// `(N * OH * OW) x 1` or `1 x 1`, where `sizes` are N, OH and OW.
Value repeatPerWindow(OpBuilder &builder, Location location, Value parameter,
                      ArrayRef<OpFoldResult> sizes);

/// Matrices of one shape, side by side.
Value joinColumns(OpBuilder &builder, Location location, ArrayRef<Value> parts);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_DIALECT_TRANSFORMS_WINDOWS_H
