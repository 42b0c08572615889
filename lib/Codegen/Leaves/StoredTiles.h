//===- StoredTiles.h - Tiles of sums in memory ------------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_CODEGEN_LEAVES_STOREDTILES_H
#define LOWBIT_LIB_CODEGEN_LEAVES_STOREDTILES_H

#include "KernelBuilder.h"

namespace mlir::lowbit {

/// The vocabulary of kernels whose emitter keeps its sums in memory, of more
/// rows than registers hold: the accumulators of several blocks are there, too.
class StoredTiles : protected KernelBuilder {
protected:
  using KernelBuilder::KernelBuilder;

  /// A row and a panel of a tile that are in the result, and the row and the
  /// first column that they have in the buffers.
  struct StoredRow {
    Value row, panel, at, column;
  };

  /// Allocates what a tile needs; accumulators of type `element` if the layout
  /// has blocks.
  void allocate(Type element);
  /// Calls `body` with the rows of the tile at `firstRow` and `firstPanel`.
  void forRows(Value firstRow, Value firstPanel,
               function_ref<void(const StoredRow &)> body);
  /// The vectors of all fields of a row.
  Values loadRow(Value buffer, const StoredRow &row);
  void storeRow(ValueRange values, Value buffer, const StoredRow &row);

  Value tileSums, scratch; ///< for the emitter
  Value accumulators;      ///< null without blocks

private:
  Values getPlace(const StoredRow &row, int64_t field);
};

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_LEAVES_STOREDTILES_H
