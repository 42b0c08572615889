//===- StridedLoads.h - Vectors of elements apart -----------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_CODEGEN_LINALG_STRIDEDLOADS_H
#define LOWBIT_LIB_CODEGEN_LINALG_STRIDEDLOADS_H

#include "mlir/IR/Builders.h"

namespace mlir::lowbit {

/// The extent of `width` elements of which each is `stride` after the last.
inline int64_t getSpan(int64_t width, int64_t stride) {
  return (width - 1) * stride + 1;
}

/// A vector of the elements 0, stride, ..., (width - 1) * stride of `span`, a
/// buffer of one dimension, of getSpan(width, stride) contiguous elements or
/// more. Reads none after these: whole vectors of what lies between, which it
/// shuffles.
Value loadStrided(OpBuilder &b, Location loc, Value span, int64_t width,
                  int64_t stride);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_LINALG_STRIDEDLOADS_H
