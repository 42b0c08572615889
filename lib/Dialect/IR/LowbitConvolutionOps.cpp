//===- LowbitConvolutionOps.cpp - Verifiers of ops on images --------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Verification.h"
#include "lowbit/Dialect/IR/LowbitDialect.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::lowbit;

/// Beyond any image, and small enough that positions fit in 64 bits.
static constexpr int64_t kLargestExtent = std::numeric_limits<int32_t>::max();

int64_t WindowAxis::getNumWindows(int64_t extent, int64_t kernel) const {
  if (ShapedType::isDynamic(extent) || ShapedType::isDynamic(kernel))
    return ShapedType::kDynamic;
  int64_t rest = extent + before + after - (kernel - 1) * dilation - 1;
  return rest < 0 ? 0 : rest / stride + 1;
}

OpFoldResult WindowAxis::getNumWindows(OpBuilder &builder, Location location,
                                       OpFoldResult extent,
                                       OpFoldResult kernel) const {
  AffineExpr windows =
      getNumWindows(builder.getAffineDimExpr(0), builder.getAffineDimExpr(1));
  return affine::makeComposedFoldedAffineMax(
      builder, location,
      AffineMap::get(2, 0, {windows, builder.getAffineConstantExpr(0)},
                     builder.getContext()),
      {extent, kernel});
}

/// `values` are `count` numbers from `lowest` on.
static LogicalResult verifyExtents(Operation *op, StringRef name,
                                   ArrayRef<int64_t> values, size_t count,
                                   int64_t lowest) {
  bool isValid = llvm::all_of(values, [&](int64_t value) {
    return value >= lowest && value <= kLargestExtent;
  });
  if (values.size() == count && isValid)
    return success();
  InFlightDiagnostic error = op->emitOpError("expected ")
                             << count << ' ' << name << " of " << lowest
                             << " to " << kLargestExtent << ", but got [";
  llvm::interleaveComma(values, error);
  return error << ']';
}

template <typename WindowOp> static LogicalResult verifyWindow(WindowOp op) {
  return success(
      succeeded(verifyExtents(op, "strides", op.getStrides(), 2, 1)) &&
      succeeded(verifyExtents(op, "dilations", op.getDilations(), 2, 1)) &&
      succeeded(
          verifyExtents(op, "extents of padding", op.getPadding(), 4, 0)));
}

/// `type` has rank 4 and static extents that are not larger than an image's.
static LogicalResult verifyImages(Operation *op, StringRef name,
                                  RankedTensorType type) {
  bool isValid =
      type.getRank() == 4 && llvm::all_of(type.getShape(), [](int64_t extent) {
        return extent <= kLargestExtent;
      });
  if (isValid)
    return success();
  return op->emitOpError("expected ")
         << name << " of rank 4 with extents of at most " << kLargestExtent
         << ", but got " << type;
}

/// `channels` is a multiple of `groups`, if it is known.
static bool isMultiple(int64_t channels, int64_t groups) {
  return ShapedType::isDynamic(channels) || channels % groups == 0;
}

/// What `lowbit.conv_2d` and `lowbit.scaled_conv_2d` have in common.
template <typename ConvolutionOp>
static LogicalResult verifyConvolution(ConvolutionOp op) {
  auto activations = op.getActivations().getType();
  auto weights = op.getWeights().getType();
  if (failed(verifyWindow(op)) ||
      failed(verifyImages(op, "activations", activations)) ||
      failed(verifyImages(op, "weights", weights)) ||
      failed(verifyFactor(op, activations)) ||
      failed(verifyFactor(op, weights)))
    return failure();
  int64_t groups = op.getGroups();
  int64_t channels = activations.getDimSize(3), outputs = weights.getDimSize(0);
  if (groups < 1 || !isMultiple(channels, groups) ||
      !isMultiple(outputs, groups))
    return op.emitOpError("expected groups that divide the channels of ")
           << activations << " and " << weights << ", but got " << groups;
  int64_t perGroup =
      ShapedType::isDynamic(channels) ? channels : channels / groups;
  if (failed(verifyShape(
          op, "weights", weights,
          {outputs, ShapedType::kDynamic, ShapedType::kDynamic, perGroup})))
    return failure();
  int64_t height = weights.getDimSize(1), width = weights.getDimSize(2);
  if (height == 0 || width == 0)
    return op.emitOpError("expected a kernel of at least 1 x 1, but got ")
           << weights;
  if (failed(verifyShape(
          op, "a result", op.getType(),
          {activations.getDimSize(0),
           op.getAxis(0).getNumWindows(activations.getDimSize(1), height),
           op.getAxis(1).getNumWindows(activations.getDimSize(2), width),
           outputs})))
    return failure();
  if (failed(verifyRowZeroPoint(op, "activation zero point", activations,
                                op.getActivationZeroPoint())))
    return failure();
  return verifyRowZeroPoint(op, "weight zero point", weights,
                            op.getWeightZeroPoint());
}

LogicalResult Conv2DOp::verify() {
  if (getInit().getType() != getType())
    return emitOpError("expected init of type ")
           << getType() << ", but got " << getInit().getType();
  return verifyConvolution(*this);
}

OpFoldResult Conv2DOp::fold(FoldAdaptor) {
  if (llvm::is_contained(getType().getShape(), 0))
    return getInit();
  return {};
}

/// The product of `extents`, dynamic if one is; none if 64 bits do not hold it.
static std::optional<int64_t> multiplyExtents(ArrayRef<int64_t> extents) {
  if (llvm::any_of(extents, ShapedType::isDynamic))
    return ShapedType::kDynamic;
  int64_t product = 1;
  for (int64_t extent : extents)
    if (llvm::MulOverflow(product, extent, product))
      return std::nullopt;
  return product;
}

LogicalResult Im2ColOp::verify() {
  auto images = getImages().getType();
  if (failed(verifyExtents(*this, "kernel extents", getKernel(), 2, 1)) ||
      failed(verifyWindow(*this)) ||
      failed(verifyImages(*this, "images", images)))
    return failure();
  if (getType().getElementType() != images.getElementType())
    return emitOpError("expected a result of ")
           << images.getElementType() << ", but got " << getType();
  auto rows = multiplyExtents(
      {images.getDimSize(0),
       getAxis(0).getNumWindows(images.getDimSize(1), getKernel()[0]),
       getAxis(1).getNumWindows(images.getDimSize(2), getKernel()[1])});
  auto columns =
      multiplyExtents({getKernel()[0], getKernel()[1], images.getDimSize(3)});
  if (!rows || !columns)
    return emitOpError("expected extents that 64 bits hold, but got more for ")
           << images;
  if (failed(verifyShape(*this, "a result", getType(), {*rows, *columns})))
    return failure();
  auto code = dyn_cast<CodeTypeInterface>(images.getElementType());
  if (!getPad()) {
    if (hasPadding() && code && !code.isCode(0))
      return emitOpError("expected a pad, because 0 is no code of ") << code;
    return success();
  }
  if (!code)
    return emitOpError("expected no pad of ") << images.getElementType();
  if (failed(verifyBroadcast(*this, "pad", getPad().getType(),
                             {images.getDimSize(0), 1, 1, 1})))
    return failure();
  return verifyConstantCodes(*this, "pad", code, getPad());
}

LogicalResult ScaledConv2DOp::verify() {
  int64_t n = getActivations().getType().getDimSize(0);
  int64_t o = getWeights().getType().getDimSize(0);
  if (failed(verifyConvolution(*this)) ||
      failed(verifyBroadcast(*this, "activation scale",
                             getActivationScale().getType(), {n, 1, 1, 1})) ||
      failed(verifyConstantScale(*this, getActivationScale())) ||
      failed(verifyBroadcast(*this, "weight scale", getWeightScale().getType(),
                             {o, 1, 1, 1})))
    return failure();
  return verifyConstantScale(*this, getWeightScale());
}

LogicalResult
ScaledConv2DOp::reifyResultShapes(OpBuilder &builder,
                                  ReifiedRankedShapedTypeDims &shapes) {
  auto size = [&](Value tensor, int64_t dimension) {
    return tensor::getMixedSize(builder, getLoc(), tensor, dimension);
  };
  SmallVector<OpFoldResult> sizes = {size(getActivations(), 0)};
  for (int64_t d : {0, 1})
    sizes.push_back(getAxis(d).getNumWindows(builder, getLoc(),
                                             size(getActivations(), d + 1),
                                             size(getWeights(), d + 1)));
  sizes.push_back(size(getWeights(), 0));
  shapes = {sizes};
  return success();
}
