//===- QuantParameters.cpp - Parameters of quantized types ----------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantParameters.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::lowbit;

//===----------------------------------------------------------------------===//
// From upstream
//===----------------------------------------------------------------------===//

CodeTypeInterface mlir::lowbit::findCodeType(quant::QuantizedType type) {
  int64_t lowest = type.getStorageTypeMin(), highest = type.getStorageTypeMax();
  for (int64_t bits = 1; bits <= 16; ++bits)
    for (AffineRange range :
         {AffineRange::Signed, AffineRange::Unsigned, AffineRange::Narrow}) {
      // One bit has no narrow range.
      if (bits == 1 && range == AffineRange::Narrow)
        continue;
      auto code = AffineType::get(type.getContext(), bits, range);
      if (code.getLowestCode() == lowest && code.getHighestCode() == highest)
        return code;
    }
  return {};
}

static void addParameters(QuantParameters &result,
                          quant::UniformQuantizedType type, int64_t rank) {
  result.shape.assign(rank, 1);
  result.scales = {static_cast<float>(type.getScale())};
  result.zeroPoints = {static_cast<int32_t>(type.getZeroPoint())};
}

static void addParameters(QuantParameters &result,
                          quant::UniformQuantizedPerAxisType type,
                          int64_t rank) {
  result.shape.assign(rank, 1);
  result.shape[type.getQuantizedDimension()] = type.getScales().size();
  result.scales.append(type.getScales().begin(), type.getScales().end());
  result.zeroPoints.append(type.getZeroPoints().begin(),
                           type.getZeroPoints().end());
}

static void addParameters(QuantParameters &result,
                          quant::UniformQuantizedSubChannelType type,
                          int64_t rank) {
  llvm::append_range(result.shape, type.getScales().getType().getShape());
  for (const APFloat &scale : type.getScales().getValues<APFloat>())
    result.scales.push_back(static_cast<float>(scale.convertToDouble()));
  for (const APInt &zeroPoint : type.getZeroPoints().getValues<APInt>())
    result.zeroPoints.push_back(static_cast<int32_t>(zeroPoint.getSExtValue()));
  result.blockSizes.assign(rank, 0);
  for (auto [dimension, size] : type.getBlockSizeInfo())
    result.blockSizes[dimension] = size;
}

FailureOr<QuantParameters>
QuantParameters::fromUniform(quant::QuantizedType type, int64_t rank,
                             EmitError emitError) {
  if (!type.getExpressedType().isF32())
    return emitError() << "expected f32 as expressed type, but got "
                       << type.getExpressedType();
  QuantParameters result;
  result.code = findCodeType(type);
  if (!result.code)
    return emitError() << "expected the full or the narrow range of 1 to 16 "
                          "bits, but got "
                       << type.getStorageTypeMin() << " to "
                       << type.getStorageTypeMax();
  bool isUniform =
      llvm::TypeSwitch<Type, bool>(type)
          .Case<quant::UniformQuantizedType, quant::UniformQuantizedPerAxisType,
                quant::UniformQuantizedSubChannelType>([&](auto uniform) {
            addParameters(result, uniform, rank);
            return true;
          })
          .Default(false);
  if (!isUniform)
    return emitError() << "expected a uniform quantized type, but got " << type;
  if (llvm::all_of(result.zeroPoints, [](int32_t zero) { return zero == 0; }))
    result.zeroPoints.clear();
  return result;
}

//===----------------------------------------------------------------------===//
// To upstream
//===----------------------------------------------------------------------===//

FailureOr<quant::QuantizedType>
QuantParameters::toUniform(ArrayRef<int64_t> tensor, EmitError emitError) {
  MLIRContext *context = code.getContext();
  Builder builder(context);
  unsigned flags = code.isSigned() ? quant::QuantizationFlags::Signed : 0;
  Type storage = code.getStorageType(), expressed = builder.getF32Type();
  int64_t lowest = code.getLowestCode(), highest = code.getHighestCode();
  SmallVector<double> scale(scales.begin(), scales.end());
  SmallVector<int64_t> zeroPoint(zeroPoints.begin(), zeroPoints.end());
  zeroPoint.resize(scale.size());

  SmallVector<int32_t> dimensions;
  SmallVector<int64_t> sizes;
  for (auto [dimension, extent] : llvm::enumerate(shape)) {
    int64_t block = blockSizes.empty() ? 0 : blockSizes[dimension];
    if (block == 0 && extent == 1)
      continue;
    if (block == 0)
      block = 1;
    if (ShapedType::isDynamic(tensor[dimension]) ||
        tensor[dimension] % block != 0)
      return emitError() << "expected blocks of " << block
                         << " to divide dimension " << dimension
                         << ", as upstream types have no short last block";
    dimensions.push_back(dimension);
    sizes.push_back(block);
  }
  if (dimensions.empty())
    return quant::QuantizedType(quant::UniformQuantizedType::getChecked(
        emitError, flags, storage, expressed, scale[0], zeroPoint[0], lowest,
        highest));
  if (dimensions.size() == 1 && sizes[0] == 1)
    return quant::QuantizedType(quant::UniformQuantizedPerAxisType::getChecked(
        emitError, flags, storage, expressed, scale, zeroPoint, dimensions[0],
        lowest, highest));
  auto parameters = [&](Type element, auto values) {
    return DenseElementsAttr::get(RankedTensorType::get(shape, element),
                                  values);
  };
  SmallVector<APInt> zeroPointBits;
  for (int64_t value : zeroPoint)
    zeroPointBits.emplace_back(storage.getIntOrFloatBitWidth(), value,
                               /*isSigned=*/true, /*implicitTrunc=*/true);
  return quant::QuantizedType(quant::UniformQuantizedSubChannelType::getChecked(
      emitError, flags, storage, expressed,
      parameters(expressed, ArrayRef<float>(scales)),
      parameters(storage, ArrayRef<APInt>(zeroPointBits)), dimensions, sizes,
      lowest, highest));
}
