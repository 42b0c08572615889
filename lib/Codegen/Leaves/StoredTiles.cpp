//===- StoredTiles.cpp - Tiles of sums in memory --------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StoredTiles.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::lowbit;

void StoredTiles::allocate(Type element) {
  auto allocate = [&](ArrayRef<int64_t> shape, Type type) -> Value {
    return memref::AllocaOp::create(
        b, MemRefType::get(shape, type),
        b.getI64IntegerAttr(PackedLayout::vectorBytes));
  };
  int64_t columns = key.tilePanels * packed.rowsPerLane();
  SmallVector<int64_t> shape = {columns, key.tileRows, PackedLayout::lanes};
  tileSums = allocate(shape, b.getI32Type());
  if (layout.getBlock() != 0)
    accumulators = allocate(shape, element);
  scratch = allocate(key.kernel->getScratchBytes(layout, key.tileRows),
                     b.getI8Type());
}

void StoredTiles::forRows(Value firstRow, Value firstPanel,
                          function_ref<void(const StoredRow &)> body) {
  AffineExpr d0 = b.getAffineDimExpr(0);
  auto end = [&](Value first, int64_t size, Value buffer) {
    return minimum(add(first, size), memref::DimOp::create(b, buffer, 0));
  };
  Value endPanel = end(firstPanel, key.tilePanels, weights);
  Value endRow = end(firstRow, key.tileRows, activations);
  forLoop(firstPanel, endPanel, 1, [&](Value panel) {
    Value column =
        apply(d0 * packed.rowsPerLane(), subtract(panel, firstPanel));
    forLoop(firstRow, endRow, MicroKernel::kGroupRows, [&](Value group) {
      Value start =
          MicroKernel::emitGroupStart(b, b.getLoc(), activations, group);
      Value shift = subtract(subtract(group, start), firstRow);
      Value next = add(group, MicroKernel::kGroupRows);
      forLoop(group, minimum(next, endRow), 1,
              [&](Value row) { body({row, panel, add(row, shift), column}); });
    });
  });
}

StoredTiles::Values StoredTiles::getPlace(const StoredRow &row, int64_t field) {
  return {add(row.column, field), row.at, index(0)};
}

StoredTiles::Values StoredTiles::loadRow(Value buffer, const StoredRow &row) {
  Type element = cast<MemRefType>(buffer.getType()).getElementType();
  auto type = VectorType::get(PackedLayout::lanes, element);
  Values values;
  for (int64_t field = 0; field < packed.rowsPerLane(); ++field)
    values.push_back(
        vector::LoadOp::create(b, type, buffer, getPlace(row, field)));
  return values;
}

void StoredTiles::storeRow(ValueRange values, Value buffer,
                           const StoredRow &row) {
  for (auto [field, value] : llvm::enumerate(values))
    vector::StoreOp::create(b, value, buffer,
                            getPlace(row, static_cast<int64_t>(field)));
}
