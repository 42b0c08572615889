//===- KernelLoops.cpp - The loops around a micro-kernel ------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kernels/Vectors.h"
#include "StoredTiles.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace {
/// Emits the body of one leaf function.
class KernelBody : StoredTiles {
public:
  KernelBody(func::FuncOp function, const KernelKey &key)
      : StoredTiles(function, key),
        lineBytes(PackedLayout::activationBytes(key.planes)),
        blockLines(packed.blockDepth() / packed.lineDepth()),
        rowSumFactor(packed.bits ? !packed.bits.mask
                                 : -layout.getCodeOffset()) {
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
    if (key.hasZeroPoint)
      zeroPoint = take();
    for (int64_t i = 0; i < layout.getTerms(); ++i)
      rowTerms.push_back(take());
    if (layout.getOffset())
      offsetRows = take();
    result = take();
  }

  void emit();

private:
  TileSums emitExact(const BlockOperands &block);
  TileSums emitSums(const Tile &tile, Value byte, Value position,
                    OpFoldResult lines);
  /// Where the codes of the block `g` begin in a row of activations.
  Value getPosition(Value g);

  /// What is added to the sum of a block: numbers of the row times numbers of
  /// the column. The row sum, whose counterpart is a constant, is the first.
  using Factors = SmallVector<Value>;
  Factors getRowFactors(Value row, Value g);
  Factors getColumnFactors(Value panel, Value header, int64_t field,
                           Value negatedSum);
  /// The negated sums of the weights of a block of `count` lines, by panel and
  /// field, `levels` being the sums of levels; null where none are needed.
  Values getNegatedSums(ValueRange levels, OpFoldResult count);
  /// `factors` of 16 bits each, two by two in 32: the first in the lower half.
  Factors emitPairs(ValueRange factors);
  Value addProduct(Value sum, Value rowFactor, Value columnFactor);
  /// The accumulators of a row and panel after the block `g`, whose header is
  /// at `header`.
  SmallVector<Value> accumulate(Value row, Value panel, Value g, Value header,
                                ValueRange sums, ArrayRef<Value> negatedSums,
                                ValueRange soFar);
  VectorType getAccumulatorType() { return layout.getScale() ? floats : ints; }
  SmallVector<Value> getZeros(int64_t count);
  void store(const Tile &tile, ValueRange values);
  /// The accumulators of a tile after a block.
  SmallVector<Value> addBlock(const Tile &tile, Value g, Value header,
                              OpFoldResult count, ValueRange soFar);
  void emitTile(const Tile &tile);

  /// The same where the emitter keeps its sums in memory.
  void emitStoredTile(Value m, Value firstPanel);
  void emitStoredTiles();

  /// `value` scaled by row, or added to what is there.
  Value finish(Value value, ValueRange indices, Value mask);

  Value rowSums, rowScale, offsetRows;
  Value zeroPoint; ///< of activations; null: none
  SmallVector<Value> rowTerms;
  Value lines;          ///< in a whole row of activations
  int64_t lineBytes;    ///< of a row of activations
  int64_t blockLines;   ///< in a block; 0: all
  int64_t rowSumFactor; ///< what row sums count
};
} // namespace

/// The sums of the emitter, in i32.
TileSums KernelBody::emitExact(const BlockOperands &block) {
  TileSums sums = key.kernel->emitBlock(b, b.getLoc(), layout, block);
  assert(static_cast<int64_t>(sums.size()) ==
             block.countRows() * block.panels * packed.rowsPerLane() &&
         "the row of ones has sums, too");
  if (key.kernel->getAccumulatorBits(layout) < 32)
    for (Value &sum : sums)
      sum = arith::ExtSIOp::create(b, ints, sum);
  return sums;
}

/// Sums of codes over one block: those of the emitter, cut where it stops being
/// exact, with the layout's step and offset undone.
TileSums KernelBody::emitSums(const Tile &tile, Value byte, Value position,
                              OpFoldResult lines) {
  int64_t maxLines = key.kernel->getMaxLines(layout);
  BlockOperands block{activations, tile.row,   tile.rows, position,
                      weights,     tile.panel, byte,      lines,
                      key.planes,  tile.panels};
  block.hasOnes = key.hasZeroPoint;
  auto count = getConstantIntValue(lines);
  bool unbounded = maxLines == std::numeric_limits<int64_t>::max();
  if (unbounded || (count && *count <= maxLines))
    return emitExact(block);
  Value total = getValueOrCreateConstantIndexOp(b, b.getLoc(), lines);
  Value zero = arith::ConstantOp::create(b, DenseElementsAttr::get(ints, 0));
  SmallVector<Value> zeros(
      block.countRows() * tile.panels * packed.rowsPerLane(), zero);
  return forLoop(
      index(0), total, maxLines, zeros, [&](Value first, ValueRange sums) {
        Value rest = arith::SubIOp::create(b, total, first);
        block.lines =
            arith::MinUIOp::create(b, rest, index(maxLines)).getResult();
        AffineExpr d0 = b.getAffineDimExpr(0);
        block.byte = arith::AddIOp::create(
            b, byte, apply(d0 * packed.lineBytes(), first));
        block.position =
            arith::AddIOp::create(b, position, apply(d0 * lineBytes, first));
        TileSums part = emitExact(block);
        for (auto [value, sum] : llvm::zip(part, sums))
          value = arith::AddIOp::create(b, value, sum);
        return part;
      });
}

Value KernelBody::getPosition(Value g) {
  if (layout.getBlock() == 0)
    return index(0);
  return apply(b.getAffineDimExpr(0) * blockLines * lineBytes, g);
}

KernelBody::Factors KernelBody::getRowFactors(Value row, Value g) {
  Factors factors;
  if (rowSumFactor != 0)
    factors.push_back(memref::LoadOp::create(b, rowSums, ValueRange{row, g}));
  if (rowSumFactor != 0 && !key.hasNarrowTerms)
    factors.front() = arith::MulIOp::create(
        b, factors.front(), arith::ConstantIntOp::create(b, rowSumFactor, 32));
  if (zeroPoint)
    factors.push_back(loadBroadcast(zeroPoint, row, g));
  for (Value term : rowTerms)
    factors.push_back(loadBroadcast(term, row, g));
  if (key.hasNarrowTerms)
    factors = emitPairs(factors);
  for (Value &factor : factors)
    factor = splat(factor, ints);
  return factors;
}

KernelBody::Values KernelBody::getNegatedSums(ValueRange levels,
                                              OpFoldResult count) {
  if (!zeroPoint)
    return Values(key.tilePanels * packed.rowsPerLane());
  Value total = getValueOrCreateConstantIndexOp(b, b.getLoc(), count);
  Value offset =
      splat(arith::IndexCastOp::create(
                b, b.getI32Type(),
                multiply(total, packed.lineDepth() * layout.getCodeOffset())),
            ints);
  Value step = splat(layout.getCodeStep(), ints);
  return llvm::map_to_vector(levels, [&](Value sum) {
    return subtract(offset, arith::MulIOp::create(b, sum, step));
  });
}

KernelBody::Factors KernelBody::getColumnFactors(Value panel, Value header,
                                                 int64_t field,
                                                 Value negatedSum) {
  Factors factors;
  if (rowSumFactor != 0)
    factors.push_back(
        emitSplat(b, b.getLoc(), ints, key.hasNarrowTerms ? rowSumFactor : 1));
  if (zeroPoint)
    factors.push_back(negatedSum);
  for (size_t i = 0; i < rowTerms.size(); ++i)
    factors.push_back(loadHeader(panel, header, HeaderVector::Term, i, field,
                                 b.getI32Type()));
  return key.hasNarrowTerms ? emitPairs(factors) : factors;
}

KernelBody::Factors KernelBody::emitPairs(ValueRange factors) {
  Factors pairs;
  for (; !factors.empty(); factors = factors.drop_front()) {
    Type type = factors.front().getType();
    auto getConstant = [&](int64_t value) {
      return isa<VectorType>(type)
                 ? emitSplat(b, b.getLoc(), type, value)
                 : arith::ConstantIntOp::create(b, value, 32).getResult();
    };
    Value pair = arith::AndIOp::create(b, factors.front(), getConstant(0xffff));
    if (factors.size() > 1) {
      factors = factors.drop_front();
      Value high = arith::ShLIOp::create(b, factors.front(), getConstant(16));
      pair = arith::OrIOp::create(b, pair, high);
    }
    pairs.push_back(pair);
  }
  return pairs;
}

Value KernelBody::addProduct(Value sum, Value rowFactor, Value columnFactor) {
  if (key.hasNarrowTerms)
    return key.kernel->emitAddPairs(b, b.getLoc(), sum, rowFactor,
                                    columnFactor);
  Value product =
      matchPattern(columnFactor, m_One())
          ? rowFactor
          : arith::MulIOp::create(b, rowFactor, columnFactor).getResult();
  return arith::AddIOp::create(b, sum, product);
}

SmallVector<Value> KernelBody::accumulate(Value row, Value panel, Value g,
                                          Value header, ValueRange sums,
                                          ArrayRef<Value> negatedSums,
                                          ValueRange soFar) {
  Factors rowFactors = getRowFactors(row, g);
  SmallVector<Value> next(soFar);
  for (auto [field, value] : llvm::enumerate(sums)) {
    Value &accumulator = next[field];
    if (layout.getCodeStep() != 1)
      value = arith::MulIOp::create(
          b, value, emitSplat(b, b.getLoc(), ints, layout.getCodeStep()));
    Factors columnFactors =
        getColumnFactors(panel, header, field, negatedSums[field]);
    for (auto [rowFactor, columnFactor] :
         llvm::zip_equal(rowFactors, columnFactors))
      value = addProduct(value, rowFactor, columnFactor);
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
    Value offset = loadBroadcast(offsetRows, row, g);
    offset = arith::SIToFPOp::create(b, b.getF32Type(), offset);
    accumulator =
        math::FmaOp::create(b, splat(offset, floats), column, accumulator);
  }
  return next;
}

SmallVector<Value> KernelBody::getZeros(int64_t count) {
  Value zero =
      arith::ConstantOp::create(b, b.getZeroAttr(getAccumulatorType()));
  return SmallVector<Value>(count, zero);
}

void KernelBody::store(const Tile &tile, ValueRange values) {
  storeTile(tile, values, [&](Value value, ValueRange indices, Value mask) {
    return finish(value, indices, mask);
  });
}

SmallVector<Value> KernelBody::addBlock(const Tile &tile, Value g, Value header,
                                        OpFoldResult count, ValueRange soFar) {
  int64_t fields = packed.rowsPerLane();
  TileSums sums =
      emitSums(tile, add(header, packed.headerBytes()), getPosition(g), count);
  ValueRange left = sums;
  Values negatedSums =
      getNegatedSums(left.drop_front(tile.rows * tile.panels * fields), count);
  SmallVector<Value> next;
  for (int64_t row = 0; row < tile.rows; ++row)
    for (int64_t panel = 0; panel < tile.panels; ++panel) {
      llvm::append_range(
          next, accumulate(add(tile.row, row), add(tile.panel, panel), g,
                           header, left.take_front(fields),
                           ArrayRef(negatedSums).slice(panel * fields, fields),
                           soFar.take_front(fields)));
      left = left.drop_front(fields);
      soFar = soFar.drop_front(fields);
    }
  return next;
}

void KernelBody::emitTile(const Tile &tile) {
  int64_t vectors = tile.rows * tile.panels * packed.rowsPerLane();
  store(tile, forBlocks(lines, blockLines, getZeros(vectors),
                        [&](Value g, Value header, OpFoldResult count,
                            ValueRange soFar) {
                          return addBlock(tile, g, header, count, soFar);
                        }));
}

void KernelBody::emitStoredTile(Value m, Value firstPanel) {
  SmallVector<Value> zeros = getZeros(packed.rowsPerLane());
  auto storeResult = [&](const StoredRow &row, ValueRange values) {
    store({row.row, 1, row.panel, 1}, values);
  };
  auto addBlock = [&](Value g, Value header, OpFoldResult count, ValueRange) {
    Value byte = add(header, packed.headerBytes());
    BlockOperands block{
        activations, m,     key.tileRows, getPosition(g), weights,  firstPanel,
        byte,        count, key.planes,   key.tilePanels, tileSums, scratch};
    key.kernel->emitBlock(b, b.getLoc(), layout, block);
    forRows(m, firstPanel, [&](const StoredRow &row) {
      SmallVector<Value> next =
          accumulate(row.row, row.panel, g, header, loadRow(tileSums, row),
                     getNegatedSums({}, count),
                     accumulators ? loadRow(accumulators, row) : zeros);
      if (accumulators)
        storeRow(next, accumulators, row);
      else
        storeResult(row, next);
    });
    return SmallVector<Value>();
  };
  if (accumulators)
    forRows(m, firstPanel,
            [&](const StoredRow &row) { storeRow(zeros, accumulators, row); });
  forBlocks(lines, blockLines, ValueRange(), addBlock);
  if (accumulators)
    forRows(m, firstPanel, [&](const StoredRow &row) {
      storeResult(row, loadRow(accumulators, row));
    });
}

void KernelBody::emitStoredTiles() {
  assert(!zeroPoint && "sums that are stored are of long blocks");
  allocate(getAccumulatorType().getElementType());
  Value m = memref::DimOp::create(b, activations, 0);
  Value panels = memref::DimOp::create(b, weights, 0);
  forLoop(index(0), panels, key.tilePanels, [&](Value panel) {
    forLoop(index(0), m, key.tileRows,
            [&](Value first) { emitStoredTile(first, panel); });
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
  Value rowBytes = memref::DimOp::create(b, activations, 1);
  lines = apply(b.getAffineDimExpr(0).floorDiv(lineBytes), rowBytes);
  if (key.storesSums())
    emitStoredTiles();
  else
    forTiles([&](const Tile &tile) { emitTile(tile); });
  func::ReturnOp::create(b);
}

void mlir::lowbit::emitKernelBody(func::FuncOp function, const KernelKey &key) {
  if (key.isWeightOnly)
    return emitWeightOnlyBody(function, key);
  // Registers that are configured are so for one function, up to a call.
  if (key.storesSums())
    function->setAttr("passthrough",
                      Builder(function).getStrArrayAttr({"noinline"}));
  KernelBody(function, key).emit();
}
