//===- ChannelValues.h - What becomes of the outputs of a layer -*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Elementwise ops with a constant for each channel, evaluated in f64: constants
// of the channels, and tensors that are `scale * y + offset` of the output y of
// a layer.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_TRANSFORMS_CHANNELVALUES_H
#define LOWBIT_LIB_DIALECT_TRANSFORMS_CHANNELVALUES_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace mlir::lowbit {

/// A tensor whose elements depend on y and on the channel alone.
struct ChannelValue {
  bool isConstant = true; ///< does not depend on y
  SmallVector<double> scale, offset;
  /// What was subtracted last from y before it was first multiplied: its mean,
  /// if this is a normalization.
  std::optional<SmallVector<double>> mean;
  /// The square root that it was divided by: the deviation of y, if this is a
  /// normalization.
  std::optional<SmallVector<double>> deviation;
  /// Whether a constant is a multiple of `deviation`, not of its inverse.
  bool isDivisor = false;
};

/// Evaluates what is computed from one tensor.
class ChannelEvaluator {
public:
  /// y is `root`, of f32, with `count` channels along `channelDim`.
  ChannelEvaluator(Value root, int64_t channelDim, int64_t count)
      : root(root), channelDim(channelDim), count(count) {}

  /// The tensor `value`, of which the channels lie along the same dimension.
  std::optional<ChannelValue> evaluate(Value value) {
    return evaluate(value, channelDim, 0);
  }
  /// `value` in the body of the loops `op`, whose results are like y.
  std::optional<ChannelValue> evaluateElement(linalg::LinalgOp op, Value value);

private:
  std::optional<ChannelValue> evaluate(Value value, std::optional<int64_t> dim,
                                       unsigned depth);
  std::optional<ChannelValue> evaluateConstant(Value value,
                                               std::optional<int64_t> dim);
  std::optional<ChannelValue>
  evaluateMoved(Operation *op, std::optional<int64_t> dim, unsigned depth);
  std::optional<ChannelValue> evaluateElement(linalg::LinalgOp op, Value value,
                                              AffineMap result,
                                              std::optional<unsigned> loop,
                                              unsigned depth);

  Value root;
  int64_t channelDim, count;
};

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_DIALECT_TRANSFORMS_CHANNELVALUES_H
