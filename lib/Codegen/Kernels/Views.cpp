//===- Views.cpp - What dot products take of weights ----------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Views.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include <limits>

using namespace mlir;
using namespace mlir::lowbit;

Views::~Views() = default;

int64_t Views::getMaxLines() const {
  return std::numeric_limits<int64_t>::max();
}

/// The most lines whose products, 4 of `highest` and -128 each, stay in 32 bits
/// as a sum that is shifted left by `shift`.
static int64_t countLines(int64_t highest, int64_t shift) {
  return std::numeric_limits<int32_t>::max() / (highest * 128 << shift) /
         PackedLayout::depth;
}

static Value shiftRight(OpBuilder &builder, Location loc, Value value,
                        int64_t shift) {
  return arith::ShRSIOp::create(
      builder, loc, value, emitSplat(builder, loc, value.getType(), shift));
}

/// (`left` - `right`) >> `shift`.
static Value shiftDifference(OpBuilder &builder, Location loc, Value left,
                             Value right, int64_t shift) {
  return shiftRight(builder, loc,
                    arith::SubIOp::create(builder, loc, left, right), shift);
}

/// Whole bytes as the instruction takes them.
static Value getWhole(OpBuilder &builder, Location loc, const DotUnit &unit,
                      Value bytes) {
  if (unit.isUnsigned)
    return bytes;
  return arith::XOrIOp::create(
      builder, loc, bytes, emitSplat(builder, loc, bytes.getType(), kByteBias));
}

/// 1 where `bytes`, signed, are above `bound`, else 0.
static Value isAbove(OpBuilder &builder, Location loc, Value bytes,
                     int64_t bound) {
  Value above =
      arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::sgt, bytes,
                            emitSplat(builder, loc, bytes.getType(), bound));
  return arith::ExtUIOp::create(builder, loc, bytes.getType(), above);
}

namespace {
class NestedViews : public Views {
public:
  NestedViews(const DotUnit &unit, int64_t bits)
      : unit(unit), bits(bits), segments(8 / unit.segmentBits),
        perSegment(std::max<int64_t>(1, unit.segmentBits / bits)) {}

  int64_t count() const override { return segments * perSegment; }

  void emit(OpBuilder &builder, Location loc, Value weights,
            function_ref<void(Value)> use) const override {
    for (int64_t view = 0; view < count(); ++view) {
      int64_t shift = view / perSegment * unit.segmentBits;
      use(isWhole(view)
              ? getWhole(builder, loc, unit, weights)
              : emitShiftedBytes(builder, loc, weights, shift, getMask(view)));
    }
  }

  bool isWhole(int64_t view) const override { return getMask(view) == 255; }

  int64_t getHighest() const override { return getMask(perSegment - 1); }

  SmallVector<Value> emitFields(OpBuilder &builder, Location loc,
                                ValueRange sums) const override {
    if (bits > unit.segmentBits)
      return {addSegments(builder, loc, sums)};
    SmallVector<Value> fields;
    for (int64_t i = 0; i < count(); ++i) {
      int64_t view = i % perSegment;
      if (view == 0)
        fields.push_back(sums[i]);
      else if (isNested())
        fields.push_back(
            shiftDifference(builder, loc, sums[i], sums[i - 1], bits * view));
      else
        fields.push_back(shiftRight(builder, loc, sums[i], bits * view));
    }
    return fields;
  }

  int64_t getMaxLines() const override {
    if (bits >= unit.segmentBits)
      return Views::getMaxLines();
    return countLines((int64_t(1) << bits) - 1, unit.segmentBits - bits);
  }

private:
  bool isNested() const { return segments == 1; }

  int64_t getMask(int64_t view) const {
    int64_t shift = bits * (view % perSegment);
    int64_t width = std::min(shift + bits, unit.segmentBits);
    int64_t below = isNested() ? 0 : (int64_t(1) << shift) - 1;
    return (int64_t(1) << width) - 1 - below;
  }

  Value addSegments(OpBuilder &builder, Location loc, ValueRange sums) const {
    Value field = sums.front();
    for (auto [i, sum] : llvm::enumerate(sums.drop_front())) {
      auto shift = static_cast<int64_t>(unit.segmentBits * (i + 1));
      Value shifted = arith::ShLIOp::create(
          builder, loc, sum, emitSplat(builder, loc, sum.getType(), shift));
      field = arith::AddIOp::create(builder, loc, field, shifted);
    }
    return field;
  }

  const DotUnit &unit;
  int64_t bits, segments, perSegment;
};

class LevelViews : public Views {
public:
  LevelViews(const DotUnit &unit, int64_t bits, ArrayRef<int64_t> levels)
      : unit(unit), bits(bits), levels(levels), bytes(unit, /*bits=*/8) {
    if (!unit.isUnsigned)
      for (int64_t &level : this->levels)
        level -= kByteBias;
  }

  int64_t count() const override { return 8 / bits * bytes.count(); }

  void emit(OpBuilder &builder, Location loc, Value weights,
            function_ref<void(Value)> use) const override {
    for (int64_t bit = 0; bit < 8; bit += bits) {
      Value fields = emitShiftedBytes(builder, loc, weights, bit,
                                      (int64_t(1) << bits) - 1);
      Value found = emitLookup(builder, loc, fields, levels, unit);
      if (unit.isUnsigned)
        bytes.emit(builder, loc, found, use);
      else
        use(found);
    }
  }

  bool isWhole(int64_t view) const override {
    return bytes.isWhole(view % bytes.count());
  }

  int64_t getHighest() const override { return bytes.getHighest(); }

  SmallVector<Value> emitFields(OpBuilder &builder, Location loc,
                                ValueRange sums) const override {
    SmallVector<Value> fields;
    for (; !sums.empty(); sums = sums.drop_front(bytes.count()))
      llvm::append_range(
          fields,
          bytes.emitFields(builder, loc, sums.take_front(bytes.count())));
    return fields;
  }

private:
  const DotUnit &unit;
  int64_t bits;
  SmallVector<int64_t> levels; ///< as the instruction takes them
  NestedViews bytes;           ///< of bytes that are levels
};

class Base3Views : public Views {
public:
  Base3Views(const DotUnit &unit, int64_t digits)
      : unit(unit), digits(digits) {}

  int64_t count() const override { return digits + 1; }

  void emit(OpBuilder &builder, Location loc, Value weights,
            function_ref<void(Value)> use) const override {
    for (int64_t view = 0; view < count(); ++view) {
      if (view != 0)
        weights = emitTripledBytes(builder, loc, weights, unit);
      use(getWhole(builder, loc, unit, weights));
    }
  }

  bool isWhole(int64_t) const override { return true; }

  int64_t getHighest() const override { return 255; }

  SmallVector<Value> emitFields(OpBuilder &builder, Location loc,
                                ValueRange sums) const override {
    SmallVector<Value> fields;
    for (auto [sum, next] : llvm::zip(sums, sums.drop_front())) {
      Value tripled = arith::MulIOp::create(
          builder, loc, sum, emitSplat(builder, loc, sum.getType(), 3));
      fields.push_back(shiftDifference(builder, loc, tripled, next, 8));
    }
    return fields;
  }

  int64_t getMaxLines() const override {
    return countLines(/*highest=*/2, /*shift=*/8);
  }

private:
  const DotUnit &unit;
  int64_t digits;
};

class DigitViews : public Views {
public:
  DigitViews(const DotUnit &unit, int64_t digits)
      : unit(unit), digits(digits) {}

  int64_t count() const override { return digits; }

  void emit(OpBuilder &builder, Location loc, Value weights,
            function_ref<void(Value)> use) const override {
    // The bias is left: 3 * (x - 128) = 3 * x - 128 modulo 256.
    Value rest = arith::XOrIOp::create(
        builder, loc, weights,
        emitSplat(builder, loc, weights.getType(), kByteBias));
    for (int64_t digit = 0; digit < digits; ++digit) {
      if (digit != 0)
        rest = emitTripledBytes(builder, loc, rest, unit);
      use(arith::AddIOp::create(builder, loc,
                                isAbove(builder, loc, rest, 85 - kByteBias),
                                isAbove(builder, loc, rest, 170 - kByteBias)));
    }
  }

  bool isWhole(int64_t) const override { return false; }

  int64_t getHighest() const override { return 2; }

  SmallVector<Value> emitFields(OpBuilder &, Location,
                                ValueRange sums) const override {
    return sums;
  }

private:
  const DotUnit &unit;
  int64_t digits;
};
} // namespace

std::unique_ptr<Views> Views::create(const DotUnit &unit, LayoutAttr layout,
                                     PackedPlane plane) {
  if (DenseI64ArrayAttr levels = layout.getLevels())
    return std::make_unique<LevelViews>(unit, plane.bits, levels);
  if (layout.getRadix() == 2)
    return std::make_unique<NestedViews>(unit, plane.bits);
  int64_t digits = layout.getPacked().rowsPerLane();
  if (unit.segmentBits < 8)
    return std::make_unique<DigitViews>(unit, digits);
  return std::make_unique<Base3Views>(unit, digits);
}
