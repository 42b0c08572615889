//===- Prefetch.h - How far ahead weights are fetched -----------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Weights are one linear stream. Each loop prefetches from it beside its loads;
// how far ahead and to which cache, it says with the others here.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_CODEGEN_KERNELS_PREFETCH_H
#define LOWBIT_LIB_CODEGEN_KERNELS_PREFETCH_H

#include "mlir/IR/Builders.h"

namespace mlir::lowbit {

struct Prefetch {
  int64_t ahead;     ///< of a load, in elements of the buffer
  uint32_t locality; ///< 3: to the L1 cache, 2: to the L2 cache
};

/// Of lines of one panel whose dot products are added up: to the nearest cache,
/// which alone has too few requests under way to read DRAM as fast as it can be
/// read, and well before that to the next one.
inline constexpr Prefetch kDotPrefetches[] = {{16384, 2}, {8192, 3}};

/// Of lines that take longer: that are multiplied as bits or as reals, or of
/// several panels at once, where loads are almost as many as dot products.
inline constexpr Prefetch kLinePrefetch = {4096, 3};

/// Of lines that become tiles: the nearest cache is for decoded ones.
inline constexpr Prefetch kTilePrefetch = {8192, 2};

/// Of weights that are reals, for one row: 64 k of a panel.
inline constexpr Prefetch kRealPrefetch = {1024, 3};

/// Prefetches `row` of a matrix, from as far beyond `column` as `prefetch`
/// says.
void emitPrefetch(OpBuilder &builder, Location loc, Value matrix, Value row,
                  Value column, Prefetch prefetch);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_KERNELS_PREFETCH_H
