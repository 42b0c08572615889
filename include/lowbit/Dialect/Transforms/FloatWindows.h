//===- FloatWindows.h - A float convolution as a matmul ---------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_TRANSFORMS_FLOATWINDOWS_H
#define LOWBIT_DIALECT_TRANSFORMS_FLOATWINDOWS_H

#include "lowbit/Dialect/IR/WindowAxis.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace mlir::lowbit {

/// How a convolution is a product of matrices: of its windows, a row each, by
/// its kernel, a row per output.
struct FloatWindows {
  std::array<WindowAxis, 2> axes; ///< along height and width
  std::array<int64_t, 2> kernel = {1, 1};
  int64_t groups = 1;
  int64_t outputs = 1;  ///< of all groups
  int64_t channels = 1; ///< of the images, in one group

  /// The dimensions of the images that are N, H, W, and the group and the
  /// channel if there are such.
  SmallVector<int64_t> imageOrder;
  /// The dimensions of the kernel that are the group and the output if there
  /// are such, height, width, and the channel if there is one.
  SmallVector<int64_t> kernelOrder;
  /// The dimensions of the result that are N, OH, OW, and the group and the
  /// output if there are such.
  SmallVector<int64_t> resultOrder;

  /// The length of a row.
  int64_t getDepth() const { return kernel[0] * kernel[1] * channels; }
  /// Whether each group is one channel, as in a depthwise convolution.
  bool isPerChannel() const { return groups > 1 && channels == 1; }

  /// Whether `op` is a convolution, of any rank and element type.
  static bool isConvolution(linalg::LinalgOp op);

  /// The windows of the convolution `op`, with `images` and `weights` set to
  /// its operands: a padding of the images by zeros is a part of the windows,
  /// transposes of the weights are a part of the order. Otherwise sets
  /// `reason`.
  static FailureOr<FloatWindows> match(linalg::LinalgOp op, Value &images,
                                       Value &weights, std::string &reason);
};

} // namespace mlir::lowbit

#endif // LOWBIT_DIALECT_TRANSFORMS_FLOATWINDOWS_H
