//===- ConstantData.cpp - Numbers inside constants ------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/IR/ConstantData.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Matchers.h"

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

/// `read` applied to the bytes of each element of a constant.
template <typename T>
static std::optional<SmallVector<T>>
readElements(Value value, function_ref<T(const char *, Type)> read,
             function_ref<bool(Type)> accepts) {
  ElementsAttr elements;
  if (!matchPattern(value, m_Constant(&elements)) ||
      !accepts(elements.getElementType()))
    return std::nullopt;
  auto raw = getRawData(elements);
  if (!raw)
    return std::nullopt;
  Type type = elements.getElementType();
  int64_t width = type.getIntOrFloatBitWidth() / 8;
  SmallVector<T> values;
  values.reserve(elements.getNumElements());
  for (int64_t i = 0, e = elements.getNumElements(); i < e; ++i)
    values.push_back(
        read(raw->first.data() + (raw->second ? 0 : i * width), type));
  return values;
}

std::optional<SmallVector<float>> mlir::lowbit::getConstantFloats(Value value) {
  auto read = [](const char *bytes, Type type) {
    uint64_t bits = 0;
    memcpy(&bits, bytes, type.getIntOrFloatBitWidth() / 8);
    APFloat real(cast<FloatType>(type).getFloatSemantics(),
                 APInt(type.getIntOrFloatBitWidth(), bits));
    return real.convertToFloat();
  };
  return readElements<float>(
      value, read, llvm::IsaPred<Float32Type, Float16Type, BFloat16Type>);
}

std::optional<SmallVector<int64_t>>
mlir::lowbit::getConstantIntegers(Value value) {
  auto read = [](const char *bytes, Type type) -> int64_t {
    uint64_t bits = 0;
    memcpy(&bits, bytes, type.getIntOrFloatBitWidth() / 8);
    return llvm::SignExtend64(bits, type.getIntOrFloatBitWidth());
  };
  auto accepts = [](Type type) {
    return type.isInteger(8) || type.isInteger(16) || type.isInteger(32);
  };
  return readElements<int64_t>(value, read, accepts);
}

std::optional<ArrayRef<int8_t>> mlir::lowbit::getCodeBytes(ElementsAttr codes) {
  auto raw = getRawData(codes);
  if (!raw || raw->second || !codes.getElementType().isInteger(8))
    return std::nullopt;
  return ArrayRef(reinterpret_cast<const int8_t *>(raw->first.data()),
                  raw->first.size());
}
