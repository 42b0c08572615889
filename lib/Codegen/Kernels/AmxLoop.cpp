//===- AmxLoop.cpp - Products of tiles of weights -------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AmxLoop.h"
#include "LineFields.h"
#include "Prefetch.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace {
class AmxLoop : AmxTiles {
public:
  AmxLoop(OpBuilder &builder, Location loc, const ByteUnit &unit,
          LayoutAttr layout, const BlockOperands &block);

  void emit();

private:
  /// The panel of a column of tiles; the last one of those beyond it.
  Value getPanel(int64_t column);
  /// The byte of the scratch with which the tile of a step begins.
  Value getSlot(Value step, int64_t column);
  /// The unsigned weights of a line, one vector for each of the rows that share
  /// a lane.
  Values loadFields(Value panel, Value byte);
  /// The first byte of a line in its panel.
  Value getByte(Value line);
  void prefetchLine(Value panel, Value byte);
  void decodeLine(Value line, Value step, Value row);
  /// Prefetches and decodes the rows [from, to) of the tiles of a step.
  void prepareRows(Value step, int64_t from, int64_t to);
  void decodeLastStep();

  /// Where the sums of a tile lie, of those from the activation row `row` on.
  Values getSumIndices(Value row, int64_t tile);
  Values loadSums(Value row, Value isFirst);
  void storeSums(Value row, ValueRange sums);
  /// `sums` plus the products of a step, which begins at the code `position`;
  /// `between` is called after each product.
  Values emitStep(Value row, Value step, Value position, bool isDecoded,
                  ValueRange sums, function_ref<void(int64_t)> between);
  /// Adds the products of the steps [from, to) to the sums of the tiles from
  /// `row` on; those of the first row meet weights that are not yet decoded.
  void emitSweep(Value row, Value from, Value to, bool isFirst);
  /// The same for all rows of the block.
  void emitPanel(Value from, Value to);
  void emitLastStep();
  /// The sums of the columns from `firstColumn` on.
  void emitColumns();

  const ByteUnit &unit;
  const LayoutAttr layout;
  const BlockOperands &block;
  const int64_t fields, width, rowTiles, ahead;
  const VectorType bytes;
  TileShape shape; ///< of activations and sums
  Value rowStride; ///< of activations
  Value rows;
  Value lines, steps; ///< of the block; whole steps
  int64_t firstColumn = 0;
  Value firstStep; ///< of the panel that is decoded
};
} // namespace

AmxLoop::AmxLoop(OpBuilder &builder, Location loc, const ByteUnit &unit,
                 LayoutAttr layout, const BlockOperands &block)
    : AmxTiles(builder, loc), unit(unit), layout(layout), block(block),
      fields(layout.getPacked().rowsPerLane()), width(getWidth(block.rows)),
      rowTiles(kSumTiles / width), ahead(kTilesAhead / width),
      bytes(VectorType::get(PackedLayout::vectorBytes, b.getI8Type())) {
  shape =
      isOneTile(block.rows) ? getShapeOf(block.activations) : getFullShape();
  rowStride = getStride(block.activations);
  Value all = memref::DimOp::create(b, block.activations, 0);
  rows = minimum(subtract(all, block.firstRow), index(block.rows));
  lines = getValueOrCreateConstantIndexOp(b, loc, block.lines);
  steps = arith::DivUIOp::create(b, lines, index(kTileRows));
}

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

Value AmxLoop::getPanel(int64_t column) {
  Value last = add(memref::DimOp::create(b, block.weights, 0), -1);
  return minimum(add(block.panel, column / fields), last);
}

Value AmxLoop::getSlot(Value step, int64_t column) {
  Value slot = subtract(step, firstStep);
  if (isOneTile(block.rows))
    slot = arith::RemUIOp::create(b, slot, index(2 * ahead));
  return add(multiply(slot, width * kTileBytes), column * kTileBytes);
}

AmxLoop::Values AmxLoop::loadFields(Value panel, Value byte) {
  Values vectors;
  for (int64_t i = 0; i < layout.getPacked().lineVectors(); ++i)
    vectors.push_back(vector::LoadOp::create(
        b, bytes, block.weights,
        ValueRange{panel, add(byte, i * PackedLayout::vectorBytes)}));
  return emitLineLevels(b, b.getLoc(), layout, vectors, unit);
}

Value AmxLoop::getByte(Value line) {
  return add(block.byte, multiply(line, layout.getPacked().lineBytes()));
}

void AmxLoop::prefetchLine(Value panel, Value byte) {
  for (int64_t i = 0; i < layout.getPacked().lineVectors(); ++i)
    emitPrefetch(b, b.getLoc(), block.weights, panel,
                 add(byte, i * PackedLayout::vectorBytes), kTilePrefetch);
}

/// Decodes a line of the block to the row `row` of the tiles of a step.
void AmxLoop::decodeLine(Value line, Value step, Value row) {
  Values decoded;
  for (int64_t i = 0; i < width; ++i) {
    int64_t column = firstColumn + i;
    if (i == 0 || column % fields == 0) {
      Value panel = getPanel(column), byte = getByte(line);
      decoded = loadFields(panel, byte);
      prefetchLine(panel, byte);
    }
    Value at = add(getSlot(step, i), multiply(row, kRowBytes));
    vector::StoreOp::create(b, decoded[column % fields], block.scratch,
                            ValueRange{at});
  }
}

void AmxLoop::prepareRows(Value step, int64_t from, int64_t to) {
  for (int64_t row = from; row < to; ++row) {
    Value line = add(multiply(step, kTileRows), row);
    if (!isTileRow(layout)) {
      decodeLine(line, step, index(row));
      continue;
    }
    for (int64_t i = 0; i < width; ++i)
      prefetchLine(getPanel(firstColumn + i), getByte(line));
  }
}

/// The lines that are left are the last ones of the last step's tiles.
void AmxLoop::decodeLastStep() {
  Value done = multiply(steps, kTileRows);
  Value zeros = subtract(add(done, kTileRows), lines);
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(bytes));
  forLoop(index(0), zeros, 1, [&](Value row) {
    for (int64_t i = 0; i < width; ++i)
      vector::StoreOp::create(
          b, zero, block.scratch,
          ValueRange{add(getSlot(steps, i), multiply(row, kRowBytes))});
  });
  forLoop(zeros, index(kTileRows), 1, [&](Value row) {
    decodeLine(add(done, subtract(row, zeros)), steps, row);
  });
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

AmxLoop::Values AmxLoop::getSumIndices(Value row, int64_t tile) {
  return {index(firstColumn + tile % width), add(row, tile / width * kTileRows),
          index(0)};
}

AmxLoop::Values AmxLoop::loadSums(Value row, Value isFirst) {
  return choose(
      isFirst,
      [&] { return forSumTiles([&](int64_t) { return zeroTile(shape); }); },
      [&] {
        return forSumTiles([&](int64_t tile) {
          return loadTile(shape, block.sums, getSumIndices(row, tile));
        });
      });
}

void AmxLoop::storeSums(Value row, ValueRange sums) {
  for (auto [tile, sum] : llvm::enumerate(sums))
    storeTile(shape, sum, block.sums, getSumIndices(row, tile));
}

AmxLoop::Values AmxLoop::emitStep(Value row, Value step, Value position,
                                  bool isDecoded, ValueRange sums,
                                  function_ref<void(int64_t)> between) {
  Values codes, weights, next(sums);
  for (int64_t i = 0; i < rowTiles; ++i) {
    Value first = add(add(block.firstRow, row), i * kTileRows);
    first =
        MicroKernel::emitGroupStart(b, b.getLoc(), block.activations, first);
    codes.push_back(
        loadTile(shape, block.activations, {first, position}, rowStride));
  }
  auto loadWeights = [&](int64_t column) {
    if (isDecoded)
      return loadTile(getFullShape(), block.scratch, getSlot(step, column));
    Value byte = add(block.byte, multiply(step, kTileBytes));
    return loadTile(getFullShape(), block.weights,
                    {getPanel(firstColumn + column), byte});
  };
  // Each is loaded one product early: there are no registers for all.
  weights.push_back(loadWeights(0));
  for (int64_t i = 0; i < kSumTiles; ++i) {
    int64_t column = i % width;
    if (int64_t count = weights.size(); count < std::min(width, column + 2))
      weights.push_back(loadWeights(count));
    next[i] = multiplyTiles(shape, next[i], codes[i / width], weights[column]);
    between(i);
  }
  return next;
}

void AmxLoop::emitSweep(Value row, Value from, Value to, bool isFirst) {
  Values sums = loadSums(row, isZero(from));
  // Multiplies the steps [from, end), and prepares others `distance` ahead.
  auto emitSteps = [&](Value first, Value end,
                       std::optional<int64_t> distance) {
    constexpr int64_t part = kTileRows / kSumTiles;
    sums = forLoop(first, end, 1, sums, [&](Value step, ValueRange carried) {
      Value position = add(block.position, multiply(step, kRowBytes));
      return emitStep(row, step, position, !isTileRow(layout), carried,
                      [&](int64_t product) {
                        if (distance)
                          prepareRows(add(step, *distance), part * product,
                                      part * (product + 1));
                      });
    });
  };
  if (!isFirst)
    emitSteps(from, to, std::nullopt);
  else if (isTileRow(layout))
    emitSteps(from, to, 0);
  else {
    Value lead = minimum(subtract(to, from), index(ahead));
    forLoop(from, add(from, lead), 1,
            [&](Value step) { prepareRows(step, 0, kTileRows); });
    Value rest = subtract(to, lead);
    emitSteps(from, rest, ahead);
    emitSteps(rest, to, std::nullopt);
  }
  storeSums(row, sums);
}

void AmxLoop::emitPanel(Value from, Value to) {
  firstStep = from;
  emitSweep(index(0), from, to, /*isFirst=*/true);
  int64_t size = rowTiles * kTileRows;
  forLoop(index(size), rows, size,
          [&](Value row) { emitSweep(row, from, to, /*isFirst=*/false); });
}

/// The codes of less than a step are the last ones of its tiles.
void AmxLoop::emitLastStep() {
  firstStep = steps;
  decodeLastStep();
  Value end = add(block.position, multiply(lines, PackedLayout::depth));
  Value position = add(end, -kRowBytes);
  forLoop(index(0), rows, rowTiles * kTileRows, [&](Value row) {
    Values sums = loadSums(row, isZero(steps));
    storeSums(row, emitStep(row, steps, position, /*isDecoded=*/true, sums,
                            [](int64_t) {}));
  });
}

void AmxLoop::emitColumns() {
  if (isOneTile(block.rows))
    emitPanel(index(0), steps);
  else
    forLoop(index(0), steps, kPanelSteps, [&](Value from) {
      emitPanel(from, minimum(add(from, kPanelSteps), steps));
    });
  Value rest = subtract(lines, multiply(steps, kTileRows));
  choose(
      isZero(rest), [] { return Values(); },
      [&] {
        emitLastStep();
        return Values();
      });
}

void AmxLoop::emit() {
  for (; firstColumn < block.panels * fields; firstColumn += width)
    emitColumns();
}

void mlir::lowbit::emitAmxLoop(OpBuilder &builder, Location loc,
                               const ByteUnit &unit, LayoutAttr layout,
                               const BlockOperands &block) {
  AmxLoop(builder, loc, unit, layout, block).emit();
}
