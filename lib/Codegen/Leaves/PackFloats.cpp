//===- PackFloats.cpp - Loops that lay out panels of reals ----------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// Rows of a panel that lie side by side are copied. Otherwise 16 rows by 16 k
// are transposed in registers. What is left at the edges is copied one by one.
//

#include "Kernels/LoopBuilder.h"
#include "LeafFunctions.h"
#include "TransposeVectors.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::lowbit;

static constexpr int64_t kLanes = PackedLayout::lanes;

std::string mlir::lowbit::getLeafName(PackFloatsOp op) {
  std::string name;
  llvm::raw_string_ostream stream(name);
  stream << "lowbit_pack_"
         << cast<ShapedType>(op.getSource().getType()).getElementType();
  if (op.getTransposed())
    stream << "_transposed";
  return name;
}

namespace {
class PackFloatsBody : LoopBuilder {
public:
  PackFloatsBody(func::FuncOp function, PackFloatsOp op)
      : LoopBuilder(function), transposed(op.getTransposed()),
        source(function.getArgument(0)), panels(function.getArgument(1)),
        vectors(VectorType::get(
            kLanes, cast<ShapedType>(source.getType()).getElementType())) {}

  void emit();

private:
  /// Where the row `n` at depth `k` lies in the source.
  SmallVector<Value> at(Value n, Value k) {
    return transposed ? SmallVector<Value>{k, n} : SmallVector<Value>{n, k};
  }
  Value toColumn(Value k) { return apply(b.getAffineDimExpr(0) * kLanes, k); }
  /// Packs 16 rows from `n` on, at depth `k` and, where they are transposed,
  /// at the next 15.
  void emitVectors(Value panel, Value n, Value k);
  /// Packs depth `k` of the rows from `n` on, of which `rows` are there.
  void emitScalars(Value panel, Value n, Value rows, Value k);

  bool transposed; ///< Rows lie side by side.
  Value source, panels;
  VectorType vectors;
};
} // namespace

void PackFloatsBody::emitVectors(Value panel, Value n, Value k) {
  int64_t count = transposed ? 1 : kLanes;
  SmallVector<Value> rows;
  for (int64_t i = 0; i < count; ++i)
    rows.push_back(
        vector::LoadOp::create(b, vectors, source, at(add(n, i), k)));
  if (!transposed)
    emitTranspose(b, rows);
  for (int64_t i = 0; i < count; ++i)
    vector::StoreOp::create(b, rows[i], panels,
                            ValueRange{panel, toColumn(add(k, i))});
}

void PackFloatsBody::emitScalars(Value panel, Value n, Value rows, Value k) {
  Value column = toColumn(k);
  auto store = [&](Value value, Value lane) {
    memref::StoreOp::create(b, value, panels,
                            ValueRange{panel, add(column, lane)});
  };
  forLoop(index(0), rows, 1, [&](Value lane) {
    Value row = add(n, lane);
    store(memref::LoadOp::create(b, source, at(row, k)), lane);
  });
  Value zero =
      arith::ConstantOp::create(b, b.getFloatAttr(vectors.getElementType(), 0));
  forLoop(rows, index(kLanes), 1, [&](Value lane) { store(zero, lane); });
}

void PackFloatsBody::emit() {
  Value n = memref::DimOp::create(b, source, transposed ? 1 : 0);
  Value depth = memref::DimOp::create(b, source, transposed ? 0 : 1);
  Value count = memref::DimOp::create(b, panels, 0);
  AffineExpr d0 = b.getAffineDimExpr(0);
  int64_t step = transposed ? 1 : kLanes;
  Value whole = apply(d0.floorDiv(step) * step, depth);
  forLoop(index(0), count, 1, [&](Value panel) {
    Value first = apply(d0 * kLanes, panel);
    Value left = subtract(n, first);
    Value rows = arith::MinSIOp::create(b, left, index(kLanes));
    Value isFull =
        arith::CmpIOp::create(b, arith::CmpIPredicate::eq, rows, index(kLanes));
    Value end = arith::SelectOp::create(b, isFull, whole, index(0));
    forLoop(index(0), end, step,
            [&](Value k) { emitVectors(panel, first, k); });
    forLoop(end, depth, 1,
            [&](Value k) { emitScalars(panel, first, rows, k); });
  });
  func::ReturnOp::create(b);
}

void mlir::lowbit::emitLeafBody(func::FuncOp function, PackFloatsOp op) {
  PackFloatsBody(function, op).emit();
}
