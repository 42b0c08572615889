//===- DotKernel.cpp - Kernels of dot products of bytes -------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LineLoop.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace {
/// The views of the planes of a layout.
struct Planes {
  Planes(const DotUnit &unit, LayoutAttr layout) : layout(layout.getPacked()) {
    for (int64_t i = 0; i < this->layout.numPlanes(); ++i)
      views.push_back(Views::create(unit, layout, this->layout.getPlane(i)));
  }

  int64_t countVectors(PackedPlane plane) const {
    return layout.rowsPerLane() / layout.placesPerByte(plane);
  }

  /// What a tile of `rows` rows, and one of ones, takes of each panel.
  LineViews getLine(const DotUnit &unit, int64_t rows, bool hasOnes) const {
    int64_t step = unit.getStep(rows);
    LineViews line = {step, 0, 0, 0, hasOnes * step};
    for (auto [i, planeViews] : llvm::enumerate(views)) {
      int64_t registers =
          countVectors(layout.getPlane(i)) * unit.getParts() * line.step;
      line.registers += registers;
      line.views += registers * planeViews->count();
      line.perRegister = std::max(line.perRegister, planeViews->count());
    }
    return line;
  }

  /// The registers of a line of each panel, in the order in which they lie.
  SmallVector<LinePart> getParts(const DotUnit &unit, int64_t rows,
                                 int64_t panels) const {
    int64_t perVector = unit.getParts() * unit.getStep(rows);
    SmallVector<LinePart> parts;
    for (int64_t panel = 0; panel < panels; ++panel)
      for (auto [i, planeViews] : llvm::enumerate(views)) {
        PackedPlane plane = layout.getPlane(i);
        for (int64_t vector = 0; vector < countVectors(plane); ++vector)
          for (int64_t part = 0; part < perVector; ++part)
            parts.push_back({planeViews.get(), panel, plane.vector + vector,
                             part, 0, planeViews->count()});
      }
    return parts;
  }

  PackedLayout layout;
  SmallVector<std::unique_ptr<Views>> views;
};
} // namespace

RegisterTile DotKernel::getTile(LayoutAttr layout, MClass mClass) const {
  if (mClass == MClass::One)
    return {};
  Planes planes(unit, layout);
  bool mayHaveOnes = layout.getPacked().hasShortBlocks();
  return RegisterTile::choose(unit,
                              planes.getLine(unit, /*rows=*/2, mayHaveOnes),
                              layout.getBlock() != 0);
}

int64_t DotKernel::getMaxLines(LayoutAttr layout) const {
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
    return emitSplat(builder, loc, ints, value);
  }
  Value add(Value a, Value b) const {
    return arith::AddIOp::create(builder, loc, a, b);
  }
  /// `whole` with `part` from lane `lane` on.
  Value insert(Value part, Value whole, int64_t lane) const {
    return vector::InsertStridedSliceOp::create(builder, loc, part, whole, lane,
                                                /*strides=*/1);
  }
  /// The lanes `first`, `first + step`, ...
  Value takeLanes(Value value, int64_t first, int64_t step) const {
    if (step == 1)
      return value;
    SmallVector<int64_t> lanes;
    for (int64_t count = cast<VectorType>(value.getType()).getNumElements();
         first < count; first += step)
      lanes.push_back(first);
    return vector::ShuffleOp::create(builder, loc, value, value, lanes);
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

/// The sums of the views of a tile: by row, panel, vector of the line and view.
class ViewSums {
public:
  ViewSums(LineArithmetic line, const PackedLayout &layout,
           const BlockOperands &block)
      : line(line), layout(layout), block(block),
        sums(block.countRows() * block.panels * layout.lineVectors()),
        codeSums(block.countRows()) {}

  /// Takes what `emitLineLoop` returns for `parts`.
  void insert(const DotUnit &unit, ArrayRef<LinePart> parts,
              ArrayRef<Value> some);
  /// The sums of the fields of row `row` and panel `panel`.
  TileSums emitFields(const Planes &planes, int64_t row, int64_t panel) const;

private:
  /// Those of the views of a vector of a line.
  int64_t getIndex(int64_t row, int64_t panel, int64_t vector) const {
    return (row * block.panels + panel) * layout.lineVectors() + vector;
  }

  LineArithmetic line;
  const PackedLayout &layout;
  const BlockOperands &block;
  SmallVector<SmallVector<Value>> sums;
  SmallVector<Value> codeSums; ///< by row; null where they are not needed
};
} // namespace

void ViewSums::insert(const DotUnit &unit, ArrayRef<LinePart> parts,
                      ArrayRef<Value> some) {
  int64_t step = unit.getStep(block.rows);
  int64_t lanes = unit.registerBytes / 4 / step;
  for (int64_t row = 0; row < block.countRows(); ++row) {
    ArrayRef<Value> left = some;
    for (const LinePart &part : parts) {
      auto &own = sums[getIndex(row, part.panel, part.vector)];
      own.resize(part.views->count(), line.splat(0));
      for (Value &sum :
           MutableArrayRef(own).slice(part.firstView, part.numViews)) {
        sum = line.insert(line.takeLanes(left.front(), row % step, step), sum,
                          part.part * lanes);
        left = left.drop_front();
      }
    }
    if ((row + 1) % step == 0 || row == block.rows)
      some = left;
  }
  for (auto [own, sum] : llvm::zip(codeSums, some))
    own = sum;
}

TileSums ViewSums::emitFields(const Planes &planes, int64_t row,
                              int64_t panel) const {
  TileSums fields;
  for (auto [i, views] : llvm::enumerate(planes.views)) {
    PackedPlane plane = layout.getPlane(i);
    TileSums bits;
    for (int64_t vector = 0; vector < planes.countVectors(plane); ++vector) {
      SmallVector<Value> own =
          sums[getIndex(row, panel, plane.vector + vector)];
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

/// Takes the first views of `parts`, `count` of them.
static SmallVector<LinePart> takeViews(SmallVector<LinePart> &parts,
                                       int64_t count) {
  SmallVector<LinePart> taken;
  while (count > 0 && !parts.empty()) {
    LinePart &first = parts.front();
    LinePart &part = taken.emplace_back(first);
    part.numViews = std::min(count, first.numViews);
    count -= part.numViews;
    first.firstView += part.numViews;
    first.numViews -= part.numViews;
    if (first.numViews == 0)
      parts.erase(parts.begin());
  }
  return taken;
}

/// Stores the sums of a pass while another one takes the registers. LLVM would
/// keep them there, and spill those of the loop: the accesses are volatile.
static SmallVector<Value> storeSums(OpBuilder &builder, Location loc,
                                    Block *entry, ArrayRef<Value> sums) {
  OpBuilder atEntry = OpBuilder::atBlockBegin(entry);
  auto pointer = LLVM::LLVMPointerType::get(builder.getContext());
  Value one = LLVM::ConstantOp::create(atEntry, loc, atEntry.getI32Type(), 1);
  return llvm::map_to_vector(sums, [&](Value sum) -> Value {
    Value slot = LLVM::AllocaOp::create(atEntry, loc, pointer, sum.getType(),
                                        one, PackedLayout::vectorBytes);
    LLVM::StoreOp::create(builder, loc, sum, slot, PackedLayout::vectorBytes,
                          /*isVolatile=*/true);
    return slot;
  });
}

static SmallVector<Value> loadSums(OpBuilder &builder, Location loc, Type type,
                                   ArrayRef<Value> slots) {
  return llvm::map_to_vector(slots, [&](Value slot) -> Value {
    return LLVM::LoadOp::create(builder, loc, type, slot,
                                PackedLayout::vectorBytes, /*isVolatile=*/true);
  });
}

TileSums DotKernel::emitBlock(OpBuilder &builder, Location loc,
                              LayoutAttr layout,
                              const BlockOperands &block) const {
  Planes planes(unit, layout);
  ViewSums sums({builder, loc}, planes.layout, block);
  LineViews line = planes.getLine(unit, block.rows, block.hasOnes);
  int64_t perPass = getViewsPerPass(unit, line, block.rows, block.panels);
  int64_t dots =
      line.count(unit, block.panels) * (block.rows / line.step + block.hasOnes);
  Block *entry = Value(block.activations).getParentBlock();
  auto ints = VectorType::get(unit.registerBytes / 4, builder.getI32Type());
  SmallVector<LinePart> left = planes.getParts(unit, block.rows, block.panels);
  SmallVector<std::pair<SmallVector<LinePart>, SmallVector<Value>>> passes;
  for (bool sumsCodes = !unit.isUnsigned; !left.empty(); sumsCodes = false) {
    SmallVector<LinePart> parts =
        takeViews(left, std::max<int64_t>(perPass - sumsCodes, 1));
    SmallVector<Value> some = emitLineLoop(builder, loc, *this, layout, block,
                                           {parts, sumsCodes, dots});
    if (left.empty())
      sums.insert(unit, parts, some);
    else
      passes.emplace_back(parts, storeSums(builder, loc, entry, some));
  }
  for (auto &[parts, slots] : passes)
    sums.insert(unit, parts, loadSums(builder, loc, ints, slots));
  TileSums fields;
  for (int64_t row = 0; row < block.countRows(); ++row)
    for (int64_t panel = 0; panel < block.panels; ++panel)
      llvm::append_range(fields, sums.emitFields(planes, row, panel));
  return fields;
}
