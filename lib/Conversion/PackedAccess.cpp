//===- PackedAccess.cpp - Scalar access to packed weights -----------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PackedAccess.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::lowbit;

SmallVector<OpFoldResult>
PackedAccess::getPackedSizes(ReferenceBuilder &b, OpFoldResult rows,
                             OpFoldResult depth) const {
  AffineExpr count = b.getAffineDimExpr(0);
  AffineExpr lastPanel =
      layout.codeAddress(count - 1, count, layout.getPlane(0)).panel;
  return {b.apply(lastPanel + 1, rows),
          b.apply(layout.panelBytes(count), depth)};
}

//===----------------------------------------------------------------------===//
// Fields
//===----------------------------------------------------------------------===//

/// Where the byte of `address` lies.
static SmallVector<Value> getPlace(ReferenceBuilder &b,
                                   const PackedAddress<AffineExpr> &address,
                                   Value row, Value column) {
  return {b.applyValue(address.panel, {row, column}),
          b.applyValue(address.byte, {row, column})};
}

/// A byte as an i32.
static Value extractByte(ReferenceBuilder &b, Value packed, ValueRange place) {
  return arith::ExtUIOp::create(b, b.getI32Type(), b.extract(packed, place));
}

/// The element at the index `at` of a table of constants.
static Value lookUp(ReferenceBuilder &b, ArrayRef<int32_t> constants,
                    Value at) {
  auto type = RankedTensorType::get(constants.size(), b.getI32Type());
  return b.extract(Value(arith::ConstantOp::create(
                       b, DenseElementsAttr::get(type, constants))),
                   at);
}

PackedAccess::Digit PackedAccess::getDigit(ReferenceBuilder &b,
                                           PackedPlane plane, Value n,
                                           Value k) const {
  auto address =
      layout.codeAddress(b.getAffineDimExpr(0), b.getAffineDimExpr(1), plane);
  Digit digit{getPlace(b, address, n, k), {}};
  if (layout.radix == 2) {
    digit.weight = arith::IndexCastOp::create(
        b, b.getI32Type(), b.applyValue(address.place * plane.bits, {n, k}));
    return digit;
  }
  SmallVector<int32_t> weights;
  for (int64_t i = 0; i < layout.placesPerByte(plane); ++i)
    weights.push_back(static_cast<int32_t>(layout.placeWeight(plane, i)));
  digit.weight = lookUp(b, weights, b.applyValue(address.place, {n, k}));
  return digit;
}

/// The number whose share of 243 is the nearest below the byte's of 256.
static Value getNumber(ReferenceBuilder &b, Value byte) {
  return b.shiftRight(b.mul(byte, b.i32(243)), 8);
}

Value PackedAccess::extractField(ReferenceBuilder &b, Value packed, Value n,
                                 Value k) const {
  Value field;
  for (int64_t i = 0; i < layout.numPlanes(); ++i) {
    PackedPlane plane = layout.getPlane(i);
    Digit digit = getDigit(b, plane, n, k);
    Value byte = extractByte(b, packed, digit.place), bits;
    if (layout.radix == 2)
      bits = arith::AndIOp::create(
          b, arith::ShRUIOp::create(b, byte, digit.weight),
          b.i32((1 << plane.bits) - 1));
    else
      bits = arith::RemUIOp::create(
          b, arith::DivUIOp::create(b, getNumber(b, byte), digit.weight),
          b.i32(3));
    if (plane.shift != 0)
      bits = arith::ShLIOp::create(b, bits, b.i32(plane.shift));
    field = field ? arith::OrIOp::create(b, field, bits) : bits;
  }
  return field;
}

Value PackedAccess::getLevel(ReferenceBuilder &b, Value field) const {
  if (!attribute.getLevels())
    return field;
  auto levels = llvm::map_to_vector(
      attribute.getLevels().asArrayRef(),
      [](int64_t level) { return static_cast<int32_t>(level); });
  return lookUp(b, levels,
                arith::IndexCastOp::create(b, b.getIndexType(), field));
}

Value PackedAccess::decode(ReferenceBuilder &b, Value field) const {
  return b.sub(b.mul(field, b.i32(layout.codeStep)), b.i32(layout.codeOffset));
}

Value PackedAccess::insertCode(ReferenceBuilder &b, Value code, Value packed,
                               Value n, Value k) const {
  Value field = arith::DivSIOp::create(b, b.add(code, b.i32(layout.codeOffset)),
                                       b.i32(layout.codeStep));
  for (int64_t i = 0; i < layout.numPlanes(); ++i) {
    PackedPlane plane = layout.getPlane(i);
    Digit digit = getDigit(b, plane, n, k);
    Value byte = extractByte(b, packed, digit.place);
    Value bits = field;
    if (layout.numPlanes() > 1)
      bits = arith::AndIOp::create(b, b.shiftRight(field, plane.shift),
                                   b.i32((1 << plane.bits) - 1));
    if (layout.radix == 2) {
      byte = arith::OrIOp::create(b, byte,
                                  arith::ShLIOp::create(b, bits, digit.weight));
    } else {
      Value number = b.add(getNumber(b, byte), b.mul(bits, digit.weight));
      byte = arith::DivUIOp::create(
          b, b.add(b.mul(number, b.i32(256)), b.i32(242)), b.i32(243));
    }
    packed = b.insert(arith::TruncIOp::create(b, b.getI8Type(), byte), packed,
                      digit.place);
  }
  return packed;
}

//===----------------------------------------------------------------------===//
// Headers: little-endian numbers
//===----------------------------------------------------------------------===//

/// Where byte `byte` of a header value lies.
static SmallVector<Value> getHeaderPlace(ReferenceBuilder &b,
                                         PackedAddress<AffineExpr> address,
                                         int64_t byte, Value n, Value g) {
  address.byte = address.byte + byte;
  return getPlace(b, address, n, g);
}

Value PackedAccess::extractHeader(ReferenceBuilder &b, Value packed, Value n,
                                  Value g, HeaderVector vector,
                                  int64_t index) const {
  auto address = layout.headerAddress(b.getAffineDimExpr(0),
                                      b.getAffineDimExpr(1), vector, index);
  Type type = vector == HeaderVector::Scale  ? Type(attribute.getScale())
              : vector == HeaderVector::Term ? Type(b.getI32Type())
                                             : Type(b.getF32Type());
  Value bits = b.i32(0);
  for (int64_t i = 0; i < type.getIntOrFloatBitWidth() / 8; ++i) {
    Value byte = extractByte(b, packed, getHeaderPlace(b, address, i, n, g));
    Value shifted = arith::ShLIOp::create(b, byte, b.i32(8 * i));
    bits = arith::OrIOp::create(b, bits, shifted);
  }
  if (type.isInteger(32))
    return bits;
  if (type.getIntOrFloatBitWidth() == 16)
    bits = arith::TruncIOp::create(b, b.getI16Type(), bits);
  return b.extend(arith::BitcastOp::create(b, type, bits));
}

Value PackedAccess::insertHeader(ReferenceBuilder &b, Value value, Value packed,
                                 Value n, Value g, HeaderVector vector,
                                 int64_t index) const {
  auto address = layout.headerAddress(b.getAffineDimExpr(0),
                                      b.getAffineDimExpr(1), vector, index);
  int64_t width = value.getType().getIntOrFloatBitWidth();
  Value bits = value;
  if (isa<FloatType>(value.getType()))
    bits = arith::BitcastOp::create(b, b.getIntegerType(width), value);
  if (width == 16)
    bits = arith::ExtUIOp::create(b, b.getI32Type(), bits);
  for (int64_t i = 0; i < width / 8; ++i) {
    Value byte =
        arith::TruncIOp::create(b, b.getI8Type(), b.shiftRight(bits, 8 * i));
    packed = b.insert(byte, packed, getHeaderPlace(b, address, i, n, g));
  }
  return packed;
}
