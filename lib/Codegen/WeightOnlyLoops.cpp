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
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::lowbit;

/// Bytes that the prefetch runs ahead of the loads.
static constexpr int64_t kPrefetchDistance = 4096;

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
  /// One block of one tile.
  struct Block {
    Value firstRow;
    int64_t rows;
    Value panel;
    Value byte;                    ///< of its first line
    Value position;                ///< of its first k
    SmallVector<Value> zeroPoints; ///< by field, or none
  };

  Value loadLine(const Block &block, Value line);
  /// `sums` plus the products of all rows at depth `k` of `line`, which is the
  /// depth `position` of the activations.
  SmallVector<Value> addProducts(const Block &block, Value line, int64_t k,
                                 Value position, ValueRange sums);
  SmallVector<Value> sumBlock(const Block &block, OpFoldResult count);
  void emitTile(Value m, int64_t rows, Value panel);

  Value activations;
};
} // namespace

Value WeightOnlyBody::loadLine(const Block &block, Value line) {
  AffineExpr d0 = b.getAffineDimExpr(0);
  Value byte = arith::AddIOp::create(b, block.byte,
                                     apply(d0 * PackedLayout::lineBytes, line));
  memref::PrefetchOp::create(
      b, weights, ValueRange{block.panel, add(byte, kPrefetchDistance)},
      /*isWrite=*/false, /*localityHint=*/3,
      /*isDataCache=*/true);
  auto bytes = VectorType::get(PackedLayout::lineBytes, b.getI8Type());
  return vector::LoadOp::create(b, bytes, weights,
                                ValueRange{block.panel, byte});
}

SmallVector<Value> WeightOnlyBody::addProducts(const Block &block, Value line,
                                               int64_t k, Value position,
                                               ValueRange sums) {
  SmallVector<Value> values =
      key.kernel->emitValues(b, b.getLoc(), layout, line, k);
  for (auto [value, zeroPoint] : llvm::zip(values, block.zeroPoints))
    value = arith::SubFOp::create(b, value, zeroPoint);
  SmallVector<Value> next(sums);
  for (int64_t row = 0; row < block.rows; ++row) {
    Value a = memref::LoadOp::create(
        b, activations, ValueRange{add(block.firstRow, row), position});
    Value lanes = splat(a, floats);
    for (auto [field, value] : llvm::enumerate(values)) {
      Value &sum = next[row * values.size() + field];
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
  SmallVector<Value> zeros(block.rows * packed.fieldsPerByte(), zero);
  auto getPosition = [&](Value line) -> Value {
    return arith::AddIOp::create(b, block.position, apply(d0 * depth, line));
  };
  SmallVector<Value> sums =
      forLoop(index(0), lines, 1, zeros, [&](Value line, ValueRange carried) {
        Value loaded = loadLine(block, line), position = getPosition(line);
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
        Value words =
            vector::BitCastOp::create(b, ints, loadLine(block, lines));
        Value bits =
            arith::IndexCastOp::create(b, b.getI32Type(), apply(d0 * 8, k));
        Value shifted = arith::ShRUIOp::create(b, words, splat(bits, ints));
        auto bytes = VectorType::get(PackedLayout::lineBytes, b.getI8Type());
        Value line = vector::BitCastOp::create(b, bytes, shifted);
        Value position = arith::AddIOp::create(b, getPosition(lines), k);
        return addProducts(block, line, 0, position, carried);
      });
}

void WeightOnlyBody::emitTile(Value m, int64_t rows, Value panel) {
  int64_t fields = packed.fieldsPerByte();
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(floats));
  SmallVector<Value> zeros(rows * fields, zero);
  auto addBlock = [&](Value g, Value header, OpFoldResult count,
                      ValueRange accumulators) {
    Value position = apply(b.getAffineDimExpr(0) * layout.getBlock(), g);
    Block block{m,        rows, panel, add(header, packed.headerBytes()),
                position, {}};
    if (layout.getOffset())
      for (int64_t field = 0; field < fields; ++field)
        block.zeroPoints.push_back(loadHeader(
            panel, header, HeaderVector::Offset, 0, field, b.getF32Type()));
    SmallVector<Value> next = sumBlock(block, count);
    for (int64_t field = 0; field < fields; ++field) {
      Value scale = loadHeader(panel, header, HeaderVector::Scale, 0, field,
                               layout.getScale());
      for (int64_t i = field; i < rows * fields; i += fields)
        next[i] = math::FmaOp::create(b, next[i], scale, accumulators[i]);
    }
    return next;
  };
  Value depth = memref::DimOp::create(b, activations, 1);
  SmallVector<Value> values =
      forBlocks(depth, layout.getBlock(), zeros, addBlock);
  storeTile(m, rows, panel, values,
            [](Value value, ValueRange, Value) { return value; });
}

/// Tiles of all rows that there are, then of half as many, down to one.
void WeightOnlyBody::emit() {
  Value m = memref::DimOp::create(b, activations, 0);
  Value panels = memref::DimOp::create(b, weights, 0);
  AffineExpr d0 = b.getAffineDimExpr(0);
  forLoop(index(0), panels, 1, [&](Value panel) {
    Value first = index(0);
    for (int64_t rows = key.tileRows; rows > 0; rows /= 2) {
      Value left = arith::SubIOp::create(b, m, first);
      Value end = arith::AddIOp::create(b, first,
                                        apply(d0.floorDiv(rows) * rows, left));
      forLoop(first, end, rows, [&](Value row) { emitTile(row, rows, panel); });
      first = end;
    }
  });
  func::ReturnOp::create(b);
}

void mlir::lowbit::emitWeightOnlyBody(func::FuncOp function,
                                      const KernelKey &key) {
  WeightOnlyBody(function, key).emit();
}
