//===- AmxTiles.cpp - Tile registers in loops -----------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AmxTiles.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace mlir::lowbit;

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

TileShape AmxTiles::getFullShape() {
  return {word(kTileRows), word(kRowBytes)};
}

/// LLVM tells shapes apart by the registers that hold them, if not both extents
/// are constants, and has no tile registers for two of one shape: no pass may
/// compute an extent twice.
Value AmxTiles::fixExtent(Value value) {
  return LLVM::InlineAsmOp::create(
             b, value.getType(), value, /*asm_string=*/"",
             /*constraints=*/"=r,0", /*has_side_effects=*/false,
             /*is_align_stack=*/false, LLVM::tailcallkind::TailCallKind::None,
             /*asm_dialect=*/LLVM::AsmDialectAttr(),
             /*operand_attrs=*/ArrayAttr())
      .getResult(0);
}

TileShape AmxTiles::getShapeOf(Value buffer) {
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointAfterValue(buffer);
  Value rows = memref::DimOp::create(b, buffer, 0);
  rows = arith::MaxUIOp::create(b, rows, index(1));
  rows = arith::IndexCastOp::create(b, b.getI16Type(), rows);
  return {fixExtent(rows), fixExtent(word(kRowBytes))};
}

//===----------------------------------------------------------------------===//
// Memory and products
//===----------------------------------------------------------------------===//

Value AmxTiles::getStride(Value buffer) {
  return toI64(
      memref::ExtractStridedMetadataOp::create(b, buffer).getStrides().front());
}

Value AmxTiles::getAddress(Value buffer, ValueRange indices) {
  auto metadata = memref::ExtractStridedMetadataOp::create(b, buffer);
  Value element = metadata.getOffset();
  for (auto [i, stride] : llvm::zip(indices, metadata.getStrides()))
    element = add(element, arith::MulIOp::create(b, i, stride).getResult());
  auto pointer = LLVM::LLVMPointerType::get(b.getContext());
  Value base = toI64(memref::ExtractAlignedPointerAsIndexOp::create(b, buffer));
  return LLVM::GEPOp::create(
      b, pointer, cast<MemRefType>(buffer.getType()).getElementType(),
      LLVM::IntToPtrOp::create(b, pointer, base), toI64(element));
}

LLVM::CallIntrinsicOp AmxTiles::call(StringRef name, TypeRange results,
                                     ValueRange operands) {
  auto intrinsic = b.getStringAttr("llvm.x86." + name + ".internal");
  if (results.empty())
    return LLVM::CallIntrinsicOp::create(b, intrinsic, operands);
  return LLVM::CallIntrinsicOp::create(b, results.front(), intrinsic, operands);
}

Value AmxTiles::zeroTile(TileShape shape) {
  return call("tilezero", getTileType(), {shape.rows, shape.rowBytes})
      .getResult(0);
}

Value AmxTiles::loadTile(TileShape shape, Value buffer, ValueRange indices,
                         Value stride) {
  return call("tileloadd64", getTileType(),
              {shape.rows, shape.rowBytes, getAddress(buffer, indices),
               stride ? stride : getRowStride()})
      .getResult(0);
}

void AmxTiles::storeTile(TileShape shape, Value tile, Value buffer,
                         ValueRange indices) {
  call("tilestored64", {},
       {shape.rows, shape.rowBytes, getAddress(buffer, indices), getRowStride(),
        tile});
}

Value AmxTiles::addProducts(StringRef name, TileShape shape, Value sums,
                            Value rows, Value columns) {
  return call(name, getTileType(),
              {shape.rows, shape.rowBytes, shape.rowBytes, sums, rows, columns})
      .getResult(0);
}

Value AmxTiles::multiplyTiles(TileShape shape, Value sums, Value codes,
                              Value weights) {
  return addProducts("tdpbsud", shape, sums, codes, weights);
}

Value AmxTiles::multiplySignedTiles(TileShape shape, Value sums, Value codes,
                                    Value weights) {
  return addProducts("tdpbssd", shape, sums, codes, weights);
}

Value AmxTiles::multiplyRealTiles(TileShape shape, Value sums, Value rows,
                                  Value columns) {
  return addProducts("tdpbf16ps", shape, sums, rows, columns);
}
