//===- LineFields.cpp - The fields in a line of weights -------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LineFields.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::lowbit;

static Value splat(OpBuilder &builder, Location loc, Type type, int64_t value) {
  auto vector = cast<VectorType>(type);
  auto element = builder.getIntegerAttr(vector.getElementType(), value);
  return arith::ConstantOp::create(builder, loc,
                                   DenseElementsAttr::get(vector, element));
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
  wide = Shift::create(builder, loc, wide, splat(builder, loc, pairs, amount));
  return vector::BitCastOp::create(builder, loc, type, wide);
}

Value mlir::lowbit::emitShiftedBytes(OpBuilder &builder, Location loc,
                                     Value bytes, int64_t amount,
                                     int64_t mask) {
  Value shifted = shiftPairs<arith::ShRUIOp>(builder, loc, bytes, amount);
  if (mask == 255)
    return shifted;
  return arith::AndIOp::create(builder, loc, shifted,
                               splat(builder, loc, bytes.getType(), mask));
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

Value mlir::lowbit::emitTripledBytes(OpBuilder &builder, Location loc,
                                     Value bytes, StringRef registers) {
  Value twice = arith::AddIOp::create(builder, loc, bytes, bytes);
  Value tripled = arith::AddIOp::create(builder, loc, twice, bytes);
  return registers.empty() ? tripled
                           : emitOpaque(builder, loc, tripled, registers);
}

/// The first digit of bytes: 3 * byte / 256.
static Value emitFirstDigit(OpBuilder &builder, Location loc, Value bytes) {
  auto isAbove = [&](int64_t bound) -> Value {
    Value above =
        arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ugt, bytes,
                              splat(builder, loc, bytes.getType(), bound));
    return arith::ExtUIOp::create(builder, loc, bytes.getType(), above);
  };
  return arith::AddIOp::create(builder, loc, isAbove(85), isAbove(170));
}

SmallVector<Value> mlir::lowbit::emitLineFields(OpBuilder &builder,
                                                Location loc, LayoutAttr layout,
                                                ValueRange vectors,
                                                StringRef registers) {
  PackedLayout packed = layout.getPacked();
  SmallVector<Value> fields(packed.rowsPerLane());
  if (packed.radix == 3) {
    Value rest = vectors.front();
    for (auto [i, field] : llvm::enumerate(fields)) {
      if (i != 0)
        rest = emitTripledBytes(builder, loc, rest, registers);
      field = emitFirstDigit(builder, loc, rest);
    }
    return fields;
  }
  for (int64_t p = 0; p < packed.numPlanes(); ++p) {
    PackedPlane plane = packed.getPlane(p);
    int64_t places = packed.placesPerByte(plane);
    for (auto [i, field] : llvm::enumerate(fields)) {
      int64_t row = static_cast<int64_t>(i);
      Value bits = emitShiftedBytes(
          builder, loc, vectors[plane.vector + row / places],
          plane.bits * (row % places), (int64_t(1) << plane.bits) - 1);
      bits = shiftPairs<arith::ShLIOp>(builder, loc, bits, plane.shift);
      field = field ? arith::OrIOp::create(builder, loc, field, bits) : bits;
    }
  }
  return fields;
}
