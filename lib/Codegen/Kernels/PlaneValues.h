//===- PlaneValues.h - Values of planes of bits -----------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_CODEGEN_KERNELS_PLANEVALUES_H
#define LOWBIT_LIB_CODEGEN_KERNELS_PLANEVALUES_H

#include "mlir/IR/Value.h"

namespace mlir::lowbit {

/// What represents each of the planes of codes (see BitPlanes.h): bits, words
/// of them or vectors of both; null: not stored.
struct PlaneValues {
  Value mask, sign;
};

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_KERNELS_PLANEVALUES_H
