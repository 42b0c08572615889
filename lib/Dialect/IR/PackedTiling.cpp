//===- PackedTiling.cpp - Tiles of packed matmuls -------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PackedTiling.h"
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

SmallVector<Range> mlir::lowbit::getPackedDomain(OpBuilder &builder,
                                                 PackedMatmulInterface op) {
  OpFoldResult zero = builder.getIndexAttr(0), one = builder.getIndexAttr(1);
  SmallVector<Range> domain;
  for (OpFoldResult size :
       tensor::getMixedSizes(builder, op.getLoc(), op.getInitMutable().get()))
    domain.push_back({zero, size, one});
  return domain;
}

TilingResult mlir::lowbit::tilePackedMatmul(OpBuilder &builder,
                                            PackedMatmulInterface op,
                                            ArrayRef<OpFoldResult> offsets,
                                            ArrayRef<OpFoldResult> sizes) {
  Location loc = op.getLoc();
  int64_t panelRows = op.getPanelRows();
  AffineExpr d0 = builder.getAffineDimExpr(0);
  auto apply = [&](AffineExpr expr, OpFoldResult operand) {
    return affine::makeComposedFoldedAffineApply(builder, loc, expr, operand);
  };
  OpFoldResult panel = apply(d0.floorDiv(panelRows), offsets[1]);
  OpFoldResult panels = apply(d0.ceilDiv(panelRows), sizes[1]);
  OpFoldResult one = builder.getIndexAttr(1);
  auto init = tensor::ExtractSliceOp::create(
      builder, loc, op.getInitMutable().get(), offsets, sizes,
      ArrayRef<OpFoldResult>{one, one});
  SmallVector<Value> operands;
  for (OpOperand &operand : op->getOpOperands()) {
    if (&operand == &op.getInitMutable())
      operands.push_back(init);
    else if (&operand == &op.getWeightsMutable())
      operands.push_back(sliceRows(builder, loc, operand.get(), panel, panels));
    else
      operands.push_back(
          sliceRows(builder, loc, operand.get(), offsets[0], sizes[0]));
  }
  Operation *tile =
      mlir::clone(builder, op, TypeRange{init.getType()}, operands);
  return TilingResult{{tile}, {tile->getResult(0)}, {init}};
}
