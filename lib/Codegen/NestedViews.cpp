//===- NestedViews.cpp - Kernels of dot products of bytes -----------------===//
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

int64_t NestedViewsKernel::getTileRows(LayoutAttr layout, MClass mClass) const {
  if (mClass == MClass::One)
    return 1;
  // Under block scales all float sums of a line are beside the integer ones.
  int64_t sums = unit.getSums();
  if (layout.getBlock() != 0)
    sums = unit.registers / 4 / unit.getParts();
  return std::clamp<int64_t>(sums / Views(layout, unit).count(), 1, 8);
}

int64_t NestedViewsKernel::getMaxLines(LayoutAttr layout) const {
  int64_t bits = layout.getFieldBits();
  if (bits >= unit.segmentBits || layout.getLevels())
    return MicroKernel::getMaxLines(layout);
  int64_t highestField = (int64_t(1) << bits) - 1;
  int64_t perCode = highestField * 128 << (unit.segmentBits - bits);
  return std::numeric_limits<int32_t>::max() / perCode / PackedLayout::depth;
}

Value NestedViewsKernel::emitIntrinsic(OpBuilder &builder, Location loc,
                                       StringRef name, Type type,
                                       ValueRange operands) {
  return LLVM::CallIntrinsicOp::create(builder, loc, type,
                                       builder.getStringAttr(name), operands)
      .getResult(0);
}

namespace {
/// Arithmetic on the sums of a line of weights.
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
  /// (`view` - `inner`) >> `shift`.
  Value isolate(Value view, Value inner, int64_t shift) const {
    return arith::ShRSIOp::create(
        builder, loc, arith::SubIOp::create(builder, loc, view, inner),
        splat(shift));
  }
  Value shiftLeft(Value value, int64_t shift) const {
    return arith::ShLIOp::create(builder, loc, value, splat(shift));
  }
};
} // namespace

/// Sums of the fields of one row from sums of its views.
static TileSums emitFields(const LineArithmetic &line, const Views &views,
                           int64_t segmentBits, ArrayRef<Value> sums) {
  TileSums fields;
  if (views.bits > segmentBits) {
    for (; !sums.empty(); sums = sums.drop_front(views.segments)) {
      Value field = sums.front();
      for (int64_t segment = 1; segment < views.segments; ++segment)
        field = line.add(field,
                         line.shiftLeft(sums[segment], segmentBits * segment));
      fields.push_back(field);
    }
    return fields;
  }
  for (auto [i, sum] : llvm::enumerate(sums)) {
    int64_t view = static_cast<int64_t>(i) % views.perSegment;
    fields.push_back(
        view == 0 ? sum : line.isolate(sum, sums[i - 1], views.bits * view));
  }
  return fields;
}

TileSums NestedViewsKernel::emitBlock(OpBuilder &builder, Location loc,
                                      LayoutAttr layout,
                                      const BlockOperands &block) const {
  LineArithmetic line{builder, loc};
  Views views(layout, unit);
  int64_t size = block.rows * views.count(), parts = unit.getParts();
  int64_t partsAtOnce = std::clamp<int64_t>(unit.getSums() / size, 1, parts);
  SmallVector<Value> sums(size, line.splat(0)), codeSums;
  for (int64_t first = 0; first < parts; first += partsAtOnce) {
    SmallVector<Value> some =
        emitLineLoop(builder, loc, *this, layout, block, first, partsAtOnce);
    for (int64_t i = 0; i < size * partsAtOnce; ++i) {
      Value &sum = sums[i / partsAtOnce];
      int64_t part = first + i % partsAtOnce;
      sum = line.insert(some[i], sum, part * unit.registerBytes / 4);
    }
    llvm::append_range(codeSums, ArrayRef(some).drop_front(size * partsAtOnce));
  }
  TileSums fields;
  for (int64_t row = 0; row < block.rows; ++row) {
    auto own = MutableArrayRef(sums).slice(row * views.count(), views.count());
    if (!codeSums.empty()) // whole bytes are the last views of their sources
      for (int64_t i = views.perSegment - 1; i < views.count();
           i += views.perSegment)
        own[i] = line.add(own[i], line.getBias(codeSums[row]));
    llvm::append_range(fields, emitFields(line, views, unit.segmentBits, own));
  }
  return fields;
}
