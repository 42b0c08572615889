//===- PackConstants.cpp - Pack weights at compile time -------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PackConstants.h"
#include "lowbit/Dialect/IR/ConstantData.h"
#include "lowbit/Dialect/IR/LowbitDialect.h"
#include "lowbit/Quantization/PackedWeights.h"
#include "lowbit/Quantization/ScaleType.h"
#include "mlir/IR/AsmState.h"

using namespace mlir;
using namespace mlir::lowbit;

/// The bytes of a constant header vector, and how rows and blocks index them.
static std::optional<HeaderValues>
getHeaderValues(Value vector, std::optional<ArrayRef<int64_t>> blockSizes,
                SmallVectorImpl<uint8_t> &storage) {
  auto type = cast<RankedTensorType>(vector.getType());
  auto append = [&](auto value) {
    auto *bytes = reinterpret_cast<const uint8_t *>(&value);
    storage.append(bytes, bytes + sizeof(value));
  };
  if (auto integers = getConstantIntegers(vector)) {
    for (int64_t value : *integers)
      append(static_cast<int32_t>(value));
  } else if (auto floats = getConstantFloats(vector)) {
    for (float value : *floats) {
      if (type.getElementType().isF16())
        append(convertToF16(value));
      else if (type.getElementType().isBF16())
        append(convertToBF16(value));
      else
        append(value);
    }
  } else {
    return std::nullopt;
  }
  HeaderValues values;
  values.data = storage.data();
  values.bytes = type.getElementTypeBitWidth() / 8;
  values.rowsPerValue = blockSizes && (*blockSizes)[0] ? (*blockSizes)[0] : 1;
  values.rowStride = type.getDimSize(0) == 1 ? 0 : type.getDimSize(1);
  values.blockStride = type.getDimSize(1) == 1 ? 0 : 1;
  return values;
}

/// The name of a resource, after the layer of `op`.
static std::string getName(Operation *op, StringRef what) {
  StringRef layer = getLayerName(op->getLoc());
  return (layer.empty() ? "weights" : layer).str() + "." + what.str();
}

/// The storage of constant codes: a view of it, or of `splat`.
static std::optional<ArrayRef<int8_t>> getCodes(ConstantOp constant,
                                                SmallVector<int8_t> &splat) {
  if (auto codes = getCodeBytes(constant.getCodes()))
    return codes;
  auto values = getConstantIntegers(constant);
  if (!values)
    return std::nullopt;
  splat.assign(values->begin(), values->end());
  return splat;
}

/// The bytes of `op` if all its operands are constants.
static DenseResourceElementsAttr packConstants(PackOp op, StringRef name) {
  auto constant = op.getCodes().getDefiningOp<ConstantOp>();
  if (!constant)
    return {};
  auto type = constant.getType();
  int64_t n = type.getDimSize(0), k = type.getDimSize(1);
  SmallVector<int8_t> splat;
  auto codes = getCodes(constant, splat);
  if (!codes)
    return {};
  PackedLayout layout = op.getLayout().getPacked();
  AsmResourceBlob blob = HeapAsmResourceBlob::allocate(
      layout.numPanels(n) * layout.panelBytes(k), PackedLayout::vectorBytes);
  auto *bytes = reinterpret_cast<uint8_t *>(blob.getMutableData().data());
  auto code = cast<CodeTypeInterface>(type.getElementType());
  packCodes(layout, codes->data(), !code.isSigned(), n, k, bytes);
  auto pack = [&](Value vector, std::optional<ArrayRef<int64_t>> blockSizes,
                  HeaderVector kind, int64_t index) {
    SmallVector<uint8_t> storage;
    auto values = getHeaderValues(vector, blockSizes, storage);
    if (values)
      packHeader(layout, kind, index, *values, n, k, bytes);
    return values.has_value();
  };
  if (op.getScale() &&
      !pack(op.getScale(), op.getBlockSizes(), HeaderVector::Scale, 0))
    return {};
  for (auto [index, term] : llvm::enumerate(op.getTerms()))
    if (!pack(term, std::nullopt, HeaderVector::Term, index))
      return {};
  if (op.getOffset() &&
      !pack(op.getOffset(), std::nullopt, HeaderVector::Offset, 0))
    return {};
  return DenseI8ResourceElementsAttr::get(op.getType(), name, std::move(blob));
}

namespace {
/// Replaces constant codes by their levels, where these are what is packed.
struct FoldLookup : OpRewritePattern<LookupOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(LookupOp op,
                                PatternRewriter &rewriter) const override {
    auto constant = op.getCodes().getDefiningOp<ConstantOp>();
    auto table = op.getConstantTable();
    SmallVector<int8_t> storage;
    auto codes = constant ? getCodes(constant, storage) : std::nullopt;
    if (!codes || !table)
      return rewriter.notifyMatchFailure(op, "requires constant operands");
    AsmResourceBlob blob =
        HeapAsmResourceBlob::allocate(codes->size(), /*align=*/64);
    auto *levels = reinterpret_cast<int8_t *>(blob.getMutableData().data());
    for (auto [index, code] : llvm::enumerate(*codes))
      levels[index] = static_cast<int8_t>((*table)[static_cast<uint8_t>(code)]);
    auto type = op.getType().clone(rewriter.getI8Type());
    Attribute elements = DenseI8ResourceElementsAttr::get(
        type, getName(op, "levels"), std::move(blob));
    rewriter.replaceOpWithNewOp<ConstantOp>(op, op.getType(),
                                            cast<ElementsAttr>(elements));
    return success();
  }
};

/// Packs constant weights now.
struct FoldPack : OpRewritePattern<PackOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(PackOp op,
                                PatternRewriter &rewriter) const override {
    auto bytes = packConstants(op, getName(op, "packed"));
    if (!bytes)
      return rewriter.notifyMatchFailure(op, "requires constant operands");
    rewriter.replaceOpWithNewOp<arith::ConstantOp>(op, bytes);
    return success();
  }
};
} // namespace

void mlir::lowbit::populatePackConstantsPatterns(RewritePatternSet &patterns) {
  patterns.add<FoldLookup, FoldPack>(patterns.getContext());
}
