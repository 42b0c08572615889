//===- RunningRanges.h - Ranges that live from call to call -----*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A compiled model is a pure function, so the ranges that it keeps from call to
// call are its caller's: the last argument of the public function,
// `tensor<L x 2 x f32>`, holds those before the call and its last result those
// after it. Both have the `lowbit.name` running_ranges. Row i belongs to the
// i-th tensor that is quantized with a running range; layers that read the same
// tensor share one. ActivationEncoding.h defines how a range follows its data,
// and that zeros are no range yet.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_TRANSFORMS_RUNNINGRANGES_H
#define LOWBIT_DIALECT_TRANSFORMS_RUNNINGRANGES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/MapVector.h"

namespace mlir::lowbit {

/// The running ranges of the functions of a module.
class RunningRanges {
public:
  /// The range of the f32 tensor `input`, `1 x 2`, with the data of this call.
  /// Emits an error where `layer` is not in the one block of a public function.
  FailureOr<Value> update(OpBuilder &builder, Operation *layer, Value input,
                          double momentum);

  /// Hands the ranges out. Until then the functions that have some are invalid.
  void finish();

private:
  /// The range of one tensor after this call.
  struct Range {
    Value input;
    double momentum;
    Value low, high;
  };
  /// What one function keeps.
  struct State {
    BlockArgument before;
    SmallVector<Range> ranges;
  };
  llvm::MapVector<func::FuncOp, State> states;
};

} // namespace mlir::lowbit

#endif // LOWBIT_DIALECT_TRANSFORMS_RUNNINGRANGES_H
