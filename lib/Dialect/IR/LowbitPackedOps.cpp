//===- LowbitPackedOps.cpp - Verifiers and effects of packed ops ----------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BufferEffects.h"
#include "Verification.h"
#include "lowbit/Dialect/IR/LowbitDialect.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace mlir::lowbit;

//===----------------------------------------------------------------------===//
// PackOp, UnpackOp
//===----------------------------------------------------------------------===//

/// `type` has the shape of `n x k` codes packed as `layout`.
static LogicalResult verifyPackedShape(Operation *op, PackedLayout layout,
                                       int64_t n, int64_t k, Type type) {
  int64_t dynamic = ShapedType::kDynamic;
  int64_t panels = ShapedType::isDynamic(n) ? dynamic : layout.numPanels(n);
  int64_t bytes = ShapedType::isDynamic(k) ? dynamic : layout.panelBytes(k);
  return verifyShape(op, "packed weights", type, {panels, bytes});
}

/// `layout` can hold the codes of `type`.
static LogicalResult verifyHolds(Operation *op, LayoutAttr layout,
                                 RankedTensorType type) {
  auto code = cast<CodeTypeInterface>(type.getElementType());
  PackedLayout packed = layout.getPacked();
  int64_t step = packed.codeStep, offset = packed.codeOffset;
  bool fits = packed.bits ? code.getBitPlanes() == packed.bits
                          : code.getLowestCode() + offset >= 0 &&
                                (code.getHighestCode() + offset) / step <=
                                    packed.highestField() &&
                                (code.getLowestCode() + offset) % step == 0 &&
                                code.getCodeStep() % step == 0;
  if (type.getRank() == 2 && fits)
    return success();
  return op->emitOpError("expected a matrix of codes that fit the layout, but "
                         "got ")
         << type;
}

LogicalResult PackOp::verify() {
  auto codes = getCodes().getType();
  LayoutAttr layout = getLayout();
  if (failed(verifyHolds(*this, layout, codes)))
    return failure();
  Type scaleType = getScale() ? getElementTypeOrSelf(getScale()) : Type();
  if (scaleType != layout.getScale())
    return emitOpError("expected the scale of the layout, but got ")
           << (scaleType ? getScale().getType()
                         : Type(NoneType::get(getContext())));
  if (getTerms().size() != static_cast<size_t>(layout.getTerms()))
    return emitOpError("expected ")
           << layout.getTerms() << " terms, but got " << getTerms().size();
  if (!getOffset() == layout.getOffset())
    return emitOpError("expected an offset exactly if the layout has one");
  auto check = [&](StringRef name, Value vector) -> LogicalResult {
    auto type = cast<RankedTensorType>(vector.getType());
    if (failed(verifyGranularity(*this, name, codes, type, getBlockSizes())))
      return failure();
    int64_t block = getBlockSizes() ? (*getBlockSizes())[1] : 0;
    bool cutAlike = block != 0 && block == layout.getBlock();
    if (type.getDimSize(1) == 1 || cutAlike)
      return success();
    if (layout.getBlock() == 0)
      return emitOpError("expected one ")
             << name << " along K, as the layout has no blocks, but got "
             << type.getDimSize(1);
    return emitOpError("expected ")
           << name << " blocks of " << layout.getBlock() << " along K, but got "
           << block;
  };
  if (getScale() && (failed(check("scale", getScale())) ||
                     failed(verifyConstantScale(*this, getScale()))))
    return failure();
  SmallVector<int64_t> columns = {
      codes.getDimSize(0), numBlocks(codes.getDimSize(1), layout.getBlock())};
  for (Value term : getTerms())
    if (failed(verifyBroadcast(*this, "term", term.getType(), columns)))
      return failure();
  if (getOffset() &&
      failed(verifyBroadcast(*this, "offset", getOffset().getType(), columns)))
    return failure();
  return verifyPackedShape(*this, layout.getPacked(), codes.getDimSize(0),
                           codes.getDimSize(1), getType());
}

LogicalResult UnpackOp::verify() {
  if (failed(verifyHolds(*this, getLayout(), getType())))
    return failure();
  int64_t dynamic = getType().getNumDynamicDims();
  if (static_cast<int64_t>(getDynamicSizes().size()) != dynamic)
    return emitOpError("expected ")
           << dynamic << " dynamic sizes, but got " << getDynamicSizes().size();
  return verifyPackedShape(*this, getLayout().getPacked(),
                           getType().getDimSize(0), getType().getDimSize(1),
                           getPacked().getType());
}

//===----------------------------------------------------------------------===//
// Destination style
//===----------------------------------------------------------------------===//

void mlir::lowbit::addBufferEffects(
    DestinationStyleOpInterface op,
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects) {
  for (OpOperand &operand : op->getOpOperands()) {
    if (!isa<MemRefType>(operand.get().getType()))
      continue;
    effects.emplace_back(MemoryEffects::Read::get(), &operand);
    if (op.isDpsInit(&operand))
      effects.emplace_back(MemoryEffects::Write::get(), &operand);
  }
}

void PackCodesOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects) {
  addBufferEffects(*this, effects);
}

void PackActivationsOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects) {
  addBufferEffects(*this, effects);
}

void PackedMatmulOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects) {
  addBufferEffects(*this, effects);
}

void PackedWeightOnlyMatmulOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects) {
  addBufferEffects(*this, effects);
}

MutableOperandRange PackActivationsOp::getDpsInitsMutable() {
  return MutableOperandRange(*this, getCodesInitMutable().getOperandNumber(),
                             2);
}

//===----------------------------------------------------------------------===//
// PackActivationsOp, PackedMatmulOp, PackedWeightOnlyMatmulOp
//===----------------------------------------------------------------------===//

static LogicalResult verifyElement(Operation *op, StringRef name, Value value,
                                   Type element) {
  if (getElementTypeOrSelf(value) == element)
    return success();
  return op->emitOpError("expected ")
         << name << " of " << element << ", but got " << value.getType();
}

/// A matrix of `element` of exactly this shape.
static LogicalResult verifyMatrix(Operation *op, StringRef name, Value value,
                                  Type element, ArrayRef<int64_t> shape) {
  if (failed(verifyElement(op, name, value, element)))
    return failure();
  return verifyShape(op, name, value.getType(), shape);
}

/// A matrix of `element` of this shape, or with extents of 1 that span all.
static LogicalResult verifyVector(Operation *op, StringRef name, Value value,
                                  Type element, ArrayRef<int64_t> shape) {
  if (failed(verifyElement(op, name, value, element)))
    return failure();
  return verifyBroadcast(op, name, value.getType(), shape);
}

PackedLayout PackActivationsOp::getRows() {
  PackedLayout layout;
  layout.block = getBlock();
  layout.bits = getPlanes();
  return layout;
}

LogicalResult PackCodesOp::verify() {
  Builder builder(getContext());
  LayoutAttr layout = getLayout();
  PackedLayout packed = layout.getPacked();
  if (packed.radix != 2)
    return emitOpError("expected a layout of base 2, but got ") << layout;
  auto codes = cast<ShapedType>(getCodes().getType());
  if (codes.getRank() != 2)
    return emitOpError("expected a matrix, but got ") << codes;
  int64_t n = codes.getDimSize(0), k = codes.getDimSize(1);
  if (static_cast<bool>(getScale()) != static_cast<bool>(layout.getScale()))
    return emitOpError("expected a scale exactly if the layout has one");
  if (static_cast<bool>(getOffset()) != layout.getOffset())
    return emitOpError("expected an offset exactly if the layout has one");
  if (getTerms().size() != static_cast<size_t>(layout.getTerms()))
    return emitOpError("expected ")
           << layout.getTerms() << " terms, but got " << getTerms().size();
  Type i8 = builder.getI8Type();
  bool isKnown = packed.block == 0 || !ShapedType::isDynamic(k);
  int64_t blocks = isKnown ? packed.numBlocks(k) : ShapedType::kDynamic;
  auto isVector = [&](StringRef name, Value vector, Type element) {
    return !vector ||
           succeeded(verifyVector(*this, name, vector, element, {n, blocks}));
  };
  if (!isVector("scale", getScale(), layout.getScale()) ||
      !isVector("offset", getOffset(), builder.getF32Type()))
    return failure();
  for (Value term : getTerms())
    if (!isVector("term", term, builder.getI32Type()))
      return failure();
  if (failed(verifyElement(*this, "codes", getCodes(), i8)) ||
      failed(verifyElement(*this, "init", getInit(), i8)))
    return failure();
  return verifyPackedShape(*this, packed, n, k, getInit().getType());
}

LogicalResult PackActivationsOp::verify() {
  Builder builder(getContext());
  auto source = cast<ShapedType>(getSource().getType());
  if (source.getRank() != 2)
    return emitOpError("expected a matrix, but got ") << source;
  int64_t m = source.getDimSize(0), k = source.getDimSize(1);
  CodeTypeInterface code = getCode();
  if (code.getLowestCode() < -128 || code.getHighestCode() > 127)
    return emitOpError("expected codes that fit in a signed byte, but got ")
           << code;
  bool isFloat = source.getElementType().isF32();
  if (!isFloat && !source.getElementType().isInteger(8))
    return emitOpError("expected a source of f32 or i8, but got ") << source;
  if (isFloat != static_cast<bool>(getScale()))
    return emitOpError("expected a scale exactly if the source is f32");
  if (getZeroPoint() && !getScale())
    return emitOpError("expected no zero point without a scale");
  if (getBits() && !code.getBitPlanes())
    return emitOpError("expected bits only of codes -1, 0 and 1, but got ")
           << code;
  if (getBits() && getZeroPoint())
    return emitOpError("expected no zero point with bits");
  if (getThreshold() && (!getScale() || getPlanes().count() != 2))
    return emitOpError("expected a threshold only with a scale and bits of "
                       "three codes");
  if (failed(verifyBlock(*this, getBlock())))
    return failure();
  int64_t dynamic = ShapedType::kDynamic;
  int64_t bytes = ShapedType::isDynamic(k) ? dynamic : getRows().rowBytes(k);
  Type i8 = builder.getI8Type(), i32 = builder.getI32Type();
  Type f32 = builder.getF32Type();
  if (getScale() &&
      failed(verifyVector(*this, "scale", getScale(), f32, {m, 1})))
    return failure();
  if (getZeroPoint() &&
      failed(verifyVector(*this, "zero point", getZeroPoint(), i32, {m, 1})))
    return failure();
  if (getThreshold() &&
      failed(verifyMatrix(*this, "threshold", getThreshold(), f32, {1, 1})))
    return failure();
  if (failed(
          verifyMatrix(*this, "packed codes", getCodesInit(), i8, {m, bytes})))
    return failure();
  return verifyMatrix(*this, "row sums", getRowSumsInit(), i32,
                      {m, numBlocks(k, getBlock())});
}

static LogicalResult verifyMatrices(Operation *op, ValueRange values) {
  for (Value value : values)
    if (cast<ShapedType>(value.getType()).getRank() != 2)
      return op->emitOpError("expected matrices, but got ") << value.getType();
  return success();
}

LogicalResult PackedMatmulOp::verify() {
  auto shape = [](Value value) { return cast<ShapedType>(value.getType()); };
  if (failed(verifyMatrices(
          *this, {getActivations(), getRowSums(), getWeights(), getInit()})))
    return failure();
  int64_t m = shape(getActivations()).getDimSize(0);
  int64_t n = shape(getInit()).getDimSize(1);
  int64_t g = shape(getRowSums()).getDimSize(1);
  bool isFloat = shape(getInit()).getElementType().isF32();
  if (isFloat != static_cast<bool>(getLayout().getScale()) ||
      isFloat != static_cast<bool>(getRowScale()))
    return emitOpError("expected row scale and layout scale exactly if init "
                       "is f32");
  if (getRowTerms().size() != static_cast<size_t>(getLayout().getTerms()))
    return emitOpError("expected ")
           << getLayout().getTerms() << " row terms, but got "
           << getRowTerms().size();
  if (getLayout().getOffset() != static_cast<bool>(getOffsetRows()))
    return emitOpError("expected offset rows exactly if the layout has an "
                       "offset");
  Builder builder(getContext());
  Type i8 = builder.getI8Type(), i32 = builder.getI32Type();
  if (isFloat && failed(verifyVector(*this, "row scale", getRowScale(),
                                     builder.getF32Type(), {m, 1})))
    return failure();
  Value zeroPoint = getActivationZeroPoint();
  if (zeroPoint && failed(verifyVector(*this, "activation zero point",
                                       zeroPoint, i32, {m, g})))
    return failure();
  for (Value term : getRowTerms())
    if (failed(verifyVector(*this, "row term", term, i32, {m, g})))
      return failure();
  if (getOffsetRows() &&
      failed(verifyVector(*this, "offset rows", getOffsetRows(), i32, {m, g})))
    return failure();
  PackedLayout layout = getLayout().getPacked();
  if (static_cast<bool>(layout.bits) != static_cast<bool>(getPlanes()))
    return emitOpError("expected an activation type of codes -1, 0 and 1 "
                       "exactly if the layout has bits");
  if (zeroPoint && (layout.bits || !layout.hasShortBlocks()))
    return emitOpError("expected an activation zero point only with bytes and "
                       "blocks of 4, 8, ..., 60 codes, but got ")
           << getLayout();
  int64_t rowBytes = shape(getActivations()).getDimSize(1);
  int64_t panels = ShapedType::kDynamic, bytes = panels, blocks = panels;
  if (!ShapedType::isDynamic(n))
    panels = layout.numPanels(n);
  if (!ShapedType::isDynamic(rowBytes)) {
    int64_t lines = ceilDivide(rowBytes, getLineBytes());
    int64_t depth = lines * layout.lineDepth();
    rowBytes = lines * getLineBytes();
    blocks = layout.numPaddedBlocks(IntegerIndex(depth)).value;
    bytes = layout.paddedPanelBytes(IntegerIndex(depth)).value;
  }
  if (failed(verifyMatrix(*this, "packed activations", getActivations(), i8,
                          {m, rowBytes})) ||
      failed(verifyMatrix(*this, "row sums", getRowSums(), i32, {m, blocks})) ||
      failed(verifyMatrix(*this, "packed weights", getWeights(), i8,
                          {panels, bytes})))
    return failure();
  return verifyMatrix(*this, "init", getInit(),
                      isFloat ? Type(builder.getF32Type()) : i32, {m, n});
}

LogicalResult PackedWeightOnlyMatmulOp::verify() {
  if (failed(
          verifyMatrices(*this, {getActivations(), getWeights(), getInit()})))
    return failure();
  if (!getLayout().getScale() || getLayout().getTerms() != 0 ||
      getLayout().getPacked().bits)
    return emitOpError("expected a layout with a scale and without terms and "
                       "bits, but got ")
           << getLayout();
  auto activations = cast<ShapedType>(getActivations().getType());
  auto init = cast<ShapedType>(getInit().getType());
  int64_t m = activations.getDimSize(0), k = activations.getDimSize(1);
  int64_t n = init.getDimSize(1);
  Type f32 = Float32Type::get(getContext());
  if (failed(
          verifyMatrix(*this, "activations", getActivations(), f32, {m, k})) ||
      failed(verifyElement(*this, "packed weights", getWeights(),
                           IntegerType::get(getContext(), 8))) ||
      failed(verifyPackedShape(*this, getLayout().getPacked(), n, k,
                               getWeights().getType())))
    return failure();
  return verifyMatrix(*this, "init", getInit(), f32, {m, n});
}
