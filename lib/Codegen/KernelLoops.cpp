//===- KernelLoops.cpp - The loops around a micro-kernel ------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelBuilder.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::lowbit;

std::string KernelKey::getName() const {
  std::string name;
  llvm::raw_string_ostream stream(name);
  stream << "lowbit_" << kernel->getName() << "_b" << layout.getFieldBits()
         << "_o" << layout.getCodeOffset() << "_s" << layout.getCodeStep()
         << "_k" << layout.getBlock();
  if (layout.getRadix() != 2)
    stream << "_radix" << layout.getRadix();
  if (layout.getScale())
    stream << "_" << layout.getScale();
  if (layout.getTerms())
    stream << "_t" << layout.getTerms();
  if (layout.getOffset())
    stream << "_offset";
  if (layout.getLevels()) {
    stream << "_levels";
    for (int64_t level : layout.getLevels().asArrayRef())
      stream << "_" << level;
  }
  if (isWeightOnly)
    stream << "_float";
  stream << "_m" << tileRows;
  if (tilePanels != 1)
    stream << "_p" << tilePanels;
  return name;
}

KernelKey KernelKey::get(const MicroKernel *kernel, PackedMatmulInterface op,
                         MClass mClass) {
  LayoutAttr layout = op.getLayout();
  if (!isa<PackedWeightOnlyMatmulOp>(op))
    return {kernel, layout, kernel->getTileRows(layout, mClass),
            /*tilePanels=*/1, /*isWeightOnly=*/false};
  FloatTile tile = kernel->getFloatTile(layout, mClass);
  return {kernel, layout, tile.rows, tile.panels, /*isWeightOnly=*/true};
}

SmallVector<Type> mlir::lowbit::getKernelArguments(PackedMatmulInterface op) {
  SmallVector<Type> types;
  for (Type type : op->getOperandTypes()) {
    int64_t dynamic = ShapedType::kDynamic;
    auto strides = StridedLayoutAttr::get(op.getContext(), dynamic,
                                          ArrayRef<int64_t>{dynamic, 1});
    types.push_back(MemRefType::get(
        {dynamic, dynamic}, cast<ShapedType>(type).getElementType(), strides));
  }
  return types;
}

namespace {
/// Emits the body of one leaf function.
class KernelBody : KernelBuilder {
public:
  KernelBody(func::FuncOp function, const KernelKey &key)
      : KernelBuilder(function, key) {
    ValueRange arguments = function.getArguments();
    auto take = [&] {
      Value first = arguments.front();
      arguments = arguments.drop_front();
      return first;
    };
    activations = take();
    rowSums = take();
    weights = take();
    if (layout.getScale())
      rowScale = take();
    for (int64_t i = 0; i < layout.getTerms(); ++i)
      rowTerms.push_back(take());
    if (layout.getOffset())
      offsetRows = take();
    result = take();
  }

  void emit();

private:
  /// The element at (m, g) of a matrix whose extents may be 1 for all.
  Value loadBroadcast(Value matrix, Value m, Value g);
  TileSums emitExact(const BlockOperands &block);
  TileSums emitSums(Value m, int64_t rows, Value panel, Value byte,
                    Value position, OpFoldResult lines);
  /// The accumulators after the block `g`, whose header is at `header`.
  SmallVector<Value> emitBlock(Value m, int64_t rows, Value panel, Value g,
                               Value header, OpFoldResult lines,
                               ValueRange accumulators);
  void emitTile(Value m, int64_t rows, Value panel);
  /// `value` scaled by row, or added to what is there.
  Value finish(Value value, ValueRange indices, Value mask);

  Value activations, rowSums, rowScale, offsetRows;
  SmallVector<Value> rowTerms;
  Value lines; ///< in a whole row of activations
};
} // namespace

Value KernelBody::loadBroadcast(Value matrix, Value m, Value g) {
  auto clamp = [&](Value i, int64_t dim) -> Value {
    Value extent = memref::DimOp::create(b, matrix, dim);
    Value one =
        arith::CmpIOp::create(b, arith::CmpIPredicate::eq, extent, index(1));
    return arith::SelectOp::create(b, one, index(0), i);
  };
  return memref::LoadOp::create(b, matrix,
                                ValueRange{clamp(m, 0), clamp(g, 1)});
}

/// The sums of the emitter, in i32.
TileSums KernelBody::emitExact(const BlockOperands &block) {
  TileSums sums = key.kernel->emitBlock(b, b.getLoc(), layout, block);
  if (key.kernel->getAccumulatorBits(layout) < 32)
    for (Value &sum : sums)
      sum = arith::ExtSIOp::create(b, ints, sum);
  return sums;
}

/// Sums of codes over one block: those of the emitter, cut where it stops being
/// exact, with the layout's step and offset undone.
TileSums KernelBody::emitSums(Value m, int64_t rows, Value panel, Value byte,
                              Value position, OpFoldResult lines) {
  int64_t maxLines = key.kernel->getMaxLines(layout);
  BlockOperands block{activations, m,     rows, position,
                      weights,     panel, byte, lines};
  auto count = getConstantIntValue(lines);
  bool unbounded = maxLines == std::numeric_limits<int64_t>::max();
  if (unbounded || (count && *count <= maxLines))
    return emitExact(block);
  Value total = getValueOrCreateConstantIndexOp(b, b.getLoc(), lines);
  Value zero = arith::ConstantOp::create(b, DenseElementsAttr::get(ints, 0));
  SmallVector<Value> zeros(rows * packed.rowsPerLane(), zero);
  return forLoop(
      index(0), total, maxLines, zeros, [&](Value first, ValueRange sums) {
        Value rest = arith::SubIOp::create(b, total, first);
        block.lines =
            arith::MinUIOp::create(b, rest, index(maxLines)).getResult();
        AffineExpr d0 = b.getAffineDimExpr(0);
        block.byte = arith::AddIOp::create(
            b, byte, apply(d0 * packed.lineBytes(), first));
        block.position = arith::AddIOp::create(
            b, position, apply(d0 * PackedLayout::depth, first));
        TileSums part = emitExact(block);
        for (auto [value, sum] : llvm::zip(part, sums))
          value = arith::AddIOp::create(b, value, sum);
        return part;
      });
}

SmallVector<Value> KernelBody::emitBlock(Value m, int64_t rows, Value panel,
                                         Value g, Value header,
                                         OpFoldResult lines,
                                         ValueRange accumulators) {
  int64_t fields = packed.rowsPerLane();
  Value byte = add(header, packed.headerBytes());
  Value position = layout.getBlock() == 0
                       ? index(0)
                       : apply(b.getAffineDimExpr(0) * packed.blockDepth(), g);
  TileSums sums = emitSums(m, rows, panel, byte, position, lines);
  SmallVector<Value> next(accumulators);
  for (int64_t row = 0; row < rows; ++row) {
    Value rowIndex = add(m, row);
    Value sum = memref::LoadOp::create(b, rowSums, ValueRange{rowIndex, g});
    Value shift =
        splat(arith::MulIOp::create(
                  b, sum,
                  arith::ConstantIntOp::create(b, layout.getCodeOffset(), 32)),
              ints);
    SmallVector<Value> terms;
    for (Value term : rowTerms)
      terms.push_back(splat(loadBroadcast(term, rowIndex, g), ints));
    for (int64_t field = 0; field < fields; ++field) {
      Value &accumulator = next[row * fields + field];
      Value value = sums[row * fields + field];
      if (layout.getCodeStep() != 1)
        value = arith::MulIOp::create(
            b, value,
            arith::ConstantOp::create(
                b, DenseElementsAttr::get(
                       ints, static_cast<int32_t>(layout.getCodeStep()))));
      if (layout.getCodeOffset() != 0)
        value = arith::SubIOp::create(b, value, shift);
      for (auto [i, term] : llvm::enumerate(terms)) {
        Value column = loadHeader(panel, header, HeaderVector::Term, i, field,
                                  b.getI32Type());
        value = arith::AddIOp::create(b, value,
                                      arith::MulIOp::create(b, term, column));
      }
      if (!layout.getScale()) {
        accumulator = arith::AddIOp::create(b, accumulator, value);
        continue;
      }
      Value scale = loadHeader(panel, header, HeaderVector::Scale, 0, field,
                               layout.getScale());
      Value real = arith::SIToFPOp::create(b, floats, value);
      accumulator = math::FmaOp::create(b, real, scale, accumulator);
      if (!offsetRows)
        continue;
      Value column = loadHeader(panel, header, HeaderVector::Offset, 0, field,
                                b.getF32Type());
      Value offset = loadBroadcast(offsetRows, rowIndex, g);
      offset = arith::SIToFPOp::create(b, b.getF32Type(), offset);
      accumulator =
          math::FmaOp::create(b, splat(offset, floats), column, accumulator);
    }
  }
  return next;
}

void KernelBody::emitTile(Value m, int64_t rows, Value panel) {
  VectorType type = layout.getScale() ? floats : ints;
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(type));
  SmallVector<Value> zeros(rows * packed.rowsPerLane(), zero);
  int64_t blockLines = packed.blockDepth() / PackedLayout::depth;
  SmallVector<Value> values = forBlocks(
      lines, blockLines, zeros,
      [&](Value g, Value header, OpFoldResult count, ValueRange sums) {
        return emitBlock(m, rows, panel, g, header, count, sums);
      });
  storeTile(m, rows, panel, values,
            [&](Value value, ValueRange indices, Value mask) {
              return finish(value, indices, mask);
            });
}

Value KernelBody::finish(Value value, ValueRange indices, Value mask) {
  if (rowScale) {
    Value scale = loadBroadcast(rowScale, indices[0], index(0));
    return arith::MulFOp::create(b, value, splat(scale, floats));
  }
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(ints));
  Value old =
      mask ? vector::MaskedLoadOp::create(b, ints, result, indices, mask, zero)
                 .getResult()
           : vector::LoadOp::create(b, ints, result, indices).getResult();
  return arith::AddIOp::create(b, value, old);
}

void KernelBody::emit() {
  Value m = memref::DimOp::create(b, activations, 0);
  Value panels = memref::DimOp::create(b, weights, 0);
  Value depth = memref::DimOp::create(b, activations, 1);
  lines = apply(b.getAffineDimExpr(0).floorDiv(PackedLayout::depth), depth);
  int64_t rows = key.tileRows;
  Value whole = apply(b.getAffineDimExpr(0).floorDiv(rows) * rows, m);
  forLoop(index(0), panels, 1, [&](Value panel) {
    forLoop(index(0), whole, rows,
            [&](Value first) { emitTile(first, rows, panel); });
    if (rows > 1)
      forLoop(whole, m, 1, [&](Value row) { emitTile(row, 1, panel); });
  });
  func::ReturnOp::create(b);
}

void mlir::lowbit::emitKernelBody(func::FuncOp function, const KernelKey &key) {
  if (key.isWeightOnly)
    emitWeightOnlyBody(function, key);
  else
    KernelBody(function, key).emit();
}
