//===- FloatTiles.h - Products of bf16 in tiles -----------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_CODEGEN_KERNELS_FLOATTILES_H
#define LOWBIT_LIB_CODEGEN_KERNELS_FLOATTILES_H

#include "lowbit/Codegen/MicroKernel.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlir::lowbit {

/// The tile for this class of M.
FloatTile getTileOfTiles(MClass mClass);

/// Fills the body of `function`, whose arguments are the operands of a
/// `lowbit.packed_float_matmul` of activations and weights in bf16.
void emitFloatTilesBody(func::FuncOp function, FloatTile tile);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_KERNELS_FLOATTILES_H
