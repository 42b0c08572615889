//===- VectorPlan.h - Which loop becomes vectors ------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_CODEGEN_LINALG_VECTORPLAN_H
#define LOWBIT_LIB_CODEGEN_LINALG_VECTORPLAN_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace mlir::lowbit {

/// How an op becomes loops of vectors.
struct VectorPlan {
  /// The bits of a vector on every target: LLVM cuts it where registers are
  /// shorter.
  static constexpr int64_t bits = 512;
  /// Fewer elements are not worth a vector.
  static constexpr int64_t minLanes = 4;

  unsigned along;              ///< the loop that vectors take elements of
  int64_t lanes;               ///< elements of a whole vector
  SmallVector<unsigned> order; ///< all loops, the outermost first
};

/// Whether elements of `type` are whole bytes, of which vectors consist.
bool isInBytes(Type type);

/// How far apart the elements at `map` lie along loop `d`, in elements of the
/// last dimension. None if they do not lie in one row.
std::optional<int64_t> getStride(AffineMap map, unsigned d);

/// The plan of `op`, on buffers. None if there is no parallel loop through
/// which all operands stay in one row or are constant, outputs side by side, or
/// if the body is not elementwise.
std::optional<VectorPlan> planVectors(linalg::LinalgOp op);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_LINALG_VECTORPLAN_H
