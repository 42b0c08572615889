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

#include "lowbit/Codegen/MicroKernel.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
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
} // namespace

TileSums GenericKernel::emitBlock(OpBuilder &builder, Location loc,
                                  LayoutAttr layout,
                                  const BlockOperands &block) const {
  constexpr int64_t depth = PackedLayout::depth;
  PackedLayout packed = layout.getPacked();
  int64_t fields = packed.rowsPerLane();
  auto intVector = VectorType::get(PackedLayout::lanes, builder.getI32Type());
  auto bytes = VectorType::get(PackedLayout::vectorBytes, builder.getI8Type());
  auto splat = [&](int32_t value) -> Value {
    return arith::ConstantOp::create(builder, loc,
                                     DenseElementsAttr::get(intVector, value));
  };
  auto index = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(builder, loc, value);
  };
  Value mask = splat(0xFF);
  auto emitLine = [&](OpBuilder &b, Location l, Value line, ValueRange sums) {
    Value byte = arith::AddIOp::create(
        b, l, block.byte,
        arith::MulIOp::create(b, l, line, index(packed.lineBytes())));
    Value position = arith::AddIOp::create(
        b, l, block.position, arith::MulIOp::create(b, l, line, index(depth)));
    SmallVector<Value> vectors, words;
    for (int64_t i = 0; i < packed.lineVectors(); ++i) {
      Value at = arith::AddIOp::create(b, l, byte,
                                       index(i * PackedLayout::vectorBytes));
      vectors.push_back(vector::LoadOp::create(b, l, bytes, block.weights,
                                               ValueRange{block.panel, at}));
    }
    for (Value level : emitLevels(b, l, layout, vectors))
      words.push_back(vector::BitCastOp::create(b, l, intVector, level));
    SmallVector<Value> next(sums);
    for (int64_t k = 0; k < depth; ++k) {
      Value at = arith::AddIOp::create(b, l, position, index(k));
      SmallVector<Value> codes;
      for (int64_t row = 0; row < block.rows; ++row) {
        Value m = arith::AddIOp::create(b, l, block.firstRow, index(row));
        Value code =
            memref::LoadOp::create(b, l, block.activations, ValueRange{m, at});
        code = arith::ExtSIOp::create(b, l, b.getI32Type(), code);
        codes.push_back(vector::BroadcastOp::create(b, l, intVector, code));
      }
      for (int64_t field = 0; field < fields; ++field) {
        Value shifted =
            arith::ShRUIOp::create(b, l, words[field], splat(8 * k));
        Value value = arith::AndIOp::create(b, l, shifted, mask);
        for (int64_t row = 0; row < block.rows; ++row) {
          Value &sum = next[row * fields + field];
          Value product = arith::MulIOp::create(b, l, value, codes[row]);
          sum = arith::AddIOp::create(b, l, sum, product);
        }
      }
    }
    scf::YieldOp::create(b, l, next);
  };
  SmallVector<Value> zeros(block.rows * fields, splat(0));
  Value lines = getValueOrCreateConstantIndexOp(builder, loc, block.lines);
  auto loop = scf::ForOp::create(builder, loc, index(0), lines, index(1), zeros,
                                 emitLine);
  return TileSums(loop.getResults());
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
