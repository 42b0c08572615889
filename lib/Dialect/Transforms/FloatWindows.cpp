//===- FloatWindows.cpp - A float convolution as a matmul -----------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/Transforms/FloatWindows.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::lowbit;

bool FloatWindows::isConvolution(linalg::LinalgOp op) {
  return linalg::isaConvolutionOpInterface(op) &&
         linalg::detail::isContractionBody(
             *op.getBlock(), [](Operation *first, Operation *second) {
               return isa<arith::MulFOp>(first) && isa<arith::AddFOp>(second);
             });
}

/// The factor of dimension `d` in the linear `expr`.
static int64_t getFactor(AffineExpr expr, unsigned d, unsigned numDims) {
  MLIRContext *context = expr.getContext();
  SmallVector<AffineExpr> point(numDims, getAffineConstantExpr(0, context));
  AffineExpr origin = expr.replaceDims(point);
  point[d] = getAffineConstantExpr(1, context);
  return cast<AffineConstantExpr>(expr.replaceDims(point)).getValue() -
         cast<AffineConstantExpr>(origin).getValue();
}

namespace {
/// Collects the parts of a convolution from its maps.
struct WindowMatcher {
  linalg::LinalgOp op;
  linalg::ConvolutionDimensions dims;
  SmallVector<AffineMap> maps;
  FloatWindows windows;

  /// The dimension of operand `index` whose position is loop `d`.
  int64_t find(unsigned index, unsigned d) {
    for (auto [position, expr] : llvm::enumerate(maps[index].getResults()))
      if (expr == getAffineDimExpr(d, op.getContext()))
        return position;
    return -1;
  }

  void append(SmallVectorImpl<int64_t> &order, unsigned index,
              ArrayRef<unsigned> loops) {
    for (unsigned d : loops)
      order.push_back(find(index, d));
  }

  /// The height (0) or width (1): where the window moves along loop
  /// `outputImage[axis]`.
  LogicalResult matchAxis(unsigned axis) {
    unsigned output = dims.outputImage[axis];
    for (unsigned position = 0; position < maps[0].getNumResults();
         ++position) {
      AffineExpr expr = maps[0].getResult(position);
      if (!expr.isFunctionOfDim(output))
        continue;
      const auto *loop = llvm::find_if(
          dims.filterLoop, [&](unsigned d) { return expr.isFunctionOfDim(d); });
      if (loop == dims.filterLoop.end())
        return failure();
      unsigned numLoops = op.getNumLoops();
      windows.axes[axis].stride = getFactor(expr, output, numLoops);
      windows.axes[axis].dilation = getFactor(expr, *loop, numLoops);
      if (windows.axes[axis].stride < 1 || windows.axes[axis].dilation < 1)
        return failure();
      windows.imageOrder.push_back(position);
      windows.kernelOrder.push_back(find(1, *loop));
      return success();
    }
    return failure();
  }

  LogicalResult matchMaps() {
    append(windows.imageOrder, 0, dims.batch);
    append(windows.kernelOrder, 1, dims.depth);
    append(windows.kernelOrder, 1, dims.outputChannel);
    append(windows.resultOrder, 2, dims.batch);
    append(windows.resultOrder, 2, dims.outputImage);
    if (failed(matchAxis(0)) || failed(matchAxis(1)))
      return failure();
    append(windows.imageOrder, 0, dims.depth);
    append(windows.imageOrder, 0, dims.inputChannel);
    append(windows.kernelOrder, 1, dims.inputChannel);
    append(windows.resultOrder, 2, dims.depth);
    append(windows.resultOrder, 2, dims.outputChannel);
    return success();
  }
};
} // namespace

/// Moves a padding of `images` by zeros into `windows`, if that is all of it.
static void absorbPadding(FloatWindows &windows, Value &images) {
  auto pad = images.getDefiningOp<tensor::PadOp>();
  Value constant = pad ? pad.getConstantPaddingValue() : Value();
  if (!constant || !matchPattern(constant, m_AnyZeroFloat()) ||
      !pad.getLow().empty() || !pad.getHigh().empty())
    return;
  ArrayRef<int64_t> low = pad.getStaticLow(), high = pad.getStaticHigh();
  for (int64_t d = 0; d < static_cast<int64_t>(low.size()); ++d) {
    bool isImage = d == windows.imageOrder[1] || d == windows.imageOrder[2];
    if (low[d] < 0 || high[d] < 0 || (!isImage && (low[d] || high[d])))
      return;
  }
  for (unsigned axis : {0, 1}) {
    int64_t d = windows.imageOrder[axis + 1];
    windows.axes[axis].before = low[d];
    windows.axes[axis].after = high[d];
  }
  images = pad.getSource();
}

FailureOr<FloatWindows> FloatWindows::match(linalg::LinalgOp op, Value &images,
                                            Value &weights,
                                            std::string &reason) {
  auto refuse = [&](StringRef text) {
    reason = text.str();
    return failure();
  };
  auto dims = linalg::inferConvolutionDims(op);
  if (failed(dims) || dims->batch.size() != 1 ||
      dims->outputImage.size() != 2 || dims->filterLoop.size() != 2 ||
      dims->depth.size() > 1 || dims->outputChannel.size() > 1 ||
      dims->inputChannel.size() > 1 ||
      dims->depth.size() + dims->outputChannel.size() == 0 ||
      dims->depth.size() + dims->inputChannel.size() == 0)
    return refuse("expected a convolution of images N, H, W and channels");
  WindowMatcher matcher{op, *dims, op.getIndexingMapsArray(), {}};
  if (failed(matcher.matchMaps()))
    return refuse("expected a window along the height and the width");
  FloatWindows &windows = matcher.windows;
  if (windows.imageOrder.front() != 0)
    return refuse("expected the images along the first dimension");

  images = op.getDpsInputOperand(0)->get();
  weights = op.getDpsInputOperand(1)->get();
  SmallVector<int64_t> extents = op.getStaticLoopRanges();
  auto multiply = [&](int64_t &product, ArrayRef<unsigned> loops) {
    for (unsigned d : loops)
      product *= extents[d];
  };
  bool isStatic = cast<ShapedType>(weights.getType()).hasStaticShape();
  for (unsigned d : llvm::concat<unsigned>(dims->depth, dims->inputChannel))
    isStatic &=
        !cast<ShapedType>(images.getType()).isDynamicDim(matcher.find(0, d));
  if (!isStatic)
    return refuse("expected static channels and a static kernel");
  if (cast<ShapedType>(weights.getType()).getNumElements() == 0)
    return refuse("expected weights, but got none");
  multiply(windows.groups, dims->depth);
  multiply(windows.outputs, dims->depth);
  multiply(windows.outputs, dims->outputChannel);
  multiply(windows.channels, dims->inputChannel);
  auto kernelType = cast<ShapedType>(weights.getType());
  for (unsigned axis : {0, 1}) {
    unsigned position = dims->depth.size() + dims->outputChannel.size() + axis;
    windows.kernel[axis] = kernelType.getDimSize(windows.kernelOrder[position]);
  }
  absorbPadding(windows, images);

  auto imageType = cast<ShapedType>(images.getType());
  auto resultType = cast<ShapedType>(op.getDpsInitOperand(0)->get().getType());
  for (unsigned axis : {0, 1}) {
    int64_t expected = windows.axes[axis].getNumWindows(
        imageType.getDimSize(windows.imageOrder[axis + 1]),
        windows.kernel[axis]);
    int64_t actual = resultType.getDimSize(windows.resultOrder[axis + 1]);
    if (expected == 0 || actual == 0)
      return refuse("expected windows, but got a kernel beyond the images");
    if (!ShapedType::isDynamic(expected) && !ShapedType::isDynamic(actual) &&
        expected != actual)
      return refuse("expected a result for each window of the images");
  }
  while (auto transpose = weights.getDefiningOp<linalg::TransposeOp>()) {
    for (int64_t &d : windows.kernelOrder)
      d = transpose.getPermutation()[d];
    weights = transpose.getInput();
  }
  return windows;
}
