//===- SymbolicEvaluator.cpp - Scalar code as bit-vector terms ------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SymbolicEvaluator.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
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

static unsigned getWidth(Type type) {
  Type element = getElementTypeOrSelf(type);
  return element.isIndex() ? 64 : element.getIntOrFloatBitWidth();
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
// Scalars
//===----------------------------------------------------------------------===//

Value SymbolicEvaluator::getTerm(const Scalar &scalar, unsigned width,
                                 Location location) {
  if (scalar.term)
    return scalar.term;
  APInt value =
      scalar.constant ? scalar.constant.getValue() : APInt::getZero(width);
  return smt::BVConstantOp::create(builder, location, value);
}

FailureOr<int64_t> SymbolicEvaluator::getIndex(Operation &op, Value value) {
  const Scalar &scalar = values[value].front();
  if (!scalar.constant)
    return op.emitError("expected an index known at compile time");
  return scalar.constant.getInt();
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

/// 1 or 0 of one bit.
static Value toBit(OpBuilder &builder, Location location, Value condition) {
  Value one = smt::BVConstantOp::create(builder, location, APInt(1, 1));
  Value zero = smt::BVConstantOp::create(builder, location, APInt(1, 0));
  return smt::IteOp::create(builder, location, condition, one, zero);
}

static Value fromBit(OpBuilder &builder, Location location, Value bit) {
  Value one = smt::BVConstantOp::create(builder, location, APInt(1, 1));
  return smt::EqOp::create(builder, location, bit, one);
}

static Value compare(OpBuilder &builder, Location location,
                     arith::CmpIPredicate predicate, Value lhs, Value rhs) {
  auto create = [&](smt::BVCmpPredicate bitVector) -> Value {
    return smt::BVCmpOp::create(builder, location, bitVector, lhs, rhs);
  };
  switch (predicate) {
  case arith::CmpIPredicate::eq:
    return smt::EqOp::create(builder, location, lhs, rhs);
  case arith::CmpIPredicate::ne:
    return smt::DistinctOp::create(builder, location, lhs, rhs);
  case arith::CmpIPredicate::slt:
    return create(smt::BVCmpPredicate::slt);
  case arith::CmpIPredicate::sle:
    return create(smt::BVCmpPredicate::sle);
  case arith::CmpIPredicate::sgt:
    return create(smt::BVCmpPredicate::sgt);
  case arith::CmpIPredicate::sge:
    return create(smt::BVCmpPredicate::sge);
  case arith::CmpIPredicate::ult:
    return create(smt::BVCmpPredicate::ult);
  case arith::CmpIPredicate::ule:
    return create(smt::BVCmpPredicate::ule);
  case arith::CmpIPredicate::ugt:
    return create(smt::BVCmpPredicate::ugt);
  case arith::CmpIPredicate::uge:
    return create(smt::BVCmpPredicate::uge);
  }
  llvm_unreachable("covered switch");
}

FailureOr<Value> SymbolicEvaluator::createTerm(Operation &op,
                                               ArrayRef<Scalar> operands) {
  Location location = op.getLoc();
  SmallVector<Value> terms;
  for (auto [scalar, operand] : llvm::zip_equal(operands, op.getOperands()))
    terms.push_back(getTerm(scalar, getWidth(operand.getType()), location));
  unsigned width = getWidth(op.getResult(0).getType());
  auto type = smt::BitVectorType::get(op.getContext(), width);
  auto binary = [&](auto bitVectorOp) -> Value {
    return decltype(bitVectorOp)::create(builder, location, type, terms[0],
                                         terms[1]);
  };
  auto choose = [&](arith::CmpIPredicate predicate) -> Value {
    Value first = compare(builder, location, predicate, terms[0], terms[1]);
    return smt::IteOp::create(builder, location, first, terms[0], terms[1]);
  };
  auto extend = [&](Value head) -> Value {
    return smt::ConcatOp::create(builder, location, head, terms[0]);
  };
  auto bits = [&](Value term, unsigned low, unsigned count) -> Value {
    auto part = smt::BitVectorType::get(op.getContext(), count);
    return smt::ExtractOp::create(builder, location, part, low, term);
  };
  if (isa<arith::AddIOp>(op))
    return binary(smt::BVAddOp());
  if (isa<arith::SubIOp>(op)) {
    terms[1] = smt::BVNegOp::create(builder, location, type, terms[1]);
    return binary(smt::BVAddOp());
  }
  if (isa<arith::MulIOp>(op))
    return binary(smt::BVMulOp());
  if (isa<arith::DivSIOp>(op))
    return binary(smt::BVSDivOp());
  if (isa<arith::AndIOp>(op))
    return binary(smt::BVAndOp());
  if (isa<arith::OrIOp>(op))
    return binary(smt::BVOrOp());
  if (isa<arith::XOrIOp>(op))
    return binary(smt::BVXOrOp());
  if (isa<arith::ShLIOp>(op))
    return binary(smt::BVShlOp());
  if (isa<arith::ShRUIOp>(op))
    return binary(smt::BVLShrOp());
  if (isa<arith::ShRSIOp>(op))
    return binary(smt::BVAShrOp());
  if (isa<arith::MaxSIOp>(op))
    return choose(arith::CmpIPredicate::sgt);
  if (isa<arith::MinSIOp>(op))
    return choose(arith::CmpIPredicate::slt);
  if (isa<arith::MaxUIOp>(op))
    return choose(arith::CmpIPredicate::ugt);
  if (isa<arith::MinUIOp>(op))
    return choose(arith::CmpIPredicate::ult);
  if (auto cmp = dyn_cast<arith::CmpIOp>(op))
    return toBit(
        builder, location,
        compare(builder, location, cmp.getPredicate(), terms[0], terms[1]));
  if (isa<arith::SelectOp>(op))
    return Value(smt::IteOp::create(builder, location,
                                    fromBit(builder, location, terms[0]),
                                    terms[1], terms[2]));
  unsigned operandWidth = getWidth(op.getOperand(0).getType());
  if (isa<arith::TruncIOp>(op))
    return bits(terms[0], 0, width);
  if (isa<arith::ExtUIOp>(op))
    return extend(smt::BVConstantOp::create(
        builder, location, APInt::getZero(width - operandWidth)));
  if (isa<arith::ExtSIOp>(op)) {
    Value sign = bits(terms[0], operandWidth - 1, 1);
    return extend(
        smt::RepeatOp::create(builder, location, width - operandWidth, sign));
  }
  return op.emitError("expected an op with a bit-vector meaning");
}

FailureOr<Scalar> SymbolicEvaluator::runScalar(Operation &op,
                                               ArrayRef<Scalar> operands) {
  // What is known is computed by the op's own fold.
  auto attributes = llvm::map_to_vector(
      operands, [](const Scalar &s) -> Attribute { return s.constant; });
  bool isKnown = llvm::all_of(attributes, [](Attribute a) { return bool(a); });
  SmallVector<OpFoldResult> folded;
  if (isKnown && succeeded(op.fold(attributes, folded)) && !folded.empty()) {
    if (auto attribute =
            dyn_cast_if_present<IntegerAttr>(dyn_cast<Attribute>(folded[0])))
      return Scalar{attribute, {}};
    for (auto [scalar, operand] : llvm::zip_equal(operands, op.getOperands()))
      if (dyn_cast<Value>(folded[0]) == operand)
        return scalar;
  }
  auto term = createTerm(op, operands);
  if (failed(term))
    return failure();
  return Scalar{{}, *term};
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

LogicalResult SymbolicEvaluator::runTensor(Operation &op) {
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
    if (auto dense = dyn_cast<DenseIntElementsAttr>(constant.getValue()))
      for (Attribute element : dense.getValues<Attribute>())
        elements.push_back({cast<IntegerAttr>(element), {}});
    else if (auto integer = dyn_cast<IntegerAttr>(constant.getValue()))
      elements.push_back({integer, {}});
    else
      return op.emitError("expected an integer constant");
    values[constant] = std::move(elements);
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
