//===- NestedViews.cpp - Kernels of dot products of bytes -----------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LineLoop.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/bit.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace {
/// The views of the planes of a layout.
struct Planes {
  Planes(const DotUnit &unit, LayoutAttr layout) : layout(layout.getPacked()) {
    for (int64_t i = 0; i < this->layout.numPlanes(); ++i)
      views.push_back(Views::create(unit, layout, this->layout.getPlane(i)));
  }

  /// The registers of a line, in the order in which they lie.
  SmallVector<LinePart> getParts(const DotUnit &unit) const {
    SmallVector<LinePart> parts;
    for (auto [i, planeViews] : llvm::enumerate(views)) {
      PackedPlane plane = layout.getPlane(i);
      int64_t vectors = layout.rowsPerLane() / layout.placesPerByte(plane);
      for (int64_t vector = 0; vector < vectors; ++vector)
        for (int64_t part = 0; part < unit.getParts(); ++part)
          parts.push_back({planeViews.get(), plane.vector + vector, part});
    }
    return parts;
  }

  PackedLayout layout;
  SmallVector<std::unique_ptr<Views>> views;
};
} // namespace

int64_t NestedViewsKernel::getTileRows(LayoutAttr layout, MClass mClass) const {
  if (mClass == MClass::One)
    return 1;
  // Under block scales all float sums of a line are beside the integer ones.
  int64_t sums = unit.getSumsOfLines();
  if (layout.getBlock() != 0)
    sums = unit.registers / 4 / unit.getParts();
  int64_t views = 1;
  for (const auto &plane : Planes(unit, layout).views)
    views = std::max(views, plane->count());
  return std::clamp<int64_t>(llvm::bit_floor<uint64_t>(sums / views), 1, 8);
}

int64_t NestedViewsKernel::getMaxLines(LayoutAttr layout) const {
  int64_t lines = MicroKernel::getMaxLines(layout);
  for (const auto &plane : Planes(unit, layout).views)
    lines = std::min(lines, plane->getMaxLines());
  return lines;
}

namespace {
/// Arithmetic on the sums of 16 rows of weights.
struct LineArithmetic {
  OpBuilder &builder;
  Location loc;
  VectorType ints = VectorType::get(PackedLayout::lanes, builder.getI32Type());

  Value splat(int64_t value) const {
    return arith::ConstantOp::create(
        builder, loc,
        DenseElementsAttr::get(ints, static_cast<int32_t>(value)));
  }
  Value add(Value a, Value b) const {
    return arith::AddIOp::create(builder, loc, a, b);
  }
  /// `whole` with `part` from lane `lane` on.
  Value insert(Value part, Value whole, int64_t lane) const {
    return vector::InsertStridedSliceOp::create(builder, loc, part, whole, lane,
                                                /*strides=*/1);
  }
  /// kByteBias * `codeSum`, of which all lanes are the same.
  Value getBias(Value codeSum) const {
    Value word = vector::ExtractOp::create(builder, loc, codeSum, 0);
    return arith::MulIOp::create(
        builder, loc, splat(kByteBias),
        vector::BroadcastOp::create(builder, loc, ints, word));
  }
  Value shiftLeft(Value value, int64_t shift) const {
    return arith::ShLIOp::create(builder, loc, value, splat(shift));
  }
};

/// The sums of the views of a tile: by row, vector of the line and view.
class ViewSums {
public:
  ViewSums(LineArithmetic line, const PackedLayout &layout, int64_t rows)
      : line(line), layout(layout), sums(rows * layout.lineVectors()),
        codeSums(rows) {}

  /// Takes what `emitLineLoop` returns for `parts`.
  void insert(const DotUnit &unit, ArrayRef<LinePart> parts,
              ArrayRef<Value> some);
  /// The sums of the fields of row `row`.
  TileSums emitFields(const Planes &planes, int64_t row) const;

private:
  LineArithmetic line;
  const PackedLayout &layout;
  SmallVector<SmallVector<Value>> sums;
  SmallVector<Value> codeSums; ///< by row; null where they are not needed
};
} // namespace

void ViewSums::insert(const DotUnit &unit, ArrayRef<LinePart> parts,
                      ArrayRef<Value> some) {
  for (size_t row = 0; row < codeSums.size(); ++row)
    for (const LinePart &part : parts) {
      auto &own = sums[row * layout.lineVectors() + part.vector];
      own.resize(part.views->count(), line.splat(0));
      for (Value &sum : own) {
        sum =
            line.insert(some.front(), sum, part.part * unit.registerBytes / 4);
        some = some.drop_front();
      }
    }
  for (auto [own, sum] : llvm::zip(codeSums, some))
    own = sum;
}

TileSums ViewSums::emitFields(const Planes &planes, int64_t row) const {
  TileSums fields;
  for (auto [i, views] : llvm::enumerate(planes.views)) {
    PackedPlane plane = layout.getPlane(i);
    TileSums bits;
    int64_t vectors = layout.rowsPerLane() / layout.placesPerByte(plane);
    for (int64_t vector = 0; vector < vectors; ++vector) {
      SmallVector<Value> own =
          sums[row * layout.lineVectors() + plane.vector + vector];
      for (auto [view, sum] : llvm::enumerate(own))
        if (codeSums[row] && views->isWhole(view))
          sum = line.add(sum, line.getBias(codeSums[row]));
      llvm::append_range(bits, views->emitFields(line.builder, line.loc, own));
    }
    if (fields.empty()) {
      fields = bits;
      continue;
    }
    for (auto [field, sum] : llvm::zip_equal(fields, bits))
      field = line.add(field, line.shiftLeft(sum, plane.shift));
  }
  return fields;
}

/// As many of the first `parts` as have at most `limit` sums, or one.
static ArrayRef<LinePart> takePass(ArrayRef<LinePart> parts, int64_t rows,
                                   int64_t limit) {
  size_t count = 0;
  for (int64_t sums = 0; count < parts.size(); ++count) {
    sums += rows * parts[count].views->count();
    if (sums > limit)
      break;
  }
  return parts.take_front(std::max<size_t>(count, 1));
}

TileSums NestedViewsKernel::emitBlock(OpBuilder &builder, Location loc,
                                      LayoutAttr layout,
                                      const BlockOperands &block) const {
  Planes planes(unit, layout);
  SmallVector<LinePart> parts = planes.getParts(unit);
  ViewSums sums({builder, loc}, planes.layout, block.rows);
  // All registers at once if they fit, else in several passes over the block.
  int64_t limit = unit.getSums();
  if (takePass(parts, block.rows, unit.getSumsOfLines()).size() == parts.size())
    limit = unit.getSumsOfLines();
  bool sumsCodes = !unit.isUnsigned;
  for (ArrayRef<LinePart> left = parts; !left.empty();) {
    ArrayRef<LinePart> some = takePass(left, block.rows, limit);
    sums.insert(
        unit, some,
        emitLineLoop(builder, loc, *this, layout, block, some, sumsCodes));
    sumsCodes = false;
    left = left.drop_front(some.size());
  }
  TileSums fields;
  for (int64_t row = 0; row < block.rows; ++row)
    llvm::append_range(fields, sums.emitFields(planes, row));
  return fields;
}
