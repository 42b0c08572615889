//===- LowbitFloatOps.cpp - Verifiers of products of reals ----------------===//
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

void PackFloatsOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects) {
  addBufferEffects(*this, effects);
}

void PackedFloatMatmulOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects) {
  addBufferEffects(*this, effects);
}

/// `value` is a matrix of `element`; of f32 or bf16 if that is null.
static LogicalResult verifyReals(Operation *op, StringRef name, Value value,
                                 Type element) {
  auto type = cast<ShapedType>(value.getType());
  Type got = type.getElementType();
  if (type.getRank() == 2 &&
      (element ? got == element : got.isF32() || got.isBF16()))
    return success();
  InFlightDiagnostic error = op->emitOpError("expected ")
                             << name << " to be a matrix of ";
  if (element)
    error << element;
  else
    error << "f32 or bf16";
  return error << ", but got " << type;
}

/// `panels` has the shape of `n x k` reals in panels.
static LogicalResult verifyPanels(Operation *op, int64_t n, int64_t k,
                                  Value panels) {
  PackedLayout layout;
  int64_t dynamic = ShapedType::kDynamic;
  return verifyShape(
      op, "panels", panels.getType(),
      {ShapedType::isDynamic(n) ? dynamic : layout.numPanels(n),
       ShapedType::isDynamic(k) ? dynamic : PackedLayout::lanes * k});
}

LogicalResult PackFloatsOp::verify() {
  auto source = cast<ShapedType>(getSource().getType());
  if (failed(verifyReals(*this, "source", getSource(), {})) ||
      failed(verifyReals(*this, "init", getInit(), source.getElementType())))
    return failure();
  return verifyPanels(*this, source.getDimSize(getTransposed() ? 1 : 0),
                      source.getDimSize(getTransposed() ? 0 : 1), getInit());
}

LogicalResult PackedFloatMatmulOp::verify() {
  Type f32 = Float32Type::get(getContext());
  if (failed(verifyReals(*this, "activations", getActivations(), {})) ||
      failed(verifyReals(*this, "weights", getWeights(), {})) ||
      failed(verifyReals(*this, "init", getInit(), f32)))
    return failure();
  auto activations = cast<ShapedType>(getActivations().getType());
  auto init = cast<ShapedType>(getInit().getType());
  if (failed(verifyPanels(*this, init.getDimSize(1), activations.getDimSize(1),
                          getWeights())))
    return failure();
  return verifyShape(*this, "init", init,
                     {activations.getDimSize(0), init.getDimSize(1)});
}
