//===- LineLoop.cpp - Dot products of lines of weights --------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LineLoop.h"
#include "Prefetch.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::lowbit;

/// Independent accumulators that hide the latency of a dot product.
static constexpr int64_t kMinAccumulators = 8;

/// A block of at most this many lines and dot products is written without a
/// loop.
static constexpr int64_t kMaxUnrolledLines = 8;
static constexpr int64_t kMaxUnrolledDots = 128;

/// The most lines whose products are added up in 16 bits: more save little.
static constexpr int64_t kMaxNarrowLines = 16;

namespace {
/// Emits the loop over the lines of a block, for some views of each line.
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
  static int64_t countViews(ArrayRef<LinePart> parts) {
    int64_t count = 0;
    for (const LinePart &part : parts)
      count += part.numViews;
    return count;
  }
  int64_t getNumSums() const {
    return block.rows * (countViews(parts) + (sumsCodes ? 1 : 0));
  }
  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(builder, loc, value);
  }
  SmallVector<Value> repeatZeros(int64_t sets) {
    Value zero = arith::ConstantOp::create(builder, loc,
                                           DenseElementsAttr::get(ints, 0));
    return SmallVector<Value>(sets * getNumSums(), zero);
  }

  SmallVector<Value> emitUnrolled(int64_t count);
  SmallVector<Value> emitLoop(Value total);
  SmallVector<Value> emitLoop(Value from, Value to, int64_t sets,
                              ValueRange inits);
  /// The loop where products are added up in 16 bits first.
  SmallVector<Value> emitNarrowLoop(Value total);
  /// The lines whose products 16 bits can hold.
  int64_t getNarrowLines() const;
  /// Adds to `sums` what `add` adds to narrow ones: for each part by itself,
  /// so that few of them are alive at a time.
  void widen(MutableArrayRef<Value> sums,
             function_ref<void(const LinePart &, MutableArrayRef<Value>)> add);
  /// Adds `some` of the parts of the line `line + ahead`.
  void emitLine(Value line, int64_t ahead, ArrayRef<LinePart> some,
                MutableArrayRef<Value> sums);
  /// Calls `use` with each view of a part of the line at `byte`, in order.
  void emitViews(const LinePart &part, Value byte,
                 function_ref<void(Value)> use);
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
  auto count = getConstantIntValue(block.lines);
  if (count && *count <= kMaxUnrolledLines &&
      *count * getNumSums() <= kMaxUnrolledDots)
    return emitUnrolled(*count);
  Value total = getValueOrCreateConstantIndexOp(builder, loc, block.lines);
  return unit.isNarrow ? emitNarrowLoop(total) : emitLoop(total);
}

SmallVector<Value> LineLoop::emitUnrolled(int64_t count) {
  if (unit.isNarrow) {
    assert(count <= getNarrowLines() && "the sums of a short block fit");
    SmallVector<Value> sums = repeatZeros(/*sets=*/1);
    widen(sums, [&](const LinePart &part, MutableArrayRef<Value> products) {
      for (int64_t line = 0; line < count; ++line)
        emitLine(index(0), line, part, products);
    });
    return sums;
  }
  int64_t size = getNumSums();
  int64_t sets =
      std::clamp<int64_t>(count, 1, ceilDivide(kMinAccumulators, size));
  SmallVector<Value> sums = repeatZeros(sets);
  for (int64_t line = 0; line < count; ++line)
    emitLine(index(0), line, parts,
             MutableArrayRef(sums).slice(line % sets * size, size));
  return addSets(sums);
}

SmallVector<Value> LineLoop::emitLoop(Value total) {
  int64_t sets = ceilDivide(kMinAccumulators, getNumSums());
  Value rest = arith::RemUIOp::create(builder, loc, total, index(sets));
  Value whole = arith::SubIOp::create(builder, loc, total, rest);
  SmallVector<Value> sums =
      addSets(emitLoop(index(0), whole, sets, repeatZeros(sets)));
  if (sets > 1)
    sums = emitLoop(whole, total, /*sets=*/1, sums);
  return sums;
}

SmallVector<Value> LineLoop::emitLoop(Value from, Value to, int64_t sets,
                                      ValueRange inits) {
  auto loop = scf::ForOp::create(builder, loc, from, to, index(sets), inits);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  SmallVector<Value> sums(loop.getRegionIterArgs());
  for (int64_t set = 0; set < sets; ++set)
    emitLine(loop.getInductionVar(), set, parts,
             MutableArrayRef(sums).slice(set * getNumSums(), getNumSums()));
  scf::YieldOp::create(builder, loc, sums);
  return loop.getResults();
}

SmallVector<Value> LineLoop::emitNarrowLoop(Value total) {
  Value count = index(getNarrowLines());
  auto loop = scf::ForOp::create(builder, loc, index(0), total, count,
                                 repeatZeros(/*sets=*/1));
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  Value first = loop.getInductionVar();
  Value second = arith::AddIOp::create(builder, loc, first, index(1));
  Value end = arith::MinUIOp::create(
      builder, loc, arith::AddIOp::create(builder, loc, first, count), total);
  SmallVector<Value> sums(loop.getRegionIterArgs());
  widen(sums, [&](const LinePart &part, MutableArrayRef<Value> products) {
    // The first products need no addition.
    emitLine(first, 0, part, products);
    auto lines = scf::ForOp::create(builder, loc, second, end, index(1),
                                    ValueRange(products));
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(lines.getBody());
    SmallVector<Value> more(lines.getRegionIterArgs());
    emitLine(lines.getInductionVar(), 0, part, more);
    scf::YieldOp::create(builder, loc, more);
    llvm::copy(lines.getResults(), products.begin());
  });
  scf::YieldOp::create(builder, loc, sums);
  return loop.getResults();
}

int64_t LineLoop::getNarrowLines() const {
  int64_t highest = 0;
  for (const LinePart &part : parts)
    highest = std::max(highest, part.views->getHighest());
  // Two products with codes of -128 or more are added per line.
  return std::min<int64_t>((int64_t(1) << 15) / (2 * 128 * highest),
                           kMaxNarrowLines);
}

void LineLoop::widen(
    MutableArrayRef<Value> sums,
    function_ref<void(const LinePart &, MutableArrayRef<Value>)> add) {
  Value zero = kernel.emitNarrowZero(builder, loc);
  int64_t views = countViews(parts), first = 0;
  for (const LinePart &part : parts) {
    int64_t own = part.numViews;
    SmallVector<Value> products(block.rows * own, zero);
    add(part, products);
    for (auto [i, product] : llvm::enumerate(products)) {
      Value &sum = sums[i / own * views + first + i % own];
      sum = kernel.emitWiden(builder, loc, sum, product);
    }
    first += own;
  }
}

void LineLoop::emitLine(Value line, int64_t ahead, ArrayRef<LinePart> some,
                        MutableArrayRef<Value> sums) {
  Value byte = offset(block.byte, line, ahead, lineBytes);
  Value position = offset(block.position, line, ahead, PackedLayout::depth);
  int64_t views = countViews(some);
  // Of codes and views, the fewer stay in registers.
  SmallVector<Value> codes, operands;
  bool keepsCodes = block.rows <= views;
  if (keepsCodes)
    for (int64_t row = 0; row < block.rows; ++row)
      codes.push_back(broadcastCodes(row, position));
  auto addDot = [&](int64_t row, Value &sum, Value operand) {
    sum = kernel.emitDot(builder, loc, sum, operand, codes[row]);
  };
  for (const LinePart &part : some)
    emitViews(part, byte, [&](Value operand) {
      for (size_t row = 0; row < codes.size(); ++row)
        addDot(row, sums[row * views + operands.size()], operand);
      operands.push_back(operand);
    });
  Value ones = arith::ConstantOp::create(
      builder, loc, DenseElementsAttr::get(bytes, int8_t(1)));
  for (int64_t row = 0; row < block.rows; ++row) {
    if (!keepsCodes) {
      codes.push_back(broadcastCodes(row, position));
      for (auto [view, operand] : llvm::enumerate(operands))
        addDot(row, sums[row * views + view], operand);
    }
    if (sumsCodes)
      addDot(row, sums[block.rows * views + row], ones);
  }
}

void LineLoop::emitViews(const LinePart &part, Value byte,
                         function_ref<void(Value)> use) {
  auto behind = [&](int64_t count) -> Value {
    return arith::AddIOp::create(builder, loc, byte, index(count));
  };
  Value panel =
      arith::AddIOp::create(builder, loc, block.panel, index(part.panel));
  int64_t first = part.vector * PackedLayout::vectorBytes;
  if (part.part == 0 && part.firstView == 0)
    for (Prefetch prefetch :
         block.panels == 1 ? ArrayRef(kDotPrefetches) : ArrayRef(kLinePrefetch))
      emitPrefetch(builder, loc, block.weights, panel, behind(first), prefetch);
  Value weights = vector::LoadOp::create(
      builder, loc, bytes, block.weights,
      ValueRange{panel, behind(first + part.part * unit.registerBytes)});
  int64_t view = 0;
  part.views->emit(builder, loc, weights, [&](Value operand) {
    if (view >= part.firstView && view < part.firstView + part.numViews)
      use(operand);
    ++view;
  });
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
