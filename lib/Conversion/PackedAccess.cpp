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
  AffineExpr lastPanel = layout.codeAddress(count - 1, count).panel;
  return {b.apply(lastPanel + 1, rows),
          b.apply(layout.panelBytes(count), depth)};
}

//===----------------------------------------------------------------------===//
// Fields
//===----------------------------------------------------------------------===//

/// Where the byte of `address` lies, and from which bit (an i32).
static std::pair<SmallVector<Value>, Value>
getPlace(ReferenceBuilder &b, const PackedAddress<AffineExpr> &address,
         Value row, Value column) {
  auto apply = [&](AffineExpr expression) {
    return b.applyValue(expression, {row, column});
  };
  Value shift =
      arith::IndexCastOp::create(b, b.getI32Type(), apply(address.shift));
  return {{apply(address.panel), apply(address.byte)}, shift};
}

/// A byte as an i32.
static Value extractByte(ReferenceBuilder &b, Value packed, ValueRange place) {
  return arith::ExtUIOp::create(b, b.getI32Type(), b.extract(packed, place));
}

Value PackedAccess::extractField(ReferenceBuilder &b, Value packed, Value n,
                                 Value k) const {
  auto address =
      layout.codeAddress(b.getAffineDimExpr(0), b.getAffineDimExpr(1));
  auto [place, shift] = getPlace(b, address, n, k);
  Value byte = extractByte(b, packed, place);
  Value shifted = arith::ShRUIOp::create(b, byte, shift);
  return arith::AndIOp::create(b, shifted, b.i32((1 << layout.fieldBits) - 1));
}

Value PackedAccess::getLevel(ReferenceBuilder &b, Value field) const {
  if (!attribute.getLevels())
    return field;
  auto levels = llvm::map_to_vector(
      attribute.getLevels().asArrayRef(),
      [](int64_t level) { return static_cast<int32_t>(level); });
  auto type = RankedTensorType::get(levels.size(), b.getI32Type());
  Value table = arith::ConstantOp::create(
      b, DenseElementsAttr::get(type, ArrayRef<int32_t>(levels)));
  return b.extract(
      table, Value(arith::IndexCastOp::create(b, b.getIndexType(), field)));
}

Value PackedAccess::decode(ReferenceBuilder &b, Value field) const {
  return b.sub(b.mul(field, b.i32(layout.codeStep)), b.i32(layout.codeOffset));
}

Value PackedAccess::insertCode(ReferenceBuilder &b, Value code, Value packed,
                               Value n, Value k) const {
  auto address =
      layout.codeAddress(b.getAffineDimExpr(0), b.getAffineDimExpr(1));
  auto [place, shift] = getPlace(b, address, n, k);
  Value field = arith::DivSIOp::create(b, b.add(code, b.i32(layout.codeOffset)),
                                       b.i32(layout.codeStep));
  Value byte = arith::OrIOp::create(b, extractByte(b, packed, place),
                                    arith::ShLIOp::create(b, field, shift));
  return b.insert(arith::TruncIOp::create(b, b.getI8Type(), byte), packed,
                  place);
}

//===----------------------------------------------------------------------===//
// Headers: little-endian numbers
//===----------------------------------------------------------------------===//

/// Where byte `byte` of a header value lies.
static SmallVector<Value> getHeaderPlace(ReferenceBuilder &b,
                                         PackedAddress<AffineExpr> address,
                                         int64_t byte, Value n, Value g) {
  address.byte = address.byte + byte;
  return getPlace(b, address, n, g).first;
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
