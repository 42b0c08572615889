//===- FloatConvToMatmul.cpp - Convolutions of reals as matmuls -----------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FloatConvToMatmul.h"
#include "QuantizedConvolution.h"
#include "lowbit/Dialect/Transforms/Quantize.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/AsmState.h"

using namespace mlir;
using namespace mlir::lowbit;

/// The constant `values` as a matrix with `rows` rows.
static Value createMatrix(OpBuilder &builder, Location loc, int64_t rows,
                          ArrayRef<float> values) {
  auto type = RankedTensorType::get(
      {rows, static_cast<int64_t>(values.size()) / rows}, builder.getF32Type());
  StringRef layer = getLayerName(loc);
  std::string name = (layer.empty() ? "weights" : layer).str() + ".matrix";
  auto bytes = ArrayRef(reinterpret_cast<const char *>(values.data()),
                        values.size() * sizeof(float));
  Attribute elements = DenseResourceElementsAttr::get(
      type, name,
      HeapAsmResourceBlob::allocateAndCopyWithAlign(bytes, /*align=*/64,
                                                    /*dataIsMutable=*/false));
  return arith::ConstantOp::create(builder, loc, cast<TypedAttr>(elements));
}

namespace {
/// conv(images, kernel, init) -> expand(matmul(im2col(images), kernel)) + init
struct FloatConvToMatmul : OpInterfaceRewritePattern<linalg::LinalgOp> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;

  LogicalResult matchAndRewrite(linalg::LinalgOp op,
                                PatternRewriter &rewriter) const override {
    if (!op.hasPureTensorSemantics() || !FloatWindows::isConvolution(op))
      return rewriter.notifyMatchFailure(op, "requires a convolution");
    std::string reason;
    auto convolution = FloatMatmul::match(op, reason);
    if (failed(convolution))
      return rewriter.notifyMatchFailure(op, reason);
    if (convolution->hasCodes())
      return rewriter.notifyMatchFailure(op, "requires a kernel of reals");
    const FloatWindows &windows = *convolution->windows;
    if (windows.groups != 1)
      return rewriter.notifyMatchFailure(op, "requires one group");
    SmallVector<float> storage;
    auto values = convolution->getWeightValues(storage);
    if (!values)
      return rewriter.notifyMatchFailure(op, "requires data of the kernel");
    Location loc = op.getLoc();
    Value images = convolution->activations, init = convolution->init;
    Value batch = rewriter.createOrFold<tensor::DimOp>(loc, images,
                                                       windows.imageOrder[0]);
    RequireEqualOp::create(
        rewriter, loc,
        ValueRange{batch, rewriter.createOrFold<tensor::DimOp>(
                              loc, init, windows.resultOrder[0])});
    QuantizedOperand kernel{
        createMatrix(rewriter, loc, windows.outputs, *values), {}, {}, {}};
    Value sum = createConvolution(rewriter, loc, windows, init,
                                  {images, {}, {}, {}}, kernel, /*layer=*/{});
    Value empty = tensor::EmptyOp::create(
        rewriter, loc, tensor::getMixedSizes(rewriter, loc, init),
        rewriter.getF32Type());
    rewriter.replaceOpWithNewOp<linalg::AddOp>(op, ValueRange{sum, init},
                                               ValueRange{empty});
    return success();
  }
};
} // namespace

void mlir::lowbit::populateFloatConvToMatmulPatterns(
    RewritePatternSet &patterns) {
  patterns.add<FloatConvToMatmul>(patterns.getContext());
}
