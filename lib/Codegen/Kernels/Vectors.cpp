//===- Vectors.cpp - What emitters do with vectors ------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Vectors.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::lowbit;

Value mlir::lowbit::emitSplat(OpBuilder &builder, Location loc, Type type,
                              int64_t value) {
  auto vector = cast<VectorType>(type);
  auto element = builder.getIntegerAttr(vector.getElementType(), value);
  return arith::ConstantOp::create(builder, loc,
                                   DenseElementsAttr::get(vector, element));
}

Value mlir::lowbit::emitIntrinsic(OpBuilder &builder, Location loc,
                                  StringRef name, Type type,
                                  ValueRange operands) {
  return LLVM::CallIntrinsicOp::create(builder, loc, type,
                                       builder.getStringAttr(name), operands)
      .getResult(0);
}

Value mlir::lowbit::emitOpaque(OpBuilder &builder, Location loc, Value value,
                               StringRef registers) {
  return LLVM::InlineAsmOp::create(
             builder, loc, value.getType(), value, /*asm_string=*/"",
             /*constraints=*/("=" + registers + ",0").str(),
             /*has_side_effects=*/false, /*is_align_stack=*/false,
             LLVM::tailcallkind::TailCallKind::None,
             /*asm_dialect=*/LLVM::AsmDialectAttr(),
             /*operand_attrs=*/ArrayAttr())
      .getResult(0);
}

/// Shifts bytes in pairs, for which there are instructions.
template <typename Shift>
static Value shiftPairs(OpBuilder &builder, Location loc, Value bytes,
                        int64_t amount) {
  if (amount == 0)
    return bytes;
  Type type = bytes.getType();
  auto pairs = VectorType::get(cast<VectorType>(type).getNumElements() / 2,
                               builder.getI16Type());
  Value wide = vector::BitCastOp::create(builder, loc, pairs, bytes);
  wide =
      Shift::create(builder, loc, wide, emitSplat(builder, loc, pairs, amount));
  return vector::BitCastOp::create(builder, loc, type, wide);
}

Value mlir::lowbit::emitShiftedBytes(OpBuilder &builder, Location loc,
                                     Value bytes, int64_t amount,
                                     int64_t mask) {
  Value shifted = shiftPairs<arith::ShRUIOp>(builder, loc, bytes, amount);
  if (mask == 255)
    return shifted;
  return arith::AndIOp::create(builder, loc, shifted,
                               emitSplat(builder, loc, bytes.getType(), mask));
}

Value mlir::lowbit::emitRaisedBytes(OpBuilder &builder, Location loc,
                                    Value bytes, int64_t amount) {
  return shiftPairs<arith::ShLIOp>(builder, loc, bytes, amount);
}

Value mlir::lowbit::emitTripledBytes(OpBuilder &builder, Location loc,
                                     Value bytes, const ByteUnit &unit) {
  Value twice = arith::AddIOp::create(builder, loc, bytes, bytes);
  Value tripled = arith::AddIOp::create(builder, loc, twice, bytes);
  return unit.registerClass.empty()
             ? tripled
             : emitOpaque(builder, loc, tripled, unit.registerClass);
}

/// `levels[fields]` by a shuffle, whose table is in each 16 bytes.
static Value emitShuffle(OpBuilder &builder, Location loc, Value fields,
                         ArrayRef<int64_t> levels, StringRef shuffle) {
  auto type = cast<VectorType>(fields.getType());
  SmallVector<int8_t> repeated;
  for (int64_t i = 0; i < type.getNumElements(); ++i)
    repeated.push_back(static_cast<int8_t>(levels[i % 16 % levels.size()]));
  Value table = arith::ConstantOp::create(
      builder, loc, DenseElementsAttr::get(type, ArrayRef<int8_t>(repeated)));
  return emitIntrinsic(builder, loc, shuffle, type, {table, fields});
}

/// `levels[fields]` by choices of halves.
static Value emitChoices(OpBuilder &builder, Location loc, Value fields,
                         ArrayRef<int64_t> levels) {
  auto splat = [&](int64_t value) {
    return emitSplat(builder, loc, fields.getType(), value);
  };
  SmallVector<Value> choices = llvm::map_to_vector(levels, splat);
  for (int64_t bit = 0; choices.size() > 1; ++bit) {
    Value alone = arith::AndIOp::create(builder, loc, fields, splat(1 << bit));
    Value isSet = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ne,
                                        alone, splat(0));
    for (size_t i = 0; i < choices.size() / 2; ++i)
      choices[i] = arith::SelectOp::create(builder, loc, isSet,
                                           choices[2 * i + 1], choices[2 * i]);
    choices.resize(choices.size() / 2);
  }
  return choices.front();
}

Value mlir::lowbit::emitLookup(OpBuilder &builder, Location loc, Value fields,
                               ArrayRef<int64_t> levels, const ByteUnit &unit) {
  return unit.shuffle.empty()
             ? emitChoices(builder, loc, fields, levels)
             : emitShuffle(builder, loc, fields, levels, unit.shuffle);
}
