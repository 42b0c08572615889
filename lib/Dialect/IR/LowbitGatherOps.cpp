//===- LowbitGatherOps.cpp - Verifiers of ops on rows of tables -----------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BufferEffects.h"
#include "Verification.h"
#include "lowbit/Dialect/IR/LowbitDialect.h"

using namespace mlir;
using namespace mlir::lowbit;

//===----------------------------------------------------------------------===//
// RowLayoutAttr
//===----------------------------------------------------------------------===//

LogicalResult
RowLayoutAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                      int64_t fieldBits, int64_t codeOffset, int64_t codeStep) {
  return verifyFields(emitError, fieldBits, codeOffset, codeStep);
}

RowLayout RowLayoutAttr::getLayout() const {
  return {getFieldBits(), getCodeOffset(), getCodeStep()};
}

RowLayoutAttr RowLayoutAttr::forCodes(CodeTypeInterface type) {
  return RowLayoutAttr::get(type.getContext(), type.getBits(),
                            -type.getLowestCode(), type.getCodeStep());
}

//===----------------------------------------------------------------------===//
// GatherOp, PackedGatherOp
//===----------------------------------------------------------------------===//

LogicalResult GatherOp::verify() {
  auto table = getTable().getType();
  auto code = cast<CodeTypeInterface>(table.getElementType());
  if (!code.isUniform())
    return emitOpError("expected a uniform code type, but got ") << code;
  if (table.getRank() != 2)
    return emitOpError("expected a table of rank 2, but got ") << table;
  if (failed(verifyParameters(*this, table, getScale(), getZeroPoint(),
                              getBlockSizes())))
    return failure();
  SmallVector<int64_t> shape(getIndices().getType().getShape());
  shape.push_back(table.getDimSize(1));
  return verifyShape(*this, "a result", getType(), shape);
}

LogicalResult PackedGatherOp::verify() {
  auto table = cast<ShapedType>(getTable().getType());
  auto init = cast<ShapedType>(getInit().getType());
  auto indices = cast<ShapedType>(getIndices().getType());
  if (!table.hasStaticShape() || table.getRank() != 2 ||
      table.getDimSize(0) == 0)
    return emitOpError("expected a table of static shape with rows, but got ")
           << table;
  if (init.getRank() != 2 || init.isDynamicDim(1))
    return emitOpError("expected an init of M x D with a static D, but got ")
           << init;
  int64_t d = init.getDimSize(1);
  if (failed(verifyShape(
          *this, "a table", table,
          {table.getDimSize(0), getLayout().getLayout().rowBytes(d)})) ||
      failed(verifyShape(*this, "indices", indices, {init.getDimSize(0)})))
    return failure();
  auto codes = RankedTensorType::get({table.getDimSize(0), d},
                                     IntegerType::get(getContext(), 8));
  auto scale = cast<ShapedType>(getScale().getType());
  if (!scale.hasStaticShape())
    return emitOpError("expected a scale of static shape, but got ") << scale;
  if (failed(verifyGranularity(
          *this, "scale", codes,
          RankedTensorType::get(scale.getShape(), scale.getElementType()),
          getBlockSizes())))
    return failure();
  if (getZeroPoint() &&
      failed(verifyShape(*this, "zero point", getZeroPoint().getType(),
                         cast<ShapedType>(getScale().getType()).getShape())))
    return failure();
  if (getLevels() &&
      failed(verifyShape(*this, "levels", getLevels().getType(),
                         {int64_t(1) << getLayout().getFieldBits()})))
    return failure();
  return success();
}

void PackedGatherOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects) {
  addBufferEffects(*this, effects);
}
