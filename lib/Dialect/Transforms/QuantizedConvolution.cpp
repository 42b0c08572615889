//===- QuantizedConvolution.cpp - A convolution of codes ------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantizedConvolution.h"
#include "MatrixConstants.h"
#include "QuantizedProduct.h"
#include "Windows.h"
#include "lowbit/Dialect/IR/ConstantData.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace mlir::lowbit;

std::string mlir::lowbit::checkConvolution(const FloatWindows &windows,
                                           const QuantizedOperand &activations,
                                           const QuantizedOperand &weights) {
  if (!activations.hasCodes())
    return windows.isPerChannel() ? "expected activations of codes where each "
                                    "group is one channel, but got floats"
                                  : "";
  auto code = cast<CodeTypeInterface>(getElementTypeOrSelf(activations.codes));
  bool isPadded = llvm::any_of(windows.axes, [](WindowAxis axis) {
    return axis.before != 0 || axis.after != 0;
  });
  if (isPadded && !activations.zeroPoint && !code.isCode(0))
    return "expected activations with a code for the padding";
  if (!windows.isPerChannel())
    return "";
  if (weights.blockSizes && weights.blockSizes[1] != 0)
    return "expected no blocks along the kernel where each group is one "
           "channel";
  if (weights.zeroPoint && !getElementTypeOrSelf(weights.zeroPoint).isInteger())
    return "expected integer zero points where each group is one channel";
  return "";
}

//===----------------------------------------------------------------------===//
// Dimensions
//===----------------------------------------------------------------------===//

/// `value` with dimension d where dimension `order[d]` was.
static Value transpose(OpBuilder &builder, Location location, Value value,
                       ArrayRef<int64_t> order) {
  if (llvm::is_sorted(order))
    return value;
  SmallVector<OpFoldResult> sizes =
      tensor::getMixedSizes(builder, location, value);
  SmallVector<OpFoldResult> shape = llvm::map_to_vector(
      order, [&](int64_t dimension) { return sizes[dimension]; });
  Value empty = tensor::EmptyOp::create(builder, location, shape,
                                        getElementTypeOrSelf(value));
  return linalg::TransposeOp::create(builder, location, value, empty, order)
      ->getResult(0);
}

/// Images of any order as `N x H x W x C`, the channels of all groups.
static Value toImages(OpBuilder &builder, Location location, Value codes,
                      ArrayRef<int64_t> order) {
  Value images = transpose(builder, location, codes, order);
  if (order.size() == 4)
    return images;
  return tensor::CollapseShapeOp::create(
      builder, location, images,
      ArrayRef<ReassociationIndices>{{0}, {1}, {2}, {3, 4}});
}

/// `N x OH x OW x O` in the dimensions of the result.
static Value toResult(OpBuilder &builder, Location location, Value value,
                      const FloatWindows &windows) {
  ArrayRef<int64_t> order = windows.resultOrder;
  if (order.size() == 5) {
    SmallVector<OpFoldResult> sizes =
        tensor::getMixedSizes(builder, location, value);
    sizes.back() = builder.getIndexAttr(windows.groups);
    sizes.push_back(builder.getIndexAttr(windows.outputs / windows.groups));
    auto type = RankedTensorType::get(decomposeMixedValues(sizes).first,
                                      getElementTypeOrSelf(value));
    value = tensor::ExpandShapeOp::create(
        builder, location, type, value,
        ArrayRef<ReassociationIndices>{{0}, {1}, {2}, {3, 4}}, sizes);
  }
  SmallVector<int64_t> inverse(order.size());
  for (auto [d, position] : llvm::enumerate(order))
    inverse[position] = d;
  return transpose(builder, location, value, inverse);
}

/// The matrix `first x 1` as `first x 1 x 1 x 1`.
static Value toRank4(OpBuilder &builder, Location location, Value column) {
  auto type = cast<RankedTensorType>(column.getType());
  return builder.createOrFold<tensor::ExpandShapeOp>(
      location,
      RankedTensorType::get({type.getDimSize(0), 1, 1, 1},
                            type.getElementType()),
      column, ArrayRef<ReassociationIndices>{{0}, {1, 2, 3}});
}

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

/// The constant `parameter`, which has a row for every `rowBlock` rows (0: for
/// one), with a row for each of `rows`.
static Value expandRows(OpBuilder &builder, Location location, Value parameter,
                        int64_t rowBlock, int64_t rows) {
  auto type = cast<RankedTensorType>(parameter.getType());
  int64_t columns = type.getDimSize(1);
  if (rowBlock == 0 && type.getDimSize(0) == rows)
    return parameter;
  auto repeat = [&](auto values) {
    decltype(values) result;
    for (int64_t row = 0; row < rows; ++row) {
      int64_t from = type.getDimSize(0) == 1 ? 0 : row / rowBlock;
      result.append(values.begin() + from * columns,
                    values.begin() + (from + 1) * columns);
    }
    return result;
  };
  if (auto floats = getConstantFloats(parameter))
    return createFloats(builder, location,
                        cast<FloatType>(type.getElementType()), rows, columns,
                        repeat(*floats));
  return createIntegers(builder, location, rows, columns,
                        repeat(*getConstantIntegers(parameter)));
}

/// The rows of one group.
static QuantizedOperand sliceRows(OpBuilder &builder, Location location,
                                  const QuantizedOperand &weights, int64_t rows,
                                  Part group) {
  if (group.count == 1)
    return weights;
  QuantizedOperand result;
  result.codes = slice(builder, location, weights.codes, 0, group);
  int64_t rowBlock = weights.blockSizes ? weights.blockSizes[0] : 0;
  auto take = [&](Value parameter) {
    if (!parameter)
      return parameter;
    return slice(builder, location,
                 expandRows(builder, location, parameter, rowBlock, rows), 0,
                 group);
  };
  result.scale = take(weights.scale);
  result.zeroPoint = take(weights.zeroPoint);
  if (weights.blockSizes && weights.blockSizes[1] != 0)
    result.blockSizes =
        builder.getDenseI64ArrayAttr({0, weights.blockSizes[1]});
  return result;
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

/// `N x OH x OW x O` by a matmul for each group of channels.
static Value multiplyGroups(OpBuilder &builder, Location location,
                            const FloatWindows &windows,
                            ArrayRef<OpFoldResult> sizes,
                            const QuantizedOperand &activations,
                            const QuantizedOperand &weights, StringAttr layer) {
  Value zeroPoint = activations.zeroPoint, pad;
  if (zeroPoint) {
    pad = toRank4(builder, location, zeroPoint);
    zeroPoint = repeatPerWindow(builder, location, zeroPoint, sizes);
  }
  QuantizedOperand rows = activations;
  if (activations.hasCodes())
    rows.scale = repeatPerWindow(builder, location, activations.scale, sizes);
  rows.zeroPoint = zeroPoint;
  SmallVector<Value> products;
  for (int64_t index = 0; index < windows.groups; ++index) {
    Part group = {index, windows.groups};
    Value images = slice(builder, location, activations.codes, 3, group);
    rows.codes = createWindows(builder, location, images, pad, windows.kernel,
                               windows.axes);
    QuantizedOperand part =
        sliceRows(builder, location, weights, windows.outputs, group);
    auto type = RankedTensorType::get(
        {cast<ShapedType>(rows.codes.getType()).getDimSize(0),
         windows.outputs / windows.groups},
        builder.getF32Type());
    products.push_back(
        createProduct(builder, location, type, rows, part, layer));
  }
  return expandWindows(builder, location,
                       joinColumns(builder, location, products), sizes);
}

/// `N x OH x OW x O` by one convolution of all channels.
static Value multiplyChannels(OpBuilder &builder, Location location,
                              const FloatWindows &windows,
                              ArrayRef<OpFoldResult> sizes,
                              const QuantizedOperand &activations,
                              const QuantizedOperand &weights,
                              StringAttr layer) {
  int64_t rowBlock = weights.blockSizes ? weights.blockSizes[0] : 0;
  auto toParameter = [&](Value column) {
    return column ? toRank4(builder, location, column) : Value();
  };
  auto toRowParameter = [&](Value parameter) {
    return toParameter(parameter ? expandRows(builder, location, parameter,
                                              rowBlock, windows.outputs)
                                 : Value());
  };
  Value kernel =
      reshapeKernel(builder, location, weights.codes,
                    {windows.outputs, windows.kernel[0], windows.kernel[1], 1},
                    {{0}, {1, 2, 3}});
  SmallVector<OpFoldResult> shape(sizes);
  shape.push_back(builder.getIndexAttr(windows.outputs));
  auto type = RankedTensorType::get(decomposeMixedValues(shape).first,
                                    builder.getF32Type());
  WindowAxis rows = windows.axes[0], columns = windows.axes[1];
  return ScaledConv2DOp::create(
      builder, location, type, activations.codes, kernel,
      toParameter(activations.scale), toRowParameter(weights.scale),
      toParameter(activations.zeroPoint), toRowParameter(weights.zeroPoint),
      windows.groups, ArrayRef<int64_t>{rows.stride, columns.stride},
      ArrayRef<int64_t>{rows.dilation, columns.dilation},
      ArrayRef<int64_t>{rows.before, rows.after, columns.before, columns.after},
      layer);
}

Value mlir::lowbit::createConvolution(OpBuilder &builder, Location location,
                                      const FloatWindows &windows, Value init,
                                      const QuantizedOperand &activations,
                                      const QuantizedOperand &weights,
                                      StringAttr layer) {
  SmallVector<OpFoldResult> extents =
      tensor::getMixedSizes(builder, location, init);
  SmallVector<OpFoldResult> sizes;
  for (int64_t d : ArrayRef(windows.resultOrder).take_front(3))
    sizes.push_back(extents[d]);
  QuantizedOperand images = activations;
  images.codes =
      toImages(builder, location, activations.codes, windows.imageOrder);
  auto multiply = windows.isPerChannel() ? multiplyChannels : multiplyGroups;
  Value product =
      multiply(builder, location, windows, sizes, images, weights, layer);
  return toResult(builder, location, product, windows);
}
