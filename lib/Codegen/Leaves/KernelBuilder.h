//===- KernelBuilder.h - What bodies of kernels share -----------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The vocabulary of leaf functions that multiply with packed weights: the
// blocks of a panel, their headers, and the store of a tile, which holds one
// vector<16> per activation row, panel and field, row-major.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_CODEGEN_LEAVES_KERNELBUILDER_H
#define LOWBIT_LIB_CODEGEN_LEAVES_KERNELBUILDER_H

#include "KernelLoops.h"
#include "Kernels/LoopBuilder.h"

namespace mlir::lowbit {

class KernelBuilder : protected LoopBuilder {
protected:
  /// `rows` by `panels` of the result, from a row and a panel on.
  struct Tile {
    Value row;
    int64_t rows;
    Value panel;
    int64_t panels;
  };

  KernelBuilder(func::FuncOp function, const KernelKey &key);

  /// Cuts the result into tiles of at most `key.tileRows` by `key.tilePanels`.
  void forTiles(function_ref<void(const Tile &)> body);

  /// The accumulators after the block `g`, whose header is at the byte `header`
  /// of the panel and which has `count` of what blocks are made of.
  using BlockFn = function_ref<SmallVector<Value>(
      Value g, Value header, OpFoldResult count, ValueRange accumulators)>;
  /// The accumulators after all blocks of a panel: `total` in blocks of
  /// `perBlock`, the last one short; one if the layout has no blocks.
  SmallVector<Value> forBlocks(Value total, int64_t perBlock,
                               ValueRange accumulators, BlockFn body);

  /// 16 values of a header vector for the rows of `field`; scales in f32.
  Value loadHeader(Value panel, Value header, HeaderVector vector,
                   int64_t number, int64_t field, Type element);

  /// What is stored of `value` at `indices`, where `mask` is set (null: in all
  /// lanes).
  using FinishFn =
      function_ref<Value(Value value, ValueRange indices, Value mask)>;
  /// Stores a tile without the rows of the panels beyond N.
  void storeTile(const Tile &tile, ValueRange values, FinishFn finish);

  const KernelKey &key;
  LayoutAttr layout;
  PackedLayout packed;
  VectorType ints, floats;
  Value activations, weights, result;
};

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_LEAVES_KERNELBUILDER_H
