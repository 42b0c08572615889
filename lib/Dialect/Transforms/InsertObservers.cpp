//===- InsertObservers.cpp - Observe the inputs of layers -----------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/Transforms/Passes.h"
#include "lowbit/Dialect/Transforms/Quantize.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Remarks.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_INSERTOBSERVERSPASS
#include "lowbit/Dialect/Transforms/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

/// The operand through which `layer` reads `activations`, maybe of a padding.
static OpOperand &findUse(Operation *layer, Value activations) {
  Operation *user = layer;
  while (user->getOperand(0) != activations)
    user = user->getOperand(0).getDefiningOp();
  return user->getOpOperand(0);
}

/// `images` with the zeros around them that are a part of `windows`.
static Value pad(OpBuilder &builder, Location location, Value images,
                 const FloatWindows &windows) {
  auto rank = cast<RankedTensorType>(images.getType()).getRank();
  SmallVector<OpFoldResult> low(rank, builder.getIndexAttr(0)), high = low;
  for (unsigned axis : {0, 1}) {
    int64_t d = windows.imageOrder[axis + 1];
    low[d] = builder.getIndexAttr(windows.axes[axis].before);
    high[d] = builder.getIndexAttr(windows.axes[axis].after);
  }
  Value zero = arith::ConstantOp::create(builder, location,
                                         builder.getF32FloatAttr(0.0f));
  return tensor::PadOp::create(builder, location, Type(), images, low, high,
                               zero);
}

/// The windows of `matmul`, N x OH x OW x groups x depth.
static Value createRows(OpBuilder &builder, Location location,
                        const FloatMatmul &matmul) {
  const FloatWindows &windows = *matmul.windows;
  MLIRContext *context = builder.getContext();
  AffineExpr n, row, column, group, y, x, channel;
  bindDims(context, n, row, column, group, y, x, channel);
  auto getPosition = [&](unsigned axis, AffineExpr output, AffineExpr k) {
    return output * windows.axes[axis].stride + k * windows.axes[axis].dilation;
  };
  SmallVector<AffineExpr> values = {n, getPosition(0, row, y),
                                    getPosition(1, column, x)};
  if (windows.imageOrder.size() == 5 || windows.groups != 1)
    values.push_back(group);
  if (values.size() != windows.imageOrder.size())
    values.push_back(channel);
  SmallVector<AffineExpr> positions(values);
  for (auto [d, value] : llvm::zip_equal(windows.imageOrder, values))
    positions[d] = value;

  SmallVector<OpFoldResult> sizes;
  for (int64_t d : ArrayRef(windows.resultOrder).take_front(3))
    sizes.push_back(tensor::getMixedSize(builder, location, matmul.init, d));
  for (int64_t extent :
       {windows.groups, windows.kernel[0], windows.kernel[1], windows.channels})
    sizes.push_back(builder.getIndexAttr(extent));
  Value empty =
      tensor::EmptyOp::create(builder, location, sizes, builder.getF32Type());
  AffineMap maps[] = {AffineMap::get(7, 0, positions, context),
                      builder.getMultiDimIdentityMap(7)};
  SmallVector<utils::IteratorType> loops(7, utils::IteratorType::parallel);
  Value rows = linalg::GenericOp::create(
                   builder, location, empty.getType(),
                   pad(builder, location, matmul.activations, windows), empty,
                   maps, loops,
                   [](OpBuilder &body, Location inner, ValueRange elements) {
                     linalg::YieldOp::create(body, inner, elements.front());
                   })
                   ->getResult(0);
  return tensor::CollapseShapeOp::create(
      builder, location, rows,
      ArrayRef<ReassociationIndices>{{0}, {1}, {2}, {3}, {4, 5, 6}});
}

/// Observes the activations of `layer` where that is of use, and the windows of
/// a convolution.
static void observe(OpBuilder &builder, linalg::LinalgOp layer,
                    bool withWindows) {
  std::string reason;
  auto matmul = FloatMatmul::match(layer, reason);
  if (failed(matmul))
    return;
  Operation *producer = matmul->activations.getDefiningOp();
  StringRef name = getLayerName(layer.getLoc());
  auto observed = dyn_cast_or_null<ObserveOp>(producer);
  if (isa_and_nonnull<DequantizeOp>(producer) ||
      (observed && observed.getLayer() == name))
    return;
  if (name.empty()) {
    remark::missed(layer.getLoc(),
                   remark::RemarkOpts::name("observe").category("lowbit"))
        << "unnamed layer is not observed: expected a name for its statistics";
    return;
  }
  OpOperand &use = findUse(layer, matmul->activations);
  builder.setInsertionPoint(use.getOwner());
  use.set(ObserveOp::create(builder, layer.getLoc(), use.get(),
                            builder.getStringAttr(name),
                            /*what=*/StringAttr()));
  if (!withWindows || !matmul->windows)
    return;
  builder.setInsertionPoint(layer);
  matmul->activations = use.get();
  ObserveOp::create(
      builder, layer.getLoc(), createRows(builder, layer.getLoc(), *matmul),
      builder.getStringAttr(name), builder.getStringAttr("windows"));
}

namespace {
struct InsertObserversPass
    : lowbit::impl::InsertObserversPassBase<InsertObserversPass> {
  using InsertObserversPassBase::InsertObserversPassBase;

  void runOnOperation() override {
    SmallVector<linalg::LinalgOp> layers;
    getOperation()->walk([&](linalg::LinalgOp op) {
      if (FloatMatmul::isLayer(op))
        layers.push_back(op);
    });
    OpBuilder builder(&getContext());
    for (linalg::LinalgOp layer : layers)
      observe(builder, layer, windows);
  }
};
} // namespace
