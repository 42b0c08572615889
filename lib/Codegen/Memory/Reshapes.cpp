//===- Reshapes.cpp - Buffers with another shape --------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Reshapes.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::lowbit;

/// Whether a buffer of the type of `op` can be given the type of its source.
static bool canUndo(memref::CollapseShapeOp op) {
  return op.getSrcType().hasStaticShape();
}

static bool canUndo(memref::ExpandShapeOp op) {
  return memref::CollapseShapeOp::computeCollapsedType(
             op.getResultType(), op.getReassociationIndices()) ==
         op.getSrcType();
}

/// What `view` is all the elements of, in their order: null if `view` is no
/// cast and no reshape of a dense buffer, or not one that can be undone.
static Value getWhole(Value view) {
  auto viewLike = view.getDefiningOp<ViewLikeOpInterface>();
  if (!viewLike)
    return {};
  Value whole = viewLike.getViewSource();
  auto type = dyn_cast<MemRefType>(whole.getType());
  if (!type || !type.getLayout().isIdentity())
    return {};
  bool canUndoView = llvm::TypeSwitch<Operation *, bool>(viewLike)
                         .Case([](memref::CastOp) { return true; })
                         .Case<memref::CollapseShapeOp, memref::ExpandShapeOp>(
                             [](auto reshape) { return canUndo(reshape); })
                         .Default(false);
  return canUndoView ? whole : Value();
}

Value mlir::lowbit::getWholeBuffer(Value value) {
  while (Value whole = getWhole(value))
    value = whole;
  return value;
}

Value mlir::lowbit::undoReshapes(OpBuilder &builder, Location loc, Value target,
                                 Value value) {
  while (Value whole = getWhole(value)) {
    auto type = cast<MemRefType>(whole.getType());
    if (auto expand = value.getDefiningOp<memref::ExpandShapeOp>())
      target = memref::CollapseShapeOp::create(
          builder, loc, type, target, expand.getReassociationIndices());
    else if (auto collapse = value.getDefiningOp<memref::CollapseShapeOp>())
      target = memref::ExpandShapeOp::create(
          builder, loc, type, target, collapse.getReassociationIndices());
    else
      target = memref::CastOp::create(builder, loc, type, target);
    value = whole;
  }
  return target;
}
