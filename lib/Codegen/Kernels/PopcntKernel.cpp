//===- PopcntKernel.cpp - Kernels that count bits -------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PopcntKernel.h"
#include "LoopBuilder.h"
#include "PlaneValues.h"
#include "Prefetch.h"
#include "Vectors.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::lowbit;

/// Rows times lines in the body of a loop, at least.
static constexpr int64_t kMinUnrolled = 8;

/// Functions of three bits, by what they are at 7, 6, ..., 0.
static constexpr int64_t kMajority = 0b11101000;
static constexpr int64_t kCarry = 0b00111010; ///< a ? ~b : c

namespace {
/// Emits the loop over the lines of a block.
class BitLoop : LoopBuilder {
public:
  BitLoop(OpBuilder &builder, Location loc, CountUnit unit, BitPlanes weights,
          const BlockOperands &block)
      : LoopBuilder(builder, loc), unit(unit), weights(weights), block(block),
        adderPlanes(unit.getAdderPlanes(arePairs(), block.rows)),
        lanes(VectorType::get(PackedLayout::lanes, b.getI32Type())),
        words(VectorType::get(unit.registerBytes / 4, b.getI32Type())),
        counts(VectorType::get(unit.registerBytes * 8 / unit.bits,
                               b.getIntegerType(unit.bits))) {}

  /// N - 2 * X of each row.
  TileSums emit();

private:
  /// What is counted in one register of each line.
  SmallVector<Value> emitPart();

  /// Whether there is one N for all rows, one for each, and an X.
  bool sharesMasks() const { return weights.mask && !block.planes.mask; }
  bool countsMasks() const { return weights.mask && block.planes.mask; }
  bool countsSigns() const { return weights.sign || block.planes.sign; }
  /// Whether what is counted is a function of one plane on each side.
  bool arePairs() const {
    return weights.count() == 1 && block.planes.count() == 1;
  }
  /// What is counted in a register of each line.
  int64_t getNumSums() const {
    return sharesMasks() + block.rows * (countsMasks() + countsSigns());
  }
  /// The registers that a sum is made of: its count, and an adder's planes.
  int64_t getSumRegisters() const { return 1 + adderPlanes; }
  /// Lines that an adder takes at once.
  int64_t getAdderLines() const { return int64_t(1) << adderPlanes; }

  /// The conjunction or difference of bits of which one may be missing.
  template <typename Op> Value combine(Value lhs, Value rhs) {
    return lhs && rhs ? Op::create(b, lhs, rhs).getResult() : lhs ? lhs : rhs;
  }
  Value at(Value base, Value line, int64_t stride, int64_t offset) {
    return add(add(base, multiply(line, stride)), offset);
  }

  PlaneValues loadWeights(Value line, int64_t ahead);
  PlaneValues broadcastCodes(int64_t row, Value line, int64_t ahead);
  /// What is counted in a register of the line `line + ahead`.
  SmallVector<Value> emitBits(Value line, int64_t ahead);
  Value addCount(Value sum, Value bits);
  Value getTernary(Value a, Value b, Value c, int64_t table);
  /// The sum of three bits: `plane` becomes its lowest bit, and the other is
  /// returned. Without a second one of `bits`, of two. Those that are `fresh`
  /// are functions of two words which nothing else reads.
  Value addToPlane(Value &plane, ArrayRef<Value> bits, bool fresh);
  /// Adds bits of one or more lines to the registers of a sum.
  void addBits(MutableArrayRef<Value> sum, SmallVector<Value> bits);
  /// Adds `count` lines from `line` on to the sums of the part.
  void emitLines(Value line, int64_t count, MutableArrayRef<Value> sums);
  SmallVector<Value> emitLoop(Value from, Value to, int64_t lines,
                              ValueRange inits);
  /// The counts of bytes in the words that they are in.
  Value widen(Value count);
  /// The number in the registers of a sum, in words.
  Value getTotal(ArrayRef<Value> sum);

  const CountUnit unit;
  const BitPlanes weights;
  const BlockOperands &block;
  const int64_t adderPlanes;
  VectorType lanes, words, counts;
  int64_t part = 0; ///< which register of each line
};
} // namespace

PlaneValues BitLoop::loadWeights(Value line, int64_t ahead) {
  constexpr int64_t vectorBytes = PackedLayout::vectorBytes;
  int64_t lineBytes = weights.count() * vectorBytes;
  auto bytes = VectorType::get(unit.registerBytes, b.getI8Type());
  int64_t offset = ahead * lineBytes + part * unit.registerBytes;
  auto loadPlane = [&](bool isStored) -> Value {
    if (!isStored)
      return {};
    Value first = at(block.byte, line, lineBytes, offset);
    if (part == 0)
      emitPrefetch(b, b.getLoc(), block.weights, block.panel, first,
                   kLinePrefetch);
    offset += vectorBytes;
    return vector::BitCastOp::create(
        b, words,
        vector::LoadOp::create(b, bytes, block.weights,
                               ValueRange{block.panel, first}));
  };
  Value mask = loadPlane(weights.mask);
  return {mask, loadPlane(weights.sign)};
}

PlaneValues BitLoop::broadcastCodes(int64_t row, Value line, int64_t ahead) {
  int64_t wordBytes = block.planes.wordBytes();
  Value m = add(block.firstRow, row);
  int64_t offset = ahead * wordBytes;
  auto broadcastPlane = [&](bool isStored) -> Value {
    if (!isStored)
      return {};
    auto bytes = VectorType::get(PackedLayout::depth, b.getI8Type());
    auto one = VectorType::get(1, b.getI32Type());
    Value loaded = vector::LoadOp::create(
        b, bytes, block.activations,
        ValueRange{m, at(block.position, line, wordBytes, offset)});
    Value word = vector::ExtractOp::create(
        b, vector::BitCastOp::create(b, one, loaded), 0);
    offset += PackedLayout::depth;
    return vector::BroadcastOp::create(b, words, word);
  };
  Value mask = broadcastPlane(block.planes.mask);
  return {mask, broadcastPlane(block.planes.sign)};
}

SmallVector<Value> BitLoop::emitBits(Value line, int64_t ahead) {
  SmallVector<Value> result;
  PlaneValues w = loadWeights(line, ahead);
  if (sharesMasks())
    result.push_back(w.mask);
  for (int64_t row = 0; row < block.rows; ++row) {
    PlaneValues a = broadcastCodes(row, line, ahead);
    Value mask = combine<arith::AndIOp>(a.mask, w.mask);
    if (countsMasks())
      result.push_back(mask);
    if (countsSigns())
      result.push_back(
          combine<arith::AndIOp>(mask, combine<arith::XOrIOp>(a.sign, w.sign)));
  }
  return result;
}

Value BitLoop::addCount(Value sum, Value bits) {
  Value count =
      math::CtPopOp::create(b, vector::BitCastOp::create(b, counts, bits));
  return add(sum, count);
}

Value BitLoop::getTernary(Value x, Value y, Value z, int64_t table) {
  Value code = arith::ConstantIntOp::create(b, table, 32);
  return emitIntrinsic(b, b.getLoc(), unit.ternaryLogic, words,
                       {x, y, z, code});
}

Value BitLoop::addToPlane(Value &plane, ArrayRef<Value> bits, bool fresh) {
  Value old = plane;
  Value both = arith::AndIOp::create(b, old, bits[0]);
  Value one = arith::XOrIOp::create(b, old, bits[0]);
  plane = one;
  if (bits.size() == 1)
    return both;
  plane = arith::XOrIOp::create(b, one, bits[1]);
  if (unit.ternaryLogic.empty())
    return arith::OrIOp::create(b, both,
                                arith::AndIOp::create(b, one, bits[1]));
  return fresh ? getTernary(one, plane, old, kCarry)
               : getTernary(old, bits[0], bits[1], kMajority);
}

void BitLoop::addBits(MutableArrayRef<Value> sum, SmallVector<Value> bits) {
  bool fresh = arePairs();
  for (Value &plane : sum.drop_front()) {
    SmallVector<Value> carries;
    for (ArrayRef<Value> rest = bits; !rest.empty();
         rest = rest.drop_front(std::min<size_t>(2, rest.size())))
      carries.push_back(addToPlane(plane, rest.take_front(2), fresh));
    bits = carries;
    fresh = false;
  }
  for (Value bit : bits)
    sum.front() = addCount(sum.front(), bit);
}

void BitLoop::emitLines(Value line, int64_t count,
                        MutableArrayRef<Value> sums) {
  int64_t size = getSumRegisters();
  for (int64_t first = 0; first < count; first += getAdderLines()) {
    SmallVector<SmallVector<Value>> bits(getNumSums());
    int64_t end = std::min(count, first + getAdderLines());
    for (int64_t i = first; i < end; ++i)
      for (auto [all, bit] : llvm::zip(bits, emitBits(line, i)))
        all.push_back(bit);
    for (auto [i, all] : llvm::enumerate(bits))
      addBits(sums.slice(i * size, size), all);
  }
}

SmallVector<Value> BitLoop::emitLoop(Value from, Value to, int64_t lines,
                                     ValueRange inits) {
  return forLoop(from, to, lines, inits, [&](Value line, ValueRange carried) {
    SmallVector<Value> sums(carried);
    emitLines(line, lines, sums);
    return sums;
  });
}

/// Neighbours are added up until there is one number in each word.
Value BitLoop::widen(Value count) {
  Value value = vector::BitCastOp::create(b, words, count);
  for (int64_t bits = unit.bits; bits < 32; bits *= 2) {
    int64_t ones = (int64_t(1) << bits) - 1;
    int64_t every = 0;
    for (int64_t bit = 0; bit < 32; bit += 2 * bits)
      every |= ones << bit;
    Value mask = splat(every, words);
    Value high = arith::ShRUIOp::create(b, value, splat(bits, words));
    value = add(arith::AndIOp::create(b, value, mask),
                arith::AndIOp::create(b, high, mask));
  }
  return value;
}

Value BitLoop::getTotal(ArrayRef<Value> sum) {
  Value total = widen(sum.front());
  for (Value plane : llvm::reverse(sum.drop_front())) {
    Value count = widen(addCount(splat(0, counts), plane));
    total = add(add(total, total), count);
  }
  return total;
}

SmallVector<Value> BitLoop::emitPart() {
  int64_t size = getSumRegisters();
  SmallVector<Value> sums;
  for (int64_t i = 0; i < getNumSums(); ++i) {
    sums.push_back(splat(0, counts));
    sums.append(size - 1, splat(0, words));
  }
  int64_t step = std::max(getAdderLines(), kMinUnrolled / block.rows);
  auto count = getConstantIntValue(block.lines);
  if (count && *count <= step) {
    emitLines(index(0), *count, sums);
  } else {
    Value total = getValueOrCreateConstantIndexOp(b, b.getLoc(), block.lines);
    Value rest = arith::RemUIOp::create(b, total, index(step));
    Value whole = subtract(total, rest);
    sums = emitLoop(index(0), whole, step, sums);
    if (step > 1)
      sums = emitLoop(whole, total, /*lines=*/1, sums);
  }
  SmallVector<Value> totals;
  for (ArrayRef<Value> rest = sums; !rest.empty(); rest = rest.drop_front(size))
    totals.push_back(getTotal(rest.take_front(size)));
  return totals;
}

TileSums BitLoop::emit() {
  SmallVector<Value> totals(getNumSums(), splat(0, lanes));
  for (part = 0; part < PackedLayout::vectorBytes / unit.registerBytes; ++part)
    for (auto [total, sum] : llvm::zip(totals, emitPart()))
      total = vector::InsertStridedSliceOp::create(
          b, sum, total, part * unit.registerBytes / 4, /*strides=*/1);
  const Value *next = totals.begin();
  auto take = [&](bool isThere) -> Value {
    return isThere ? *next++ : splat(0, lanes);
  };
  TileSums result;
  Value shared = take(sharesMasks());
  for (int64_t row = 0; row < block.rows; ++row) {
    Value masks = countsMasks() ? take(true) : shared;
    Value signs = take(countsSigns());
    result.push_back(subtract(masks, add(signs, signs)));
  }
  return result;
}

TileSums PopcntKernel::emitBlock(OpBuilder &builder, Location loc,
                                 LayoutAttr layout,
                                 const BlockOperands &block) const {
  return BitLoop(builder, loc, unit, layout.getPacked().bits, block).emit();
}
