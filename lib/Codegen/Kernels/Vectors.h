//===- Vectors.h - What emitters do with vectors ----------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_CODEGEN_KERNELS_VECTORS_H
#define LOWBIT_LIB_CODEGEN_KERNELS_VECTORS_H

#include "mlir/IR/Builders.h"

namespace mlir::lowbit {

/// What an instruction set has for vectors of bytes that LLVM does not find by
/// itself.
struct ByteUnit {
  StringRef shuffle = "";       ///< intrinsic: table, indices -> bytes
  StringRef registerClass = ""; ///< constraint of inline assembly
};

/// The constant of vector type `type` whose integers are all `value`.
Value emitSplat(OpBuilder &builder, Location loc, Type type, int64_t value);

/// The result of type `type` of an intrinsic of LLVM.
Value emitIntrinsic(OpBuilder &builder, Location loc, StringRef name, Type type,
                    ValueRange operands);

/// `value`, from an empty piece of assembly on the register class `registers`,
/// so that LLVM does not rearrange what is before and behind it.
Value emitOpaque(OpBuilder &builder, Location loc, Value value,
                 StringRef registers);

/// `(bytes >> amount) & mask`, where no bit of `mask` comes from another byte.
Value emitShiftedBytes(OpBuilder &builder, Location loc, Value bytes,
                       int64_t amount, int64_t mask);

/// `bytes << amount`, where the highest `amount` bits are 0.
Value emitRaisedBytes(OpBuilder &builder, Location loc, Value bytes,
                      int64_t amount);

/// 3 * `bytes` modulo 256, by two additions. LLVM makes multiplications of a
/// chain of them, which are slow for bytes on x86: the step is opaque where the
/// unit has a register class.
Value emitTripledBytes(OpBuilder &builder, Location loc, Value bytes,
                       const ByteUnit &unit);

/// `levels[fields]` for a vector of bytes, of which the unit's shuffle looks at
/// the lowest four bits. Without one, half of the levels are chosen from two
/// halves bit by bit.
Value emitLookup(OpBuilder &builder, Location loc, Value fields,
                 ArrayRef<int64_t> levels, const ByteUnit &unit);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_KERNELS_VECTORS_H
