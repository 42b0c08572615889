//===- BufferSizes.h - Bytes and extents of buffers -------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_CODEGEN_MEMORY_BUFFERSIZES_H
#define LOWBIT_LIB_CODEGEN_MEMORY_BUFFERSIZES_H

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/IRMapping.h"

namespace mlir::lowbit {

/// The bytes of an element in memory. Fails after an error if its type is
/// neither an integer nor a float.
FailureOr<int64_t> getElementBytes(memref::AllocOp buffer);

/// The largest that dimension `dim` of a tensor or buffer can be; failure if it
/// has no bound.
FailureOr<int64_t> getMaxExtent(Value shaped, int64_t dim);

/// The most elements that `buffer` can have. Fails where no number is known.
FailureOr<int64_t> getMaxElements(memref::AllocOp buffer);

/// Computes sizes again, from the function's inputs alone, at another place.
class SizeCloner {
public:
  /// At the insertion point of `builder`, `to` stand for the inputs `from`.
  SizeCloner(OpBuilder &builder, ValueRange from, ValueRange to)
      : builder(builder) {
    mapping.map(from, to);
  }

  /// The extents of `buffer`. Fails after an error where they depend on more.
  FailureOr<SmallVector<Value>> cloneShape(Value buffer);

  /// One of them.
  FailureOr<Value> cloneExtent(Value buffer, int64_t dim);

  /// The same without an error.
  FailureOr<Value> tryCloneExtent(Value buffer, int64_t dim);

  /// Computes `value`. Fails, without an error, where it depends on more.
  FailureOr<Value> tryCloneValue(Value value);

private:
  /// Fails for `value`, after an error unless it is only a try.
  LogicalResult fail(Value value);
  FailureOr<Value> cloneSize(OpFoldResult size);

  OpBuilder &builder;
  IRMapping mapping;
  bool isTry = false;
};

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_MEMORY_BUFFERSIZES_H
