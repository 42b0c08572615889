//===- BitWords.cpp - Loops over words of bits ----------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BitWords.h"
#include "lowbit/Quantization/PackedLayout.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::lowbit;

static constexpr int64_t kWordDepth = BitPlanes::wordDepth;

Value BitWords::i32(int64_t value) {
  return arith::ConstantIntOp::create(b, value, 32);
}

Value BitWords::zeroOf(Type type) {
  return arith::ConstantOp::create(b, b.getZeroAttr(type));
}

PlaneValues BitWords::compareCodes(Value codes) {
  Value zero = zeroOf(codes.getType());
  PlaneValues bits;
  if (planes.mask)
    bits.mask = arith::CmpIOp::create(b, arith::CmpIPredicate::ne, codes, zero);
  if (planes.sign)
    bits.sign =
        arith::CmpIOp::create(b, arith::CmpIPredicate::slt, codes, zero);
  return bits;
}

Value BitWords::getWord(Value bits) {
  auto one = VectorType::get(1, b.getI32Type());
  return vector::ExtractOp::create(b, vector::BitCastOp::create(b, one, bits),
                                   0);
}

void BitWords::storeWord(Value word, Value matrix, Value row, Value at) {
  auto one = VectorType::get(1, b.getI32Type());
  auto bytes = VectorType::get(PackedLayout::depth, b.getI8Type());
  vector::StoreOp::create(b,
                          vector::BitCastOp::create(b, bytes, splat(word, one)),
                          matrix, ValueRange{row, at});
}

PlaneValues BitWords::getLastWords(const RowPart &part, Value from, Value count,
                                   Compare compare) {
  SmallVector<Value> words = forLoop(
      index(0), count, 1, {i32(0), i32(0)}, [&](Value i, ValueRange soFar) {
        Value x = memref::LoadOp::create(b, part.matrix,
                                         ValueRange{part.row, add(from, i)});
        PlaneValues alone = compare(x);
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
  return {planes.mask ? words[0] : Value(), planes.sign ? words[1] : Value()};
}

SmallVector<Value> BitWords::forWords(const RowPart &part, ValueRange inits,
                                      Compare compare, Store store) {
  AffineExpr d0 = b.getAffineDimExpr(0), d1 = b.getAffineDimExpr(1);
  auto from = [&](Value word) {
    return apply(d0 + d1 * kWordDepth, {part.first, word});
  };
  auto type = VectorType::get(
      kWordDepth, cast<MemRefType>(part.matrix.getType()).getElementType());
  Value whole = apply(d0.floorDiv(kWordDepth), part.length);
  SmallVector<Value> carried =
      forLoop(index(0), whole, 1, inits, [&](Value word, ValueRange soFar) {
        Value x = vector::LoadOp::create(b, type, part.matrix,
                                         ValueRange{part.row, from(word)});
        PlaneValues words = compare(x);
        if (words.mask)
          words.mask = getWord(words.mask);
        if (words.sign)
          words.sign = getWord(words.sign);
        return store(words, word, soFar);
      });
  Value rest = apply(d0 % kWordDepth, part.length);
  Value isShort =
      arith::CmpIOp::create(b, arith::CmpIPredicate::ne, rest, index(0));
  // A loop of one round or none.
  Value rounds = arith::IndexCastUIOp::create(b, b.getIndexType(), isShort);
  return forLoop(index(0), rounds, 1, carried, [&](Value, ValueRange soFar) {
    return store(getLastWords(part, from(whole), rest, compare), whole, soFar);
  });
}
