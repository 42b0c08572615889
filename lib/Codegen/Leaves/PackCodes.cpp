//===- PackCodes.cpp - Loops that lay out codes of run time ---------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// 4 codes of a row are a word, and a line is a word of each of 16 rows: 16 rows
// of 64 codes become 16 lines by transposing words in registers. Lines of the
// rows that share a lane are shifted to their places and joined:
//
//   line = OR_f (((words of rows 16 f ...) + code_offset) / step) << bits * f
//
// Rows beyond N are loaded from the last one and then cleared. The codes behind
// the last whole 64 are packed byte by byte.
//

#include "LeafFunctions.h"
#include "LoopBuilder.h"
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
  std::string name;
  llvm::raw_string_ostream stream(name);
  stream << "lowbit_pack_codes_b" << layout.getFieldBits() << "_o"
         << layout.getPacked().codeOffset << "_s"
         << layout.getPacked().codeStep;
  if (layout.getScale())
    stream << "_" << layout.getScale();
  if (layout.getTerms())
    stream << "_t" << layout.getTerms();
  return name;
}

namespace {
class PackCodesBody : LoopBuilder {
public:
  PackCodesBody(func::FuncOp function, PackCodesOp op)
      : LoopBuilder(function), layout(op.getLayout().getPacked()),
        bytes(VectorType::get(kVectorBytes, b.getI8Type())),
        words(VectorType::get(kLanes, b.getI32Type())),
        codes(function.getArgument(0)),
        vectors(function.getArguments().drop_front().drop_back()),
        packed(function.getArguments().back()) {}

  void emit();

private:
  Value byte(int64_t value) {
    return arith::ConstantIntOp::create(b, b.getI8Type(), value);
  }
  Value isRow(Value row) {
    return arith::CmpIOp::create(b, arith::CmpIPredicate::ult, row, n);
  }
  /// The fields of codes, at `place` of their bytes.
  Value toFields(Value bytes, int64_t place);
  void emitHeader(Value panel);
  /// 16 lines from `line` on.
  void emitLines(Value panel, Value line);
  /// The words of the 16 rows from `row` on, of 64 codes from `k` on.
  SmallVector<Value> loadWords(Value row, Value k);
  /// One line, byte by byte.
  void emitLine(Value panel, Value line);
  Value getRow(Value panel, int64_t place) {
    return add(apply(b.getAffineDimExpr(0) * layout.panelRows(), panel),
               place * kLanes);
  }
  Value getLineByte(Value line) {
    return add(apply(b.getAffineDimExpr(0) * kVectorBytes, line),
               layout.headerBytes());
  }

  PackedLayout layout;
  VectorType bytes, words;
  Value codes;
  ValueRange vectors; ///< of the header
  Value packed;
  Value n, depth;
};
} // namespace

Value PackCodesBody::toFields(Value codes, int64_t place) {
  auto constant = [&](int64_t value) -> Value {
    Value scalar = byte(value);
    if (auto type = dyn_cast<VectorType>(codes.getType()))
      return splat(scalar, type);
    return scalar;
  };
  Value fields = arith::AddIOp::create(b, codes, constant(layout.codeOffset));
  if (layout.codeStep == 2)
    fields = arith::ShRUIOp::create(b, fields, constant(1));
  if (place != 0)
    fields =
        arith::ShLIOp::create(b, fields, constant(layout.fieldBits * place));
  return fields;
}

void PackCodesBody::emitHeader(Value panel) {
  Value first = getRow(panel, 0);
  int64_t offset = 0;
  for (Value column : vectors) {
    Type element = cast<MemRefType>(column.getType()).getElementType();
    Value extent = memref::DimOp::create(b, column, 0);
    Value last = arith::SubIOp::create(b, extent, index(1));
    Value zero = arith::ConstantOp::create(b, b.getZeroAttr(element));
    forLoop(index(0), index(layout.panelRows()), 1, [&](Value i) {
      Value row = arith::AddIOp::create(b, first, i);
      // One may stand for all.
      Value at = arith::MinUIOp::create(b, row, last);
      Value value = memref::LoadOp::create(b, column, ValueRange{at, index(0)});
      value = arith::SelectOp::create(b, isRow(row), value, zero);
      Value word =
          vector::BitCastOp::create(b, VectorType::get(4, b.getI8Type()),
                                    splat(value, VectorType::get(1, element)));
      vector::StoreOp::create(
          b, word, packed,
          ValueRange{panel, add(apply(b.getAffineDimExpr(0) * 4, i), offset)});
    });
    offset += layout.panelRows() * 4;
  }
}

SmallVector<Value> PackCodesBody::loadWords(Value row, Value k) {
  SmallVector<Value> rows;
  Value last = arith::SubIOp::create(b, n, index(1));
  for (int64_t i = 0; i < kLanes; ++i) {
    Value at = arith::MinUIOp::create(b, add(row, i), last);
    Value loaded = vector::LoadOp::create(b, bytes, codes, ValueRange{at, k});
    rows.push_back(vector::BitCastOp::create(b, words, loaded));
  }
  emitTranspose(b, rows);
  return rows;
}

void PackCodesBody::emitLines(Value panel, Value line) {
  Value k = apply(b.getAffineDimExpr(0) * kDepth, line);
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(words));
  SmallVector<Value> lines(kLanes, zero);
  for (int64_t place = 0; place < layout.rowsPerLane(); ++place) {
    Value row = getRow(panel, place);
    Value left = arith::SubIOp::create(b, n, row);
    Value mask = vector::CreateMaskOp::create(
        b, VectorType::get(kLanes, b.getI1Type()),
        ValueRange{arith::MaxSIOp::create(b, left, index(0))});
    for (auto [joined, word] : llvm::zip(lines, loadWords(row, k))) {
      Value fields = toFields(vector::BitCastOp::create(b, bytes, word), place);
      fields = vector::BitCastOp::create(b, words, fields);
      fields = arith::SelectOp::create(b, mask, fields, zero);
      joined = arith::OrIOp::create(b, joined, fields);
    }
  }
  for (int64_t i = 0; i < kLanes; ++i)
    vector::StoreOp::create(b, vector::BitCastOp::create(b, bytes, lines[i]),
                            packed,
                            ValueRange{panel, getLineByte(add(line, i))});
}

void PackCodesBody::emitLine(Value panel, Value line) {
  AffineExpr d0 = b.getAffineDimExpr(0);
  Value firstK = apply(d0 * kDepth, line), start = getLineByte(line);
  forLoop(index(0), index(kVectorBytes), 1, [&](Value i) {
    Value lane = apply(d0.floorDiv(kDepth), i);
    Value k = arith::AddIOp::create(b, firstK, apply(d0 % kDepth, i));
    Value isCode =
        arith::CmpIOp::create(b, arith::CmpIPredicate::ult, k, depth);
    Value joined = byte(0);
    for (int64_t place = 0; place < layout.rowsPerLane(); ++place) {
      Value row = arith::AddIOp::create(b, getRow(panel, place), lane);
      Value isThere = arith::AndIOp::create(b, isCode, isRow(row));
      auto at = [&](Value position) -> Value {
        return arith::SelectOp::create(b, isThere, position, index(0));
      };
      Value code = memref::LoadOp::create(b, codes, ValueRange{at(row), at(k)});
      Value field =
          arith::SelectOp::create(b, isThere, toFields(code, place), byte(0));
      joined = arith::OrIOp::create(b, joined, field);
    }
    memref::StoreOp::create(
        b, joined, packed,
        ValueRange{panel, arith::AddIOp::create(b, start, i)});
  });
}

void PackCodesBody::emit() {
  n = memref::DimOp::create(b, codes, 0);
  depth = memref::DimOp::create(b, codes, 1);
  AffineExpr d0 = b.getAffineDimExpr(0);
  Value whole = apply(d0.floorDiv(kVectorBytes) * kLanes, depth);
  Value lines = apply(d0.ceilDiv(kDepth), depth);
  forLoop(index(0), memref::DimOp::create(b, packed, 0), 1, [&](Value panel) {
    emitHeader(panel);
    forLoop(index(0), whole, kLanes,
            [&](Value line) { emitLines(panel, line); });
    forLoop(whole, lines, 1, [&](Value line) { emitLine(panel, line); });
  });
  func::ReturnOp::create(b);
}

void mlir::lowbit::emitLeafBody(func::FuncOp function, PackCodesOp op) {
  PackCodesBody(function, op).emit();
}
