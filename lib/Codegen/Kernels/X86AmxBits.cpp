//===- X86AmxBits.cpp - Tiles of bits that were made bytes ----------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// Both sides are bits, see BitPlanes.h. A line of weights is 32 k of 16
// columns, hence eight rows of a tile of 64 k, if these take their four k from
// the four bytes of a lane:
//
//   row j of a line, byte i of a lane:  bit j of that byte,  k = 8 * i + j
//
// Codes of activations are put in the same order. Both are expanded for 640 k,
// activations for all rows of the block and then weights for two tiles of
// columns at a time. For each step and 16 activation rows:
//
//   vmovq         a, [activations + 8 * step]     a word of 32 k and the next
//   vpermd        a, order                        each in eight lanes
//   vptestmb      k, a, bits
//   vpblendmb     a{k}, -1, 1                     one for ternary codes, too
//   vmovdqu64     [codes], a
//
// for each line of weights and j of 0 to 7:
//
//   vpsrlw        v, w, j
//   vpandq        v, v, 1                         a mask minus twice a sign
//   vmovdqu64     [decoded + 64 * j], v
//
// and for two tiles of rows and two of columns, as in X86Amx.cpp:
//
//   tileloadd     a[0], a[1], w[0], w[1]
//   tdpbssd       c[r][f], a[r], w[f]             4 times
//
// Weights with a mask are multiplied as the codes that they are. Without one,
// the sum of products lacks the sum of magnitudes |a|, with the sign t of the
// weight:
//
//   sum of a * w - |a| = -2 * |a < 0| - sum of 2 * a * t
//
// Activations are -2 * a then, and the tiles begin with -2 * |a < 0|. Bits of
// padding are 0, as are products with them.
//
//===----------------------------------------------------------------------===//

#include "AmxTiles.h"
#include "PlaneValues.h"
#include "Vectors.h"
#include "lowbit/Codegen/MicroKernelRegistry.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::lowbit;

/// Activation rows and panels of a tile of sums. Those of several blocks are
/// there twice, on the stack.
static constexpr int64_t kRows = 128;
static constexpr int64_t kBlockRows = 64;
static constexpr int64_t kPanels = 8;

/// Tiles of rows and of columns that are multiplied at once.
static constexpr int64_t kWidth = 2;

/// Lines that make the rows of a tile.
static constexpr int64_t kLines = 2;
static constexpr int64_t kLineRows = kTileRows / kLines;

/// Where the scratch has tiles of codes, and of what the sums of `rows` begin
/// with; tiles of weights come first.
static constexpr int64_t kCodes = kWidth * kPanelSteps * kTileBytes;

static int64_t getSeedsByte(int64_t rows) {
  return kCodes + rows * kPanelSteps * kRowBytes;
}

namespace {
class BitTiles : AmxTiles {
public:
  BitTiles(OpBuilder &builder, Location loc, BitPlanes weights,
           const BlockOperands &block);

  void emit();

private:
  Value splat(int64_t value) { return emitSplat(b, b.getLoc(), bytes, value); }
  /// The byte of the scratch with which the tile of a step begins.
  Value getCodes(Value row, Value step);
  Value getWeights(Value step, int64_t column);
  Value getSeeds(Value row);
  /// Calls `body` with each of 16 activation rows of which `row` is the first
  /// of the block, and its place among them.
  void forGroup(Value row, function_ref<void(Value, Value)> body);
  /// Calls `body` with the steps of a panel, and with the lines in each.
  void forSteps(Value to, function_ref<void(Value, int64_t)> body);

  /// Whether sums begin with the negative codes of a row.
  bool hasSeeds() const { return !weights.mask && block.planes.sign; }
  void emitSeeds(Value row);
  /// The codes of a step, in the order of the rows of its tiles.
  Value loadCodes(Value row, Value step, int64_t count);
  void expandCodes(Value row, Value to);
  /// The planes of a line of weights.
  PlaneValues loadWeights(Value panel, Value byte);
  /// A row that a line, or the padding behind the last one, has of a tile.
  Value expandRow(const PlaneValues &line, int64_t row);
  void expandWeights(Value column, Value to);
  void emitSweep(Value row, Value column, Value to);

  const BitPlanes weights;
  const BlockOperands &block;
  VectorType bytes, words;
  Value rows, lines, steps; ///< of the block
  Value firstStep;          ///< of the panel that is expanded
};
} // namespace

BitTiles::BitTiles(OpBuilder &builder, Location loc, BitPlanes weights,
                   const BlockOperands &block)
    : AmxTiles(builder, loc), weights(weights), block(block),
      bytes(VectorType::get(PackedLayout::vectorBytes, b.getI8Type())),
      words(VectorType::get(PackedLayout::lanes, b.getI32Type())) {
  Value all = memref::DimOp::create(b, block.activations, 0);
  rows = minimum(subtract(all, block.firstRow), index(block.rows));
  lines = getValueOrCreateConstantIndexOp(b, loc, block.lines);
  steps = arith::CeilDivUIOp::create(b, lines, index(kLines));
}

//===----------------------------------------------------------------------===//
// Places
//===----------------------------------------------------------------------===//

Value BitTiles::getCodes(Value row, Value step) {
  Value tile = multiply(subtract(step, firstStep), kTileBytes);
  return add(multiply(row, kPanelSteps * kRowBytes), add(tile, kCodes));
}

Value BitTiles::getWeights(Value step, int64_t column) {
  Value slot = multiply(subtract(step, firstStep), kWidth * kTileBytes);
  return add(slot, column * kTileBytes);
}

Value BitTiles::getSeeds(Value row) {
  return add(multiply(row, kRowBytes), getSeedsByte(block.rows));
}

void BitTiles::forGroup(Value row, function_ref<void(Value, Value)> body) {
  Value first = MicroKernel::emitGroupStart(b, b.getLoc(), block.activations,
                                            add(block.firstRow, row));
  forLoop(index(0), index(kTileRows), 1,
          [&](Value place) { body(add(first, place), place); });
}

void BitTiles::forSteps(Value to, function_ref<void(Value, int64_t)> body) {
  Value whole = arith::DivUIOp::create(b, lines, index(kLines));
  Value end = minimum(to, whole);
  forLoop(firstStep, end, 1, [&](Value step) { body(step, kLines); });
  forLoop(end, to, 1, [&](Value step) { body(step, 1); });
}

//===----------------------------------------------------------------------===//
// Activations
//===----------------------------------------------------------------------===//

void BitTiles::emitSeeds(Value row) {
  Value end = multiply(lines, block.planes.wordBytes());
  // Words of a mask, if any, come before those of signs.
  SmallVector<int32_t> signs;
  for (int64_t i = 0; i < PackedLayout::lanes; ++i)
    signs.push_back(i % block.planes.count() == block.planes.mask ? -1 : 0);
  Value areSigns = arith::ConstantOp::create(
      b, DenseElementsAttr::get(words, ArrayRef<int32_t>(signs)));
  Value none = arith::ConstantOp::create(b, b.getZeroAttr(words));
  auto flags = bytes.clone(b.getI1Type());
  forGroup(row, [&](Value m, Value place) {
    Values counts =
        forLoop(index(0), end, PackedLayout::vectorBytes, none,
                [&](Value byte, ValueRange soFar) -> Values {
                  Value left = subtract(end, byte);
                  Value mask =
                      vector::CreateMaskOp::create(b, flags, ValueRange{left});
                  Value some = vector::MaskedLoadOp::create(
                      b, bytes, block.activations,
                      ValueRange{m, add(block.position, byte)}, mask, splat(0));
                  some = vector::BitCastOp::create(b, words, some);
                  some = arith::AndIOp::create(b, some, areSigns);
                  return {add(soFar.front(), math::CtPopOp::create(b, some))};
                });
    Value count = vector::ReductionOp::create(b, vector::CombiningKind::ADD,
                                              counts.front());
    Value seed = arith::MulIOp::create(
        b, count, arith::ConstantIntOp::create(b, -2, /*width=*/32));
    Value lanes = vector::BroadcastOp::create(b, words, seed);
    vector::StoreOp::create(b, vector::BitCastOp::create(b, bytes, lanes),
                            block.scratch,
                            ValueRange{getSeeds(add(row, place))});
  });
}

Value BitTiles::loadCodes(Value row, Value step, int64_t count) {
  int64_t wordBytes = block.planes.wordBytes();
  Value at = add(block.position, multiply(step, kLines * wordBytes));
  Value loaded = vector::LoadOp::create(
      b, VectorType::get(count * wordBytes, b.getI8Type()), block.activations,
      ValueRange{row, at});
  SmallVector<int8_t> bits;
  for (int64_t i = 0; i < PackedLayout::vectorBytes; ++i)
    bits.push_back(static_cast<int8_t>(1 << i / PackedLayout::depth % 8));
  Value table = arith::ConstantOp::create(
      b, DenseElementsAttr::get(bytes, ArrayRef<int8_t>(bits)));
  auto select = [&](int64_t plane, Value ifSet, Value ifNot) -> Value {
    SmallVector<int64_t> order;
    for (int64_t i = 0; i < PackedLayout::vectorBytes; ++i) {
      int64_t word = i / (kLineRows * PackedLayout::depth) % count;
      order.push_back(word * wordBytes + plane * PackedLayout::depth +
                      i % PackedLayout::depth);
    }
    Value spread = vector::ShuffleOp::create(b, loaded, loaded, order);
    Value alone = arith::AndIOp::create(b, spread, table);
    Value isSet =
        arith::CmpIOp::create(b, arith::CmpIPredicate::ne, alone, splat(0));
    return arith::SelectOp::create(b, isSet, ifSet, ifNot);
  };
  int64_t factor = weights.mask ? 1 : -2;
  Value codes = splat(factor);
  if (block.planes.sign)
    codes = select(block.planes.mask, splat(-factor), codes);
  if (block.planes.mask)
    codes = select(0, codes, splat(0));
  return codes;
}

void BitTiles::expandCodes(Value row, Value to) {
  forGroup(row, [&](Value m, Value place) {
    forSteps(to, [&](Value step, int64_t count) {
      Value at = add(getCodes(row, step), multiply(place, kRowBytes));
      vector::StoreOp::create(b, loadCodes(m, step, count), block.scratch,
                              ValueRange{at});
    });
  });
}

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

PlaneValues BitTiles::loadWeights(Value panel, Value byte) {
  auto load = [&](int64_t plane) -> Value {
    return vector::LoadOp::create(
        b, bytes, block.weights,
        ValueRange{panel, add(byte, plane * PackedLayout::vectorBytes)});
  };
  PlaneValues line;
  if (weights.mask)
    line.mask = load(0);
  if (weights.sign)
    line.sign = load(weights.mask);
  return line;
}

Value BitTiles::expandRow(const PlaneValues &line, int64_t row) {
  auto take = [&](Value plane) {
    return emitShiftedBytes(b, b.getLoc(), plane, row, /*mask=*/1);
  };
  if (!line.mask)
    return line.sign ? take(line.sign) : splat(0);
  Value value = take(line.mask);
  if (!line.sign)
    return value;
  Value one = take(line.sign);
  return subtract(value, add(one, one));
}

void BitTiles::expandWeights(Value column, Value to) {
  int64_t lineBytes = weights.count() * PackedLayout::vectorBytes;
  Value last = add(memref::DimOp::create(b, block.weights, 0), -1);
  forSteps(to, [&](Value step, int64_t count) {
    for (int64_t i = 0; i < kWidth; ++i) {
      Value panel = minimum(add(add(block.panel, column), i), last);
      for (int64_t n = 0; n < kLines; ++n) {
        Value byte = add(
            block.byte, add(multiply(step, kLines * lineBytes), n * lineBytes));
        PlaneValues line = n < count ? loadWeights(panel, byte) : PlaneValues();
        for (int64_t row = 0; row < kLineRows; ++row) {
          Value value = expandRow(line, row);
          Value at =
              add(getWeights(step, i), (n * kLineRows + row) * kRowBytes);
          vector::StoreOp::create(b, value, block.scratch, ValueRange{at});
        }
      }
    }
  });
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

/// Adds the products of a panel to the sums of two by two tiles.
void BitTiles::emitSweep(Value row, Value column, Value to) {
  TileShape shape = getFullShape();
  auto getRow = [&](int64_t i) { return add(row, i * kTileRows); };
  auto getPlace = [&](int64_t tile) -> Values {
    return {add(column, tile % kWidth), getRow(tile / kWidth), index(0)};
  };
  auto begin = [&](int64_t tile) {
    return hasSeeds()
               ? loadTile(shape, block.scratch, getSeeds(getRow(tile / kWidth)))
               : zeroTile(shape);
  };
  auto resume = [&](int64_t tile) {
    return loadTile(shape, block.sums, getPlace(tile));
  };
  Values sums = choose(
      isZero(firstStep), [&] { return forSumTiles(begin); },
      [&] { return forSumTiles(resume); });
  sums = forLoop(
      firstStep, to, 1, sums, [&](Value step, ValueRange carried) -> Values {
        Values codes, columns;
        for (int64_t i = 0; i < kWidth; ++i) {
          codes.push_back(
              loadTile(shape, block.scratch, getCodes(getRow(i), step)));
          columns.push_back(
              loadTile(shape, block.scratch, getWeights(step, i)));
        }
        return forSumTiles([&](int64_t tile) {
          return multiplySignedTiles(shape, carried[tile], codes[tile / kWidth],
                                     columns[tile % kWidth]);
        });
      });
  for (auto [tile, sum] : llvm::enumerate(sums))
    storeTile(shape, sum, block.sums, getPlace(tile));
}

void BitTiles::emit() {
  auto forGroups = [&](function_ref<void(Value)> body) {
    forLoop(index(0), rows, kTileRows, body);
  };
  if (hasSeeds())
    forGroups([&](Value row) { emitSeeds(row); });
  Value panels = memref::DimOp::create(b, block.weights, 0);
  panels = minimum(subtract(panels, block.panel), index(block.panels));
  forLoop(index(0), steps, kPanelSteps, [&](Value from) {
    firstStep = from;
    Value to = minimum(add(from, kPanelSteps), steps);
    forGroups([&](Value row) { expandCodes(row, to); });
    forLoop(index(0), panels, kWidth, [&](Value column) {
      expandWeights(column, to);
      forLoop(index(0), rows, kWidth * kTileRows,
              [&](Value row) { emitSweep(row, column, to); });
    });
  });
}

namespace {
class X86AmxBitsKernel : public MicroKernel {
public:
  StringRef getName() const override { return "x86_amx_bits"; }

  /// A tile of two by two costs as much as counts for 20 rows do.
  bool serves(const Target &target, LayoutAttr layout,
              MClass mClass) const override {
    return target.hasFeature("amx-int8") && mClass == MClass::Many &&
           layout.getPacked().bits &&
           (layout.getBlock() == 0 || layout.getBlock() >= kRowBytes);
  }
  int64_t getTileRows(LayoutAttr layout, MClass) const override {
    return layout.getBlock() == 0 ? kRows : kBlockRows;
  }
  int64_t getTilePanels(LayoutAttr, MClass) const override { return kPanels; }
  int64_t getMinDepth() const override { return PackedLayout::depth; }
  int64_t getScratchBytes(LayoutAttr, int64_t tileRows) const override {
    return getSeedsByte(tileRows) + tileRows * kRowBytes;
  }

  TileSums emitBlock(OpBuilder &builder, Location loc, LayoutAttr layout,
                     const BlockOperands &block) const override {
    BitTiles(builder, loc, layout.getPacked().bits, block).emit();
    return {};
  }
};
} // namespace

std::unique_ptr<MicroKernel> mlir::lowbit::createX86AmxBitsKernel() {
  return std::make_unique<X86AmxBitsKernel>();
}
