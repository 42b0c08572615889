//===- LoopBuilder.h - The vocabulary of loops ------------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_CODEGEN_KERNELS_LOOPBUILDER_H
#define LOWBIT_LIB_CODEGEN_KERNELS_LOOPBUILDER_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::lowbit {

/// Writes indices, loops and choices, whose bodies are written through the same
/// builder.
class LoopBuilder {
protected:
  using Values = SmallVector<Value>;

  LoopBuilder(OpBuilder &builder, Location loc) : b(loc, builder) {}
  /// Writes the body of `function`, which is made.
  explicit LoopBuilder(func::FuncOp function);

  Value index(int64_t value);
  Value add(Value lhs, Value rhs);
  Value add(Value value, int64_t constant);
  Value subtract(Value lhs, Value rhs);
  Value multiply(Value value, int64_t factor);
  /// Of unsigned integers.
  Value minimum(Value lhs, Value rhs);
  Value isZero(Value value);
  /// An expression in d0, or in d0, d1, ...
  Value apply(AffineExpr expr, Value value);
  Value apply(AffineExpr expr, ValueRange values);
  Value splat(Value scalar, VectorType type);
  Value splat(int64_t constant, VectorType type);

  /// The element at (row, column) of a matrix whose extents may be 1 for all.
  Value loadBroadcast(Value matrix, Value row, Value column);

  void forLoop(Value from, Value to, int64_t step,
               function_ref<void(Value)> body);
  /// The same with values that `body` returns for the next round.
  Values forLoop(Value from, Value to, int64_t step, ValueRange inits,
                 function_ref<Values(Value, ValueRange)> body);

  /// The loops themselves.
  scf::ForOp createLoop(Value from, Value to, int64_t step,
                        function_ref<void(Value)> body);
  scf::ForOp createLoop(Value from, Value to, int64_t step, ValueRange inits,
                        function_ref<Values(Value, ValueRange)> body);

  /// Calls `body` with the next `count` of what there are `total` of, `count`
  /// being `most` and then powers of `ratio`, down to one.
  void forParts(Value total, int64_t most,
                function_ref<void(Value first, int64_t count)> body,
                int64_t ratio = 4);

  /// What the body that `condition` chooses returns.
  Values choose(Value condition, function_ref<Values()> ifTrue,
                function_ref<Values()> ifFalse);

  ImplicitLocOpBuilder b;
};

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_KERNELS_LOOPBUILDER_H
