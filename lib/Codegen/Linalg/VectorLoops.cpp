//===- VectorLoops.cpp - Loops of vectors ---------------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VectorLoops.h"
#include "LoopAnnotations.h"
#include "StridedLoads.h"
#include "VectorPlan.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace {
class VectorLoops {
public:
  VectorLoops(RewriterBase &rewriter, linalg::LinalgOp op, VectorPlan plan)
      : b(rewriter), op(op), loc(op.getLoc()), plan(std::move(plan)),
        indices(op.getNumLoops()), scalars(op.getNumDpsInputs()) {}

  void emit();

private:
  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  }
  /// A loop whose body `body` writes; none if it runs once.
  void forLoop(OpFoldResult from, OpFoldResult to, int64_t step,
               function_ref<void(OpFoldResult)> body, bool isTail = false);

  /// The loops from `plan.order[position]` on.
  void emitLoops(unsigned position);
  /// The loop along the vectors, whole ones first.
  void emitVectorLoop(unsigned position);
  void emitVectors(unsigned position, OpFoldResult first, int64_t count);
  void emitBody();

  bool isFixed(AffineMap map) const;
  void loadScalars();
  Value getSlice(OpOperand &operand);
  Value packSlice(OpOperand &input);
  /// A buffer on the stack that LLVM keeps in registers.
  Value createRegister(ArrayRef<int64_t> shape, Type element);
  void keepInRegisters(unsigned position);

  RewriterBase &b;
  linalg::LinalgOp op;
  Location loc;
  VectorPlan plan;
  SmallVector<Range> ranges;
  /// Where the loops are; null before they are emitted.
  SmallVector<OpFoldResult> indices;
  /// Elements that are the same in all further loops.
  SmallVector<Value> scalars;
  /// Elements per body: 1 is a scalar.
  int64_t width = 0;
  /// What the body writes instead of the op's outputs.
  SmallVector<Value> registers;
};
} // namespace

void VectorLoops::forLoop(OpFoldResult from, OpFoldResult to, int64_t step,
                          function_ref<void(OpFoldResult)> body, bool isTail) {
  std::optional<int64_t> first = getConstantIntValue(from),
                         last = getConstantIntValue(to);
  if (first && last && *last - *first <= step) {
    if (*first < *last)
      body(from);
    return;
  }
  auto loop = scf::ForOp::create(
      b, loc, getValueOrCreateConstantIndexOp(b, loc, from),
      getValueOrCreateConstantIndexOp(b, loc, to), index(step));
  if (isTail)
    keepScalar(loop);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  body(loop.getInductionVar());
}

bool VectorLoops::isFixed(AffineMap map) const {
  for (auto [d, index] : llvm::enumerate(indices))
    if (map.isFunctionOfDim(d) && (!index || d == plan.along))
      return false;
  return true;
}

/// The elements of inputs that are constant from here on.
void VectorLoops::loadScalars() {
  for (OpOperand *input : op.getDpsInputOperands()) {
    Value &scalar = scalars[input->getOperandNumber()];
    AffineMap map = op.getMatchingIndexingMap(input);
    if (scalar || !isFixed(map))
      continue;
    if (!isa<MemRefType>(input->get().getType())) {
      scalar = input->get();
      continue;
    }
    SmallVector<OpFoldResult> known = indices;
    for (OpFoldResult &index : known)
      if (!index)
        index = b.getIndexAttr(0);
    SmallVector<Value> at = getValueOrCreateConstantIndexOp(
        b, loc,
        affine::makeComposedFoldedMultiResultAffineApply(b, loc, map, known));
    scalar = memref::LoadOp::create(b, loc, input->get(), at);
  }
}

/// The row of `operand` that holds `width` elements, a buffer of one dimension,
/// or none for one element.
Value VectorLoops::getSlice(OpOperand &operand) {
  auto type = cast<MemRefType>(operand.get().getType());
  AffineMap map = op.getMatchingIndexingMap(&operand);
  SmallVector<OpFoldResult> offsets =
      affine::makeComposedFoldedMultiResultAffineApply(b, loc, map, indices);
  SmallVector<OpFoldResult> ones(type.getRank(), b.getIndexAttr(1));
  SmallVector<OpFoldResult> sizes = ones;
  SmallVector<int64_t> shape;
  if (width != 1) {
    shape.push_back(getSpan(width, *getStride(map, plan.along)));
    sizes.back() = b.getIndexAttr(shape.back());
  }
  auto reduced = memref::SubViewOp::inferRankReducedResultType(
      shape, type, offsets, sizes, ones);
  return memref::SubViewOp::create(b, loc, reduced, operand.get(), offsets,
                                   sizes, ones);
}

Value VectorLoops::createRegister(ArrayRef<int64_t> shape, Type element) {
  Block &entry =
      op->getParentOfType<FunctionOpInterface>().getFunctionBody().front();
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&entry);
  return memref::AllocaOp::create(b, loc, MemRefType::get(shape, element),
                                  b.getI64IntegerAttr(VectorPlan::bits / 8));
}

/// The elements of `input`, side by side.
Value VectorLoops::packSlice(OpOperand &input) {
  Value slice = getSlice(input);
  int64_t stride =
      width == 1 ? 1
                 : *getStride(op.getMatchingIndexingMap(&input), plan.along);
  if (stride == 1)
    return slice;
  Value elements = loadStrided(b, loc, slice, width, stride);
  Value packed = createRegister({width}, getElementTypeOrSelf(slice.getType()));
  vector::StoreOp::create(b, loc, elements, packed, ValueRange{index(0)});
  return packed;
}

void VectorLoops::emitBody() {
  unsigned loops = width == 1 ? 0 : 1;
  AffineMap scalar = AffineMap::get(loops, 0, b.getContext());
  AffineMap vector = b.getMultiDimIdentityMap(loops);
  SmallVector<Value> inputs, outputs;
  SmallVector<AffineMap> maps;
  for (OpOperand *input : op.getDpsInputOperands()) {
    Value element = scalars[input->getOperandNumber()];
    inputs.push_back(element ? element : packSlice(*input));
    maps.push_back(element ? scalar : vector);
  }
  for (OpOperand &output : op.getDpsInitsMutable()) {
    outputs.push_back(registers.empty() ? getSlice(output)
                                        : registers[outputs.size()]);
    maps.push_back(vector);
  }
  SmallVector<utils::IteratorType> iterators(loops,
                                             utils::IteratorType::parallel);
  auto body =
      linalg::GenericOp::create(b, loc, inputs, outputs, maps, iterators);
  b.cloneRegionBefore(op->getRegion(0), body.getRegion(),
                      body.getRegion().begin());
  for (auto position :
       llvm::make_early_inc_range(body.getOps<linalg::IndexOp>())) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(position);
    Value value =
        getValueOrCreateConstantIndexOp(b, loc, indices[position.getDim()]);
    if (position.getDim() == plan.along && width != 1)
      value = arith::AddIOp::create(b, loc, value,
                                    linalg::IndexOp::create(b, loc, 0));
    b.replaceOp(position, value);
  }
  if (width == 1)
    return;
  OpBuilder::InsertionGuard guard(b);
  if (succeeded(linalg::vectorize(b, body)))
    b.eraseOp(body);
}

/// Reductions inside the vector loop: outputs are read before them, and written
/// after them.
void VectorLoops::keepInRegisters(unsigned position) {
  SmallVector<Value> slices;
  for (OpOperand &output : op.getDpsInitsMutable()) {
    slices.push_back(getSlice(output));
    auto type = cast<MemRefType>(slices.back().getType());
    registers.push_back(createRegister(type.getShape(), type.getElementType()));
  }
  auto copy = [&](Value from, Value to) {
    auto type = cast<MemRefType>(from.getType());
    if (width == 1) {
      Value element = memref::LoadOp::create(b, loc, from, ValueRange());
      memref::StoreOp::create(b, loc, element, to, ValueRange());
      return;
    }
    auto vector = VectorType::get(width, type.getElementType());
    Value elements =
        vector::LoadOp::create(b, loc, vector, from, ValueRange{index(0)});
    vector::StoreOp::create(b, loc, elements, to, ValueRange{index(0)});
  };
  for (auto [slice, kept] : llvm::zip(slices, registers))
    copy(slice, kept);
  emitLoops(position);
  for (auto [slice, kept] : llvm::zip(slices, registers))
    copy(kept, slice);
  registers.clear();
}

void VectorLoops::emitVectors(unsigned position, OpFoldResult first,
                              int64_t count) {
  indices[plan.along] = first;
  width = count;
  if (position == plan.order.size())
    emitBody();
  else
    keepInRegisters(position);
  indices[plan.along] = {};
}

void VectorLoops::emitVectorLoop(unsigned position) {
  OpFoldResult extent = ranges[plan.along].size;
  bool known = getConstantIntValue(extent).has_value();
  AffineExpr size = b.getAffineDimExpr(0);
  OpFoldResult done = b.getIndexAttr(0);
  for (int64_t count = plan.lanes; count >= VectorPlan::minLanes;
       count = known ? count / 2 : 0) {
    OpFoldResult end = affine::makeComposedFoldedAffineApply(
        b, loc, size.floorDiv(count) * count, {extent});
    forLoop(done, end, count,
            [&](OpFoldResult first) { emitVectors(position, first, count); });
    done = end;
  }
  forLoop(
      done, extent, 1,
      [&](OpFoldResult first) { emitVectors(position, first, 1); },
      /*isTail=*/true);
}

void VectorLoops::emitLoops(unsigned position) {
  SmallVector<Value> outside = scalars;
  loadScalars();
  if (position == plan.order.size())
    emitBody();
  else if (plan.order[position] == plan.along)
    emitVectorLoop(position + 1);
  else {
    unsigned d = plan.order[position];
    forLoop(ranges[d].offset, ranges[d].size, 1, [&](OpFoldResult iteration) {
      indices[d] = iteration;
      emitLoops(position + 1);
      indices[d] = {};
    });
  }
  scalars = outside;
}

void VectorLoops::emit() {
  b.setInsertionPoint(op);
  ranges = op.createLoopRanges(b, loc);
  emitLoops(0);
  b.eraseOp(op);
}

void mlir::lowbit::lowerToVectorLoops(RewriterBase &rewriter,
                                      linalg::LinalgOp op) {
  if (std::optional<VectorPlan> plan = planVectors(op))
    VectorLoops(rewriter, op, std::move(*plan)).emit();
}
