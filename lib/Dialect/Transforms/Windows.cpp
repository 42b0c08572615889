//===- Windows.cpp - Images as matrices of windows ------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Windows.h"
#include "QuantizedOperands.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::lowbit;

static RankedTensorType getTensorType(Value value) {
  return cast<RankedTensorType>(value.getType());
}

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

/// The elements of a constant, of codes or numbers, or null.
static ElementsAttr getElements(Value value) {
  ElementsAttr elements;
  if (auto codes = value.getDefiningOp<ConstantOp>())
    return codes.getCodes();
  return matchPattern(value, m_Constant(&elements)) ? elements : ElementsAttr();
}

/// A constant of `type`, whose elements are stored as `elements`.
static Value createConstant(OpBuilder &builder, Location location,
                            RankedTensorType type, ElementsAttr elements) {
  if (isa<CodeTypeInterface>(type.getElementType()))
    return ConstantOp::create(builder, location, type, elements);
  return arith::ConstantOp::create(builder, location,
                                   cast<TypedAttr>(elements));
}

/// `elements` in another shape, or null; the data stays where it is.
static ElementsAttr reshapeElements(ElementsAttr elements, ShapedType type) {
  if (auto dense = dyn_cast<DenseElementsAttr>(elements))
    return dense.reshape(type);
  if (auto resource = dyn_cast<DenseI8ResourceElementsAttr>(elements))
    return DenseResourceElementsAttr::get(type, resource.getRawHandle());
  return {};
}

/// The part of `elements` along `dimension`, as `type`, or null.
static ElementsAttr sliceElements(ElementsAttr elements, int64_t dimension,
                                  Part part, ShapedType type) {
  auto dense = dyn_cast<DenseElementsAttr>(elements);
  if (dense && dense.isSplat())
    return dense.resizeSplat(type);
  auto resource = dyn_cast<DenseI8ResourceElementsAttr>(elements);
  ArrayRef<char> data;
  if (dense)
    data = dense.getRawData();
  else if (resource && resource.getRawHandle().getBlob())
    data = resource.getRawHandle().getBlob()->getData();
  else
    return {};
  ArrayRef<int64_t> shape = type.getShape();
  int64_t count = ShapedType::getNumElements(shape.take_front(dimension));
  int64_t bytes = ShapedType::getNumElements(shape.drop_front(dimension)) *
                  type.getElementTypeBitWidth() / 8;
  SmallVector<char> slice;
  for (int64_t i = 0; i < count; ++i)
    llvm::append_range(
        slice, data.slice((i * part.count + part.index) * bytes, bytes));
  if (dense)
    return DenseElementsAttr::getFromRawBuffer(type, slice);
  Attribute bytesOfPart = DenseI8ResourceElementsAttr::get(
      type, resource.getRawHandle().getKey(),
      HeapAsmResourceBlob::allocateAndCopyWithAlign(slice, /*align=*/64,
                                                    /*dataIsMutable=*/false));
  return cast<ElementsAttr>(bytesOfPart);
}

/// `type` with the storage integers of its codes.
static RankedTensorType getStorageType(RankedTensorType type) {
  auto code = dyn_cast<CodeTypeInterface>(type.getElementType());
  return code ? type.clone(code.getStorageType()) : type;
}

Value mlir::lowbit::slice(OpBuilder &builder, Location location, Value value,
                          int64_t dimension, Part part) {
  if (part.count == 1)
    return value;
  if (auto lookup = value.getDefiningOp<LookupOp>())
    return createLookup(
        builder, location,
        slice(builder, location, lookup.getCodes(), dimension, part),
        lookup.getTable());
  RankedTensorType type = getTensorType(value);
  SmallVector<int64_t> shape(type.getShape());
  shape[dimension] /= part.count;
  RankedTensorType sliceType = type.clone(shape);
  if (ElementsAttr elements = getElements(value))
    if (ElementsAttr slice =
            sliceElements(elements, dimension, part, getStorageType(sliceType)))
      return createConstant(builder, location, sliceType, slice);
  SmallVector<OpFoldResult> sizes =
      tensor::getMixedSizes(builder, location, value);
  SmallVector<OpFoldResult> offsets(type.getRank(), builder.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(type.getRank(), builder.getIndexAttr(1));
  sizes[dimension] = builder.getIndexAttr(shape[dimension]);
  offsets[dimension] = builder.getIndexAttr(part.index * shape[dimension]);
  return tensor::ExtractSliceOp::create(builder, location, value, offsets,
                                        sizes, strides);
}

Value mlir::lowbit::reshapeKernel(OpBuilder &builder, Location location,
                                  Value weights, ArrayRef<int64_t> shape,
                                  ArrayRef<ReassociationIndices> groups) {
  if (auto lookup = weights.getDefiningOp<LookupOp>())
    return createLookup(
        builder, location,
        reshapeKernel(builder, location, lookup.getCodes(), shape, groups),
        lookup.getTable());
  RankedTensorType type = getTensorType(weights).clone(shape);
  if (ElementsAttr elements = getElements(weights))
    if (ElementsAttr reshaped = reshapeElements(elements, getStorageType(type)))
      return createConstant(builder, location, type, reshaped);
  if (type.getRank() < getTensorType(weights).getRank())
    return tensor::CollapseShapeOp::create(builder, location, type, weights,
                                           groups);
  return tensor::ExpandShapeOp::create(builder, location, type, weights,
                                       groups);
}

//===----------------------------------------------------------------------===//
// Images and windows
//===----------------------------------------------------------------------===//

/// The product of `extents`, dynamic if one is.
static int64_t multiply(ArrayRef<int64_t> extents) {
  if (llvm::any_of(extents, ShapedType::isDynamic))
    return ShapedType::kDynamic;
  return ShapedType::getNumElements(extents);
}

Value mlir::lowbit::createWindows(OpBuilder &builder, Location location,
                                  Value images, Value pad,
                                  std::array<int64_t, 2> kernel,
                                  std::array<WindowAxis, 2> axes) {
  auto hasPadding = [](WindowAxis axis) { return axis.before || axis.after; };
  auto isStill = [](WindowAxis axis) { return axis.stride == 1; };
  bool isPadded = llvm::any_of(axes, hasPadding);
  if (kernel == std::array<int64_t, 2>{1, 1} && !isPadded &&
      llvm::all_of(axes, isStill))
    return collapseWindows(builder, location, images);
  RankedTensorType type = getTensorType(images);
  int64_t rows = multiply(
      {type.getDimSize(0), axes[0].getNumWindows(type.getDimSize(1), kernel[0]),
       axes[1].getNumWindows(type.getDimSize(2), kernel[1])});
  int64_t columns = multiply({kernel[0], kernel[1], type.getDimSize(3)});
  return Im2ColOp::create(builder, location, type.clone({rows, columns}),
                          images, isPadded ? pad : Value(), kernel,
                          ArrayRef<int64_t>{axes[0].stride, axes[1].stride},
                          ArrayRef<int64_t>{axes[0].dilation, axes[1].dilation},
                          ArrayRef<int64_t>{axes[0].before, axes[0].after,
                                            axes[1].before, axes[1].after});
}

Value mlir::lowbit::collapseWindows(OpBuilder &builder, Location location,
                                    Value result) {
  return tensor::CollapseShapeOp::create(
      builder, location, result,
      ArrayRef<ReassociationIndices>{{0, 1, 2}, {3}});
}

Value mlir::lowbit::expandWindows(OpBuilder &builder, Location location,
                                  Value matrix, ArrayRef<OpFoldResult> sizes) {
  SmallVector<OpFoldResult> shape(sizes);
  shape.push_back(tensor::getMixedSize(builder, location, matrix, 1));
  auto type = RankedTensorType::get(decomposeMixedValues(shape).first,
                                    getTensorType(matrix).getElementType());
  // The number of rows may be known better on one side.
  auto rows = getTensorType(matrix).clone(
      {multiply(type.getShape().drop_back()), type.getDimSize(3)});
  if (rows != matrix.getType())
    matrix = tensor::CastOp::create(builder, location, rows, matrix);
  return tensor::ExpandShapeOp::create(
      builder, location, type, matrix,
      ArrayRef<ReassociationIndices>{{0, 1, 2}, {3}}, shape);
}

Value mlir::lowbit::repeatPerWindow(OpBuilder &builder, Location location,
                                    Value parameter,
                                    ArrayRef<OpFoldResult> sizes) {
  RankedTensorType type = getTensorType(parameter);
  if (type.getDimSize(0) == 1)
    return parameter;
  Value images = tensor::CollapseShapeOp::create(
      builder, location, parameter, ArrayRef<ReassociationIndices>{{0, 1}});
  SmallVector<OpFoldResult> shape(sizes);
  shape.push_back(builder.getIndexAttr(1));
  Value empty =
      tensor::EmptyOp::create(builder, location, shape, type.getElementType());
  Value repeated = linalg::BroadcastOp::create(builder, location, images, empty,
                                               ArrayRef<int64_t>{1, 2, 3})
                       ->getResult(0);
  return collapseWindows(builder, location, repeated);
}

Value mlir::lowbit::joinColumns(OpBuilder &builder, Location location,
                                ArrayRef<Value> parts) {
  if (parts.size() == 1)
    return parts.front();
  return tensor::ConcatOp::create(builder, location, /*dim=*/1, parts);
}
