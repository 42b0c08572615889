//===- GatherRows.cpp - Loops that read rows of packed tables -------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kernels/LoopBuilder.h"
#include "LeafFunctions.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::lowbit;

/// The codes that are decoded at once: whole bytes of any field, and a vector
/// that every instruction set can cut into registers.
static constexpr int64_t kLanes = 16;

namespace {
/// How many rows and columns share a parameter; 0: all.
struct ParameterGroups {
  explicit ParameterGroups(PackedGatherOp op) {
    ArrayRef<int64_t> extents =
        cast<ShapedType>(op.getScale().getType()).getShape();
    auto sizes = op.getBlockSizes();
    auto span = [&](int64_t d) -> int64_t {
      if (extents[d] == 1)
        return 0;
      return sizes && (*sizes)[d] != 0 ? (*sizes)[d] : 1;
    };
    rows = span(0);
    columns = span(1);
  }

  int64_t rows, columns;
};
} // namespace

std::string mlir::lowbit::getLeafName(PackedGatherOp op) {
  RowLayout layout = op.getLayout().getLayout();
  ParameterGroups groups(op);
  std::string name;
  llvm::raw_string_ostream stream(name);
  stream << "lowbit_gather_b" << layout.fieldBits << "_o" << layout.codeOffset
         << "_s" << layout.codeStep << "_g" << groups.rows << "x"
         << groups.columns;
  for (Value operand : {op.getIndices(), op.getScale(), op.getZeroPoint()})
    if (operand)
      stream << "_" << getElementTypeOrSelf(operand);
  if (op.getLevels())
    stream << "_levels";
  return name;
}

namespace {
class GatherRowsBody : LoopBuilder {
public:
  GatherRowsBody(func::FuncOp function, PackedGatherOp op)
      : LoopBuilder(function), layout(op.getLayout().getLayout()), groups(op) {
    const auto *next = function.getArguments().begin();
    table = *next++;
    indices = *next++;
    scale = *next++;
    if (op.getZeroPoint())
      zeroPoint = *next++;
    if (op.getLevels())
      levels = *next++;
    result = *next;
  }

  void emit();

private:
  /// i32 or f32, or vectors of `lanes` of them.
  Type getType(Type element, int64_t lanes) {
    return lanes == 1 ? element : VectorType::get(lanes, element);
  }
  Value splat(Value scalar, int64_t lanes) {
    return lanes == 1 ? scalar
                      : vector::BroadcastOp::create(
                            b, getType(scalar.getType(), lanes), scalar);
  }
  Value splat(int64_t value, int64_t lanes) {
    return splat(arith::ConstantIntOp::create(b, value, 32), lanes);
  }

  Value splatByte(int64_t value, int64_t lanes) {
    return splat(arith::ConstantIntOp::create(b, value, 8), lanes);
  }

  Value getRow(Value m);
  Value loadParameter(Value parameter, Value row, Value block);
  Value loadBits(Value row, Value d, PackedPlane plane);
  Value getBits(Value groups, PackedPlane plane);
  Value loadFields(Value row, Value d, int64_t lanes);
  Value getCodes(Value fields, int64_t lanes);
  void emitReals(Value m, Value row, Value d, int64_t lanes);
  void emitBlock(Value m, Value row, Value block);

  RowLayout layout;
  ParameterGroups groups;
  Value table, indices, scale, zeroPoint, levels, result;
  /// Those of the block that is being emitted.
  Value blockScale, blockZero;
};
} // namespace

/// min(max(indices[m], 0), rows - 1)
Value GatherRowsBody::getRow(Value m) {
  Value given = memref::LoadOp::create(b, indices, m);
  Value row = arith::IndexCastOp::create(b, b.getIndexType(), given);
  Value last = subtract(memref::DimOp::create(b, table, 0), index(1));
  return arith::MinSIOp::create(b, arith::MaxSIOp::create(b, row, index(0)),
                                last);
}

/// The scale, in f32, or the zero point of a block of a row.
Value GatherRowsBody::loadParameter(Value parameter, Value row, Value block) {
  Value group = index(0);
  if (groups.rows != 0)
    group = apply(b.getAffineDimExpr(0).floorDiv(groups.rows), row);
  Value value = memref::LoadOp::create(b, parameter, ValueRange{group, block});
  if (value.getType().isF16() || value.getType().isBF16())
    value = arith::ExtFOp::create(b, b.getF32Type(), value);
  return value;
}

/// The bits of `plane` of the column `d`.
Value GatherRowsBody::loadBits(Value row, Value d, PackedPlane plane) {
  AffineExpr column = b.getAffineDimExpr(0);
  Value byte = memref::LoadOp::create(
      b, table, ValueRange{row, apply(layout.byteOf(column, plane), d)});
  Value shift = arith::IndexCastOp::create(
      b, b.getI8Type(), apply(layout.shiftOf(column, plane), d));
  return arith::AndIOp::create(b, arith::ShRUIOp::create(b, byte, shift),
                               splatByte((1 << plane.bits) - 1, 1));
}

/// The bits of `plane` of kLanes columns in `groups`, whole groups of columns.
Value GatherRowsBody::getBits(Value groups, PackedPlane plane) {
  int64_t perGroup = layout.groupColumns() * plane.bits / 8;
  SmallVector<int64_t> places;
  for (int64_t i = 0; i < kLanes * plane.bits / 8; ++i)
    places.push_back(i / perGroup * layout.groupBytes() + plane.vector +
                     i % perGroup);
  auto count = static_cast<int64_t>(places.size());
  Value bits = groups;
  if (layout.groupBytes() != 1)
    bits = vector::ShuffleOp::create(b, groups, groups, places);
  // Halve the digits until they are single ones.
  for (int64_t width = 4; width >= plane.bits; width /= 2, count *= 2) {
    Value low =
        arith::AndIOp::create(b, bits, splatByte((1 << width) - 1, count));
    Value high = arith::ShRUIOp::create(b, bits, splatByte(width, count));
    bits = vector::InterleaveOp::create(b, low, high);
  }
  return bits;
}

/// The fields of `lanes` columns from `d` on, in i8: one, or kLanes that begin
/// with a group.
Value GatherRowsBody::loadFields(Value row, Value d, int64_t lanes) {
  Value groups;
  if (lanes != 1) {
    PackedPlane first = layout.getPlanes()[0];
    Value byte = apply(layout.byteOf(b.getAffineDimExpr(0), first), d);
    int64_t bytes = lanes / layout.groupColumns() * layout.groupBytes();
    groups = vector::LoadOp::create(b, VectorType::get(bytes, b.getI8Type()),
                                    table, ValueRange{row, byte});
  }
  Value fields;
  for (int64_t i = 0; i < layout.getPlanes().size(); ++i) {
    PackedPlane plane = layout.getPlanes()[i];
    Value bits = lanes == 1 ? loadBits(row, d, plane) : getBits(groups, plane);
    if (plane.shift != 0)
      bits = arith::ShLIOp::create(b, bits, splatByte(plane.shift, lanes));
    fields = fields ? arith::OrIOp::create(b, fields, bits) : bits;
  }
  return fields;
}

/// What fields in i8 stand for, in i32.
Value GatherRowsBody::getCodes(Value fields, int64_t lanes) {
  Value wide =
      arith::ExtUIOp::create(b, getType(b.getI32Type(), lanes), fields);
  if (!levels) {
    Value product =
        arith::MulIOp::create(b, wide, splat(layout.codeStep, lanes));
    return subtract(product, splat(layout.codeOffset, lanes));
  }
  if (lanes == 1) {
    Value at = arith::IndexCastUIOp::create(b, b.getIndexType(), wide);
    return memref::LoadOp::create(b, levels, at);
  }
  Type i1 = b.getI1Type();
  Value all = splat(arith::ConstantIntOp::create(b, i1, 1), lanes);
  return vector::GatherOp::create(b, cast<VectorType>(wide.getType()), levels,
                                  ValueRange{index(0)}, wide, all,
                                  splat(0, lanes));
}

/// result[m, d...] = scale * (code - zero_point)
void GatherRowsBody::emitReals(Value m, Value row, Value d, int64_t lanes) {
  Value codes = getCodes(loadFields(row, d, lanes), lanes);
  bool isInteger = blockZero && blockZero.getType().isInteger();
  if (isInteger)
    codes = subtract(codes, splat(blockZero, lanes));
  Value levels =
      arith::SIToFPOp::create(b, getType(b.getF32Type(), lanes), codes);
  if (blockZero && !isInteger)
    levels = arith::SubFOp::create(b, levels, splat(blockZero, lanes));
  Value reals = arith::MulFOp::create(b, splat(blockScale, lanes), levels);
  if (lanes == 1)
    memref::StoreOp::create(b, reals, result, ValueRange{m, d});
  else
    vector::StoreOp::create(b, reals, result, ValueRange{m, d});
}

void GatherRowsBody::emitBlock(Value m, Value row, Value block) {
  blockScale = loadParameter(scale, row, block);
  if (zeroPoint)
    blockZero = loadParameter(zeroPoint, row, block);
  Value first = index(0), end = memref::DimOp::create(b, result, 1);
  if (groups.columns != 0) {
    AffineExpr d0 = b.getAffineDimExpr(0);
    first = apply(d0 * groups.columns, block);
    end = minimum(apply((d0 + 1) * groups.columns, block), end);
  }
  Value rest = first;
  if (groups.columns % kLanes == 0) {
    AffineExpr d0 = b.getAffineDimExpr(0), d1 = b.getAffineDimExpr(1);
    rest = apply(d0 + (d1 - d0).floorDiv(kLanes) * kLanes, {first, end});
    forLoop(first, rest, kLanes,
            [&](Value d) { emitReals(m, row, d, kLanes); });
  }
  forLoop(rest, end, 1, [&](Value d) { emitReals(m, row, d, 1); });
}

void GatherRowsBody::emit() {
  Value count = memref::DimOp::create(b, indices, 0);
  Value blocks = memref::DimOp::create(b, scale, 1);
  forLoop(index(0), count, 1, [&](Value m) {
    Value row = getRow(m);
    forLoop(index(0), blocks, 1, [&](Value g) { emitBlock(m, row, g); });
  });
  func::ReturnOp::create(b);
}

void mlir::lowbit::emitLeafBody(func::FuncOp function, PackedGatherOp op) {
  GatherRowsBody(function, op).emit();
}
