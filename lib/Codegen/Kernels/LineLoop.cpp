//===- LineLoop.cpp - Dot products of lines of weights --------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LineLoop.h"
#include "LoopAnnotations.h"
#include "Prefetch.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::lowbit;

/// Independent accumulators that hide the latency of a dot product.
static constexpr int64_t kMinAccumulators = 8;

namespace {
/// Lines whose products are added at once: `line + ahead` and those behind it.
struct Step {
  Value line;
  int64_t ahead;
  int64_t lines; ///< fewer at the end of a block
};
} // namespace

/// A block of at most this many lines, and dot products per register, is
/// written without a loop: of more, LLVM finds an order that spills.
static constexpr int64_t kMaxUnrolledLines = 8;
static constexpr int64_t kMaxUnrolledDots = 4;
static constexpr int64_t kMaxUnrolledNarrowDots = 2;

/// The most lines whose products are added up in 16 bits: more save little.
static constexpr int64_t kMaxNarrowLines = 16;

namespace {
/// Emits the loop over the lines of a block, for some views of each line.
class LineLoop {
public:
  LineLoop(OpBuilder &builder, Location loc, const DotKernel &kernel,
           LayoutAttr layout, const BlockOperands &block, const LinePass &pass)
      : builder(builder), loc(loc), kernel(kernel), unit(kernel.getUnit()),
        block(block), parts(pass.parts), sumsCodes(pass.sumsCodes),
        dots(pass.dots), step(unit.getStep(block.rows)),
        lineBytes(layout.getPacked().lineBytes()),
        ints(VectorType::get(unit.registerBytes / 4, builder.getI32Type())),
        bytes(VectorType::get(unit.registerBytes, builder.getI8Type())) {}

  SmallVector<Value> emit();

private:
  static int64_t countViews(ArrayRef<LinePart> parts) {
    int64_t count = 0;
    for (const LinePart &part : parts)
      count += part.numViews;
    return count;
  }
  int64_t getNumSums() const {
    return getNumRows() * (countViews(parts) + (sumsCodes ? 1 : 0));
  }
  /// Rows, or twos of them that share their sums, and the row of ones.
  int64_t getNumRows() const { return block.rows / step + block.hasOnes; }
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
  SmallVector<Value> emitLoop(Value from, Value to, int64_t sets, int64_t lines,
                              ValueRange inits);
  /// The loop where products are added up in 16 bits first.
  SmallVector<Value> emitNarrowLoop(Value total);
  /// The lines whose products 16 bits can hold.
  int64_t getNarrowLines() const;
  /// Adds to `sums` what `add` adds to narrow ones: for each part by itself,
  /// so that few of them are alive at a time.
  void widen(MutableArrayRef<Value> sums,
             function_ref<void(const LinePart &, MutableArrayRef<Value>)> add);
  /// Adds `some` of the parts of the lines `at`.
  void emitStep(const Step &at, ArrayRef<LinePart> some,
                MutableArrayRef<Value> sums);
  /// Calls `use` with each view of a part of the lines `at`, in order.
  void emitViews(const LinePart &part, const Step &at,
                 function_ref<void(Value)> use);
  Value loadWeights(const LinePart &part, const Step &at);
  /// A register of the line `line` of those at `at`.
  Value loadRegister(const LinePart &part, const Step &at, int64_t line);
  /// Ones for the lines `at`.
  Value getOnes(const Step &at);
  Value loadCodes(int64_t row, const Step &at);
  /// The codes of a row for the lines `at`, as an integer.
  Value loadWord(int64_t row, const Step &at);
  Value emitDot(Value sum, Value weights, Value codes);
  Value offset(Value base, const Step &at, int64_t line, int64_t stride);
  /// `sums` plus the sets of accumulators behind its first.
  SmallVector<Value> addSets(ValueRange sums);

  OpBuilder &builder;
  Location loc;
  const DotKernel &kernel;
  const DotUnit &unit;
  const BlockOperands &block;
  ArrayRef<LinePart> parts;
  bool sumsCodes;
  int64_t dots;         ///< of a line, in all passes
  bool isShort = false; ///< whether LLVM may unroll the loop, too
  int64_t step;         ///< lines of a step
  int64_t lineBytes;
  VectorType ints, bytes;
};
} // namespace

SmallVector<Value> LineLoop::emit() {
  auto count = getConstantIntValue(block.lines);
  int64_t maxDots = unit.isNarrow ? kMaxUnrolledNarrowDots : kMaxUnrolledDots;
  isShort = count && *count <= kMaxUnrolledLines;
  if (isShort && *count * dots <= maxDots * unit.registers)
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
        emitStep({index(0), line, 1}, part, products);
    });
    return sums;
  }
  int64_t size = getNumSums();
  int64_t sets =
      std::clamp<int64_t>(count, 1, ceilDivide(kMinAccumulators, size));
  SmallVector<Value> sums = repeatZeros(sets);
  for (int64_t line = 0; line < count; line += step)
    emitStep({index(0), line, std::min(step, count - line)}, parts,
             MutableArrayRef(sums).slice(line / step % sets * size, size));
  return addSets(sums);
}

SmallVector<Value> LineLoop::emitLoop(Value total) {
  int64_t sets = ceilDivide(kMinAccumulators, getNumSums());
  int64_t lines = sets * step;
  Value rest = arith::RemUIOp::create(builder, loc, total, index(lines));
  Value whole = arith::SubIOp::create(builder, loc, total, rest);
  SmallVector<Value> sums =
      addSets(emitLoop(index(0), whole, sets, step, repeatZeros(sets)));
  if (lines > 1)
    sums = emitLoop(whole, total, /*sets=*/1, /*lines=*/1, sums);
  return sums;
}

SmallVector<Value> LineLoop::emitLoop(Value from, Value to, int64_t sets,
                                      int64_t lines, ValueRange inits) {
  auto loop =
      scf::ForOp::create(builder, loc, from, to, index(sets * lines), inits);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  SmallVector<Value> sums(loop.getRegionIterArgs());
  for (int64_t set = 0; set < sets; ++set)
    emitStep({loop.getInductionVar(), set * lines, lines}, parts,
             MutableArrayRef(sums).slice(set * getNumSums(), getNumSums()));
  scf::YieldOp::create(builder, loc, sums);
  if (isShort)
    keepRolled(loop);
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
    emitStep({first, 0, 1}, part, products);
    auto lines = scf::ForOp::create(builder, loc, second, end, index(1),
                                    ValueRange(products));
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(lines.getBody());
    SmallVector<Value> more(lines.getRegionIterArgs());
    emitStep({lines.getInductionVar(), 0, 1}, part, more);
    scf::YieldOp::create(builder, loc, more);
    if (isShort)
      keepRolled(lines);
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
    SmallVector<Value> products(getNumRows() * own, zero);
    add(part, products);
    for (auto [i, product] : llvm::enumerate(products)) {
      Value &sum = sums[i / own * views + first + i % own];
      sum = kernel.emitWiden(builder, loc, sum, product);
    }
    first += own;
  }
}

void LineLoop::emitStep(const Step &at, ArrayRef<LinePart> some,
                        MutableArrayRef<Value> sums) {
  int64_t rows = getNumRows(), views = countViews(some);
  // Of codes and views, the fewer stay in registers.
  SmallVector<Value> codes, operands;
  bool keepsCodes = rows <= views;
  if (keepsCodes)
    for (int64_t row = 0; row < rows; ++row)
      codes.push_back(loadCodes(row, at));
  auto addDot = [&](int64_t row, Value &sum, Value operand) {
    sum = emitDot(sum, operand, codes[row]);
  };
  for (const LinePart &part : some)
    emitViews(part, at, [&](Value operand) {
      for (size_t row = 0; row < codes.size(); ++row)
        addDot(row, sums[row * views + operands.size()], operand);
      operands.push_back(operand);
    });
  for (int64_t row = 0; row < rows; ++row) {
    if (!keepsCodes) {
      codes.push_back(loadCodes(row, at));
      for (auto [view, operand] : llvm::enumerate(operands))
        addDot(row, sums[row * views + view], operand);
    }
    if (sumsCodes)
      addDot(row, sums[rows * views + row], getOnes(at));
  }
}

Value LineLoop::emitDot(Value sum, Value weights, Value codes) {
  if (step == 1)
    return kernel.emitDot(builder, loc, sum, weights, codes);
  return emitIntrinsic(builder, loc, unit.matrix, ints, {sum, weights, codes});
}

void LineLoop::emitViews(const LinePart &part, const Step &at,
                         function_ref<void(Value)> use) {
  int64_t view = 0;
  part.views->emit(builder, loc, loadWeights(part, at), [&](Value operand) {
    if (view >= part.firstView && view < part.firstView + part.numViews)
      use(operand);
    ++view;
  });
}

Value LineLoop::loadWeights(const LinePart &part, const Step &at) {
  Value weights = loadRegister(part, at, 0);
  if (step == 1)
    return weights;
  // The codes of a line that is missing are zero.
  Value next = at.lines == 1 ? weights : loadRegister(part, at, 1);
  int64_t lanes = ints.getNumElements(), first = part.part % step * lanes / 2;
  Value zipped = vector::ShuffleOp::create(
      builder, loc, vector::BitCastOp::create(builder, loc, ints, weights),
      vector::BitCastOp::create(builder, loc, ints, next),
      ArrayRef({first, first + lanes, first + 1, first + 1 + lanes}));
  return vector::BitCastOp::create(builder, loc, bytes, zipped);
}

Value LineLoop::loadRegister(const LinePart &part, const Step &at,
                             int64_t line) {
  Value byte = offset(block.byte, at, line, lineBytes);
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
  return vector::LoadOp::create(
      builder, loc, bytes, block.weights,
      ValueRange{panel, behind(first + part.part / step * unit.registerBytes)});
}

Value LineLoop::offset(Value base, const Step &at, int64_t line,
                       int64_t stride) {
  Value scaled = arith::MulIOp::create(builder, loc, at.line, index(stride));
  Value first = arith::AddIOp::create(builder, loc, base, scaled);
  return arith::AddIOp::create(builder, loc, first,
                               index((at.ahead + line) * stride));
}

Value LineLoop::getOnes(const Step &at) {
  // Those of a line that is missing are zero.
  SmallVector<int8_t> ones(bytes.getNumElements(), 0);
  int64_t length = PackedLayout::depth * step;
  for (auto [i, one] : llvm::enumerate(ones))
    one = static_cast<int64_t>(i) % length < PackedLayout::depth * at.lines;
  return arith::ConstantOp::create(
      builder, loc, DenseElementsAttr::get(bytes, ArrayRef(ones)));
}

/// Four consecutive codes of a row in every lane; or those of two lines of two
/// rows.
Value LineLoop::loadCodes(int64_t row, const Step &at) {
  if (row == block.rows / step)
    return getOnes(at);
  Value words;
  if (step == 1)
    words = vector::BroadcastOp::create(builder, loc, ints, loadWord(row, at));
  else
    words = vector::FromElementsOp::create(
        builder, loc, VectorType::get(2, builder.getI64Type()),
        ValueRange{loadWord(2 * row, at), loadWord(2 * row + 1, at)});
  return vector::BitCastOp::create(builder, loc, bytes, words);
}

Value LineLoop::loadWord(int64_t row, const Step &at) {
  Value m = arith::AddIOp::create(builder, loc, block.firstRow, index(row));
  Value position = offset(block.position, at, 0, PackedLayout::depth);
  auto type =
      VectorType::get(PackedLayout::depth * at.lines, builder.getI8Type());
  Value codes = vector::LoadOp::create(builder, loc, type, block.activations,
                                       ValueRange{m, position});
  auto one = VectorType::get(1, builder.getIntegerType(8 * type.getDimSize(0)));
  Value word = vector::ExtractOp::create(
      builder, loc, vector::BitCastOp::create(builder, loc, one, codes), 0);
  if (at.lines == step)
    return word;
  return arith::ExtUIOp::create(builder, loc, builder.getI64Type(), word);
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
                                              const DotKernel &kernel,
                                              LayoutAttr layout,
                                              const BlockOperands &block,
                                              const LinePass &pass) {
  return LineLoop(builder, loc, kernel, layout, block, pass).emit();
}
