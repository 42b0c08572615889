//===- Contraction.cpp - Contractions as products of matrices -------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Contraction.h"
#include "lowbit/Dialect/IR/LowbitDialect.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace mlir::lowbit;

//===----------------------------------------------------------------------===//
// LoopTensor
//===----------------------------------------------------------------------===//

OpFoldResult LoopTensor::getExtent(OpBuilder &builder, Location loc,
                                   ArrayRef<unsigned> group) const {
  OpFoldResult extent = builder.getIndexAttr(1);
  AffineExpr product =
      builder.getAffineSymbolExpr(0) * builder.getAffineSymbolExpr(1);
  for (unsigned loop : group)
    extent = affine::makeComposedFoldedAffineApply(
        builder, loc, product,
        {extent,
         tensor::getMixedSize(builder, loc, value,
                              llvm::find(loops, loop) - loops.begin())});
  return extent;
}

bool LoopTensor::isLast(ArrayRef<unsigned> group) const {
  return llvm::is_contained(group, loops.back());
}

SmallVector<int64_t> LoopTensor::getOffsets(ArrayRef<unsigned> group) const {
  ArrayRef<int64_t> shape = cast<RankedTensorType>(value.getType()).getShape();
  SmallVector<int64_t> strides = computeStrides(shape), offsets = {0};
  for (unsigned loop : group) {
    size_t d = llvm::find(loops, loop) - loops.begin();
    SmallVector<int64_t> next;
    for (int64_t offset : offsets)
      for (int64_t i = 0; i < shape[d]; ++i)
        next.push_back(offset + i * strides[d]);
    offsets = std::move(next);
  }
  return offsets;
}

/// Where the dimensions of `loops` are in the order of `groups`.
static SmallVector<int64_t>
getPermutation(ArrayRef<unsigned> loops, ArrayRef<ArrayRef<unsigned>> groups) {
  SmallVector<int64_t> permutation;
  for (ArrayRef<unsigned> group : groups)
    for (unsigned loop : group)
      permutation.push_back(llvm::find(loops, loop) - loops.begin());
  return permutation;
}

static Value transpose(OpBuilder &builder, Location loc, Value value,
                       ArrayRef<int64_t> permutation) {
  if (isIdentityPermutation(permutation))
    return value;
  SmallVector<OpFoldResult> sizes =
      applyPermutation(tensor::getMixedSizes(builder, loc, value), permutation);
  Value empty =
      tensor::EmptyOp::create(builder, loc, sizes, getElementTypeOrSelf(value));
  return linalg::TransposeOp::create(builder, loc, value, empty, permutation)
      ->getResult(0);
}

/// The dimensions of each of `groups` that has some, as they follow each other.
static SmallVector<ReassociationIndices>
getDims(ArrayRef<ArrayRef<unsigned>> groups) {
  SmallVector<ReassociationIndices> dims;
  int64_t next = 0;
  for (ArrayRef<unsigned> group : groups)
    if (!group.empty()) {
      dims.emplace_back(
          llvm::to_vector<2>(llvm::seq<int64_t>(next, next + group.size())));
      next += group.size();
    }
  return dims;
}

/// The groups that have a dimension of their own: all but a first without any.
static ArrayRef<ArrayRef<unsigned>>
getOwnDims(ArrayRef<ArrayRef<unsigned>> groups) {
  return groups.front().empty() ? groups.drop_front() : groups;
}

/// For each of `groups` that has dimensions: its own dimension, with those of
/// extent 1 that stand for groups without any beside it.
static SmallVector<ReassociationIndices>
getUnits(ArrayRef<ArrayRef<unsigned>> groups) {
  SmallVector<ReassociationIndices> units(1);
  bool isOpen = true; // Nothing but units so far.
  for (auto [d, group] : llvm::enumerate(getOwnDims(groups))) {
    if (!group.empty() && !isOpen)
      units.emplace_back();
    isOpen &= group.empty();
    units.back().push_back(d);
  }
  return units;
}

static bool hasSeveral(ArrayRef<ArrayRef<unsigned>> groups) {
  return llvm::any_of(groups, [](auto group) { return group.size() > 1; });
}

static bool hasUnits(ArrayRef<ArrayRef<unsigned>> groups) {
  return llvm::any_of(getOwnDims(groups),
                      [](auto group) { return group.empty(); });
}

static Value expand(OpBuilder &builder, Location loc, Value value,
                    ArrayRef<OpFoldResult> sizes,
                    ArrayRef<ReassociationIndices> dims) {
  auto type = RankedTensorType::get(decomposeMixedValues(sizes).first,
                                    getElementTypeOrSelf(value));
  return tensor::ExpandShapeOp::create(builder, loc, type, value, dims, sizes);
}

Value LoopTensor::toOrder(OpBuilder &builder, Location loc,
                          ArrayRef<ArrayRef<unsigned>> groups) const {
  Value ordered = transpose(builder, loc, value, getPermutation(loops, groups));
  if (hasSeveral(groups))
    ordered =
        tensor::CollapseShapeOp::create(builder, loc, ordered, getDims(groups));
  if (!hasUnits(groups))
    return ordered;
  SmallVector<OpFoldResult> sizes =
      tensor::getMixedSizes(builder, loc, ordered);
  for (auto [d, group] : llvm::enumerate(getOwnDims(groups)))
    if (group.empty())
      sizes.insert(sizes.begin() + d, builder.getIndexAttr(1));
  return expand(builder, loc, ordered, sizes, getUnits(groups));
}

Value LoopTensor::fromOrder(OpBuilder &builder, Location loc, Value ordered,
                            ArrayRef<ArrayRef<unsigned>> groups) const {
  SmallVector<int64_t> permutation = getPermutation(loops, groups);
  if (hasUnits(groups))
    ordered = tensor::CollapseShapeOp::create(builder, loc, ordered,
                                              getUnits(groups));
  if (hasSeveral(groups))
    ordered =
        expand(builder, loc, ordered,
               applyPermutation(tensor::getMixedSizes(builder, loc, value),
                                permutation),
               getDims(groups));
  return transpose(builder, loc, ordered, invertPermutationVector(permutation));
}

//===----------------------------------------------------------------------===//
// Contraction
//===----------------------------------------------------------------------===//

static LoopTensor getLoopTensor(linalg::LinalgOp op, OpOperand &operand) {
  LoopTensor tensor{operand.get(), {}};
  for (AffineExpr expr : op.getMatchingIndexingMap(&operand).getResults())
    tensor.loops.push_back(cast<AffineDimExpr>(expr).getPosition());
  return tensor;
}

/// The tensor behind transposes.
static LoopTensor lookThroughTransposes(LoopTensor tensor) {
  while (auto transpose = tensor.value.getDefiningOp<linalg::TransposeOp>()) {
    tensor = {transpose.getInput(),
              applyPermutation(tensor.loops, invertPermutationVector(
                                                 transpose.getPermutation()))};
  }
  return tensor;
}

FailureOr<Contraction> Contraction::match(linalg::LinalgOp op,
                                          std::string &reason) {
  auto refuse = [&](StringRef text) {
    reason = text.str();
    return failure();
  };
  auto dims = linalg::inferContractionDims(op);
  if (!op.hasPureTensorSemantics() || !linalg::isaContractionOpInterface(op) ||
      failed(dims))
    return refuse("requires a contraction of tensors");
  for (Value operand : op->getOperands()) {
    Type element = getElementTypeOrSelf(operand);
    if (!element.isF32() && !element.isBF16())
      return refuse("requires f32 or bf16");
  }
  for (Operation &inner : op.getBlock()->without_terminator())
    if (!isa<arith::AddFOp, arith::ExtFOp, arith::MulFOp>(inner))
      return refuse("requires a sum of products");
  LoopTensor first = getLoopTensor(op, *op.getDpsInputOperand(0));
  LoopTensor second = getLoopTensor(op, *op.getDpsInputOperand(1));
  auto isConstant = [](const LoopTensor &tensor) {
    return matchPattern(lookThroughTransposes(tensor).value, m_Constant());
  };
  bool isSwapped = isConstant(first) && !isConstant(second);
  if (isSwapped) {
    std::swap(first, second);
    std::swap(dims->m, dims->n);
  }
  if (dims->n.empty() || dims->k.empty())
    return refuse("requires columns and a depth");
  second = lookThroughTransposes(second);
  SmallVector<int64_t> extents = op.getStaticLoopRanges();
  bool isOneRow =
      llvm::all_of(dims->m, [&](unsigned loop) { return extents[loop] == 1; });
  if (isOneRow && !isConstant(second))
    return refuse("requires several rows, or constant weights");
  return Contraction{first,
                     second,
                     getLoopTensor(op, *op.getDpsInitOperand(0)),
                     llvm::to_vector(dims->batch),
                     llvm::to_vector(dims->m),
                     llvm::to_vector(dims->n),
                     llvm::to_vector(dims->k)};
}

void Contraction::requireEqualExtents(OpBuilder &builder, Location loc) const {
  llvm::MapVector<unsigned, SmallVector<Value>> extents;
  for (const LoopTensor &tensor : {activations, weights, result})
    for (auto [d, loop] : llvm::enumerate(tensor.loops))
      extents[loop].push_back(
          builder.createOrFold<tensor::DimOp>(loc, tensor.value, d));
  auto isKnown = [](Value value) { return matchPattern(value, m_Constant()); };
  for (auto &[loop, values] : extents)
    if (!llvm::all_of(values, isKnown))
      RequireEqualOp::create(builder, loc, values);
}
