//===- WindowAxis.h - How a window moves over an image ----------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_IR_WINDOWAXIS_H
#define LOWBIT_DIALECT_IR_WINDOWAXIS_H

#include "mlir/IR/AffineExpr.h"
#include "mlir/IR/Builders.h"

namespace mlir::lowbit {

/// How the window of a convolution moves along one dimension of an image: all
/// numbers in elements.
struct WindowAxis {
  int64_t stride = 1, dilation = 1;
  int64_t before = 0, after = 0; ///< padding

  /// Where the window number `output` has its element `k`. Positions outside of
  /// the image are padding.
  AffineExpr getPosition(AffineExpr output, AffineExpr k) const {
    return output * stride + k * dilation - before;
  }

  /// The number of windows of `kernel` elements that fit over `extent`; 0 or
  /// less where none does.
  AffineExpr getNumWindows(AffineExpr extent, AffineExpr kernel) const {
    return (extent + before + after - (kernel - 1) * dilation - 1)
               .floorDiv(stride) +
           1;
  }

  /// The same, at least 0, and dynamic where an argument is.
  int64_t getNumWindows(int64_t extent, int64_t kernel) const;

  /// The same of extents of run time; an attribute where both are.
  OpFoldResult getNumWindows(OpBuilder &builder, Location location,
                             OpFoldResult extent, OpFoldResult kernel) const;
};

} // namespace mlir::lowbit

#endif // LOWBIT_DIALECT_IR_WINDOWAXIS_H
