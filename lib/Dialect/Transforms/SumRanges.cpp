//===- SumRanges.cpp - How large the sums of a layer become ---------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SumRanges.h"
#include "lowbit/Dialect/IR/ConstantData.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace mlir::lowbit;

static SumRange getCodeRange(CodeTypeInterface code) {
  return {code.getLowestCode(), code.getHighestCode()};
}

static CodeTypeInterface getCode(Value codes) {
  return cast<CodeTypeInterface>(getElementTypeOrSelf(codes));
}

static RankedTensorType getTensorType(Value value) {
  return cast<RankedTensorType>(value.getType());
}

std::optional<SumRange> mlir::lowbit::getIntegerRange(Value value) {
  if (auto constants = getConstantIntegers(value)) {
    if (constants->empty())
      return SumRange();
    auto [lowest, highest] =
        std::minmax_element(constants->begin(), constants->end());
    return SumRange{*lowest, *highest};
  }
  if (auto sums = value.getDefiningOp<RowSumsOp>()) {
    int64_t depth = sums.getCodes().getType().getDimSize(1);
    if (ShapedType::isDynamic(depth))
      return std::nullopt;
    auto block = static_cast<int64_t>(sums.getBlock());
    int64_t length = block == 0 ? depth : std::min(block, depth);
    return getCodeRange(getCode(sums.getCodes())) * SumRange::of(length);
  }
  if (auto params = value.getDefiningOp<ChooseParamsOp>())
    return getCodeRange(params.getCode());
  return std::nullopt;
}

/// The range of `code - zeroPoint`, where a zero point of run time is a code.
static SumRange getValueRange(Value codes, Value zeroPoint) {
  SumRange range = getCodeRange(getCode(codes));
  if (!zeroPoint || !getElementTypeOrSelf(zeroPoint).isInteger())
    return range;
  SumRange shift = getIntegerRange(zeroPoint).value_or(range);
  return range + shift * SumRange::of(-1);
}

/// The zero point of `channel`, or nothing if it is not known.
static std::optional<int64_t>
getZeroPoint(Value zeroPoint, std::optional<ArrayRef<int64_t>> values,
             int64_t channel) {
  if (!zeroPoint || !getElementTypeOrSelf(zeroPoint).isInteger())
    return 0;
  if (!values)
    return std::nullopt;
  return (*values)[values->size() == 1 ? 0 : channel];
}

/// `bound` of the constant codes `value`, as int8_t, uint8_t (both without a
/// copy) or int64_t; fails if it is no constant.
static LogicalResult
visitCodes(Value value, function_ref<void(const int8_t *)> boundSigned,
           function_ref<void(const uint8_t *)> boundUnsigned,
           function_ref<void(const int64_t *)> boundSplat) {
  auto constant = value.getDefiningOp<ConstantOp>();
  if (!constant)
    return failure();
  if (auto bytes = getCodeBytes(constant.getCodes())) {
    if (getCode(value).isSigned())
      boundSigned(bytes->data());
    else
      boundUnsigned(reinterpret_cast<const uint8_t *>(bytes->data()));
    return success();
  }
  auto codes = getConstantIntegers(value);
  if (!codes)
    return failure();
  if (!getCode(value).isSigned())
    for (int64_t &code : *codes)
      code &= 0xff;
  boundSplat(codes->data());
  return success();
}

/// The number of products in a sum, or dynamic.
static int64_t getDepth(const Products &products) {
  ArrayRef<int64_t> row = getTensorType(products.weights).getShape();
  row = row.drop_front();
  if (!ShapedType::isDynamicShape(row))
    return ShapedType::getNumElements(row);
  return row.size() == 1 ? getTensorType(products.activations).getDimSize(1)
                         : ShapedType::kDynamic;
}

SmallVector<SumRange> mlir::lowbit::getSumRanges(const Products &products,
                                                 int64_t block) {
  int64_t n = getTensorType(products.weights).getDimSize(0);
  int64_t k = getDepth(products);
  if (ShapedType::isDynamic(k))
    return {};
  int64_t length = block == 0 ? k : std::min(block, k);
  SumRange activation =
      getValueRange(products.activations, products.activationZeroPoint);
  std::optional<SmallVector<int64_t>> zeroPoints;
  if (products.weightZeroPoint)
    zeroPoints = getConstantIntegers(products.weightZeroPoint);
  SmallVector<SumRange> ranges;
  auto bound = [&](const auto *codes) {
    for (int64_t row = 0; row < n; ++row) {
      auto shift = getZeroPoint(products.weightZeroPoint, zeroPoints, row);
      SumRange range;
      for (int64_t begin = 0; begin < k; begin += length)
        range = join(range,
                     boundSum(codes + row * k + begin,
                              std::min(length, k - begin), *shift, activation));
      ranges.push_back(range);
    }
  };
  bool isKnown = !products.weightZeroPoint ||
                 getZeroPoint(products.weightZeroPoint, zeroPoints, 0);
  if (isKnown && succeeded(visitCodes(products.weights, bound, bound, bound)))
    return ranges;
  SumRange any = activation *
                 getValueRange(products.weights, products.weightZeroPoint) *
                 SumRange::of(length);
  return SmallVector<SumRange>(ShapedType::isDynamic(n) ? 1 : n, any);
}

//===----------------------------------------------------------------------===//
// Constants that repeat in each row
//===----------------------------------------------------------------------===//

template <typename T>
static std::optional<SmallVector<T>> getConstants(Value value) {
  if constexpr (std::is_same_v<T, float>)
    return getConstantFloats(value);
  else
    return getConstantIntegers(value);
}

/// The constant scalar `value`.
template <typename T> static std::optional<T> getScalar(Value value) {
  Attribute attribute;
  if (!matchPattern(value, m_Constant(&attribute)))
    return std::nullopt;
  if constexpr (std::is_same_v<T, float>) {
    auto real = dyn_cast<FloatAttr>(attribute);
    return real ? std::optional<T>(real.getValueAsDouble()) : std::nullopt;
  } else {
    auto integer = dyn_cast<IntegerAttr>(attribute);
    return integer ? std::optional<T>(integer.getInt()) : std::nullopt;
  }
}

template <typename T>
std::optional<SmallVector<T>> mlir::lowbit::getRepeatedRow(Value value) {
  RankedTensorType type = getTensorType(value);
  ArrayRef<int64_t> others = type.getShape().drop_back();
  int64_t n = type.getShape().back();
  if (ShapedType::isDynamic(n))
    return std::nullopt;
  if (auto fill = value.getDefiningOp<linalg::FillOp>()) {
    auto scalar = getScalar<T>(fill.value());
    return scalar ? std::optional(SmallVector<T>(n, *scalar)) : std::nullopt;
  }
  auto broadcast = value.getDefiningOp<linalg::BroadcastOp>();
  if (broadcast && llvm::equal(broadcast.getDimensions(),
                               llvm::seq<int64_t>(0, others.size())))
    return getConstants<T>(broadcast.getInput());
  DenseElementsAttr splat;
  bool isSplat = matchPattern(value, m_Constant(&splat)) && splat.isSplat();
  if (!isSplat && llvm::any_of(others, [](int64_t e) { return e != 1; }))
    return std::nullopt;
  auto constants = getConstants<T>(value);
  if (constants)
    constants->resize(std::min<int64_t>(constants->size(), n));
  return constants;
}

template std::optional<SmallVector<float>>
    mlir::lowbit::getRepeatedRow<float>(Value);
template std::optional<SmallVector<int64_t>>
    mlir::lowbit::getRepeatedRow<int64_t>(Value);
