//===- Generic.cpp - Portable vectors -------------------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// The fields of each line are cut out, all those of a row in a vector, and
// replaced by the levels that they stand for: bit by bit of the field, one half
// of the table is chosen from two. Then, for each of its 4 k, they are
// multiplied by the activation in 32-bit lanes:
//
//   w[f]   = fields as 16 x i32
//   sum[f] = sum[f] + ((w[f] >> 8 * k) & 255) * broadcast(a[k])
//
//===----------------------------------------------------------------------===//

#include "LineFields.h"
#include "LoopBuilder.h"
#include "lowbit/Codegen/MicroKernelRegistry.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace {
class GenericKernel : public MicroKernel {
public:
  StringRef getName() const override { return "generic"; }

  bool serves(const Target &, LayoutAttr layout, MClass) const override {
    return !layout.getPacked().bits;
  }

  int64_t getTileRows(LayoutAttr, MClass mClass) const override {
    return mClass == MClass::One ? 1 : 2;
  }

  TileSums emitBlock(OpBuilder &builder, Location loc, LayoutAttr layout,
                     const BlockOperands &block) const override;

  Value emitExtendScale(OpBuilder &builder, Location loc,
                        Value scale) const override;
};

/// Emits the loop over the lines of a block, whose sums are by row and field.
class GenericLoop : LoopBuilder {
public:
  GenericLoop(OpBuilder &builder, Location loc, LayoutAttr layout,
              const BlockOperands &block)
      : LoopBuilder(builder, loc), layout(layout), block(block),
        bytes(VectorType::get(PackedLayout::vectorBytes, b.getI8Type())),
        ints(VectorType::get(PackedLayout::lanes, b.getI32Type())) {}

  TileSums emit();

private:
  /// What the fields of a line count as, four k in each word.
  Values loadWords(Value line);
  /// The code of a row at `position`, in every lane.
  Value broadcastCode(int64_t row, Value position);
  /// `sums` plus the products of a line.
  Values emitLine(Value line, ValueRange sums);

  const LayoutAttr layout;
  const BlockOperands &block;
  const VectorType bytes, ints;
};
} // namespace

LoopBuilder::Values GenericLoop::loadWords(Value line) {
  PackedLayout packed = layout.getPacked();
  Value byte = add(block.byte, multiply(line, packed.lineBytes()));
  Values vectors;
  for (int64_t i = 0; i < packed.lineVectors(); ++i)
    vectors.push_back(vector::LoadOp::create(
        b, bytes, block.weights,
        ValueRange{block.panel, add(byte, i * PackedLayout::vectorBytes)}));
  Values words;
  for (Value level : emitLineLevels(b, b.getLoc(), layout, vectors))
    words.push_back(vector::BitCastOp::create(b, ints, level));
  return words;
}

Value GenericLoop::broadcastCode(int64_t row, Value position) {
  Value code = memref::LoadOp::create(
      b, block.activations, ValueRange{add(block.firstRow, row), position});
  return splat(arith::ExtSIOp::create(b, b.getI32Type(), code), ints);
}

LoopBuilder::Values GenericLoop::emitLine(Value line, ValueRange sums) {
  Values words = loadWords(line), next(sums);
  Value position = add(block.position, multiply(line, PackedLayout::depth));
  for (int64_t k = 0; k < PackedLayout::depth; ++k) {
    Values codes;
    for (int64_t row = 0; row < block.rows; ++row)
      codes.push_back(broadcastCode(row, add(position, k)));
    if (block.hasOnes)
      codes.push_back(splat(1, ints));
    for (auto [field, word] : llvm::enumerate(words)) {
      Value value = arith::AndIOp::create(
          b, arith::ShRUIOp::create(b, word, splat(8 * k, ints)),
          splat(0xFF, ints));
      for (auto [row, code] : llvm::enumerate(codes)) {
        Value &sum = next[row * words.size() + field];
        sum = add(sum, arith::MulIOp::create(b, value, code));
      }
    }
  }
  return next;
}

TileSums GenericLoop::emit() {
  Value lines = getValueOrCreateConstantIndexOp(b, b.getLoc(), block.lines);
  int64_t count = block.countRows() * layout.getPacked().rowsPerLane();
  return forLoop(
      index(0), lines, 1, Values(count, splat(0, ints)),
      [&](Value line, ValueRange sums) { return emitLine(line, sums); });
}

TileSums GenericKernel::emitBlock(OpBuilder &builder, Location loc,
                                  LayoutAttr layout,
                                  const BlockOperands &block) const {
  return GenericLoop(builder, loc, layout, block).emit();
}

/// Without a conversion instruction LLVM calls a library for each f16, so it is
/// done here: a half's exponent and mantissa moved up by 13 bits are a float
/// 2^112 times too small.
Value GenericKernel::emitExtendScale(OpBuilder &builder, Location loc,
                                     Value scale) const {
  auto type = cast<VectorType>(scale.getType());
  if (!type.getElementType().isF16())
    return MicroKernel::emitExtendScale(builder, loc, scale);
  auto constant = [&](TypedAttr value) -> Value {
    return arith::ConstantOp::create(builder, loc, value);
  };
  auto ints = type.clone(builder.getI32Type());
  auto floats = type.clone(builder.getF32Type());
  Value bits = vector::BitCastOp::create(
      builder, loc, type.clone(builder.getI16Type()), scale);
  bits = arith::ExtSIOp::create(builder, loc, ints, bits);
  bits = arith::ShLIOp::create(
      builder, loc, bits, constant(DenseElementsAttr::get(ints, int32_t(13))));
  Value sign = arith::AndIOp::create(
      builder, loc, bits,
      constant(DenseElementsAttr::get(ints, int32_t(0x80000000))));
  Value magnitude = arith::AndIOp::create(
      builder, loc, bits,
      constant(DenseElementsAttr::get(ints, int32_t(0x0fffe000))));
  bits = arith::OrIOp::create(builder, loc, sign, magnitude);
  Value real = arith::BitcastOp::create(builder, loc, floats, bits);
  return arith::MulFOp::create(
      builder, loc, real, constant(DenseElementsAttr::get(floats, 0x1p112f)));
}

std::unique_ptr<MicroKernel> mlir::lowbit::createGenericKernel() {
  return std::make_unique<GenericKernel>();
}
