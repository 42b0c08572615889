//===- TileBuilder.cpp - Tile registers in loops --------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TileBuilder.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mlir::lowbit;

//===----------------------------------------------------------------------===//
// Control flow
//===----------------------------------------------------------------------===//

TileBuilder::Values
TileBuilder::forLoop(Value from, Value to, int64_t step, ValueRange inits,
                     function_ref<Values(Value, ValueRange)> body) {
  auto loop = scf::ForOp::create(b, from, to, index(step), inits);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Values results = body(loop.getInductionVar(), loop.getRegionIterArgs());
  if (!results.empty())
    scf::YieldOp::create(b, results);
  return loop.getResults();
}

void TileBuilder::forLoop(Value from, Value to, int64_t step,
                          function_ref<void(Value)> body) {
  forLoop(from, to, step, ValueRange(), [&](Value i, ValueRange) {
    body(i);
    return Values();
  });
}

TileBuilder::Values TileBuilder::choose(Value condition,
                                        function_ref<Values()> yes,
                                        function_ref<Values()> no) {
  auto emitAt = [&](function_ref<Values()> body) {
    return [&, body](OpBuilder &builder, Location) {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPoint(builder.getInsertionBlock(),
                          builder.getInsertionPoint());
      scf::YieldOp::create(b, body());
    };
  };
  return scf::IfOp::create(b, condition, emitAt(yes), emitAt(no)).getResults();
}

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

TileShape TileBuilder::getFullShape() {
  return {word(kTileRows), word(kRowBytes)};
}

/// LLVM tells shapes apart by the registers that hold them, if not both extents
/// are constants, and has no tile registers for two of one shape: no pass may
/// compute an extent twice.
Value TileBuilder::fixExtent(Value value) {
  return LLVM::InlineAsmOp::create(
             b, value.getType(), value, /*asm_string=*/"",
             /*constraints=*/"=r,0", /*has_side_effects=*/false,
             /*is_align_stack=*/false, LLVM::tailcallkind::TailCallKind::None,
             /*asm_dialect=*/LLVM::AsmDialectAttr(),
             /*operand_attrs=*/ArrayAttr())
      .getResult(0);
}

TileShape TileBuilder::getShapeOf(Value buffer) {
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

Value TileBuilder::getStride(Value buffer) {
  return toI64(
      memref::ExtractStridedMetadataOp::create(b, buffer).getStrides().front());
}

Value TileBuilder::getAddress(Value buffer, ValueRange indices) {
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

LLVM::CallIntrinsicOp TileBuilder::call(StringRef name, TypeRange results,
                                        ValueRange operands) {
  auto intrinsic = b.getStringAttr("llvm.x86." + name + ".internal");
  if (results.empty())
    return LLVM::CallIntrinsicOp::create(b, intrinsic, operands);
  return LLVM::CallIntrinsicOp::create(b, results.front(), intrinsic, operands);
}

Value TileBuilder::zeroTile(TileShape shape) {
  return call("tilezero", getTileType(), {shape.rows, shape.rowBytes})
      .getResult(0);
}

Value TileBuilder::loadTile(TileShape shape, Value buffer, ValueRange indices,
                            Value stride) {
  return call("tileloadd64", getTileType(),
              {shape.rows, shape.rowBytes, getAddress(buffer, indices),
               stride ? stride : getRowStride()})
      .getResult(0);
}

void TileBuilder::storeTile(TileShape shape, Value tile, Value buffer,
                            ValueRange indices) {
  call("tilestored64", {},
       {shape.rows, shape.rowBytes, getAddress(buffer, indices), getRowStride(),
        tile});
}

Value TileBuilder::multiplyTiles(TileShape shape, Value sums, Value codes,
                                 Value weights) {
  return call(
             "tdpbsud", getTileType(),
             {shape.rows, shape.rowBytes, shape.rowBytes, sums, codes, weights})
      .getResult(0);
}

Value TileBuilder::multiplySignedTiles(TileShape shape, Value sums, Value codes,
                                       Value weights) {
  return call(
             "tdpbssd", getTileType(),
             {shape.rows, shape.rowBytes, shape.rowBytes, sums, codes, weights})
      .getResult(0);
}

Value TileBuilder::multiplyRealTiles(TileShape shape, Value sums, Value rows,
                                     Value columns) {
  return call("tdpbf16ps", getTileType(),
              {shape.rows, shape.rowBytes, shape.rowBytes, sums, rows, columns})
      .getResult(0);
}
