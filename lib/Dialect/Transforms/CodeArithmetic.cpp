//===- CodeArithmetic.cpp - Integers computed from codes ------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CodeArithmetic.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace mlir::lowbit;

static CodeTypeInterface getCode(Value codes) {
  return cast<CodeTypeInterface>(getElementTypeOrSelf(codes));
}

Value mlir::lowbit::mapCodes(
    OpBuilder &builder, Location location, ValueRange codes,
    function_ref<Value(ImplicitLocOpBuilder &, ValueRange)> body) {
  auto type = cast<RankedTensorType>(codes.front().getType());
  Type integer = builder.getI32Type();
  SmallVector<Value> storages;
  for (Value value : codes)
    storages.push_back(
        ToStorageOp::create(builder, location,
                            cast<RankedTensorType>(value.getType())
                                .clone(getCode(value).getStorageType()),
                            value));
  Value empty = tensor::EmptyOp::create(
      builder, location,
      tensor::getMixedSizes(builder, location, storages.front()), integer);
  SmallVector<AffineMap> maps(storages.size() + 1,
                              builder.getMultiDimIdentityMap(type.getRank()));
  SmallVector<utils::IteratorType> loops(type.getRank(),
                                         utils::IteratorType::parallel);
  auto build = [&](OpBuilder &nested, Location at, ValueRange elements) {
    ImplicitLocOpBuilder b(at, nested);
    SmallVector<Value> extended;
    for (auto [value, element] : llvm::zip(codes, elements))
      extended.push_back(
          getCode(value).isSigned()
              ? Value(arith::ExtSIOp::create(b, integer, element))
              : Value(arith::ExtUIOp::create(b, integer, element)));
    linalg::YieldOp::create(b, body(b, extended));
  };
  Value result = linalg::GenericOp::create(builder, location, empty.getType(),
                                           storages, empty, maps, loops, build)
                     .getResult(0);
  if (result.getType() != type.clone(integer))
    result =
        tensor::CastOp::create(builder, location, type.clone(integer), result);
  return result;
}

Value mlir::lowbit::createLevels(OpBuilder &builder, Location location,
                                 Value codes, int64_t zeroPoint) {
  auto body = [&](ImplicitLocOpBuilder &b, ValueRange elements) -> Value {
    if (zeroPoint == 0)
      return elements.front();
    Value shift = arith::ConstantIntOp::create(b, zeroPoint, 32);
    return arith::SubIOp::create(b, elements.front(), shift);
  };
  return mapCodes(builder, location, codes, body);
}

Value mlir::lowbit::createParameter(OpBuilder &builder, Location location,
                                    int64_t rank, int64_t value) {
  auto type = RankedTensorType::get(SmallVector<int64_t>(rank, 1),
                                    builder.getI32Type());
  return arith::ConstantOp::create(
      builder, location,
      DenseElementsAttr::get(type, static_cast<int32_t>(value)));
}

Value mlir::lowbit::requantizeTensor(OpBuilder &builder, Location location,
                                     Value integers, DyadicScale scale,
                                     const TensorParams &output,
                                     int64_t bound) {
  auto type = cast<RankedTensorType>(integers.getType());
  auto parameter = [&](int64_t value) {
    return createParameter(builder, location, type.getRank(), value);
  };
  Value zeroPoint = output.code.allowsZeroPoint() && output.zeroPoint != 0
                        ? parameter(output.zeroPoint)
                        : Value();
  return RequantizeOp::create(
      builder, location, type.clone(output.code), integers,
      parameter(scale.multiplier), parameter(scale.shift), zeroPoint,
      RescaleRoundingAttr::get(builder.getContext(),
                               RescaleRounding::SingleRound),
      builder.getI64IntegerAttr(bound), /*layer=*/StringAttr());
}

int64_t mlir::lowbit::getLargestLevel(const TensorParams &params) {
  return std::max(params.code.getHighestCode() - params.zeroPoint,
                  params.zeroPoint - params.code.getLowestCode());
}
