//===- KernelBuilder.cpp - What bodies of kernels share -------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelBuilder.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::lowbit;

KernelBuilder::KernelBuilder(func::FuncOp function, const KernelKey &key)
    : LoopBuilder(function), key(key), layout(key.layout),
      packed(key.layout.getPacked()),
      ints(VectorType::get(PackedLayout::lanes, b.getI32Type())),
      floats(VectorType::get(PackedLayout::lanes, b.getF32Type())) {}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

void KernelBuilder::forTiles(function_ref<void(const Tile &)> body) {
  Value m = memref::DimOp::create(b, result, 0);
  Value numPanels = memref::DimOp::create(b, weights, 0);
  int64_t ratio = key.kernel->getPartRatio();
  auto forRows = [&](Value panel, int64_t panels) {
    auto emitTile = [&](Value row, int64_t rows) {
      body({row, rows, panel, panels});
    };
    forParts(m, key.tileRows, emitTile, ratio);
  };
  forParts(numPanels, key.tilePanels, forRows, ratio);
}

SmallVector<Value> KernelBuilder::forBlocks(Value total, int64_t perBlock,
                                            ValueRange accumulators,
                                            BlockFn body) {
  if (layout.getBlock() == 0)
    return body(index(0), index(0), total, accumulators);
  AffineExpr d0 = b.getAffineDimExpr(0);
  auto emitBlock = [&](Value g, OpFoldResult count, ValueRange values) {
    return body(g, apply(d0 * packed.blockBytes(), g), count, values);
  };
  Value full = apply(d0.floorDiv(perBlock), total);
  Value rest = apply(d0 % perBlock, total);
  SmallVector<Value> soFar =
      forLoop(index(0), full, 1, accumulators, [&](Value g, ValueRange values) {
        return emitBlock(g, b.getIndexAttr(perBlock), values);
      });
  Value isShort =
      arith::CmpIOp::create(b, arith::CmpIPredicate::ne, rest, index(0));
  return choose(
      isShort, [&] { return emitBlock(full, rest, soFar); },
      [&] { return soFar; });
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

Value KernelBuilder::loadHeader(Value panel, Value header, HeaderVector vector,
                                int64_t number, int64_t field, Type element) {
  int64_t width = element.getIntOrFloatBitWidth() / 8;
  int64_t lanes = PackedLayout::lanes;
  int64_t offset = packed.headerOffset(vector, number) + field * lanes * width;
  auto bytes = VectorType::get(lanes * width, b.getI8Type());
  Value loaded = vector::LoadOp::create(b, bytes, weights,
                                        ValueRange{panel, add(header, offset)});
  Value values =
      vector::BitCastOp::create(b, VectorType::get(lanes, element), loaded);
  if (isa<Float16Type, BFloat16Type>(element))
    return key.kernel->emitExtendScale(b, b.getLoc(), values);
  return values;
}

void KernelBuilder::storeTile(const Tile &tile, ValueRange values,
                              FinishFn finish) {
  int64_t lanes = PackedLayout::lanes;
  int64_t columns = tile.panels * packed.rowsPerLane();
  Value n = memref::DimOp::create(b, result, 1);
  AffineExpr d0 = b.getAffineDimExpr(0);
  Value first = apply(d0 * packed.panelRows(), tile.panel);
  Value end = apply((d0 + tile.panels) * packed.panelRows(), tile.panel);
  Value isFull = arith::CmpIOp::create(b, arith::CmpIPredicate::ule, end, n);
  auto getMask = [&](Value column) -> Value {
    Value left = arith::SubIOp::create(b, n, column);
    Value none = arith::MaxSIOp::create(b, left, index(0));
    return vector::CreateMaskOp::create(
        b, VectorType::get(lanes, b.getI1Type()), none);
  };
  auto store = [&](bool masked) {
    for (int64_t i = 0; i < tile.rows * columns; ++i) {
      Value column = add(first, i % columns * lanes);
      SmallVector<Value> indices = {add(tile.row, i / columns), column};
      Value mask = masked ? getMask(column) : Value();
      Value value = finish(values[i], indices, mask);
      if (masked)
        vector::MaskedStoreOp::create(b, result, indices, mask, value);
      else
        vector::StoreOp::create(b, value, result, indices);
    }
    return SmallVector<Value>();
  };
  choose(isFull, [&] { return store(false); }, [&] { return store(true); });
}
