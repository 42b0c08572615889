//===- LineLoop.cpp - Dot products of lines of weights --------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LineLoop.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::lowbit;

/// Independent accumulators that hide the latency of a dot product.
static constexpr int64_t kMinAccumulators = 8;

/// Bytes that the prefetch runs ahead of the loads.
static constexpr int64_t kPrefetchDistance = 8192;

/// A block of at most this many lines is written without a loop.
static constexpr int64_t kMaxUnrolledLines = 8;

namespace {
/// Emits the loop over the lines of a block, for some registers of each line.
class LineLoop {
public:
  LineLoop(OpBuilder &builder, Location loc, const NestedViewsKernel &kernel,
           LayoutAttr layout, const BlockOperands &block,
           ArrayRef<LinePart> parts, bool sumsCodes)
      : builder(builder), loc(loc), kernel(kernel), unit(kernel.getUnit()),
        block(block), parts(parts), sumsCodes(sumsCodes),
        lineBytes(layout.getPacked().lineBytes()),
        ints(VectorType::get(unit.registerBytes / 4, builder.getI32Type())),
        bytes(VectorType::get(unit.registerBytes, builder.getI8Type())) {}

  /// The sums of row, part and view, row-major; then, where `sumsCodes`, those
  /// of the codes of each row.
  SmallVector<Value> emit();

private:
  int64_t getNumViews() const {
    int64_t count = 0;
    for (const LinePart &part : parts)
      count += part.views->count();
    return count;
  }
  int64_t getNumSums() const {
    return block.rows * (getNumViews() + (sumsCodes ? 1 : 0));
  }
  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(builder, loc, value);
  }
  SmallVector<Value> repeatZeros(int64_t sets) {
    Value zero = arith::ConstantOp::create(builder, loc,
                                           DenseElementsAttr::get(ints, 0));
    return SmallVector<Value>(sets * getNumSums(), zero);
  }

  /// Adds `count` lines from `line + ahead` on to `sums`.
  void emitLines(Value line, int64_t ahead, int64_t count,
                 MutableArrayRef<Value> sums);
  void emitLine(Value line, int64_t ahead, MutableArrayRef<Value> sums);
  SmallVector<Value> emitLoop(Value from, Value to, int64_t lines, int64_t sets,
                              ValueRange inits);
  Value broadcastCodes(int64_t row, Value position);
  Value offset(Value base, Value line, int64_t ahead, int64_t stride);
  /// `sums` plus the sets of accumulators behind its first.
  SmallVector<Value> addSets(ValueRange sums);

  OpBuilder &builder;
  Location loc;
  const NestedViewsKernel &kernel;
  const DotUnit &unit;
  const BlockOperands &block;
  ArrayRef<LinePart> parts;
  bool sumsCodes;
  int64_t lineBytes;
  VectorType ints, bytes;
};
} // namespace

SmallVector<Value> LineLoop::emit() {
  int64_t size = getNumSums(), lines = unit.lines;
  int64_t sets = ceilDivide(kMinAccumulators, size);
  auto count = getConstantIntValue(block.lines);
  if (count && *count <= kMaxUnrolledLines) {
    sets = std::clamp<int64_t>(*count / lines, 1, sets);
    SmallVector<Value> sums = repeatZeros(sets);
    for (int64_t line = 0; line < *count; line += lines)
      emitLines(index(0), line, std::min(lines, *count - line),
                MutableArrayRef(sums).slice(line / lines % sets * size, size));
    return addSets(sums);
  }
  Value total = getValueOrCreateConstantIndexOp(builder, loc, block.lines);
  Value rest = arith::RemUIOp::create(builder, loc, total, index(sets * lines));
  Value whole = arith::SubIOp::create(builder, loc, total, rest);
  SmallVector<Value> sums =
      addSets(emitLoop(index(0), whole, lines, sets, repeatZeros(sets)));
  if (sets * lines > 1)
    sums = emitLoop(whole, total, /*lines=*/1, /*sets=*/1, sums);
  return sums;
}

SmallVector<Value> LineLoop::emitLoop(Value from, Value to, int64_t lines,
                                      int64_t sets, ValueRange inits) {
  auto loop =
      scf::ForOp::create(builder, loc, from, to, index(sets * lines), inits);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  SmallVector<Value> sums(loop.getRegionIterArgs());
  for (int64_t set = 0; set < sets; ++set)
    emitLines(loop.getInductionVar(), set * lines, lines,
              MutableArrayRef(sums).slice(set * getNumSums(), getNumSums()));
  scf::YieldOp::create(builder, loc, sums);
  return loop.getResults();
}

void LineLoop::emitLines(Value line, int64_t ahead, int64_t count,
                         MutableArrayRef<Value> sums) {
  SmallVector<Value> products(sums);
  if (Value zero = kernel.emitNarrowZero(builder, loc))
    products.assign(sums.size(), zero);
  for (int64_t i = 0; i < count; ++i)
    emitLine(line, ahead + i, products);
  for (auto [sum, product] : llvm::zip(sums, products))
    sum = kernel.emitWiden(builder, loc, sum, product);
}

void LineLoop::emitLine(Value line, int64_t ahead,
                        MutableArrayRef<Value> sums) {
  Value byte = offset(block.byte, line, ahead, lineBytes);
  Value position = offset(block.position, line, ahead, PackedLayout::depth);
  auto behind = [&](int64_t count) -> Value {
    return arith::AddIOp::create(builder, loc, byte, index(count));
  };
  SmallVector<Value> codes;
  for (int64_t row = 0; row < block.rows; ++row)
    codes.push_back(broadcastCodes(row, position));
  int64_t views = getNumViews(), view = 0;
  for (const LinePart &part : parts) {
    int64_t first = part.vector * PackedLayout::vectorBytes;
    if (part.part == 0)
      memref::PrefetchOp::create(
          builder, loc, block.weights,
          ValueRange{block.panel, behind(first + kPrefetchDistance)},
          /*isWrite=*/false, /*localityHint=*/3, /*isDataCache=*/true);
    Value weights = vector::LoadOp::create(
        builder, loc, bytes, block.weights,
        ValueRange{block.panel,
                   behind(first + part.part * unit.registerBytes)});
    part.views->emit(builder, loc, weights, [&](Value operand) {
      for (int64_t row = 0; row < block.rows; ++row) {
        Value &sum = sums[row * views + view];
        sum = kernel.emitDot(builder, loc, sum, operand, codes[row]);
      }
      ++view;
    });
  }
  if (!sumsCodes)
    return;
  Value ones = arith::ConstantOp::create(
      builder, loc, DenseElementsAttr::get(bytes, int8_t(1)));
  MutableArrayRef<Value> codeSums = sums.take_back(block.rows);
  for (auto [sum, code] : llvm::zip(codeSums, codes))
    sum = kernel.emitDot(builder, loc, sum, ones, code);
}

Value LineLoop::offset(Value base, Value line, int64_t ahead, int64_t stride) {
  Value scaled = arith::MulIOp::create(builder, loc, line, index(stride));
  Value first = arith::AddIOp::create(builder, loc, base, scaled);
  return arith::AddIOp::create(builder, loc, first, index(ahead * stride));
}

/// Four consecutive codes of a row in every lane.
Value LineLoop::broadcastCodes(int64_t row, Value position) {
  Value m = arith::AddIOp::create(builder, loc, block.firstRow, index(row));
  auto four = VectorType::get(PackedLayout::depth, builder.getI8Type());
  Value codes = vector::LoadOp::create(builder, loc, four, block.activations,
                                       ValueRange{m, position});
  auto one = VectorType::get(1, builder.getI32Type());
  Value word = vector::ExtractOp::create(
      builder, loc, vector::BitCastOp::create(builder, loc, one, codes), 0);
  Value lanes = vector::BroadcastOp::create(builder, loc, ints, word);
  return vector::BitCastOp::create(builder, loc, bytes, lanes);
}

SmallVector<Value> LineLoop::addSets(ValueRange sums) {
  SmallVector<Value> total(sums.take_front(getNumSums()));
  for (size_t i = total.size(); i < sums.size(); ++i) {
    Value &sum = total[i % total.size()];
    sum = arith::AddIOp::create(builder, loc, sum, sums[i]);
  }
  return total;
}

SmallVector<Value> mlir::lowbit::emitLineLoop(OpBuilder &builder, Location loc,
                                              const NestedViewsKernel &kernel,
                                              LayoutAttr layout,
                                              const BlockOperands &block,
                                              ArrayRef<LinePart> parts,
                                              bool sumsCodes) {
  return LineLoop(builder, loc, kernel, layout, block, parts, sumsCodes).emit();
}
