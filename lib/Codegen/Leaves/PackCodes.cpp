//===- PackCodes.cpp - Loops that lay out codes of run time ---------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// 4 codes of a row are a word, and a line is a word of each of 16 rows: 16 rows
// of 64 codes become 16 lines by transposing words in registers. A field is cut
// into the digits of its planes, and digits of the rows that share a byte are
// shifted to their places and joined:
//
//   field  = (word of row 16 f + lane + code_offset) / step
//   vector = OR_f ((field >> plane's shift) mod 2^bits) << bits * f
//
// Rows beyond N are loaded from the last one and then cleared. The codes behind
// the last whole 64 are packed byte by byte.
//
// In bits, 32 codes of a row are a word already. Row after row, words are
// stored to their lanes of the lines.
//

#include "BitWords.h"
#include "LeafFunctions.h"
#include "TransposeVectors.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::lowbit;

static constexpr int64_t kLanes = PackedLayout::lanes;
static constexpr int64_t kDepth = PackedLayout::depth;
static constexpr int64_t kVectorBytes = PackedLayout::vectorBytes;

std::string mlir::lowbit::getLeafName(PackCodesOp op) {
  LayoutAttr layout = op.getLayout();
  PackedLayout packed = layout.getPacked();
  std::string name;
  llvm::raw_string_ostream stream(name);
  stream << "lowbit_pack_codes_";
  if (packed.bits)
    stream << (packed.bits.mask ? "m" : "") << (packed.bits.sign ? "s" : "");
  else
    stream << "b" << packed.fieldBits << "_o" << packed.codeOffset << "_s"
           << packed.codeStep;
  if (packed.block)
    stream << "_k" << packed.block;
  if (layout.getScale())
    stream << "_" << layout.getScale();
  if (packed.terms)
    stream << "_t" << packed.terms;
  if (packed.offset)
    stream << "_z";
  return name;
}

namespace {
class PackCodesBody : BitWords {
public:
  PackCodesBody(func::FuncOp function, PackCodesOp op)
      : BitWords(function, op.getLayout().getPacked().bits),
        layout(op.getLayout().getPacked()),
        bytes(VectorType::get(kVectorBytes, b.getI8Type())),
        words(VectorType::get(kLanes, b.getI32Type())),
        codes(function.getArgument(0)),
        vectors(function.getArguments().drop_front().drop_back()),
        packed(function.getArguments().back()) {}

  void emit();

private:
  /// A block of a panel: where its header begins, and which k it has.
  struct Block {
    Value panel, index, start, firstK, length;
  };

  Value isRow(Value row) {
    return arith::CmpIOp::create(b, arith::CmpIPredicate::ult, row, n);
  }
  /// `row`, or the last one instead of those that are not.
  Value clampRow(Value row) { return minimum(row, subtract(n, index(1))); }
  /// The row at `place` of the first lane.
  Value getRow(Value panel, int64_t place) {
    return add(apply(b.getAffineDimExpr(0) * layout.panelRows(), panel),
               place * kLanes);
  }
  /// Where line `line` of `block` begins.
  Value getLine(const Block &block, Value line) {
    AffineExpr d0 = b.getAffineDimExpr(0), d1 = b.getAffineDimExpr(1);
    return apply(d0 + d1 * layout.lineBytes() + layout.headerBytes(),
                 {block.start, line});
  }

  Value constantLike(Value bytes, int64_t value);
  /// The fields of codes.
  Value toFields(Value codes);
  using StoreVector = function_ref<void(int64_t vector, Value bytes)>;
  /// Joins the digits of `fields` at `place` to the vectors of a line that hold
  /// them, and stores those in which nothing is missing any more.
  void joinFields(MutableArrayRef<Value> vectors, Value fields, int64_t place,
                  StoreVector store);

  void emitHeader(const Block &block);
  /// 16 lines from `line` on.
  void emitLines(const Block &block, Value line);
  /// The words of the 16 rows from `row` on, of 64 codes from `k` on.
  SmallVector<Value> loadWords(Value row, Value k);
  /// One line, byte by byte.
  void emitLine(const Block &block, Value line);
  void emitFields(const Block &block);
  void emitBits(const Block &block);
  void emitBlock(const Block &block);

  PackedLayout layout;
  VectorType bytes, words;
  Value codes;
  ValueRange vectors; ///< of the header
  Value packed;
  Value n;
};
} // namespace

//===----------------------------------------------------------------------===//
// Header
//===----------------------------------------------------------------------===//

void PackCodesBody::emitHeader(const Block &block) {
  Value first = getRow(block.panel, 0);
  int64_t offset = 0;
  auto getLast = [&](Value matrix, int64_t dim) -> Value {
    Value extent = memref::DimOp::create(b, matrix, dim);
    return subtract(extent, index(1));
  };
  auto getPlace = [&](Value i, int64_t size) {
    AffineExpr d0 = b.getAffineDimExpr(0), d1 = b.getAffineDimExpr(1);
    return SmallVector<Value>{block.panel,
                              apply(d0 + d1 * size + offset, {block.start, i})};
  };
  for (Value matrix : vectors) {
    Type element = cast<MemRefType>(matrix.getType()).getElementType();
    int64_t size = element.getIntOrFloatBitWidth() / 8;
    Value lastRow = getLast(matrix, 0), lastBlock = getLast(matrix, 1);
    forLoop(index(0), index(layout.panelRows()), 1, [&](Value i) {
      Value row = add(first, i);
      // One may stand for all.
      Value at[] = {minimum(row, lastRow), minimum(block.index, lastBlock)};
      Value value = memref::LoadOp::create(b, matrix, at);
      value = arith::SelectOp::create(b, isRow(row), value, zeroOf(element));
      Value alone = splat(value, VectorType::get(1, element));
      Value stored = vector::BitCastOp::create(
          b, VectorType::get(size, b.getI8Type()), alone);
      vector::StoreOp::create(b, stored, packed, getPlace(i, size));
    });
    offset += layout.panelRows() * size;
  }
  if (int64_t padding = layout.headerBytes() - offset)
    vector::StoreOp::create(b, zeroOf(VectorType::get(padding, b.getI8Type())),
                            packed, getPlace(index(0), 0));
}

//===----------------------------------------------------------------------===//
// Fields
//===----------------------------------------------------------------------===//

/// `value` as an i8, or as a vector of them.
Value PackCodesBody::constantLike(Value bytes, int64_t value) {
  Value scalar = arith::ConstantIntOp::create(b, b.getI8Type(), value);
  auto type = dyn_cast<VectorType>(bytes.getType());
  return type ? splat(scalar, type) : scalar;
}

Value PackCodesBody::toFields(Value codes) {
  Value fields = add(codes, constantLike(codes, layout.codeOffset));
  if (layout.codeStep == 2)
    fields = arith::ShRUIOp::create(b, fields, constantLike(codes, 1));
  return fields;
}

void PackCodesBody::joinFields(MutableArrayRef<Value> vectors, Value fields,
                               int64_t place, StoreVector store) {
  for (int64_t i = 0; i < layout.numPlanes(); ++i) {
    PackedPlane plane = layout.getPlane(i);
    int64_t places = layout.placesPerByte(plane);
    int64_t vector = plane.vector + place / places;
    Value digits = fields;
    if (plane.shift != 0)
      digits =
          arith::ShRUIOp::create(b, digits, constantLike(fields, plane.shift));
    if (layout.numPlanes() > 1)
      digits = arith::AndIOp::create(
          b, digits, constantLike(fields, (int64_t(1) << plane.bits) - 1));
    if (int64_t shift = plane.bits * (place % places))
      digits = arith::ShLIOp::create(b, digits, constantLike(fields, shift));
    Value &joined = vectors[vector];
    joined = joined ? arith::OrIOp::create(b, joined, digits) : digits;
    if (place % places == places - 1)
      store(vector, joined);
  }
}

SmallVector<Value> PackCodesBody::loadWords(Value row, Value k) {
  SmallVector<Value> rows;
  for (int64_t i = 0; i < kLanes; ++i) {
    Value loaded = vector::LoadOp::create(b, bytes, codes,
                                          ValueRange{clampRow(add(row, i)), k});
    rows.push_back(vector::BitCastOp::create(b, words, loaded));
  }
  emitTranspose(b, rows);
  return rows;
}

void PackCodesBody::emitLines(const Block &block, Value line) {
  AffineExpr d0 = b.getAffineDimExpr(0), d1 = b.getAffineDimExpr(1);
  Value k = apply(d0 + d1 * kDepth, {block.firstK, line});
  Value zero = zeroOf(words);
  SmallVector<SmallVector<Value>> lines(
      kLanes, SmallVector<Value>(layout.lineVectors()));
  SmallVector<Value> starts;
  for (int64_t i = 0; i < kLanes; ++i)
    starts.push_back(getLine(block, add(line, i)));
  for (int64_t place = 0; place < layout.rowsPerLane(); ++place) {
    Value row = getRow(block.panel, place);
    Value left = subtract(n, row);
    Value mask = vector::CreateMaskOp::create(
        b, VectorType::get(kLanes, b.getI1Type()),
        ValueRange{arith::MaxSIOp::create(b, left, index(0))});
    SmallVector<Value> loaded = loadWords(row, k);
    for (int64_t i = 0; i < kLanes; ++i) {
      Value fields = toFields(vector::BitCastOp::create(b, bytes, loaded[i]));
      fields = vector::BitCastOp::create(b, words, fields);
      fields = arith::SelectOp::create(b, mask, fields, zero);
      fields = vector::BitCastOp::create(b, bytes, fields);
      joinFields(lines[i], fields, place, [&](int64_t vector, Value bytes) {
        vector::StoreOp::create(
            b, bytes, packed,
            ValueRange{block.panel, add(starts[i], vector * kVectorBytes)});
      });
    }
  }
}

void PackCodesBody::emitLine(const Block &block, Value line) {
  AffineExpr d0 = b.getAffineDimExpr(0), d1 = b.getAffineDimExpr(1);
  Value start = getLine(block, line);
  forLoop(index(0), index(kVectorBytes), 1, [&](Value i) {
    Value lane = apply(d0.floorDiv(kDepth), i);
    Value inBlock = apply(d0 * kDepth + d1 % kDepth, {line, i});
    Value isCode = arith::CmpIOp::create(b, arith::CmpIPredicate::ult, inBlock,
                                         block.length);
    Value k = add(block.firstK, inBlock), zero = zeroOf(b.getI8Type());
    SmallVector<Value> joined(layout.lineVectors());
    for (int64_t place = 0; place < layout.rowsPerLane(); ++place) {
      Value row = add(getRow(block.panel, place), lane);
      Value isThere = arith::AndIOp::create(b, isCode, isRow(row));
      auto at = [&](Value position) -> Value {
        return arith::SelectOp::create(b, isThere, position, index(0));
      };
      Value code = memref::LoadOp::create(b, codes, ValueRange{at(row), at(k)});
      Value field = arith::SelectOp::create(b, isThere, toFields(code), zero);
      joinFields(joined, field, place, [&](int64_t vector, Value byte) {
        Value to = add(add(start, i), vector * kVectorBytes);
        memref::StoreOp::create(b, byte, packed, ValueRange{block.panel, to});
      });
    }
  });
}

void PackCodesBody::emitFields(const Block &block) {
  AffineExpr d0 = b.getAffineDimExpr(0);
  Value whole = apply(d0.floorDiv(kVectorBytes) * kLanes, block.length);
  Value lines = apply(layout.numLines(d0), block.length);
  forLoop(index(0), whole, kLanes, [&](Value line) { emitLines(block, line); });
  forLoop(whole, lines, 1, [&](Value line) { emitLine(block, line); });
}

//===----------------------------------------------------------------------===//
// Bits
//===----------------------------------------------------------------------===//

void PackCodesBody::emitBits(const Block &block) {
  AffineExpr d0 = b.getAffineDimExpr(0), d1 = b.getAffineDimExpr(1);
  forLoop(index(0), index(layout.panelRows()), 1, [&](Value lane) {
    Value row = add(getRow(block.panel, 0), lane), isThere = isRow(row);
    auto store = [&](PlaneValues words, Value line,
                     ValueRange) -> SmallVector<Value> {
      Value at = apply(d0 + d1 * kDepth, {getLine(block, line), lane});
      for (Value word : {words.mask, words.sign}) {
        if (!word)
          continue;
        word = arith::SelectOp::create(b, isThere, word, i32(0));
        storeWord(word, packed, block.panel, at);
        at = add(at, kVectorBytes);
      }
      return {};
    };
    forWords(
        {codes, clampRow(row), block.firstK, block.length}, {},
        [&](Value codes) { return compareCodes(codes); }, store);
  });
}

//===----------------------------------------------------------------------===//
// Blocks
//===----------------------------------------------------------------------===//

void PackCodesBody::emitBlock(const Block &block) {
  emitHeader(block);
  if (layout.bits)
    emitBits(block);
  else
    emitFields(block);
}

void PackCodesBody::emit() {
  n = memref::DimOp::create(b, codes, 0);
  Value depth = memref::DimOp::create(b, codes, 1);
  AffineExpr d0 = b.getAffineDimExpr(0);
  forLoop(index(0), memref::DimOp::create(b, packed, 0), 1, [&](Value panel) {
    if (layout.block == 0)
      return emitBlock({panel, index(0), index(0), index(0), depth});
    forLoop(index(0), apply(layout.numBlocks(d0), depth), 1, [&](Value g) {
      Value firstK = apply(d0 * layout.block, g);
      Value left = subtract(depth, firstK);
      emitBlock({panel, g, apply(d0 * layout.blockBytes(), g), firstK,
                 minimum(left, index(layout.block))});
    });
  });
  func::ReturnOp::create(b);
}

void mlir::lowbit::emitLeafBody(func::FuncOp function, PackCodesOp op) {
  PackCodesBody(function, op).emit();
}
