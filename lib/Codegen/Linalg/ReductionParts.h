//===- ReductionParts.h - Partial results side by side --------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_CODEGEN_LINALG_REDUCTIONPARTS_H
#define LOWBIT_LIB_CODEGEN_LINALG_REDUCTIONPARTS_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace mlir::lowbit {

/// The reduction of `op`, on tensors, along which elements lie side by side, if
/// it may be long enough for parts of it to be computed apart.
std::optional<unsigned> findLongReduction(linalg::LinalgOp op);

/// Combines an element of each result so far with the next ones.
using CombineFn = function_ref<SmallVector<Value>(
    OpBuilder &b, Location loc, ValueRange soFar, ValueRange next)>;

/// Rewrites the body of an op that reduces elements to parts.
using RefineFn = function_ref<void(linalg::GenericOp parts)>;

/// The results of `op`, reduced along `reduction` in parts that begin with
/// `starts`, a scalar for each result, in the order that
/// --lowbit-split-reductions describes. `combine` is what the op does with a
/// part as the next element.
SmallVector<Value> reduceInParts(RewriterBase &rewriter, linalg::LinalgOp op,
                                 unsigned reduction, ValueRange starts,
                                 CombineFn combine, RefineFn refine);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_LINALG_REDUCTIONPARTS_H
