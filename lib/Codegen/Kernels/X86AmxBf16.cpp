//===- X86AmxBf16.cpp - Tiles of tdpbf16ps --------------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// A row of a tile of weights is two k of 16 columns, the two of a column side
// by side; 16 rows are a step of 32 k. Tiles of activations are 16 rows as they
// lie in memory. Per step, for two tiles of rows and two of columns (one and
// four where there are few rows):
//
//   tileloadd  a[0], a[1], [activations + 64 * step]
//   tileloadd  w[0], w[1], [pairs + 2048 * step]
//   tdpbf16ps  c[r][f], a[r], w[f]                   4 times
//
// before which the weights of a panel of 40 KiB are put in pairs, once for all
// rows:
//
//   vmovdqu64  v, [weights + 64 * line]              of k, and of k + 1
//   vpermw     v, order, v
//   vmovdqu64  [pairs + 64 * line], v
//
// Sums come from the result and go there by way of a buffer that has whole
// tiles, as do the last activations if they are less than a step. Nothing
// outside the operands is read: the last group of rows begins earlier, so that
// it is full.
//
//===----------------------------------------------------------------------===//

#include "AmxTiles.h"
#include "lowbit/Codegen/MicroKernelRegistry.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::lowbit;

static constexpr int64_t kLanes = PackedLayout::lanes;

/// The depth of a step, whose elements are in pairs.
static constexpr int64_t kStepDepth = kRowBytes / 2;
static constexpr int64_t kTileElements = kTileBytes / 2;

/// Tiles of weights in a panel.
static constexpr int64_t kPanelTiles = 40;

namespace {
class RealTiles : AmxTiles {
public:
  RealTiles(func::FuncOp function, FloatTile tile);

  void emit();

private:
  Value allocate(ArrayRef<int64_t> shape, Type element) {
    return memref::AllocaOp::create(
        b, MemRefType::get(shape, element),
        b.getI64IntegerAttr(PackedLayout::vectorBytes));
  }
  /// The bits of an element: vectors of bf16 are no type of the target.
  Value loadBits(Value buffer, ValueRange at) {
    return arith::BitcastOp::create(b, b.getI16Type(),
                                    memref::LoadOp::create(b, buffer, at));
  }
  /// Where a tile of weights begins among the pairs.
  Value getPairs(Value step, int64_t column);
  void pairWeights(Value panel, Value to);
  /// Puts what is left of K, less than a step, beside zeros.
  void pairLastWeights(Value panel);
  void copyLastActivations(Value row);
  /// Calls `body` with each row of a tile of sums from `first` on, the part of
  /// the result that it is, and its lanes there.
  void forSums(Value row, Value panel, bool onlyNew,
               function_ref<void(ValueRange, ValueRange, Value)> body);
  /// The tiles of sums that begin at a row and a panel of the result.
  Values loadSums(Value row, Value panel);
  void storeSums(ValueRange values, Value row, Value panel);
  /// `values` plus the products of the steps [from, to), of rows that
  /// `loadRows` loads: for a step, and a tile of them.
  Values addProducts(ValueRange values, Value from, Value to,
                     function_ref<Value(Value, int64_t)> loadRows);
  void emitSweep(Value row, Value panel, Value to);

  const int64_t rowTiles, width, panelSteps;
  VectorType bits, floats;
  Value activations, weights, result;
  Value pairs, sums, lastActivations;
  TileShape shape; ///< of activations and sums
  Value stride;    ///< of activations
  Value m, n, depth, whole, steps;
  Value firstStep; ///< of the panel that is in pairs
};
} // namespace

RealTiles::RealTiles(func::FuncOp function, FloatTile tile)
    : AmxTiles(function), rowTiles(tile.rows / kTileRows), width(tile.panels),
      panelSteps(kPanelTiles / width),
      bits(VectorType::get(kStepDepth, b.getI16Type())),
      floats(VectorType::get(kLanes, b.getF32Type())),
      activations(function.getArgument(0)), weights(function.getArgument(1)),
      result(function.getArgument(2)) {
  shape = isOneTile(tile.rows) ? getShapeOf(activations) : getFullShape();
  stride = getStride(activations);
  stride = arith::AddIOp::create(b, stride, stride);
  m = memref::DimOp::create(b, activations, 0);
  n = memref::DimOp::create(b, result, 1);
  depth = memref::DimOp::create(b, activations, 1);
  whole = arith::DivUIOp::create(b, depth, index(kStepDepth));
  steps = arith::CeilDivUIOp::create(b, depth, index(kStepDepth));
  pairs = allocate(kPanelTiles * kTileElements, b.getI16Type());
  lastActivations = allocate({rowTiles, kTileElements}, b.getI16Type());
  sums = allocate({kSumTiles, kTileRows, kLanes}, b.getF32Type());
}

Value RealTiles::getPairs(Value step, int64_t column) {
  Value slot = multiply(subtract(step, firstStep), width * kTileElements);
  return add(slot, column * kTileElements);
}

//===----------------------------------------------------------------------===//
// Weights and activations
//===----------------------------------------------------------------------===//

void RealTiles::pairWeights(Value panel, Value to) {
  SmallVector<int64_t> order;
  for (int64_t lane = 0; lane < kLanes; ++lane)
    order.append({lane, kLanes + lane});
  Value last = add(memref::DimOp::create(b, weights, 0), -1);
  forLoop(firstStep, to, 1, [&](Value step) {
    for (int64_t i = 0; i < width; ++i) {
      Value from = minimum(add(panel, i), last);
      for (int64_t row = 0; row < kTileRows; ++row) {
        Value at = add(multiply(step, kTileElements), row * kStepDepth);
        Value line = vector::LoadOp::create(b, bits.clone(b.getBF16Type()),
                                            weights, ValueRange{from, at});
        line = vector::BitCastOp::create(b, bits, line);
        line = vector::ShuffleOp::create(b, line, line, order);
        vector::StoreOp::create(b, line, pairs,
                                add(getPairs(step, i), row * kStepDepth));
      }
    }
  });
}

void RealTiles::pairLastWeights(Value panel) {
  Value last = add(memref::DimOp::create(b, weights, 0), -1);
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(bits));
  for (int64_t i = 0; i < width; ++i) {
    Value from = minimum(add(panel, i), last);
    Value slot = getPairs(whole, i);
    forLoop(index(0), index(kTileElements), kStepDepth, [&](Value at) {
      vector::StoreOp::create(b, zero, pairs, add(slot, at));
    });
    forLoop(multiply(whole, kStepDepth), depth, 1, [&](Value k) {
      Value half = arith::RemUIOp::create(b, k, index(2));
      Value place = arith::RemUIOp::create(b, k, index(kStepDepth));
      Value row = multiply(subtract(place, half), kLanes);
      forLoop(index(0), index(kLanes), 1, [&](Value lane) {
        Value weight =
            loadBits(weights, {from, add(multiply(k, kLanes), lane)});
        Value at = add(add(slot, row), add(multiply(lane, 2), half));
        memref::StoreOp::create(b, weight, pairs, at);
      });
    });
  }
}

void RealTiles::copyLastActivations(Value row) {
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(bits));
  Value first = multiply(whole, kStepDepth);
  for (int64_t i = 0; i < rowTiles; ++i) {
    Value start = MicroKernel::emitGroupStart(b, b.getLoc(), activations,
                                              add(row, i * kTileRows));
    forLoop(index(0), minimum(m, index(kTileRows)), 1, [&](Value r) {
      Value at = multiply(r, kStepDepth);
      vector::StoreOp::create(b, zero, lastActivations,
                              ValueRange{index(i), at});
      forLoop(first, depth, 1, [&](Value k) {
        memref::StoreOp::create(
            b, loadBits(activations, {add(start, r), k}), lastActivations,
            ValueRange{index(i), add(at, subtract(k, first))});
      });
    });
  }
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

void RealTiles::forSums(
    Value row, Value panel, bool onlyNew,
    function_ref<void(ValueRange, ValueRange, Value)> body) {
  auto lanes = floats.clone(b.getI1Type());
  for (int64_t i = 0; i < rowTiles; ++i) {
    Value group = add(row, i * kTileRows);
    Value start =
        MicroKernel::emitGroupStart(b, b.getLoc(), activations, group);
    Value from = onlyNew ? subtract(group, start) : index(0);
    forLoop(from, minimum(m, index(kTileRows)), 1, [&](Value r) {
      for (int64_t j = 0; j < width; ++j) {
        Value column = multiply(add(panel, j), kLanes);
        Value mask = vector::CreateMaskOp::create(
            b, lanes, ValueRange{subtract(n, column)});
        body({index(i * width + j), r, index(0)}, {add(start, r), column},
             mask);
      }
    });
  }
}

RealTiles::Values RealTiles::loadSums(Value row, Value panel) {
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(floats));
  forSums(row, panel, /*onlyNew=*/false,
          [&](ValueRange at, ValueRange from, Value mask) {
            Value old = vector::MaskedLoadOp::create(b, floats, result, from,
                                                     mask, zero);
            vector::StoreOp::create(b, old, sums, at);
          });
  return forSumTiles([&](int64_t tile) {
    return loadTile(shape, sums, {index(tile), index(0), index(0)});
  });
}

void RealTiles::storeSums(ValueRange values, Value row, Value panel) {
  for (auto [tile, value] : llvm::enumerate(values))
    storeTile(shape, value, sums,
              {index(static_cast<int64_t>(tile)), index(0), index(0)});
  forSums(row, panel, /*onlyNew=*/true,
          [&](ValueRange at, ValueRange place, Value mask) {
            Value value = vector::LoadOp::create(b, floats, sums, at);
            vector::MaskedStoreOp::create(b, result, place, mask, value);
          });
}

RealTiles::Values
RealTiles::addProducts(ValueRange values, Value from, Value to,
                       function_ref<Value(Value, int64_t)> loadRows) {
  return forLoop(
      from, to, 1, values, [&](Value step, ValueRange carried) -> Values {
        Values rows, columns;
        for (int64_t i = 0; i < rowTiles; ++i)
          rows.push_back(loadRows(step, i));
        return forSumTiles([&](int64_t tile) {
          int64_t column = tile % width;
          if (tile < width)
            columns.push_back(
                loadTile(getFullShape(), pairs, getPairs(step, column)));
          return multiplyRealTiles(shape, carried[tile], rows[tile / width],
                                   columns[column]);
        });
      });
}

void RealTiles::emitSweep(Value row, Value panel, Value to) {
  Values values = loadSums(row, panel);
  Value end = minimum(to, whole);
  values = addProducts(values, firstStep, end, [&](Value step, int64_t i) {
    Value first = MicroKernel::emitGroupStart(b, b.getLoc(), activations,
                                              add(row, i * kTileRows));
    return loadTile(shape, activations, {first, multiply(step, kStepDepth)},
                    stride);
  });
  values = addProducts(values, end, to, [&](Value, int64_t i) {
    return loadTile(shape, lastActivations, {index(i), index(0)});
  });
  storeSums(values, row, panel);
}

void RealTiles::emit() {
  Value panels = memref::DimOp::create(b, weights, 0);
  forLoop(index(0), panels, width, [&](Value panel) {
    forLoop(index(0), steps, panelSteps, [&](Value from) {
      firstStep = from;
      Value to = minimum(add(from, panelSteps), steps);
      Value end = minimum(to, whole);
      pairWeights(panel, end);
      forLoop(end, to, 1, [&](Value) { pairLastWeights(panel); });
      forLoop(index(0), m, rowTiles * kTileRows, [&](Value row) {
        forLoop(end, to, 1, [&](Value) { copyLastActivations(row); });
        emitSweep(row, panel, to);
      });
    });
  });
  func::ReturnOp::create(b);
}

namespace {
class X86AmxBf16Kernel : public FloatKernel {
public:
  StringRef getName() const override { return "x86_amx_bf16"; }

  bool serves(const Target &target, FloatOperands operands) const override {
    return target.hasFeature("amx-bf16") && operands.activations.isBF16() &&
           operands.weights.isBF16();
  }

  FloatTile getTile(FloatOperands, MClass mClass) const override {
    if (mClass == MClass::Many)
      return {2 * kTileRows, kSumTiles / 2};
    return {kTileRows, kSumTiles};
  }

  bool multipliesNarrow() const override { return true; }

  void emitBody(func::FuncOp function, FloatTile tile) const override {
    // Registers are configured for one function, up to a call.
    function->setAttr("passthrough",
                      Builder(function).getStrArrayAttr({"noinline"}));
    RealTiles(function, tile).emit();
  }
};
} // namespace

std::unique_ptr<FloatKernel> mlir::lowbit::createX86AmxBf16Kernel() {
  return std::make_unique<X86AmxBf16Kernel>();
}
