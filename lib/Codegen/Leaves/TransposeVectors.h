//===- TransposeVectors.h - Squares in registers ----------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_CODEGEN_LEAVES_TRANSPOSEVECTORS_H
#define LOWBIT_LIB_CODEGEN_LEAVES_TRANSPOSEVECTORS_H

#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::lowbit {

/// Transposes vectors that have as many lanes as there are of them, a power of
/// two: in stage s = 1, 2, 4, ... the vectors i and i + s exchange those lanes
/// of which bit s is set with those of which it is not.
void emitTranspose(ImplicitLocOpBuilder &builder,
                   MutableArrayRef<Value> vectors);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_LEAVES_TRANSPOSEVECTORS_H
