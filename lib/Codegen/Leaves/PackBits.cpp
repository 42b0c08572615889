//===- PackBits.cpp - Loops that make bits of rows ------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// No division is needed to round x / s to -1, 0 or 1:
//
//   round_even(fl(x / s)) >= 1  exactly if  fl(x / s) > 1/2
//                               exactly if  2 * x > s
//
// for s > 0. If 2 * x > s, it is at least the next float, s + u, and u > s *
// 2^-24, so x / s is beyond 1/2 + 2^-25, which is half-way to the next float
// after 1/2. Doubling is exact, or infinite where x / s > 1/2 as well.
//
//===----------------------------------------------------------------------===//

#include "PackBits.h"
#include "BitWords.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::lowbit;

/// How codes come from elements: they are given, by sign, by a threshold, or
/// rounded.
static StringRef getMethod(PackActivationsOp op) {
  if (!op.getScale())
    return "codes";
  if (isa<BinaryType>(op.getCode()))
    return "sign";
  return op.getThreshold() ? "threshold" : "round";
}

std::string mlir::lowbit::getPackBitsName(PackActivationsOp op) {
  CodeTypeInterface code = op.getCode();
  BitPlanes planes = op.getPlanes();
  std::string name;
  llvm::raw_string_ostream stream(name);
  stream << "lowbit_pack_bits_" << (planes.mask ? "m" : "")
         << (planes.sign ? "s" : "") << "_k" << op.getBlock() << "_c"
         << -code.getLowestCode() << "_" << code.getHighestCode() << "_"
         << getMethod(op);
  return name;
}

namespace {
class PackBitsBody : BitWords {
public:
  PackBitsBody(func::FuncOp function, PackActivationsOp op)
      : BitWords(function, op.getPlanes()), op(op), rows(op.getRows()) {
    ValueRange arguments = function.getArguments();
    source = arguments.front();
    if (op.getScale())
      scale = arguments[1];
    if (op.getThreshold())
      threshold = arguments[2];
    codes = arguments.drop_back().back();
    rowSums = arguments.back();
  }

  void emit();

private:
  /// The f32 that elements of row `m` are compared with; null: 0.
  Value loadBound(Value m);
  /// The planes of `x`, an element or a vector of them.
  PlaneValues compare(Value x, Value bound);
  /// Stores the words of 32 codes from the byte `at` of row `m` on and returns
  /// `sum`, an i32, plus the number of bits in the mask.
  Value storeWords(PlaneValues words, Value m, Value at, Value sum);
  void emitBlock(Value m, Value g, Value bound);

  PackActivationsOp op;
  PackedLayout rows;
  Value source, scale, threshold, codes, rowSums;
};
} // namespace

Value PackBitsBody::loadBound(Value m) {
  if (threshold)
    return memref::LoadOp::create(b, threshold, ValueRange{index(0), index(0)});
  if (!scale || isa<BinaryType>(op.getCode()))
    return {};
  return loadBroadcast(scale, m, index(0));
}

PlaneValues PackBitsBody::compare(Value x, Value bound) {
  if (!scale)
    return compareCodes(x);
  auto splat = [&](Value scalar) -> Value {
    if (isa<VectorType>(x.getType()))
      return vector::BroadcastOp::create(b, x.getType(), scalar);
    return scalar;
  };
  Value zero = zeroOf(x.getType());
  auto compareReals = [&](arith::CmpFPredicate predicate, Value with) -> Value {
    return arith::CmpFOp::create(b, predicate, x, with);
  };
  if (!bound)
    return {
        planes.mask ? compareReals(arith::CmpFPredicate::UGE, zero) : Value(),
        planes.sign ? compareReals(arith::CmpFPredicate::OLT, zero) : Value()};
  if (!threshold)
    x = arith::AddFOp::create(b, x, x);
  Value positive, negative;
  if (op.getCode().getHighestCode() > 0)
    positive = compareReals(arith::CmpFPredicate::OGT, splat(bound));
  if (planes.sign)
    negative = compareReals(arith::CmpFPredicate::OLT,
                            splat(arith::NegFOp::create(b, bound)));
  if (positive && negative)
    positive = arith::OrIOp::create(b, positive, negative);
  return {positive ? positive : negative, negative};
}

Value PackBitsBody::storeWords(PlaneValues words, Value m, Value at,
                               Value sum) {
  for (Value word : {words.mask, words.sign}) {
    if (!word)
      continue;
    storeWord(word, codes, m, at);
    at = add(at, PackedLayout::depth);
  }
  if (!words.mask)
    return sum;
  return add(sum, math::CtPopOp::create(b, words.mask));
}

void PackBitsBody::emitBlock(Value m, Value g, Value bound) {
  int64_t wordBytes = rows.bits.wordBytes();
  AffineExpr d0 = b.getAffineDimExpr(0), d1 = b.getAffineDimExpr(1);
  Value length = memref::DimOp::create(b, source, 1);
  Value first = index(0), position = index(0);
  if (rows.block != 0) {
    first = apply(d0 * rows.block, g);
    position =
        apply(d0 * (rows.blockDepth() / BitPlanes::wordDepth * wordBytes), g);
    Value left = subtract(length, first);
    length = minimum(left, index(rows.block));
  }
  SmallVector<Value> sums = forWords(
      {source, m, first, length}, i32(0),
      [&](Value x) { return compare(x, bound); },
      [&](PlaneValues words, Value word, ValueRange soFar) {
        Value at = apply(d0 + d1 * wordBytes, {position, word});
        return SmallVector<Value>{storeWords(words, m, at, soFar.front())};
      });
  Value sum =
      rows.bits.mask
          ? sums.front()
          : arith::IndexCastOp::create(b, b.getI32Type(), length).getResult();
  memref::StoreOp::create(b, sum, rowSums, ValueRange{m, g});
}

void PackBitsBody::emit() {
  Value m = memref::DimOp::create(b, source, 0);
  Value blocks = memref::DimOp::create(b, rowSums, 1);
  forLoop(index(0), m, 1, [&](Value row) {
    Value bound = loadBound(row);
    forLoop(index(0), blocks, 1, [&](Value g) { emitBlock(row, g, bound); });
  });
  func::ReturnOp::create(b);
}

void mlir::lowbit::emitPackBitsBody(func::FuncOp function,
                                    PackActivationsOp op) {
  PackBitsBody(function, op).emit();
}
