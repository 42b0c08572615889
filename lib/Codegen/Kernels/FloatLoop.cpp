//===- FloatLoop.cpp - Products of reals in vector registers --------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// A tile of the result stays in registers while K passes by: for each k, the
// weights of each panel are loaded, and multiplied by the activation of each
// row in every lane.
//
// K is cut into blocks: those of the weights stay in the nearest cache while
// the rows pass. Weights in bf16 are widened by a shift, a block at once where
// there are many rows. One row has nothing to reuse: it reads many panels at
// once, so that the sums do not wait for each other.
//
//===----------------------------------------------------------------------===//

#include "LoopBuilder.h"
#include "Prefetch.h"
#include "lowbit/Codegen/FloatKernel.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::lowbit;

static constexpr int64_t kLanes = PackedLayout::lanes;

/// Depth of a block of K: 32 KiB of weights in f32.
static constexpr int64_t kBlockDepth = 128;

FloatKernel::~FloatKernel() = default;

FloatTile VectorFloatKernel::getTile(FloatOperands operands,
                                     MClass mClass) const {
  // A quarter of the registers is left for weights and activations.
  int64_t sums = unit.registers * 3 / 4 * unit.registerBytes / (4 * kLanes);
  int64_t panels = sums < 16 ? 1 : 4;
  switch (mClass) {
  case MClass::One:
    return {1, std::min<int64_t>(sums, 8)};
  case MClass::Few:
    return {std::min<int64_t>(sums / panels, 4), panels};
  case MClass::Many:
    return {sums / panels, panels, /*isWidened=*/operands.weights.isBF16()};
  }
}

Value VectorFloatKernel::emitMultiplyAdd(OpBuilder &builder, Location loc,
                                         Value activations, Value weights,
                                         Value sum) const {
  return math::FmaOp::create(builder, loc, activations, weights, sum);
}

namespace {
class FloatBody : LoopBuilder {
public:
  FloatBody(func::FuncOp function, const VectorFloatKernel &kernel,
            FloatTile tile)
      : LoopBuilder(function), kernel(kernel), most(tile),
        floats(VectorType::get(kLanes, b.getF32Type())),
        activations(function.getArgument(0)), weights(function.getArgument(1)),
        result(function.getArgument(2)) {}

  void emit();

private:
  /// Panels of weights, whose first depth is `origin`.
  struct Panels {
    Value buffer, first, origin;
    int64_t count;
  };
  /// `rows` by panels of the result, from a row and a panel on.
  struct Tile {
    Value row;
    int64_t rows;
    Value panel;
    Panels weights;
  };

  /// K is cut where weights are read again by the next rows.
  bool isBlocked() const { return most.rows > 1; }
  /// The weights of panel `index` at depth `k`, in f32.
  Value loadWeights(const Panels &panels, int64_t index, Value k);
  /// The same from depth `from` to `to`, in a buffer of f32.
  Panels widen(const Panels &panels, Value from, Value to);
  /// `sums` plus the products at depth `k`; all by row and panel.
  SmallVector<Value> addProducts(const Tile &tile, Value k, ValueRange sums);
  /// Calls `body` for each vector of the result, with the lanes that are there
  /// (null: all).
  void forVectors(const Tile &tile, bool masked,
                  function_ref<void(ValueRange, Value)> body);
  SmallVector<Value> loadTile(const Tile &tile, bool masked);
  void storeTile(const Tile &tile, bool masked, ValueRange values);
  /// Adds the products from depth `from` to `to`.
  void emitTile(const Tile &tile, Value from, Value to);
  void emitBlock(Value from, Value to);

  const VectorFloatKernel &kernel;
  const FloatTile most; ///< a full tile
  VectorType floats;
  Value activations, weights, result;
  Value widened; ///< The block of weights in f32.
};
} // namespace

Value FloatBody::loadWeights(const Panels &panels, int64_t index, Value k) {
  Type element = cast<MemRefType>(panels.buffer.getType()).getElementType();
  Value panel = add(panels.first, index);
  Value column =
      apply(b.getAffineDimExpr(0) * kLanes, subtract(k, panels.origin));
  if (!isBlocked())
    emitPrefetch(b, b.getLoc(), panels.buffer, panel, column, kRealPrefetch);
  Value loaded =
      vector::LoadOp::create(b, VectorType::get(kLanes, element), panels.buffer,
                             ValueRange{panel, column});
  if (element.isF32())
    return loaded;
  auto ints = floats.clone(b.getI32Type());
  Value bits =
      vector::BitCastOp::create(b, floats.clone(b.getI16Type()), loaded);
  bits = arith::ExtUIOp::create(b, ints, bits);
  bits = arith::ShLIOp::create(b, bits, splat(16, ints));
  return vector::BitCastOp::create(b, floats, bits);
}

FloatBody::Panels FloatBody::widen(const Panels &panels, Value from, Value to) {
  AffineExpr d0 = b.getAffineDimExpr(0);
  forLoop(from, to, 1, [&](Value k) {
    Value column = apply(d0 * kLanes, subtract(k, from));
    for (int64_t i = 0; i < panels.count; ++i)
      vector::StoreOp::create(b, loadWeights(panels, i, k), widened,
                              ValueRange{index(i), column});
  });
  return {widened, index(0), from, panels.count};
}

SmallVector<Value> FloatBody::addProducts(const Tile &tile, Value k,
                                          ValueRange sums) {
  SmallVector<Value> columns, next;
  for (int64_t i = 0; i < tile.weights.count; ++i)
    columns.push_back(loadWeights(tile.weights, i, k));
  for (int64_t row = 0; row < tile.rows; ++row) {
    Value a = memref::LoadOp::create(b, activations,
                                     ValueRange{add(tile.row, row), k});
    if (!a.getType().isF32())
      a = arith::ExtFOp::create(b, b.getF32Type(), a);
    Value lanes = splat(a, floats);
    for (Value column : columns)
      next.push_back(kernel.emitMultiplyAdd(b, b.getLoc(), lanes, column,
                                            sums[next.size()]));
  }
  return next;
}

void FloatBody::forVectors(const Tile &tile, bool masked,
                           function_ref<void(ValueRange, Value)> body) {
  Value n = memref::DimOp::create(b, result, 1);
  SmallVector<Value> columns, masks(tile.weights.count);
  for (int64_t panel = 0; panel < tile.weights.count; ++panel)
    columns.push_back(
        apply(b.getAffineDimExpr(0) * kLanes, add(tile.panel, panel)));
  // Only the last panel is not full.
  if (masked)
    masks.back() =
        vector::CreateMaskOp::create(b, VectorType::get(kLanes, b.getI1Type()),
                                     ValueRange{subtract(n, columns.back())});
  for (int64_t row = 0; row < tile.rows; ++row)
    for (auto [column, mask] : llvm::zip(columns, masks))
      body({add(tile.row, row), column}, mask);
}

SmallVector<Value> FloatBody::loadTile(const Tile &tile, bool masked) {
  SmallVector<Value> values;
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(floats));
  forVectors(tile, masked, [&](ValueRange at, Value mask) {
    values.push_back(
        mask ? vector::MaskedLoadOp::create(b, floats, result, at, mask, zero)
                   .getResult()
             : vector::LoadOp::create(b, floats, result, at).getResult());
  });
  return values;
}

void FloatBody::storeTile(const Tile &tile, bool masked, ValueRange values) {
  forVectors(tile, masked, [&](ValueRange at, Value mask) {
    if (mask)
      vector::MaskedStoreOp::create(b, result, at, mask, values.front());
    else
      vector::StoreOp::create(b, values.front(), result, at);
    values = values.drop_front();
  });
}

void FloatBody::emitTile(const Tile &tile, Value from, Value to) {
  AffineExpr end = (b.getAffineDimExpr(0) + tile.weights.count) * kLanes;
  Value n = memref::DimOp::create(b, result, 1);
  Value isFull = arith::CmpIOp::create(b, arith::CmpIPredicate::ule,
                                       apply(end, tile.panel), n);
  SmallVector<Value> sums = choose(
      isFull, [&] { return loadTile(tile, /*masked=*/false); },
      [&] { return loadTile(tile, /*masked=*/true); });
  sums = forLoop(from, to, 1, sums, [&](Value k, ValueRange carried) {
    return addProducts(tile, k, carried);
  });
  auto store = [&](bool masked) -> SmallVector<Value> {
    storeTile(tile, masked, sums);
    return {};
  };
  choose(isFull, [&] { return store(false); }, [&] { return store(true); });
}

void FloatBody::emitBlock(Value from, Value to) {
  Value m = memref::DimOp::create(b, result, 0);
  Value panels = memref::DimOp::create(b, weights, 0);
  forParts(panels, most.panels, [&](Value panel, int64_t count) {
    Panels block = {weights, panel, index(0), count};
    if (most.isWidened)
      block = widen(block, from, to);
    forParts(m, most.rows, [&](Value row, int64_t rows) {
      emitTile({row, rows, panel, block}, from, to);
    });
  });
}

void FloatBody::emit() {
  if (most.isWidened)
    widened = memref::AllocaOp::create(
        b, MemRefType::get({most.panels, kLanes * kBlockDepth}, b.getF32Type()),
        b.getI64IntegerAttr(PackedLayout::vectorBytes));
  Value depth = memref::DimOp::create(b, activations, 1);
  if (!isBlocked())
    emitBlock(index(0), depth);
  else
    forLoop(index(0), depth, kBlockDepth, [&](Value from) {
      Value end = add(from, kBlockDepth);
      emitBlock(from, minimum(end, depth));
    });
  func::ReturnOp::create(b);
}

void VectorFloatKernel::emitBody(func::FuncOp function, FloatTile tile) const {
  FloatBody(function, *this, tile).emit();
}
