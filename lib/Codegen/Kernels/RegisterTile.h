//===- RegisterTile.h - How many sums registers hold ------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_CODEGEN_KERNELS_REGISTERTILE_H
#define LOWBIT_LIB_CODEGEN_KERNELS_REGISTERTILE_H

#include "DotUnit.h"

namespace mlir::lowbit {

/// What dot products take of the lines of a step of a panel.
struct LineViews {
  int64_t step;        ///< lines, and rows of codes of an operand
  int64_t registers;   ///< that they are loaded to
  int64_t views;       ///< of all of them
  int64_t perRegister; ///< views, the most of one
  int64_t ones;        ///< rows of ones, which have sums, too

  /// Whether views are not the registers themselves.
  bool isCut(const DotUnit &unit) const {
    return views > registers || !unit.isUnsigned;
  }

  /// The views of `panels` lines, with the ones that sum up codes.
  int64_t count(const DotUnit &unit, int64_t panels) const {
    return views * panels + (unit.isUnsigned ? 0 : 1);
  }
};

/// The views that a pass over the lines of `panels` panels adds up for `rows`
/// rows of activations: all if their sums fit, else an equal part of them.
int64_t getViewsPerPass(const DotUnit &unit, const LineViews &line,
                        int64_t rows, int64_t panels);

/// Rows of activations times panels of weights.
struct RegisterTile {
  int64_t rows = 1;
  int64_t panels = 1;

  /// The tile of several rows with the fewest instructions per dot product.
  static RegisterTile choose(const DotUnit &unit, const LineViews &line,
                             bool hasBlocks);
};

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_KERNELS_REGISTERTILE_H
