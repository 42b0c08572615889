//===- TensorType.h - Types of tensors in words -----------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Compares tensors with what a model declares, and writes both as MLIR does, so
// that every message of the runtime and its tools reads the same.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_RUNTIME_TENSORTYPE_H
#define LOWBIT_RUNTIME_TENSORTYPE_H

#include "lowbit-c/Model.h"

#include <string>

namespace mlir::lowbit {

/// As MLIR writes it: ?x64xf32.
inline std::string formatType(lowbit_dtype dtype, int32_t rank,
                              const int64_t *shape) {
  if (rank < 0 || rank > LOWBIT_MAX_RANK)
    return "rank " + std::to_string(rank);
  std::string out;
  for (int32_t i = 0; i < rank; ++i)
    out += (shape[i] == -1 ? "?" : std::to_string(shape[i])) + "x";
  const char *name = lowbit_dtype_text(dtype);
  return out + (name ? name : "dtype " + std::to_string(int(dtype)));
}

/// Whether `tensor` has the element type, the rank and the known extents of
/// `type`.
inline bool matches(const lowbit_tensor_type &type,
                    const lowbit_tensor &tensor) {
  if (tensor.dtype != type.dtype || tensor.rank != type.rank)
    return false;
  for (int32_t i = 0; i < type.rank; ++i)
    if (tensor.shape[i] < 0 ||
        (type.shape[i] != -1 && type.shape[i] != tensor.shape[i]))
      return false;
  return true;
}

/// `expected ?x64xf32, but got 3x63xf32`.
inline std::string explainMismatch(const lowbit_tensor_type &type,
                                   const lowbit_tensor &tensor) {
  return "expected " + formatType(type.dtype, type.rank, type.shape) +
         ", but got " + formatType(tensor.dtype, tensor.rank, tensor.shape);
}

} // namespace mlir::lowbit

#endif // LOWBIT_RUNTIME_TENSORTYPE_H
