//===- AmxTiles.h - Tile registers in loops ---------------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_CODEGEN_KERNELS_AMXTILES_H
#define LOWBIT_LIB_CODEGEN_KERNELS_AMXTILES_H

#include "LoopBuilder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace mlir::lowbit {

/// Rows of a tile, and the bytes in each.
inline constexpr int64_t kTileRows = 16;
inline constexpr int64_t kRowBytes = 64;
inline constexpr int64_t kTileBytes = kTileRows * kRowBytes;

/// Tiles of sums: half of the registers.
inline constexpr int64_t kSumTiles = 4;

/// Steps of a panel that is decoded once for many rows.
inline constexpr int64_t kPanelSteps = 10;

/// Whether all activation rows are in one tile.
inline bool isOneTile(int64_t rows) { return rows == kTileRows; }

/// The extents of a tile, as i16.
struct TileShape {
  Value rows;
  Value rowBytes;
};

/// The vocabulary of emitters for AMX: loops and the instructions on tiles.
class AmxTiles : protected LoopBuilder {
protected:
  using LoopBuilder::LoopBuilder;

  TileShape getFullShape();
  /// The shape of tiles with one row for each of `buffer`, a block argument;
  /// one if it has none.
  TileShape getShapeOf(Value buffer);

  /// Elements from one row of a buffer to the next, as i64.
  Value getStride(Value buffer);

  /// What `emit` returns for each of the tiles of sums.
  static Values forSumTiles(function_ref<Value(int64_t)> emit) {
    return llvm::map_to_vector(llvm::seq(kSumTiles), emit);
  }

  Value zeroTile(TileShape shape);
  /// A tile from the element `indices` of a buffer on. Its rows are `stride`
  /// bytes apart; without, one behind the other.
  Value loadTile(TileShape shape, Value buffer, ValueRange indices,
                 Value stride = {});
  void storeTile(TileShape shape, Value tile, Value buffer, ValueRange indices);
  /// `sums` plus the products of rows of signed bytes and columns of unsigned
  /// ones; `shape` is that of `sums` and `codes`.
  Value multiplyTiles(TileShape shape, Value sums, Value codes, Value weights);
  /// The same where both are signed.
  Value multiplySignedTiles(TileShape shape, Value sums, Value codes,
                            Value weights);
  /// The same of bf16, whose columns are in pairs, in f32.
  Value multiplyRealTiles(TileShape shape, Value sums, Value rows,
                          Value columns);

private:
  Value word(int64_t value) {
    return arith::ConstantOp::create(b, b.getI16IntegerAttr(value));
  }
  Value toI64(Value value) {
    return arith::IndexCastOp::create(b, b.getI64Type(), value);
  }
  Value getRowStride() {
    return arith::ConstantIntOp::create(b, kRowBytes, 64);
  }
  Type getTileType() { return LLVM::LLVMX86AMXType::get(b.getContext()); }
  Value fixExtent(Value value);
  LLVM::CallIntrinsicOp call(StringRef name, TypeRange results,
                             ValueRange operands);
  /// `sums` plus the products that the instruction `name` adds up.
  Value addProducts(StringRef name, TileShape shape, Value sums, Value rows,
                    Value columns);
  Value getAddress(Value buffer, ValueRange indices);
};

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_KERNELS_AMXTILES_H
