//===- ChannelValues.cpp - What becomes of the outputs of a layer ---------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChannelValues.h"
#include "lowbit/Dialect/IR/ConstantData.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"
#include <cmath>

using namespace mlir;
using namespace mlir::lowbit;

/// How many ops back constants are looked for.
static constexpr unsigned kMaxDepth = 16;

using MaybeValue = std::optional<ChannelValue>;

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

static ChannelValue getConstant(int64_t count, double value) {
  return {true,
          SmallVector<double>(count, 0.0),
          SmallVector<double>(count, value),
          {},
          {}};
}

/// `a + sign * b`.
static MaybeValue add(ChannelValue a, const ChannelValue &b, double sign) {
  bool isUnscaled = llvm::all_of(a.scale, [](double s) { return s == 1.0; });
  for (size_t i = 0; i < a.scale.size(); ++i) {
    a.scale[i] += sign * b.scale[i];
    a.offset[i] += sign * b.offset[i];
  }
  if (!b.isConstant) {
    if (!a.isConstant)
      return std::nullopt;
    a.mean = sign > 0 ? b.mean : std::nullopt;
  }
  if (!a.isConstant && b.isConstant && isUnscaled) {
    a.mean = std::nullopt;
    if (sign < 0)
      a.mean = SmallVector<double>(
          llvm::map_range(a.offset, [](double value) { return -value; }));
  }
  a.deviation = a.isConstant ? b.deviation : a.deviation;
  a.isConstant &= b.isConstant;
  return a;
}

/// `a * factor` or `a / factor`, each channel by its own.
static ChannelValue scaleBy(ChannelValue a, const ChannelValue &factor,
                            bool isQuotient) {
  for (size_t i = 0; i < a.scale.size(); ++i) {
    double divisor = factor.offset[i];
    a.scale[i] = isQuotient ? a.scale[i] / divisor : a.scale[i] * divisor;
    a.offset[i] = isQuotient ? a.offset[i] / divisor : a.offset[i] * divisor;
  }
  if (factor.deviation && factor.isDivisor == isQuotient) {
    a.deviation = factor.deviation;
    a.isDivisor = false;
  }
  return a;
}

/// The constant root(a), which is a deviation, or 1 by one.
static MaybeValue getRoot(ChannelValue a, bool isReciprocal) {
  if (!a.isConstant)
    return std::nullopt;
  for (double &value : a.offset)
    value = std::sqrt(value);
  a.deviation = a.offset;
  a.isDivisor = !isReciprocal;
  if (isReciprocal)
    for (double &value : a.offset)
      value = 1.0 / value;
  return a;
}

/// The result of the arithmetic `op` on `operands`.
static MaybeValue combine(Operation *op, ArrayRef<ChannelValue> operands) {
  return llvm::TypeSwitch<Operation *, MaybeValue>(op)
      .Case<arith::AddFOp>([&](auto) -> MaybeValue {
        bool isSwapped = operands[0].isConstant;
        return add(operands[isSwapped], operands[!isSwapped], 1.0);
      })
      .Case<arith::SubFOp>(
          [&](auto) { return add(operands[0], operands[1], -1.0); })
      .Case<arith::MulFOp>([&](auto) -> MaybeValue {
        if (operands[1].isConstant)
          return scaleBy(operands[0], operands[1], /*isQuotient=*/false);
        if (operands[0].isConstant)
          return scaleBy(operands[1], operands[0], /*isQuotient=*/false);
        return std::nullopt;
      })
      .Case<arith::DivFOp>([&](auto) -> MaybeValue {
        if (!operands[1].isConstant)
          return std::nullopt;
        return scaleBy(operands[0], operands[1], /*isQuotient=*/true);
      })
      .Case<math::SqrtOp>([&](auto) { return getRoot(operands[0], false); })
      .Case<math::RsqrtOp>([&](auto) { return getRoot(operands[0], true); })
      .Default(MaybeValue());
}

/// The result of the arithmetic `op`, whose operands `evaluate` gives.
static MaybeValue evaluateOp(Operation *op,
                             function_ref<MaybeValue(Value)> evaluate) {
  if (!op || !isa<arith::AddFOp, arith::SubFOp, arith::MulFOp, arith::DivFOp,
                  math::SqrtOp, math::RsqrtOp>(op))
    return std::nullopt;
  SmallVector<ChannelValue, 2> operands;
  for (Value operand : op->getOperands()) {
    auto value = evaluate(operand);
    if (!value)
      return std::nullopt;
    operands.push_back(std::move(*value));
  }
  return combine(op, operands);
}

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

MaybeValue ChannelEvaluator::evaluateConstant(Value value,
                                              std::optional<int64_t> dim) {
  DenseFPElementsAttr splat;
  if (matchPattern(value, m_Constant(&splat)) && splat.isSplat())
    return getConstant(count, splat.getSplatValue<APFloat>().convertToFloat());
  auto type = cast<RankedTensorType>(value.getType());
  bool isPerChannel =
      type.getNumElements() == count && dim && type.getDimSize(*dim) == count;
  auto values = isPerChannel ? getConstantFloats(value) : std::nullopt;
  if (!values)
    return std::nullopt;
  ChannelValue result = getConstant(count, 0.0);
  llvm::copy(*values, result.offset.begin());
  return result;
}

/// Constants in another shape, in which other extents are 1.
MaybeValue ChannelEvaluator::evaluateMoved(Operation *op,
                                           std::optional<int64_t> dim,
                                           unsigned depth) {
  Value source;
  std::optional<int64_t> sourceDim;
  if (auto cast = dyn_cast<tensor::CastOp>(op)) {
    source = cast.getSource();
    sourceDim = dim;
  } else if (auto expand = dyn_cast<tensor::ExpandShapeOp>(op)) {
    source = expand.getSrc();
    for (auto [group, dims] : llvm::enumerate(expand.getReassociationIndices()))
      if (dim && llvm::is_contained(dims, *dim))
        sourceDim = group;
  } else if (auto collapse = dyn_cast<tensor::CollapseShapeOp>(op)) {
    source = collapse.getSrc();
    if (dim)
      for (int64_t d : collapse.getReassociationIndices()[*dim])
        if (collapse.getSrcType().getDimSize(d) == count)
          sourceDim = d;
  } else {
    return std::nullopt;
  }
  auto value = evaluate(source, sourceDim, depth + 1);
  return value && value->isConstant ? value : std::nullopt;
}

/// Whether all loops of `op` are parallel.
static bool isElementwise(linalg::LinalgOp op) {
  return op && op.getNumParallelLoops() == op.getNumLoops();
}

MaybeValue ChannelEvaluator::evaluate(Value value, std::optional<int64_t> dim,
                                      unsigned depth) {
  if (value == root && dim == channelDim)
    return ChannelValue{false,
                        SmallVector<double>(count, 1.0),
                        SmallVector<double>(count, 0.0),
                        {},
                        {}};
  auto type = dyn_cast<RankedTensorType>(value.getType());
  Operation *op = value.getDefiningOp();
  if (value == root || depth == kMaxDepth || !type || !op ||
      !type.getElementType().isF32())
    return std::nullopt;
  if (matchPattern(op, m_Constant()))
    return evaluateConstant(value, dim);
  if (auto loops = dyn_cast<linalg::LinalgOp>(op)) {
    unsigned index = cast<OpResult>(value).getResultNumber();
    AffineMap map =
        loops.getMatchingIndexingMap(loops.getDpsInitOperand(index));
    if (!isElementwise(loops) || !map.isPermutation())
      return std::nullopt;
    std::optional<unsigned> loop;
    if (dim)
      loop = map.getDimPosition(*dim);
    Value element = loops.getBlock()->getTerminator()->getOperand(index);
    return evaluateElement(loops, element, map, loop, depth + 1);
  }
  if (auto moved = evaluateMoved(op, dim, depth))
    return moved;
  return evaluateOp(
      op, [&](Value operand) { return evaluate(operand, dim, depth + 1); });
}

MaybeValue ChannelEvaluator::evaluateElement(linalg::LinalgOp op, Value value,
                                             AffineMap result,
                                             std::optional<unsigned> loop,
                                             unsigned depth) {
  if (depth == kMaxDepth)
    return std::nullopt;
  APFloat real(0.0f);
  if (matchPattern(value, m_ConstantFloat(&real)) && value.getType().isF32())
    return getConstant(count, real.convertToFloat());
  auto argument = dyn_cast<BlockArgument>(value);
  if (!argument)
    return evaluateOp(value.getDefiningOp(), [&](Value operand) {
      return evaluateElement(op, operand, result, loop, depth + 1);
    });
  if (argument.getOwner() != op.getBlock())
    return std::nullopt;
  OpOperand &operand = op->getOpOperand(argument.getArgNumber());
  if (!isa<ShapedType>(operand.get().getType()))
    return evaluateElement(op, operand.get(), result, loop, depth + 1);
  AffineMap map = op.getMatchingIndexingMap(&operand);
  std::optional<int64_t> dim;
  for (auto [position, expr] : llvm::enumerate(map.getResults()))
    if (loop && expr == getAffineDimExpr(*loop, op.getContext()))
      dim = position;
  auto tensor = evaluate(operand.get(), dim, depth + 1);
  // y stays where it is.
  bool isMoved = tensor && !tensor->isConstant && map != result;
  return isMoved ? std::nullopt : tensor;
}

MaybeValue ChannelEvaluator::evaluateElement(linalg::LinalgOp op, Value value) {
  AffineMap map = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
  if (!isElementwise(op) || !map.isPermutation())
    return std::nullopt;
  return evaluateElement(op, value, map, map.getDimPosition(channelDim), 0);
}
