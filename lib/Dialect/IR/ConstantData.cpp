//===- ConstantData.cpp - Numbers inside constants ------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/IR/ConstantData.h"
#include "lowbit/Dialect/IR/LowbitDialect.h"
#include "lowbit/Quantization/ScaleType.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Matchers.h"
#include "llvm/Support/Alignment.h"

using namespace mlir;
using namespace mlir::lowbit;

/// The raw little-endian elements of `elements` and whether one stands for all.
static std::optional<std::pair<ArrayRef<char>, bool>>
getRawData(ElementsAttr elements) {
  if (auto dense = dyn_cast<DenseElementsAttr>(elements))
    return std::pair(dense.getRawData(), dense.isSplat());
  auto resource = dyn_cast<DenseResourceElementsAttr>(elements);
  if (!resource || !resource.getRawHandle().getBlob())
    return std::nullopt;
  ArrayRef<char> data = resource.getRawHandle().getBlob()->getData();
  int64_t width = elements.getElementType().getIntOrFloatBitWidth() / 8;
  if (static_cast<int64_t>(data.size()) != elements.getNumElements() * width)
    return std::nullopt;
  return std::pair(data, false);
}

namespace {
/// A constant's element type and bytes; of a splat, those of one element.
struct RawConstant {
  Type type;
  ArrayRef<char> bytes;
  bool isSplat;
  int64_t count;

  static std::optional<RawConstant> match(Value value) {
    ElementsAttr elements;
    if (auto codes = value.getDefiningOp<ConstantOp>())
      elements = codes.getCodes();
    else if (!matchPattern(value, m_Constant(&elements)))
      return std::nullopt;
    auto raw = getRawData(elements);
    if (!raw || elements.getNumElements() > kMaxConstantElements)
      return std::nullopt;
    return RawConstant{elements.getElementType(), raw->first, raw->second,
                       elements.getNumElements()};
  }

  /// All elements, each stored as a `Stored` and converted.
  template <typename Stored, typename T>
  SmallVector<T> read(function_ref<T(Stored)> convert) const {
    SmallVector<T> values(count);
    for (int64_t i = 0; i < count; ++i) {
      Stored stored;
      memcpy(&stored, bytes.data() + (isSplat ? 0 : i * sizeof(Stored)),
             sizeof(Stored));
      values[i] = convert(stored);
    }
    return values;
  }
};
} // namespace

std::optional<SmallVector<float>> mlir::lowbit::getConstantFloats(Value value) {
  auto raw = RawConstant::match(value);
  if (!raw)
    return std::nullopt;
  if (raw->type.isF32())
    return raw->read<float, float>([](float stored) { return stored; });
  if (raw->type.isF16())
    return raw->read<uint16_t, float>(convertFromF16);
  if (raw->type.isBF16())
    return raw->read<uint16_t, float>(convertFromBF16);
  return std::nullopt;
}

std::optional<ArrayRef<float>>
mlir::lowbit::getConstantFloats(Value value, SmallVector<float> &storage) {
  auto raw = RawConstant::match(value);
  if (raw && raw->type.isF32() && !raw->isSplat &&
      llvm::isAddrAligned(llvm::Align::Of<float>(), raw->bytes.data()))
    return ArrayRef(reinterpret_cast<const float *>(raw->bytes.data()),
                    raw->count);
  auto values = getConstantFloats(value);
  if (!values)
    return std::nullopt;
  storage = std::move(*values);
  return ArrayRef<float>(storage);
}

std::optional<SmallVector<int64_t>>
mlir::lowbit::getConstantIntegers(Value value) {
  auto raw = RawConstant::match(value);
  auto extend = [](auto stored) -> int64_t { return stored; };
  if (raw && raw->type.isInteger(8))
    return raw->read<int8_t, int64_t>(extend);
  if (raw && raw->type.isInteger(16))
    return raw->read<int16_t, int64_t>(extend);
  if (raw && raw->type.isInteger(32))
    return raw->read<int32_t, int64_t>(extend);
  return std::nullopt;
}

std::optional<ArrayRef<int8_t>> mlir::lowbit::getCodeBytes(ElementsAttr codes) {
  auto raw = getRawData(codes);
  if (!raw || raw->second || !codes.getElementType().isInteger(8))
    return std::nullopt;
  return ArrayRef(reinterpret_cast<const int8_t *>(raw->first.data()),
                  raw->first.size());
}
