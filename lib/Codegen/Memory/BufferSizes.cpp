//===- BufferSizes.cpp - Bytes and extents of buffers ---------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BufferSizes.h"
#include "lowbit/Quantization/PackedLayout.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/ValueBoundsOpInterface.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace mlir;
using namespace mlir::lowbit;

FailureOr<int64_t> mlir::lowbit::getElementBytes(memref::AllocOp buffer) {
  Type type = buffer.getType().getElementType();
  if (type.isIndex())
    return 8;
  if (type.isIntOrFloat())
    return llvm::PowerOf2Ceil(ceilDivide(type.getIntOrFloatBitWidth(), 8));
  return buffer.emitError("expected elements of integers or floats, but got ")
         << buffer.getType();
}

FailureOr<int64_t> mlir::lowbit::getMaxExtent(Value shaped, int64_t dim) {
  return ValueBoundsConstraintSet::computeConstantBound(
      presburger::BoundType::UB, {shaped, dim}, /*stopCondition=*/nullptr,
      /*closedUB=*/true);
}

FailureOr<int64_t> mlir::lowbit::getMaxElements(memref::AllocOp buffer) {
  int64_t elements = 1;
  for (int64_t dim = 0; dim < buffer.getType().getRank(); ++dim) {
    FailureOr<int64_t> most = getMaxExtent(buffer, dim);
    if (failed(most) ||
        llvm::MulOverflow(elements, std::max(*most, int64_t(0)), elements))
      return failure();
  }
  return elements;
}

static Value createIndex(OpBuilder &builder, Location loc, int64_t value) {
  return arith::ConstantIndexOp::create(builder, loc, value);
}

/// The extent of what is cut into tiles, if `size` is that of a tile: if it
/// depends on where the iteration of one parallel loop is.
static std::optional<OpFoldResult> getTiledExtent(OpFoldResult size) {
  SetVector<Value> values;
  if (auto value = dyn_cast<Value>(size))
    values.insert(value);
  std::optional<OpFoldResult> extent;
  for (unsigned i = 0; i < values.size(); ++i) {
    if (Operation *op = values[i].getDefiningOp()) {
      values.insert(op->operand_begin(), op->operand_end());
      continue;
    }
    auto argument = cast<BlockArgument>(values[i]);
    auto loop = dyn_cast<scf::ForallOp>(argument.getOwner()->getParentOp());
    if (!loop || argument.getArgNumber() >= loop.getRank())
      continue;
    if (extent)
      return std::nullopt;
    extent = loop.getMixedUpperBound()[argument.getArgNumber()];
  }
  return extent;
}

FailureOr<SmallVector<Value>> SizeCloner::cloneShape(Value buffer) {
  SmallVector<Value> shape;
  for (int64_t dim = 0; dim < cast<MemRefType>(buffer.getType()).getRank();
       ++dim) {
    FailureOr<Value> extent = cloneExtent(buffer, dim);
    if (failed(extent))
      return failure();
    shape.push_back(*extent);
  }
  return shape;
}

FailureOr<Value> SizeCloner::tryCloneExtent(Value buffer, int64_t dim) {
  llvm::SaveAndRestore quiet(isTry, true);
  return cloneExtent(buffer, dim);
}

FailureOr<Value> SizeCloner::tryCloneValue(Value value) {
  llvm::SaveAndRestore quiet(isTry, true);
  return cloneSize(value);
}

LogicalResult SizeCloner::fail(Value value) {
  if (!isTry)
    emitError(value.getLoc(), "expected a size that depends only on the shapes "
                              "of the inputs");
  return failure();
}

FailureOr<Value> SizeCloner::cloneExtent(Value buffer, int64_t dim) {
  auto type = cast<MemRefType>(buffer.getType());
  Location loc = buffer.getLoc();
  if (!type.isDynamicDim(dim))
    return createIndex(builder, loc, type.getDimSize(dim));
  if (Value known = mapping.lookupOrNull(buffer))
    return memref::DimOp::create(builder, loc, known, dim).getResult();
  Operation *op = buffer.getDefiningOp();
  if (isa_and_nonnull<memref::AllocOp, memref::ViewOp>(op)) {
    ValueRange sizes = isa<memref::ViewOp>(op)
                           ? ValueRange(cast<memref::ViewOp>(op).getSizes())
                           : op->getOperands();
    Value size = sizes[type.getDynamicDimIndex(dim)];
    std::optional<OpFoldResult> whole = getTiledExtent(size);
    return cloneSize(whole ? *whole : size);
  }
  if (auto cast = dyn_cast_or_null<memref::CastOp>(op))
    return cloneExtent(cast.getSource(), dim);
  if (auto expand = dyn_cast_or_null<memref::ExpandShapeOp>(op))
    return cloneSize(expand.getMixedOutputShape()[dim]);
  if (auto collapse = dyn_cast_or_null<memref::CollapseShapeOp>(op)) {
    Value product = createIndex(builder, loc, 1);
    ReassociationIndices group = collapse.getReassociationIndices()[dim];
    for (int64_t i : group) {
      FailureOr<Value> extent = cloneExtent(collapse.getSrc(), i);
      if (failed(extent))
        return failure();
      product = arith::MulIOp::create(builder, loc, product, *extent);
    }
    return product;
  }
  if (auto slice = dyn_cast_or_null<memref::SubViewOp>(op)) {
    llvm::SmallBitVector dropped = slice.getDroppedDims();
    SmallVector<unsigned> dims;
    for (unsigned i = 0; i < dropped.size(); ++i)
      if (!dropped[i])
        dims.push_back(i);
    OpFoldResult size = slice.getMixedSizes()[dims[dim]];
    return getTiledExtent(size) ? cloneExtent(slice.getSource(), dims[dim])
                                : cloneSize(size);
  }
  return fail(buffer);
}

FailureOr<Value> SizeCloner::cloneSize(OpFoldResult size) {
  if (auto constant = dyn_cast<Attribute>(size))
    return createIndex(builder, builder.getUnknownLoc(),
                       cast<IntegerAttr>(constant).getInt());
  auto value = cast<Value>(size);
  if (Value known = mapping.lookupOrNull(value))
    return known;
  Operation *op = value.getDefiningOp();
  if (!op || op->getNumRegions() != 0 || !isMemoryEffectFree(op))
    return fail(value);
  if (auto dim = dyn_cast<memref::DimOp>(op); dim && dim.getConstantIndex()) {
    FailureOr<Value> extent =
        cloneExtent(dim.getSource(), *dim.getConstantIndex());
    if (succeeded(extent))
      mapping.map(value, *extent);
    return extent;
  }
  for (Value operand : op->getOperands())
    if (failed(cloneSize(operand)))
      return failure();
  builder.clone(*op, mapping);
  return mapping.lookup(value);
}
