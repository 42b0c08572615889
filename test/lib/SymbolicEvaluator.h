//===- SymbolicEvaluator.h - Scalar code as bit-vector terms ----*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Runs a function as the reference lowering gives it (linalg.generic, scf.for,
// scf.if, tensor, arith; static shapes) with unknown inputs. Loops and indices
// are computed; each element of a tensor is a constant or a term of the `smt`
// dialect, so that what remains is straight-line bit-vector arithmetic.
//
// Floats are their bits. An op on floats is a function of which nothing is
// known but that equal operands have equal results: what is proved holds for
// whatever floats do.
//
// A call of a function without arguments gives what is unknown, the same
// wherever the name is the same; `cf.assert` restricts it.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_TEST_LIB_SYMBOLICEVALUATOR_H
#define LOWBIT_TEST_LIB_SYMBOLICEVALUATOR_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SMT/IR/SMTOps.h"
#include "llvm/ADT/StringMap.h"

namespace mlir::lowbit {

/// A number that is known, or a bit-vector term.
struct Scalar {
  TypedAttr constant;
  Value term;
};

/// A scalar, or the elements of a tensor in row-major order.
using Elements = SmallVector<Scalar>;

class SymbolicEvaluator {
public:
  /// Terms are created by `builder`. Of `opaqueProducts` of two unknowns only
  /// sign and magnitude are known, and that they are equal for equal factors:
  /// a solver does not get far with their bits.
  SymbolicEvaluator(OpBuilder &builder, bool opaqueProducts)
      : builder(builder), opaqueProducts(opaqueProducts) {}

  /// The results of `function` for `arguments`; fails with an error at an op
  /// that has no bit-vector meaning or that depends on an unknown index.
  FailureOr<SmallVector<Elements>> run(func::FuncOp function,
                                       ArrayRef<Elements> arguments);

  /// Restricts what is unknown to where `condition`, one bit, is 1.
  void assume(const Scalar &condition, Location location);

  /// An unknown for each element of `type`.
  Elements declare(Type type, Location location);

  /// `scalar` as a term of `width` bits.
  Value getTerm(const Scalar &scalar, unsigned width, Location location);

private:
  static unsigned getWidth(Type type);

  using Values = DenseMap<Value, Elements>;

  LogicalResult runBlock(Block &block);
  LogicalResult runOp(Operation &op);
  LogicalResult runElementwise(Operation &op);
  LogicalResult runExtendedProduct(Operation &op);
  LogicalResult runGeneric(Operation &op);
  LogicalResult runFor(Operation &op);
  LogicalResult runIf(Operation &op);
  LogicalResult runPad(Operation &op);
  LogicalResult runSlice(Operation &op);
  LogicalResult runTensor(Operation &op);
  FailureOr<Scalar> runScalar(Operation &op, ArrayRef<Scalar> operands);
  FailureOr<Value> createTerm(Operation &op, ArrayRef<Scalar> operands);
  /// A function of which nothing is known, applied to `terms`.
  Value applyUnknown(StringRef name, ValueRange terms, unsigned width,
                     Location location);
  /// Whether a term of 64 bits lies in an interval, or is a multiplier.
  Value isBetween(int64_t lowest, Value term, int64_t highest,
                  Location location);
  Value isFactor(Value term, Location location);
  /// The product of two terms of 64 bits.
  Value multiply(Value lhs, Value rhs, Location location);
  /// The product of 64 bits of two terms of at most that many.
  Value multiplySigned(Value lhs, Value rhs, Location location);
  FailureOr<int64_t> getIndex(Operation &op, Value value);
  FailureOr<int64_t> getOffset(Operation &op, Value tensor, ValueRange indices);

  OpBuilder &builder;
  bool opaqueProducts;
  Values values;
  llvm::StringMap<Elements> unknowns;
  llvm::StringMap<Value> functions;
  /// The indices of the loops of the innermost linalg.generic.
  SmallVector<int64_t> loopIndices;
};

} // namespace mlir::lowbit

#endif // LOWBIT_TEST_LIB_SYMBOLICEVALUATOR_H
