//===- SymbolicEvaluator.h - Scalar code as bit-vector terms ----*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Runs a function as the reference lowering gives it (linalg.generic, scf.for,
// tensor, arith on integers; static shapes) with unknown inputs. Loops and
// indices are computed; each element of a tensor is a constant or a term of the
// `smt` dialect, so that what remains is straight-line bit-vector arithmetic.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_TEST_LIB_SYMBOLICEVALUATOR_H
#define LOWBIT_TEST_LIB_SYMBOLICEVALUATOR_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SMT/IR/SMTOps.h"

namespace mlir::lowbit {

/// An integer that is known, or a bit-vector term.
struct Scalar {
  IntegerAttr constant;
  Value term;
};

/// A scalar, or the elements of a tensor in row-major order.
using Elements = SmallVector<Scalar>;

class SymbolicEvaluator {
public:
  /// Terms are created by `builder`.
  explicit SymbolicEvaluator(OpBuilder &builder) : builder(builder) {}

  /// The results of `function` for `arguments`; fails with an error at an op
  /// that has no bit-vector meaning or that depends on an unknown index.
  FailureOr<SmallVector<Elements>> run(func::FuncOp function,
                                       ArrayRef<Elements> arguments);

  /// `scalar` as a term of `width` bits.
  Value getTerm(const Scalar &scalar, unsigned width, Location location);

private:
  using Values = DenseMap<Value, Elements>;

  LogicalResult runBlock(Block &block);
  LogicalResult runOp(Operation &op);
  LogicalResult runElementwise(Operation &op);
  LogicalResult runGeneric(Operation &op);
  LogicalResult runFor(Operation &op);
  LogicalResult runTensor(Operation &op);
  FailureOr<Scalar> runScalar(Operation &op, ArrayRef<Scalar> operands);
  FailureOr<Value> createTerm(Operation &op, ArrayRef<Scalar> operands);
  FailureOr<int64_t> getIndex(Operation &op, Value value);
  FailureOr<int64_t> getOffset(Operation &op, Value tensor, ValueRange indices);

  OpBuilder &builder;
  Values values;
  /// The indices of the loops of the innermost linalg.generic.
  SmallVector<int64_t> loopIndices;
};

} // namespace mlir::lowbit

#endif // LOWBIT_TEST_LIB_SYMBOLICEVALUATOR_H
