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
  if (layout.bits)
    return decodeBits(b, layout.bits, field);
  return b.sub(b.mul(field, b.i32(layout.codeStep)), b.i32(layout.codeOffset));
}

Value PackedAccess::insertCode(ReferenceBuilder &b, Value code, Value packed,
                               Value n, Value k) const {
  Value field =
      layout.bits
          ? encodeBits(b, layout.bits, code)
          : arith::DivSIOp::create(b, b.add(code, b.i32(layout.codeOffset)),
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
// Bits
//===----------------------------------------------------------------------===//

Value mlir::lowbit::encodeBits(ReferenceBuilder &b, BitPlanes planes,
                               Value code) {
  Value stored = planes.mask ? code : b.shiftRight(code, 1);
  return arith::AndIOp::create(b, stored, b.i32((1 << planes.count()) - 1));
}

MaskAndSign mlir::lowbit::getMaskAndSign(ReferenceBuilder &b, BitPlanes planes,
                                         Value field) {
  Value mask = b.i32(1), sign = b.i32(0);
  if (planes.mask)
    mask = arith::AndIOp::create(b, field, b.i32(1));
  if (planes.sign)
    sign = planes.mask ? b.shiftRight(field, 1) : field;
  return {mask, sign};
}

Value mlir::lowbit::decodeBits(ReferenceBuilder &b, BitPlanes planes,
                               Value field) {
  auto [mask, sign] = getMaskAndSign(b, planes, field);
  return b.sub(mask, b.add(sign, sign));
}

/// Where the bit of `plane` at `position` of row `m` lies, and which of its
/// byte it is (an i32).
static std::pair<SmallVector<Value>, Value> getBitPlace(ReferenceBuilder &b,
                                                        BitPlanes planes,
                                                        Value m, Value position,
                                                        int64_t plane) {
  AffineExpr at = b.getAffineDimExpr(0);
  Value byte = b.applyValue(planes.byteOf(at, plane), {position});
  Value bit = arith::IndexCastOp::create(b, b.getI32Type(),
                                         b.applyValue(at % 8, {position}));
  return {{m, byte}, bit};
}

Value mlir::lowbit::extractBits(ReferenceBuilder &b, BitPlanes planes,
                                Value words, Value m, Value position) {
  Value field = b.i32(0);
  for (int64_t plane = 0; plane < planes.count(); ++plane) {
    auto [place, bit] = getBitPlace(b, planes, m, position, plane);
    Value shifted =
        arith::ShRUIOp::create(b, extractByte(b, words, place), bit);
    Value alone = arith::AndIOp::create(b, shifted, b.i32(1));
    field = arith::OrIOp::create(b, field,
                                 arith::ShLIOp::create(b, alone, b.i32(plane)));
  }
  return field;
}

Value mlir::lowbit::insertBits(ReferenceBuilder &b, BitPlanes planes,
                               Value field, Value words, Value m,
                               Value position) {
  for (int64_t plane = 0; plane < planes.count(); ++plane) {
    auto [place, bit] = getBitPlace(b, planes, m, position, plane);
    Value alone =
        arith::AndIOp::create(b, b.shiftRight(field, plane), b.i32(1));
    Value byte = arith::OrIOp::create(b, extractByte(b, words, place),
                                      arith::ShLIOp::create(b, alone, bit));
    words =
        b.insert(arith::TruncIOp::create(b, b.getI8Type(), byte), words, place);
  }
  return words;
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
