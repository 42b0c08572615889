//===- PackedMatmulTiling.cpp - Tiles of packed matmuls -------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/IR/LowbitDialect.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace mlir::lowbit;

/// Rows `[offset, offset + size)` of `matrix`; all of it if it has one row that
/// stands for every row.
static Value sliceRows(OpBuilder &builder, Location loc, Value matrix,
                       OpFoldResult offset, OpFoldResult size) {
  auto type = cast<RankedTensorType>(matrix.getType());
  if (type.getDimSize(0) == 1)
    return matrix;
  OpFoldResult zero = builder.getIndexAttr(0), one = builder.getIndexAttr(1);
  OpFoldResult columns = tensor::getMixedSize(builder, loc, matrix, 1);
  return tensor::ExtractSliceOp::create(
      builder, loc, matrix, ArrayRef<OpFoldResult>{offset, zero},
      ArrayRef<OpFoldResult>{size, columns}, ArrayRef<OpFoldResult>{one, one});
}

SmallVector<utils::IteratorType> PackedMatmulOp::getLoopIteratorTypes() {
  return SmallVector<utils::IteratorType>(2, utils::IteratorType::parallel);
}

SmallVector<Range> PackedMatmulOp::getIterationDomain(OpBuilder &builder) {
  OpFoldResult zero = builder.getIndexAttr(0), one = builder.getIndexAttr(1);
  SmallVector<Range> domain;
  for (OpFoldResult size : tensor::getMixedSizes(builder, getLoc(), getInit()))
    domain.push_back({zero, size, one});
  return domain;
}

LogicalResult PackedMatmulOp::getResultTilePosition(
    OpBuilder &, unsigned, ArrayRef<OpFoldResult> offsets,
    ArrayRef<OpFoldResult> sizes, SmallVector<OpFoldResult> &resultOffsets,
    SmallVector<OpFoldResult> &resultSizes) {
  resultOffsets.assign(offsets.begin(), offsets.end());
  resultSizes.assign(sizes.begin(), sizes.end());
  return success();
}

FailureOr<TilingResult>
PackedMatmulOp::getTiledImplementation(OpBuilder &builder,
                                       ArrayRef<OpFoldResult> offsets,
                                       ArrayRef<OpFoldResult> sizes) {
  Location loc = getLoc();
  int64_t panelRows = getLayout().getPacked().panelRows();
  AffineExpr d0 = builder.getAffineDimExpr(0);
  auto apply = [&](AffineExpr expr, OpFoldResult operand) {
    return affine::makeComposedFoldedAffineApply(builder, loc, expr, operand);
  };
  OpFoldResult panel = apply(d0.floorDiv(panelRows), offsets[1]);
  OpFoldResult panels = apply(d0.ceilDiv(panelRows), sizes[1]);
  auto rows = [&](Value matrix) {
    return matrix ? sliceRows(builder, loc, matrix, offsets[0], sizes[0])
                  : Value();
  };
  SmallVector<Value> terms = llvm::map_to_vector(getRowTerms(), rows);
  OpFoldResult one = builder.getIndexAttr(1);
  auto init =
      tensor::ExtractSliceOp::create(builder, loc, getInit(), offsets, sizes,
                                     ArrayRef<OpFoldResult>{one, one});
  auto tile = PackedMatmulOp::create(
      builder, loc, init.getType(), getLayout(), rows(getActivations()),
      rows(getRowSums()), sliceRows(builder, loc, getWeights(), panel, panels),
      rows(getRowScale()), terms, rows(getOffsetRows()), init, getLayerAttr());
  return TilingResult{{tile}, {tile.getResult()}, {init}};
}
