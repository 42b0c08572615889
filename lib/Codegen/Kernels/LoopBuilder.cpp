//===- LoopBuilder.cpp - The vocabulary of loops --------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LoopBuilder.h"
#include "LoopAnnotations.h"
#include "Vectors.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::lowbit;

LoopBuilder::LoopBuilder(func::FuncOp function)
    : b(ImplicitLocOpBuilder::atBlockEnd(function.getLoc(),
                                         function.addEntryBlock())) {}

Value LoopBuilder::index(int64_t value) {
  return arith::ConstantIndexOp::create(b, value);
}

Value LoopBuilder::add(Value lhs, Value rhs) {
  return arith::AddIOp::create(b, lhs, rhs);
}

Value LoopBuilder::add(Value value, int64_t constant) {
  return add(value, index(constant));
}

Value LoopBuilder::subtract(Value lhs, Value rhs) {
  return arith::SubIOp::create(b, lhs, rhs);
}

Value LoopBuilder::multiply(Value value, int64_t factor) {
  return arith::MulIOp::create(b, value, index(factor));
}

Value LoopBuilder::minimum(Value lhs, Value rhs) {
  return arith::MinUIOp::create(b, lhs, rhs);
}

Value LoopBuilder::isZero(Value value) {
  return arith::CmpIOp::create(b, arith::CmpIPredicate::eq, value, index(0));
}

Value LoopBuilder::apply(AffineExpr expr, Value value) {
  return apply(expr, ValueRange(value));
}

Value LoopBuilder::apply(AffineExpr expr, ValueRange values) {
  return affine::AffineApplyOp::create(
      b, AffineMap::get(values.size(), 0, expr), values);
}

Value LoopBuilder::splat(Value scalar, VectorType type) {
  return vector::BroadcastOp::create(b, type, scalar);
}

Value LoopBuilder::splat(int64_t constant, VectorType type) {
  return emitSplat(b, b.getLoc(), type, constant);
}

Value LoopBuilder::loadBroadcast(Value matrix, Value row, Value column) {
  // The choice does not depend on the loops.
  auto clamp = [&](Value i, int64_t dim) -> Value {
    Value extent = memref::DimOp::create(b, matrix, dim);
    Value one =
        arith::CmpIOp::create(b, arith::CmpIPredicate::eq, extent, index(1));
    Value step = arith::SelectOp::create(b, one, index(0), index(1));
    return arith::MulIOp::create(b, i, step);
  };
  return memref::LoadOp::create(b, matrix,
                                ValueRange{clamp(row, 0), clamp(column, 1)});
}

/// Yields what `body` returns, written where `builder` inserts.
static void yieldAt(OpBuilder &builder, ImplicitLocOpBuilder &b,
                    function_ref<SmallVector<Value>()> body) {
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(builder.getInsertionBlock(), builder.getInsertionPoint());
  scf::YieldOp::create(b, body());
}

scf::ForOp
LoopBuilder::createLoop(Value from, Value to, int64_t step, ValueRange inits,
                        function_ref<Values(Value, ValueRange)> body) {
  return scf::ForOp::create(
      b, from, to, index(step), inits,
      [&](OpBuilder &builder, Location, Value i, ValueRange carried) {
        yieldAt(builder, b, [&] { return body(i, carried); });
      });
}

scf::ForOp LoopBuilder::createLoop(Value from, Value to, int64_t step,
                                   function_ref<void(Value)> body) {
  return createLoop(from, to, step, ValueRange(),
                    [&](Value i, ValueRange) -> Values {
                      body(i);
                      return {};
                    });
}

LoopBuilder::Values
LoopBuilder::forLoop(Value from, Value to, int64_t step, ValueRange inits,
                     function_ref<Values(Value, ValueRange)> body) {
  return Values(createLoop(from, to, step, inits, body).getResults());
}

void LoopBuilder::forLoop(Value from, Value to, int64_t step,
                          function_ref<void(Value)> body) {
  createLoop(from, to, step, body);
}

/// The largest power of `ratio` below `count`; 0 below 1.
static int64_t getSmallerPart(int64_t count, int64_t ratio) {
  if (count <= 1)
    return 0;
  int64_t part = 1;
  while (part * ratio < count)
    part *= ratio;
  return part;
}

void LoopBuilder::forParts(Value total, int64_t most,
                           function_ref<void(Value, int64_t)> body,
                           int64_t ratio) {
  Value first = index(0);
  for (int64_t count = most; count > 0; count = getSmallerPart(count, ratio)) {
    Value left = arith::SubIOp::create(b, total, first);
    AffineExpr whole = b.getAffineDimExpr(0).floorDiv(count) * count;
    Value end = arith::AddIOp::create(b, first, apply(whole, left));
    keepRolled(
        createLoop(first, end, count, [&](Value at) { body(at, count); }));
    first = end;
  }
}

LoopBuilder::Values LoopBuilder::choose(Value condition,
                                        function_ref<Values()> ifTrue,
                                        function_ref<Values()> ifFalse) {
  auto choice = scf::IfOp::create(
      b, condition,
      [&](OpBuilder &builder, Location) { yieldAt(builder, b, ifTrue); },
      [&](OpBuilder &builder, Location) { yieldAt(builder, b, ifFalse); });
  return Values(choice.getResults());
}
