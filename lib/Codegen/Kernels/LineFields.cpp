//===- LineFields.cpp - The fields in a line of weights -------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LineFields.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::lowbit;

/// The first digit of bytes: 3 * byte / 256.
static Value emitFirstDigit(OpBuilder &builder, Location loc, Value bytes) {
  auto isAbove = [&](int64_t bound) -> Value {
    Value above =
        arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ugt, bytes,
                              emitSplat(builder, loc, bytes.getType(), bound));
    return arith::ExtUIOp::create(builder, loc, bytes.getType(), above);
  };
  return arith::AddIOp::create(builder, loc, isAbove(85), isAbove(170));
}

SmallVector<Value> mlir::lowbit::emitLineFields(OpBuilder &builder,
                                                Location loc, LayoutAttr layout,
                                                ValueRange vectors,
                                                const ByteUnit &unit) {
  PackedLayout packed = layout.getPacked();
  SmallVector<Value> fields(packed.rowsPerLane());
  if (packed.radix == 3) {
    Value rest = vectors.front();
    for (auto [i, field] : llvm::enumerate(fields)) {
      if (i != 0)
        rest = emitTripledBytes(builder, loc, rest, unit);
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
      bits = emitRaisedBytes(builder, loc, bits, plane.shift);
      field = field ? arith::OrIOp::create(builder, loc, field, bits) : bits;
    }
  }
  return fields;
}

SmallVector<Value> mlir::lowbit::emitLineLevels(OpBuilder &builder,
                                                Location loc, LayoutAttr layout,
                                                ValueRange vectors,
                                                const ByteUnit &unit) {
  SmallVector<Value> fields =
      emitLineFields(builder, loc, layout, vectors, unit);
  if (DenseI64ArrayAttr levels = layout.getLevels())
    for (Value &field : fields)
      field = emitLookup(builder, loc, field, levels, unit);
  return fields;
}
