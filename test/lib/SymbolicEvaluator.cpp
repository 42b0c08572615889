//===- SymbolicEvaluator.cpp - Scalar code as bit-vector terms ------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SymbolicEvaluator.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace mlir::lowbit;

static ArrayRef<int64_t> getShape(Value value) {
  auto type = dyn_cast<ShapedType>(value.getType());
  return type ? type.getShape() : ArrayRef<int64_t>();
}

/// The row-major position of `indices` in `shape`; -1 if they are outside.
static int64_t linearize(ArrayRef<int64_t> shape, ArrayRef<int64_t> indices) {
  int64_t offset = 0;
  for (auto [extent, index] : llvm::zip_equal(shape, indices)) {
    if (index < 0 || index >= extent)
      return -1;
    offset = offset * extent + index;
  }
  return offset;
}

//===----------------------------------------------------------------------===//
// Indices
//===----------------------------------------------------------------------===//

FailureOr<int64_t> SymbolicEvaluator::getIndex(Operation &op, Value value) {
  const Scalar &scalar = values[value].front();
  auto constant = dyn_cast_if_present<IntegerAttr>(scalar.constant);
  if (!constant)
    return op.emitError("expected an index known at compile time");
  return constant.getInt();
}

FailureOr<int64_t> SymbolicEvaluator::getOffset(Operation &op, Value tensor,
                                                ValueRange indices) {
  SmallVector<int64_t> position;
  for (Value index : indices) {
    auto known = getIndex(op, index);
    if (failed(known))
      return failure();
    position.push_back(*known);
  }
  int64_t offset = linearize(getShape(tensor), position);
  if (offset < 0)
    return op.emitError("expected an index inside the tensor");
  return offset;
}

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

LogicalResult SymbolicEvaluator::runElementwise(Operation &op) {
  int64_t count = ShapedType::getNumElements(getShape(op.getResult(0)));
  Elements results;
  for (int64_t i = 0; i < count; ++i) {
    SmallVector<Scalar> operands;
    for (Value operand : op.getOperands()) {
      const Elements &elements = values[operand];
      operands.push_back(elements[elements.size() == 1 ? 0 : i]);
    }
    auto result = runScalar(op, operands);
    if (failed(result))
      return failure();
    results.push_back(*result);
  }
  values[op.getResult(0)] = std::move(results);
  return success();
}

/// The constant indices of `map` at `loops`.
static SmallVector<int64_t> applyMap(AffineMap map, ArrayRef<int64_t> loops) {
  return map.compose(loops);
}

LogicalResult SymbolicEvaluator::runGeneric(Operation &op) {
  auto loop = cast<linalg::GenericOp>(op);
  SmallVector<int64_t> extents = loop.getStaticLoopRanges();
  SmallVector<AffineMap> maps = loop.getIndexingMapsArray();
  SmallVector<Elements> results;
  for (Value init : loop.getDpsInits())
    results.push_back(values[init]);
  int64_t count = ShapedType::getNumElements(extents);
  SmallVector<int64_t> outer = loopIndices;
  for (int64_t i = 0; i < count; ++i) {
    loopIndices.assign(extents.size(), 0);
    for (int64_t d = extents.size() - 1, rest = i; d >= 0; --d) {
      loopIndices[d] = rest % extents[d];
      rest /= extents[d];
    }
    SmallVector<int64_t> indices = loopIndices;
    unsigned inputs = loop.getNumDpsInputs();
    auto getPlace = [&](unsigned operand) {
      return linearize(getShape(op.getOperand(operand)),
                       applyMap(maps[operand], indices));
    };
    for (auto [operand, argument] :
         llvm::enumerate(loop.getBody()->getArguments())) {
      const Elements &elements = operand < inputs
                                     ? values[op.getOperand(operand)]
                                     : results[operand - inputs];
      Scalar element = elements[getPlace(operand)];
      values[argument] = {element};
    }
    if (failed(runBlock(*loop.getBody())))
      return failure();
    loopIndices = indices;
    Operation *yield = loop.getBody()->getTerminator();
    for (auto [result, value] : llvm::enumerate(yield->getOperands()))
      results[result][getPlace(inputs + result)] = values[value].front();
  }
  loopIndices = outer;
  for (auto [value, elements] : llvm::zip_equal(op.getResults(), results))
    values[value] = elements;
  return success();
}

LogicalResult SymbolicEvaluator::runFor(Operation &op) {
  auto loop = cast<scf::ForOp>(op);
  auto begin = getIndex(op, loop.getLowerBound());
  auto end = getIndex(op, loop.getUpperBound());
  auto step = getIndex(op, loop.getStep());
  if (failed(begin) || failed(end) || failed(step))
    return failure();
  SmallVector<Elements> carried;
  for (Value init : loop.getInitArgs())
    carried.push_back(values[init]);
  for (int64_t i = *begin; i < *end; i += *step) {
    values[loop.getInductionVar()] = {Scalar{builder.getIndexAttr(i), {}}};
    for (auto [argument, elements] :
         llvm::zip_equal(loop.getRegionIterArgs(), carried))
      values[argument] = elements;
    if (failed(runBlock(*loop.getBody())))
      return failure();
    Operation *yield = loop.getBody()->getTerminator();
    for (auto [elements, value] :
         llvm::zip_equal(carried, yield->getOperands()))
      elements = values[value];
  }
  for (auto [value, elements] : llvm::zip_equal(op.getResults(), carried))
    values[value] = elements;
  return success();
}

LogicalResult SymbolicEvaluator::runIf(Operation &op) {
  auto branch = cast<scf::IfOp>(op);
  const Scalar &condition = values[branch.getCondition()].front();
  auto known = dyn_cast_if_present<IntegerAttr>(condition.constant);
  if (!known)
    return op.emitError("expected a condition known at compile time");
  Region &region = known.getValue().isZero() ? branch.getElseRegion()
                                             : branch.getThenRegion();
  if (region.empty())
    return success();
  if (failed(runBlock(region.front())))
    return failure();
  for (auto [result, value] : llvm::zip_equal(
           op.getResults(), region.front().getTerminator()->getOperands())) {
    Elements elements = values[value];
    values[result] = std::move(elements);
  }
  return success();
}

/// Calls `visit` with the indices of each element of `shape`, in order.
static LogicalResult
forEachIndex(ArrayRef<int64_t> shape,
             function_ref<LogicalResult(ArrayRef<int64_t>)> visit) {
  SmallVector<int64_t> at(shape.size(), 0);
  for (int64_t i = 0, e = ShapedType::getNumElements(shape); i < e; ++i) {
    if (failed(visit(at)))
      return failure();
    for (size_t d = shape.size(); d-- > 0;) {
      if (++at[d] < shape[d])
        break;
      at[d] = 0;
    }
  }
  return success();
}

LogicalResult SymbolicEvaluator::runPad(Operation &op) {
  auto pad = cast<tensor::PadOp>(op);
  ArrayRef<int64_t> low = pad.getStaticLow();
  ArrayRef<int64_t> shape = getShape(pad.getSource());
  Elements source = values[pad.getSource()], results;
  Block &body = pad.getRegion().front();
  auto visit = [&](ArrayRef<int64_t> at) -> LogicalResult {
    SmallVector<int64_t> from;
    for (auto [index, side] : llvm::zip_equal(at, low))
      from.push_back(index - side);
    if (int64_t offset = linearize(shape, from); offset >= 0) {
      results.push_back(source[offset]);
      return success();
    }
    for (auto [argument, index] : llvm::zip_equal(body.getArguments(), at))
      values[argument] = {Scalar{builder.getIndexAttr(index), {}}};
    if (failed(runBlock(body)))
      return failure();
    results.push_back(values[body.getTerminator()->getOperand(0)].front());
    return success();
  };
  if (failed(forEachIndex(getShape(op.getResult(0)), visit)))
    return failure();
  values[op.getResult(0)] = std::move(results);
  return success();
}

LogicalResult SymbolicEvaluator::runSlice(Operation &op) {
  auto slice = cast<OffsetSizeAndStrideOpInterface>(op);
  auto insert = dyn_cast<tensor::InsertSliceOp>(op);
  Value whole = insert ? insert.getDest() : op.getOperand(0);
  Elements part = insert ? values[insert.getSource()] : Elements();
  Elements elements = values[whole];
  auto isDynamic = [](ArrayRef<int64_t> extents) {
    return ShapedType::isDynamicShape(extents);
  };
  if (isDynamic(slice.getStaticOffsets()) ||
      isDynamic(slice.getStaticSizes()) || isDynamic(slice.getStaticStrides()))
    return op.emitError("expected a slice known at compile time");
  int64_t next = 0;
  auto visit = [&](ArrayRef<int64_t> at) -> LogicalResult {
    SmallVector<int64_t> place;
    for (auto [index, offset, stride] : llvm::zip_equal(
             at, slice.getStaticOffsets(), slice.getStaticStrides()))
      place.push_back(offset + index * stride);
    int64_t offset = linearize(getShape(whole), place);
    if (insert)
      elements[offset] = part[next++];
    else
      part.push_back(elements[offset]);
    return success();
  };
  (void)forEachIndex(slice.getStaticSizes(), visit);
  values[op.getResult(0)] = insert ? std::move(elements) : std::move(part);
  return success();
}

LogicalResult SymbolicEvaluator::runTensor(Operation &op) {
  if (isa<tensor::PadOp>(op))
    return runPad(op);
  if (isa<tensor::ExtractSliceOp, tensor::InsertSliceOp>(op))
    return runSlice(op);
  if (auto extract = dyn_cast<tensor::ExtractOp>(op)) {
    auto offset = getOffset(op, extract.getTensor(), extract.getIndices());
    if (failed(offset))
      return failure();
    Scalar element = values[extract.getTensor()][*offset];
    values[extract] = {element};
    return success();
  }
  if (auto insert = dyn_cast<tensor::InsertOp>(op)) {
    auto offset = getOffset(op, insert.getDest(), insert.getIndices());
    if (failed(offset))
      return failure();
    Elements elements = values[insert.getDest()];
    elements[*offset] = values[insert.getScalar()].front();
    values[insert] = std::move(elements);
    return success();
  }
  if (isa<tensor::CastOp, tensor::CollapseShapeOp, tensor::ExpandShapeOp>(op)) {
    Elements elements = values[op.getOperand(0)];
    values[op.getResult(0)] = std::move(elements);
    return success();
  }
  if (isa<tensor::EmptyOp>(op)) {
    values[op.getResult(0)] =
        Elements(ShapedType::getNumElements(getShape(op.getResult(0))));
    return success();
  }
  return op.emitError("expected a tensor op that moves single elements");
}

LogicalResult SymbolicEvaluator::runOp(Operation &op) {
  if (auto constant = dyn_cast<arith::ConstantOp>(op)) {
    Elements elements;
    if (auto dense = dyn_cast<DenseElementsAttr>(constant.getValue()))
      for (Attribute element : dense.getValues<Attribute>())
        elements.push_back({cast<TypedAttr>(element), {}});
    else
      elements.push_back({constant.getValue(), {}});
    values[constant] = std::move(elements);
    return success();
  }
  if (auto call = dyn_cast<func::CallOp>(op)) {
    if (call.getNumOperands() != 0 || call.getNumResults() != 1)
      return op.emitError("expected a call that returns what is unknown");
    Elements &unknown = unknowns[call.getCallee()];
    if (unknown.empty())
      unknown = declare(call.getResult(0).getType(), op.getLoc());
    values[call.getResult(0)] = unknown;
    return success();
  }
  if (auto assertion = dyn_cast<cf::AssertOp>(op)) {
    assume(values[assertion.getArg()].front(), op.getLoc());
    return success();
  }
  if (auto index = dyn_cast<linalg::IndexOp>(op)) {
    values[index] = {
        Scalar{builder.getIndexAttr(loopIndices[index.getDim()]), {}}};
    return success();
  }
  if (isa<linalg::GenericOp>(op))
    return runGeneric(op);
  if (isa<scf::ForOp>(op))
    return runFor(op);
  if (isa<scf::IfOp>(op))
    return runIf(op);
  if (isa<arith::MulSIExtendedOp>(op))
    return runExtendedProduct(op);
  if (isa<tensor::TensorDialect>(op.getDialect()))
    return runTensor(op);
  if (op.getNumRegions() == 0 && op.getNumResults() == 1)
    return runElementwise(op);
  return op.emitError("expected scalar code as the reference lowering gives");
}

LogicalResult SymbolicEvaluator::runBlock(Block &block) {
  for (Operation &op : block.without_terminator())
    if (failed(runOp(op)))
      return failure();
  return success();
}

FailureOr<SmallVector<Elements>>
SymbolicEvaluator::run(func::FuncOp function, ArrayRef<Elements> arguments) {
  values.clear();
  for (auto [argument, elements] :
       llvm::zip_equal(function.getArguments(), arguments))
    values[argument] = elements;
  Block &body = function.getBody().front();
  if (failed(runBlock(body)))
    return failure();
  SmallVector<Elements> results;
  for (Value value : body.getTerminator()->getOperands())
    results.push_back(values[value]);
  return results;
}
