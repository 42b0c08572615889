//===- FloatOps.cpp - What elementwise ops on reals compute ---------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FloatOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::lowbit;

std::optional<float> mlir::lowbit::getRepeatedReal(Value value) {
  if (auto fill = value.getDefiningOp<linalg::FillOp>())
    value = fill.value();
  APFloat real(0.0f);
  if (!matchPattern(value, m_ConstantFloat(&real)) ||
      &real.getSemantics() != &APFloat::IEEEsingle() || real.isNaN())
    return std::nullopt;
  return real.convertToFloat();
}

/// `value` as an elementwise loop with one result of the same shape as each of
/// its `inputs` operands, or null.
static linalg::GenericOp getLoop(Value value, int64_t inputs) {
  auto loop = value.getDefiningOp<linalg::GenericOp>();
  if (!loop || loop.getNumDpsInputs() != inputs || loop.getNumDpsInits() != 1 ||
      loop.getNumParallelLoops() != loop.getNumLoops() ||
      !llvm::all_of(loop.getIndexingMapsArray(),
                    [](AffineMap map) { return map.isIdentity(); }))
    return {};
  return loop;
}

/// Follows the ops of one elementwise loop, or one op on tensors: `step` gets
/// each op and returns its operand that is not a constant, or null where it
/// refuses. The tensor that the first op starts from, or null.
static Value followOps(Value value, function_ref<Value(Operation *)> step) {
  Operation *op = value.getDefiningOp();
  auto loop = getLoop(value, /*inputs=*/1);
  if (!loop)
    return op ? step(op) : Value();
  Value current = loop.getRegionInputArgs().front();
  for (Operation &inner : loop.getBody()->without_terminator()) {
    if (inner.getNumResults() != 1 || step(&inner) != current)
      return {};
    current = inner.getResult(0);
  }
  if (loop.getBody()->getTerminator()->getOperand(0) != current)
    return {};
  return loop.getDpsInputOperand(0)->get();
}

/// The operand of the binary `op` that is not a constant, and the constant.
static std::optional<std::pair<Value, float>>
splitConstant(Operation *op, bool isCommutative) {
  Value lhs = op->getOperand(0), rhs = op->getOperand(1);
  if (auto constant = getRepeatedReal(rhs))
    return std::pair(lhs, *constant);
  auto constant = getRepeatedReal(lhs);
  if (!isCommutative || !constant)
    return std::nullopt;
  return std::pair(rhs, *constant);
}

std::optional<std::pair<Value, Value>> mlir::lowbit::matchAddition(Value sum) {
  Operation *op = sum.getDefiningOp();
  if (isa_and_present<arith::AddFOp, linalg::AddOp>(op))
    return std::pair(op->getOperand(0), op->getOperand(1));
  auto loop = getLoop(sum, /*inputs=*/2);
  if (!loop)
    return std::nullopt;
  auto add = loop.getBody()
                 ->getTerminator()
                 ->getOperand(0)
                 .getDefiningOp<arith::AddFOp>();
  ArrayRef<BlockArgument> elements = loop.getRegionInputArgs();
  if (!add || !llvm::is_contained(add->getOperands(), elements[0]) ||
      !llvm::is_contained(add->getOperands(), elements[1]))
    return std::nullopt;
  return std::pair(loop.getDpsInputOperand(0)->get(),
                   loop.getDpsInputOperand(1)->get());
}

std::optional<FloatClamp> mlir::lowbit::matchClamp(Value value) {
  FloatClamp clamp;
  clamp.input = followOps(value, [&](Operation *op) -> Value {
    bool isMax = isa<arith::MaximumFOp, arith::MaxNumFOp, linalg::MaxOp>(op);
    bool isMin = isa<arith::MinimumFOp, arith::MinNumFOp, linalg::MinOp>(op);
    auto split = isMax || isMin ? splitConstant(op, /*isCommutative=*/true)
                                : std::nullopt;
    if (!split)
      return {};
    auto [input, end] = *split;
    for (float *bound : {&clamp.lowest, &clamp.highest})
      *bound = isMax ? std::max(*bound, end) : std::min(*bound, end);
    return input;
  });
  if (!clamp.input || clamp.input.getType() != value.getType())
    return std::nullopt;
  return clamp;
}

std::optional<FloatScaling> mlir::lowbit::matchScaling(Value value) {
  FloatScaling scaling;
  scaling.input = followOps(value, [&](Operation *op) -> Value {
    bool isProduct = isa<arith::MulFOp, linalg::MulOp>(op);
    bool isQuotient = isa<arith::DivFOp, linalg::DivOp>(op);
    auto split =
        isProduct || isQuotient ? splitConstant(op, isProduct) : std::nullopt;
    if (!split)
      return {};
    double factor = split->second;
    scaling.factor =
        isProduct ? scaling.factor * factor : scaling.factor / factor;
    return split->first;
  });
  if (!scaling.input || scaling.input.getType() != value.getType())
    return std::nullopt;
  return scaling;
}
