//===- FloatLoops.cpp - Products of reals ---------------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// A tile of the result stays in registers while K passes by. On AVX-512, for
// each k, 6 rows and 4 panels:
//
//   vmovups       w[p], [weights + 64 * k]     4 times
//   vbroadcastss  a, [activations + 4 * k]     6 times
//   vfmadd231ps   sum[m, p], a, w[p]           24 times
//
// K is cut into blocks: those of the weights stay in the nearest cache while
// the rows pass. Weights in bf16 are widened by a shift, a block at once where
// there are many rows. One row has nothing to reuse: it reads many panels at
// once, so that the sums do not wait for each other.
//

#include "FloatLoops.h"
#include "Kernels/FloatTiles.h"
#include "Kernels/LoopBuilder.h"
#include "Kernels/Prefetch.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::lowbit;

static constexpr int64_t kLanes = PackedLayout::lanes;

/// Depth of a block of K: 32 KiB of weights in f32.
static constexpr int64_t kBlockDepth = 128;

//===----------------------------------------------------------------------===//
// FloatKernel
//===----------------------------------------------------------------------===//

namespace {
/// The registers that a target adds up in.
struct VectorUnit {
  int64_t registers, bytes;
  bool isFused; ///< Whether there is a fused multiply-add.

  static VectorUnit get(const Target &target) {
    if (target.hasFeature("avx512f"))
      return {32, 64, true};
    if (target.hasFeature("fma"))
      return {16, 32, true};
    if (target.hasFeature("neon"))
      return {32, 16, true};
    return {16, 16, false};
  }
};
} // namespace

FloatKernel FloatKernel::get(const Target &target, PackedFloatMatmulOp op,
                             MClass mClass) {
  VectorUnit unit = VectorUnit::get(target);
  auto getType = [](Value value) {
    return cast<FloatType>(getElementTypeOrSelf(value));
  };
  FloatType activations = getType(op.getActivations());
  FloatType weights = getType(op.getWeights());
  if (activations.isBF16() && weights.isBF16() && target.hasFeature("amx-bf16"))
    return {activations,         weights, getTileOfTiles(mClass),
            /*isFused=*/true,
            /*isBlocked=*/true,
            /*isWidened=*/false,
            /*hasTiles=*/true};
  FloatKernel kernel{activations,
                     weights,
                     {},
                     unit.isFused,
                     /*isBlocked=*/mClass != MClass::One,
                     /*isWidened=*/mClass == MClass::Many && weights.isBF16(),
                     /*hasTiles=*/false};
  // A quarter of the registers is left for weights and activations.
  int64_t sums = unit.registers * 3 / 4 * unit.bytes / (4 * kLanes);
  int64_t panels = sums < 16 ? 1 : 4;
  switch (mClass) {
  case MClass::One:
    kernel.tile = {1, std::min<int64_t>(sums, 8)};
    break;
  case MClass::Few:
    kernel.tile = {std::min<int64_t>(sums / panels, 4), panels};
    break;
  case MClass::Many:
    kernel.tile = {sums / panels, panels};
    break;
  }
  return kernel;
}

std::string FloatKernel::getName() const {
  std::string name;
  llvm::raw_string_ostream stream(name);
  stream << "lowbit_float_" << weights;
  if (activations.isBF16())
    stream << "_" << activations;
  stream << "_m" << tile.rows << "_p" << tile.panels;
  if (hasTiles)
    stream << "_tiles";
  if (isWidened)
    stream << "_widened";
  return name;
}

//===----------------------------------------------------------------------===//
// The body
//===----------------------------------------------------------------------===//

namespace {
class FloatBody : LoopBuilder {
public:
  FloatBody(func::FuncOp function, const FloatKernel &kernel)
      : LoopBuilder(function), kernel(kernel),
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

  Value multiplyAdd(Value lhs, Value rhs, Value sum);
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

  const FloatKernel &kernel;
  VectorType floats;
  Value activations, weights, result;
  Value widened; ///< The block of weights in f32.
};
} // namespace

Value FloatBody::multiplyAdd(Value lhs, Value rhs, Value sum) {
  if (kernel.isFused)
    return math::FmaOp::create(b, lhs, rhs, sum);
  return arith::AddFOp::create(b, arith::MulFOp::create(b, lhs, rhs), sum);
}

Value FloatBody::loadWeights(const Panels &panels, int64_t index, Value k) {
  Type element = cast<MemRefType>(panels.buffer.getType()).getElementType();
  Value panel = add(panels.first, index);
  Value column = apply(b.getAffineDimExpr(0) * kLanes,
                       arith::SubIOp::create(b, k, panels.origin));
  if (!kernel.isBlocked)
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
  Value half =
      arith::ConstantOp::create(b, DenseElementsAttr::get(ints, int32_t(16)));
  return vector::BitCastOp::create(b, floats,
                                   arith::ShLIOp::create(b, bits, half));
}

FloatBody::Panels FloatBody::widen(const Panels &panels, Value from, Value to) {
  AffineExpr d0 = b.getAffineDimExpr(0);
  forLoop(from, to, 1, [&](Value k) {
    Value column = apply(d0 * kLanes, arith::SubIOp::create(b, k, from));
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
    if (kernel.activations.isBF16())
      a = arith::ExtFOp::create(b, b.getF32Type(), a);
    Value lanes = splat(a, floats);
    for (Value column : columns)
      next.push_back(multiplyAdd(lanes, column, sums[next.size()]));
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
    masks.back() = vector::CreateMaskOp::create(
        b, VectorType::get(kLanes, b.getI1Type()),
        ValueRange{arith::SubIOp::create(b, n, columns.back())});
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
  forParts(panels, kernel.tile.panels, [&](Value panel, int64_t count) {
    Panels block = {weights, panel, index(0), count};
    if (kernel.isWidened)
      block = widen(block, from, to);
    forParts(m, kernel.tile.rows, [&](Value row, int64_t rows) {
      emitTile({row, rows, panel, block}, from, to);
    });
  });
}

void FloatBody::emit() {
  if (kernel.isWidened)
    widened = memref::AllocaOp::create(
        b,
        MemRefType::get({kernel.tile.panels, kLanes * kBlockDepth},
                        b.getF32Type()),
        b.getI64IntegerAttr(PackedLayout::vectorBytes));
  Value depth = memref::DimOp::create(b, activations, 1);
  if (!kernel.isBlocked)
    emitBlock(index(0), depth);
  else
    forLoop(index(0), depth, kBlockDepth, [&](Value from) {
      Value end = add(from, kBlockDepth);
      emitBlock(from, arith::MinUIOp::create(b, end, depth));
    });
  func::ReturnOp::create(b);
}

void mlir::lowbit::emitFloatBody(func::FuncOp function,
                                 const FloatKernel &kernel) {
  if (kernel.hasTiles)
    return emitFloatTilesBody(function, kernel.tile);
  FloatBody(function, kernel).emit();
}
