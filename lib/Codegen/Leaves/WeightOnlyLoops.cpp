//===- WeightOnlyLoops.cpp - Products of reals with packed weights --------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// The order of `lowbit.weight_only_matmul`, for 16 columns of the result in the
// lanes of a vector: no lane meets another, so that every width of vector and
// every tile gives the same bytes. For each line of a block and each of its 4
// k:
//
//   value[f]  = the emitter's values of field f, minus the zero points
//   sum[m, f] = fma(broadcast(a[m, k]), value[f], sum[m, f])
//
// and behind the block:
//
//   acc[m, f] = fma(sum[m, f], scale[f], acc[m, f])
//
//===----------------------------------------------------------------------===//

#include "KernelBuilder.h"
#include "Kernels/Prefetch.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace {
/// Emits the body of one leaf function.
class WeightOnlyBody : KernelBuilder {
public:
  WeightOnlyBody(func::FuncOp function, const KernelKey &key)
      : KernelBuilder(function, key) {
    activations = function.getArgument(0);
    weights = function.getArgument(1);
    result = function.getArgument(2);
  }

  void emit();

private:
  /// One block of one tile, whose sums are by row, panel and field.
  struct Block {
    Value firstRow;
    int64_t rows;
    ArrayRef<Value> panels;
    Value byte;                    ///< of its first line
    Value position;                ///< of its first k
    SmallVector<Value> zeroPoints; ///< by panel and field, or none
  };

  /// A line of each panel, as its vectors.
  SmallVector<SmallVector<Value>> loadLines(const Block &block, Value line);
  /// `sums` plus the products of all rows at depth `k` of `lines`, which is the
  /// depth `position` of the activations.
  SmallVector<Value> addProducts(const Block &block,
                                 ArrayRef<SmallVector<Value>> lines, int64_t k,
                                 Value position, ValueRange sums);
  SmallVector<Value> sumBlock(const Block &block, OpFoldResult count);
  void emitTile(const Tile &tile);
};
} // namespace

SmallVector<SmallVector<Value>> WeightOnlyBody::loadLines(const Block &block,
                                                          Value line) {
  Value byte = arith::AddIOp::create(
      b, block.byte, apply(b.getAffineDimExpr(0) * packed.lineBytes(), line));
  auto bytes = VectorType::get(PackedLayout::vectorBytes, b.getI8Type());
  SmallVector<SmallVector<Value>> lines;
  for (Value panel : block.panels) {
    SmallVector<Value> &vectors = lines.emplace_back();
    for (int64_t i = 0; i < packed.lineVectors(); ++i) {
      Value at = add(byte, i * PackedLayout::vectorBytes);
      emitPrefetch(b, b.getLoc(), weights, panel, at, kLinePrefetch);
      vectors.push_back(
          vector::LoadOp::create(b, bytes, weights, ValueRange{panel, at}));
    }
  }
  return lines;
}

SmallVector<Value>
WeightOnlyBody::addProducts(const Block &block,
                            ArrayRef<SmallVector<Value>> lines, int64_t k,
                            Value position, ValueRange sums) {
  SmallVector<Value> values;
  for (ValueRange line : lines)
    llvm::append_range(values,
                       key.kernel->emitValues(b, b.getLoc(), layout, line, k));
  for (auto [value, zeroPoint] : llvm::zip(values, block.zeroPoints))
    value = arith::SubFOp::create(b, value, zeroPoint);
  SmallVector<Value> next(sums);
  for (int64_t row = 0; row < block.rows; ++row) {
    Value a = memref::LoadOp::create(
        b, activations, ValueRange{add(block.firstRow, row), position});
    Value lanes = splat(a, floats);
    for (auto [column, value] : llvm::enumerate(values)) {
      Value &sum = next[row * values.size() + column];
      sum = math::FmaOp::create(b, lanes, value, sum);
    }
  }
  return next;
}

/// The sums over the first `count` k of `block`.
SmallVector<Value> WeightOnlyBody::sumBlock(const Block &block,
                                            OpFoldResult count) {
  constexpr int64_t depth = PackedLayout::depth;
  AffineExpr d0 = b.getAffineDimExpr(0);
  Value total = getValueOrCreateConstantIndexOp(b, b.getLoc(), count);
  Value lines = apply(d0.floorDiv(depth), total);
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(floats));
  SmallVector<Value> zeros(
      block.rows * block.panels.size() * packed.rowsPerLane(), zero);
  auto getPosition = [&](Value line) -> Value {
    return add(block.position, apply(d0 * depth, line));
  };
  SmallVector<Value> sums =
      forLoop(index(0), lines, 1, zeros, [&](Value line, ValueRange carried) {
        SmallVector<SmallVector<Value>> loaded = loadLines(block, line);
        Value position = getPosition(line);
        SmallVector<Value> next(carried);
        for (int64_t k = 0; k < depth; ++k)
          next = addProducts(block, loaded, k, add(position, k), next);
        return next;
      });
  if (std::optional<int64_t> known = getConstantIntValue(count);
      known && *known % depth == 0)
    return sums;
  // A line that is not full: its words are shifted, so that each k is the
  // first.
  return forLoop(
      index(0), apply(d0 % depth, total), 1, sums,
      [&](Value k, ValueRange carried) {
        Value bits =
            arith::IndexCastOp::create(b, b.getI32Type(), apply(d0 * 8, k));
        auto shift = [&](Value &bytes) {
          Type type = bytes.getType();
          bytes = vector::BitCastOp::create(b, ints, bytes);
          bytes = arith::ShRUIOp::create(b, bytes, splat(bits, ints));
          bytes = vector::BitCastOp::create(b, type, bytes);
        };
        SmallVector<SmallVector<Value>> shifted = loadLines(block, lines);
        for (SmallVector<Value> &line : shifted)
          llvm::for_each(line, shift);
        Value position = add(getPosition(lines), k);
        return addProducts(block, shifted, 0, position, carried);
      });
}

void WeightOnlyBody::emitTile(const Tile &tile) {
  int64_t fields = packed.rowsPerLane();
  int64_t columns = tile.panels * fields;
  SmallVector<Value> panels;
  for (int64_t i = 0; i < tile.panels; ++i)
    panels.push_back(add(tile.panel, i));
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(floats));
  SmallVector<Value> zeros(tile.rows * columns, zero);
  auto addBlock = [&](Value g, Value header, OpFoldResult count,
                      ValueRange accumulators) {
    auto load = [&](HeaderVector vector, int64_t column, Type element) {
      return loadHeader(panels[column / fields], header, vector, 0,
                        column % fields, element);
    };
    Value position = apply(b.getAffineDimExpr(0) * layout.getBlock(), g);
    Block block{tile.row, tile.rows, panels, add(header, packed.headerBytes()),
                position, {}};
    if (layout.getOffset())
      for (int64_t column = 0; column < columns; ++column)
        block.zeroPoints.push_back(
            load(HeaderVector::Offset, column, b.getF32Type()));
    SmallVector<Value> next = sumBlock(block, count);
    for (int64_t column = 0; column < columns; ++column) {
      Value scale = load(HeaderVector::Scale, column, layout.getScale());
      for (int64_t i = column; i < tile.rows * columns; i += columns)
        next[i] = math::FmaOp::create(b, next[i], scale, accumulators[i]);
    }
    return next;
  };
  Value depth = memref::DimOp::create(b, activations, 1);
  SmallVector<Value> values =
      forBlocks(depth, layout.getBlock(), zeros, addBlock);
  storeTile(tile, values, [](Value value, ValueRange, Value) { return value; });
}

void WeightOnlyBody::emit() {
  forTiles([&](const Tile &tile) { emitTile(tile); });
  func::ReturnOp::create(b);
}

void mlir::lowbit::emitWeightOnlyBody(func::FuncOp function,
                                      const KernelKey &key) {
  WeightOnlyBody(function, key).emit();
}
