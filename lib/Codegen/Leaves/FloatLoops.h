//===- FloatLoops.h - Products of reals -------------------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_CODEGEN_LEAVES_FLOATLOOPS_H
#define LOWBIT_LIB_CODEGEN_LEAVES_FLOATLOOPS_H

#include "lowbit/Codegen/MicroKernel.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlir::lowbit {

/// What tells one leaf function that multiplies reals from another.
struct FloatKernel {
  FloatType activations, weights;
  FloatTile tile;
  bool isFused;   ///< Products are not rounded.
  bool isBlocked; ///< K is cut, so that weights stay near for the next rows.
  bool isWidened; ///< Blocks are made f32 first, once for many rows.
  bool hasTiles;  ///< Products of bf16 are added up in tile registers.

  /// What `op` needs on `target` for this class of M.
  static FloatKernel get(const Target &target, PackedFloatMatmulOp op,
                         MClass mClass);

  /// The function's name.
  std::string getName() const;
};

/// Fills the body of `function`, whose arguments are the operands of a
/// `lowbit.packed_float_matmul`.
void emitFloatBody(func::FuncOp function, const FloatKernel &kernel);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_LEAVES_FLOATLOOPS_H
