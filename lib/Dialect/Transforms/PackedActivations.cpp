//===- PackedActivations.cpp - Activations as bytes or bits ---------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PackedActivations.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::lowbit;

/// Whether `lowbit.pack_activations` can do the work of `op`, into bits or not.
static bool isAbsorbable(QuantizeOp op, bool bits) {
  auto code = cast<CodeTypeInterface>(op.getType().getElementType());
  auto zeroPoint = op.getZeroPoint();
  auto threshold = op.getThreshold();
  if (op.getRounding() != Rounding::NearestEven || op.getBlockSizes() ||
      !op.getScale().getType().getElementType().isF32() ||
      op.getScale().getType().getDimSize(1) != 1)
    return false;
  if (bits)
    return !zeroPoint && (!threshold || threshold.getType().getShape() ==
                                            ArrayRef<int64_t>{1, 1});
  return isa<AffineType>(code) && code.getLowestCode() >= -128 &&
         code.getHighestCode() <= 127 && !threshold &&
         (!zeroPoint || zeroPoint.getType().getElementType().isInteger(32));
}

/// `f(size)` where `f` is an expression in d0; folded if `size` is constant.
static OpFoldResult apply(OpBuilder &builder, Location loc, AffineExpr f,
                          OpFoldResult size) {
  return affine::makeComposedFoldedAffineApply(builder, loc, f, size);
}

/// The sum of each row of `bytes`, M x 1: a scalar that a loop carries.
static Value sumRows(OpBuilder &builder, Location loc, Value bytes) {
  auto type = cast<RankedTensorType>(bytes.getType());
  auto sumsType =
      RankedTensorType::get({type.getDimSize(0), 1}, builder.getI32Type());
  SmallVector<Value> rows;
  if (sumsType.isDynamicDim(0))
    rows.push_back(tensor::DimOp::create(builder, loc, bytes, 0));
  auto build = [&](OpBuilder &b, Location l, ValueRange indices) {
    auto index = [&](int64_t value) -> Value {
      return arith::ConstantIndexOp::create(b, l, value);
    };
    Value zero = arith::ConstantIntOp::create(b, l, 0, 32);
    auto add = [&](OpBuilder &b, Location l, Value k, ValueRange sums) {
      Value byte =
          tensor::ExtractOp::create(b, l, bytes, ValueRange{indices[0], k});
      Value code = arith::ExtSIOp::create(b, l, b.getI32Type(), byte);
      Value sum = arith::AddIOp::create(b, l, sums[0], code);
      scf::YieldOp::create(b, l, sum);
    };
    auto loop = scf::ForOp::create(b, l, index(0), index(type.getDimSize(1)),
                                   index(1), zero, add);
    tensor::YieldOp::create(b, l, loop.getResult(0));
  };
  return tensor::GenerateOp::create(builder, loc, sumsType, rows, build);
}

/// Packs `source`, by quantizing it with `scale` if there is one.
static PackedActivations createPack(OpBuilder &builder, Location loc,
                                    Value source, Value scale, Value zeroPoint,
                                    Value threshold, CodeTypeInterface code,
                                    ActivationForm form) {
  PackedLayout layout;
  layout.block = form.block;
  if (form.bits)
    layout.bits = code.getBitPlanes();
  AffineExpr d0 = builder.getAffineDimExpr(0);
  OpFoldResult m = tensor::getMixedSize(builder, loc, source, 0);
  OpFoldResult k = tensor::getMixedSize(builder, loc, source, 1);
  OpFoldResult bytes = apply(builder, loc, layout.rowBytes(d0), k);
  // Bytes that need no padding are packed.
  if (!scale && form.block == 0 && !form.bits && bytes == k)
    return {source, sumRows(builder, loc, source)};
  OpFoldResult blocks = apply(builder, loc, layout.numBlocks(d0), k);
  Value codesInit =
      tensor::EmptyOp::create(builder, loc, {m, bytes}, builder.getI8Type());
  Value sumsInit =
      tensor::EmptyOp::create(builder, loc, {m, blocks}, builder.getI32Type());
  auto packed = PackActivationsOp::create(
      builder, loc, TypeRange{codesInit.getType(), sumsInit.getType()}, source,
      scale, zeroPoint, threshold, codesInit, sumsInit, TypeAttr::get(code),
      builder.getI64IntegerAttr(form.block),
      form.bits ? builder.getUnitAttr() : UnitAttr());
  return {packed.getResult(0), packed.getResult(1)};
}

/// Whether the bits of `op` can be packed before windows are made of them:
/// those of a pixel are whole words, what is in the padding is 0, and so are
/// the bits of its code, and row sums are those of codes that are never 0.
static bool canPackImages(Im2ColOp op, ActivationForm form) {
  auto images = op.getImages().getType();
  auto code = dyn_cast<CodeTypeInterface>(images.getElementType());
  if (!form.bits || form.block != 0 || op.getPad() || !code)
    return false;
  int64_t channels = images.getDimSize(3);
  if (ShapedType::isDynamic(channels) || channels == 0 ||
      channels % BitPlanes::wordDepth != 0)
    return false;
  return code.getBitPlanes().mask ? !form.hasSums : !op.hasPadding();
}

/// im2col(codes) in bits is im2col of the words of each pixel:
///
///   rows    = pack_activations(collapse(images))   : N*H*W x bytes of C
///   windows = im2col(expand(rows))          : M x KH*KW*bytes of C
static PackedActivations packWindows(RewriterBase &rewriter, Location loc,
                                     Im2ColOp op, ActivationForm form) {
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPoint(op);
  auto byteType =
      AffineType::get(rewriter.getContext(), 8, AffineRange::Signed);
  SmallVector<ReassociationIndices> pixels = {{0, 1, 2}, {3}};
  SmallVector<OpFoldResult> shape =
      tensor::getMixedSizes(rewriter, loc, op.getImages());
  Value rows =
      tensor::CollapseShapeOp::create(rewriter, loc, op.getImages(), pixels);
  Value words = packActivations(rewriter, loc, rows, form).codes;
  rewriter.setInsertionPoint(op);
  int64_t bytes = cast<RankedTensorType>(words.getType()).getDimSize(1);
  shape.back() = rewriter.getIndexAttr(bytes);
  SmallVector<int64_t> extents(op.getImages().getType().getShape());
  extents.back() = bytes;
  auto imageType = RankedTensorType::get(extents, rewriter.getI8Type());
  Value images = tensor::ExpandShapeOp::create(rewriter, loc, imageType, words,
                                               pixels, shape);
  images =
      FromStorageOp::create(rewriter, loc, imageType.clone(byteType), images);
  auto type = op.getType();
  int64_t k = type.getDimSize(1),
          channels = op.getImages().getType().getDimSize(3);
  auto windowType = RankedTensorType::get(
      {type.getDimSize(0), k / channels * bytes}, byteType);
  auto windows = cast<Im2ColOp>(rewriter.clone(*op));
  rewriter.modifyOpInPlace(windows, [&] {
    windows.getImagesMutable().assign(images);
    windows.getResult().setType(windowType);
  });
  Value codes = ToStorageOp::create(
      rewriter, loc, windowType.clone(rewriter.getI8Type()), windows);
  // Codes of -1 and 1 have the magnitude 1; the sums of others are not used.
  auto sumsType =
      RankedTensorType::get({type.getDimSize(0), 1}, rewriter.getI32Type());
  SmallVector<Value> count;
  if (sumsType.isDynamicDim(0))
    count.push_back(tensor::DimOp::create(rewriter, loc, codes, 0));
  Value sum =
      arith::ConstantIntOp::create(rewriter, loc, form.hasSums ? k : 0, 32);
  return {codes, tensor::SplatOp::create(rewriter, loc, sum, sumsType, count)};
}

PackedActivations mlir::lowbit::packActivations(RewriterBase &rewriter,
                                                Location loc, Value codes,
                                                ActivationForm form) {
  if (auto windows = codes.getDefiningOp<Im2ColOp>())
    if (canPackImages(windows, form))
      return packWindows(rewriter, loc, windows, form);
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPointAfterValue(codes);
  auto type = cast<RankedTensorType>(codes.getType());
  Value source, scale, zeroPoint, threshold;
  auto quantize = codes.getDefiningOp<QuantizeOp>();
  if (quantize && isAbsorbable(quantize, form.bits)) {
    source = quantize.getInput();
    scale = quantize.getScale();
    zeroPoint = quantize.getZeroPoint();
    threshold = quantize.getThreshold();
  } else {
    source = ToStorageOp::create(rewriter, loc,
                                 type.clone(rewriter.getI8Type()), codes);
  }
  PackedActivations packed =
      createPack(rewriter, loc, source, scale, zeroPoint, threshold,
                 cast<CodeTypeInterface>(type.getElementType()), form);
  if (form.bits)
    return packed;
  for (Operation *user : llvm::make_early_inc_range(codes.getUsers()))
    if (auto sums = dyn_cast<RowSumsOp>(user))
      if (static_cast<int64_t>(sums.getBlock()) == form.block)
        rewriter.replaceOpWithNewOp<tensor::CastOp>(sums, sums.getType(),
                                                    packed.rowSums);
  return packed;
}
