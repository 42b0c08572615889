//===- AmxLoop.h - Products of tiles of weights -----------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_CODEGEN_KERNELS_AMXLOOP_H
#define LOWBIT_LIB_CODEGEN_KERNELS_AMXLOOP_H

#include "AmxTiles.h"
#include "Vectors.h"
#include "lowbit/Codegen/MicroKernel.h"

namespace mlir::lowbit {

/// Decoded tiles that are ahead of those in use.
inline constexpr int64_t kTilesAhead = 8;

/// Tiles of columns that are multiplied at once.
inline int64_t getWidth(int64_t rows) {
  return isOneTile(rows) ? kSumTiles : kSumTiles / 2;
}

/// Whether a line is a row of a tile as it is.
inline bool isTileRow(LayoutAttr layout) {
  return layout.getFieldBits() == 8 && !layout.getLevels();
}

/// Emits the sums over a block into its `sums`. Weights are decoded with
/// `unit`.
void emitAmxLoop(OpBuilder &builder, Location loc, const ByteUnit &unit,
                 LayoutAttr layout, const BlockOperands &block);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_KERNELS_AMXLOOP_H
