//===- PackBits.cpp - Loops that make bits of rows ------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// 32 elements of a row become a word of each plane: a comparison of a vector,
// whose result is the word. No division is needed to round x / s to -1, 0 or 1:
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
#include "LoopBuilder.h"
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
/// The planes of elements, an i1 or a vector of them; null: not stored.
struct MaskAndSign {
  Value mask, sign;
};

class PackBitsBody : LoopBuilder {
public:
  PackBitsBody(func::FuncOp function, PackActivationsOp op)
      : LoopBuilder(function), op(op), rows(op.getRows()) {
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
  Value i32(int64_t value) {
    return arith::ConstantIntOp::create(b, value, 32);
  }
  /// The f32 that elements of row `m` are compared with; null: 0.
  Value loadBound(Value m);
  /// The planes of `x`, an element or a vector of them.
  MaskAndSign compare(Value x, Value bound);
  /// The 32 bits of a vector of i1.
  Value getWord(Value bits);
  /// Stores the words of 32 codes from the byte `at` of row `m` on and returns
  /// `sum`, an i32, plus the number of bits in the mask.
  Value storeWords(MaskAndSign words, Value m, Value at, Value sum);
  /// The words of `count` elements, less than 32.
  MaskAndSign getLastWords(Value m, Value from, Value count, Value bound);
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

MaskAndSign PackBitsBody::compare(Value x, Value bound) {
  auto splat = [&](Value scalar) -> Value {
    if (isa<VectorType>(x.getType()))
      return vector::BroadcastOp::create(b, x.getType(), scalar);
    return scalar;
  };
  Type element = getElementTypeOrSelf(x.getType());
  Value zero = splat(arith::ConstantOp::create(b, b.getZeroAttr(element)));
  auto compareInts = [&](arith::CmpIPredicate predicate) -> Value {
    return arith::CmpIOp::create(b, predicate, x, zero);
  };
  auto compareReals = [&](arith::CmpFPredicate predicate, Value with) -> Value {
    return arith::CmpFOp::create(b, predicate, x, with);
  };
  BitPlanes planes = rows.bits;
  if (!scale)
    return {planes.mask ? compareInts(arith::CmpIPredicate::ne) : Value(),
            planes.sign ? compareInts(arith::CmpIPredicate::slt) : Value()};
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

Value PackBitsBody::getWord(Value bits) {
  auto one = VectorType::get(1, b.getI32Type());
  return vector::ExtractOp::create(b, vector::BitCastOp::create(b, one, bits),
                                   0);
}

Value PackBitsBody::storeWords(MaskAndSign words, Value m, Value at,
                               Value sum) {
  auto one = VectorType::get(1, b.getI32Type());
  auto bytes = VectorType::get(PackedLayout::depth, b.getI8Type());
  for (Value word : {words.mask, words.sign}) {
    if (!word)
      continue;
    Value whole = vector::BroadcastOp::create(b, one, word);
    vector::StoreOp::create(b, vector::BitCastOp::create(b, bytes, whole),
                            codes, ValueRange{m, at});
    at = add(at, PackedLayout::depth);
  }
  if (!words.mask)
    return sum;
  return add(sum, math::CtPopOp::create(b, words.mask));
}

MaskAndSign PackBitsBody::getLastWords(Value m, Value from, Value count,
                                       Value bound) {
  SmallVector<Value> words = forLoop(
      index(0), count, 1, {i32(0), i32(0)}, [&](Value i, ValueRange soFar) {
        Value x =
            memref::LoadOp::create(b, source, ValueRange{m, add(from, i)});
        MaskAndSign alone = compare(x, bound);
        Value bits[] = {alone.mask, alone.sign};
        Value shift = arith::IndexCastOp::create(b, b.getI32Type(), i);
        SmallVector<Value> next(soFar);
        for (auto [word, bit] : llvm::zip(next, bits)) {
          if (!bit)
            continue;
          Value wide = arith::ExtUIOp::create(b, b.getI32Type(), bit);
          word = arith::OrIOp::create(b, word,
                                      arith::ShLIOp::create(b, wide, shift));
        }
        return next;
      });
  return {rows.bits.mask ? words[0] : Value(),
          rows.bits.sign ? words[1] : Value()};
}

void PackBitsBody::emitBlock(Value m, Value g, Value bound) {
  constexpr int64_t wordDepth = BitPlanes::wordDepth;
  int64_t wordBytes = rows.bits.wordBytes();
  AffineExpr d0 = b.getAffineDimExpr(0), d1 = b.getAffineDimExpr(1);
  Value length = memref::DimOp::create(b, source, 1);
  Value first = index(0), position = index(0);
  if (rows.block != 0) {
    first = apply(d0 * rows.block, g);
    position = apply(d0 * (rows.blockDepth() / wordDepth * wordBytes), g);
    Value left = arith::SubIOp::create(b, length, first);
    length = arith::MinUIOp::create(b, left, index(rows.block));
  }
  Value whole = apply(d0.floorDiv(wordDepth), length);
  auto at = [&](Value word) {
    return apply(d0 + d1 * wordBytes, {position, word});
  };
  auto from = [&](Value word) {
    return apply(d0 + d1 * wordDepth, {first, word});
  };
  auto vectorType = VectorType::get(
      wordDepth, cast<MemRefType>(source.getType()).getElementType());
  SmallVector<Value> sums =
      forLoop(index(0), whole, 1, i32(0), [&](Value word, ValueRange soFar) {
        Value x = vector::LoadOp::create(b, vectorType, source,
                                         ValueRange{m, from(word)});
        MaskAndSign bits = compare(x, bound);
        if (bits.mask)
          bits.mask = getWord(bits.mask);
        if (bits.sign)
          bits.sign = getWord(bits.sign);
        return SmallVector<Value>{storeWords(bits, m, at(word), soFar.front())};
      });
  Value rest = apply(d0 % wordDepth, length);
  Value isShort =
      arith::CmpIOp::create(b, arith::CmpIPredicate::ne, rest, index(0));
  // A loop of one round or none.
  Value rounds = arith::IndexCastUIOp::create(b, b.getIndexType(), isShort);
  sums = forLoop(index(0), rounds, 1, sums, [&](Value, ValueRange soFar) {
    MaskAndSign words = getLastWords(m, from(whole), rest, bound);
    return SmallVector<Value>{storeWords(words, m, at(whole), soFar.front())};
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
