//===- LineFields.h - The fields in a line of weights -----------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_CODEGEN_KERNELS_LINEFIELDS_H
#define LOWBIT_LIB_CODEGEN_KERNELS_LINEFIELDS_H

#include "lowbit/Dialect/IR/LowbitDialect.h"
#include "mlir/IR/Builders.h"

namespace mlir::lowbit {

/// `bytes >> amount` without the bits that come from other bytes, where `mask`
/// is set: as many as that leaves.
Value emitShiftedBytes(OpBuilder &builder, Location loc, Value bytes,
                       int64_t amount, int64_t mask);

/// `value`, from an empty piece of assembly on the register class `registers`,
/// so that LLVM does not rearrange what is before and behind it.
Value emitOpaque(OpBuilder &builder, Location loc, Value value,
                 StringRef registers);

/// 3 * `bytes` modulo 256, by two additions. LLVM makes multiplications of a
/// chain of them, which are slow for bytes on x86: the step is opaque, unless
/// `registers` is empty.
Value emitTripledBytes(OpBuilder &builder, Location loc, Value bytes,
                       StringRef registers);

/// The unsigned fields of a line, from as many of its bytes as a vector has,
/// taken from each of its vectors: one vector for each of the rows that share
/// a lane.
///
///   base 2:   field[r] = sum of ((vector >> place) & mask) << shift of planes
///   base 3:   field[r] = (x > 85) + (x > 170),   then x = 3 * x
SmallVector<Value> emitLineFields(OpBuilder &builder, Location loc,
                                  LayoutAttr layout, ValueRange vectors,
                                  StringRef registers = "");

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_KERNELS_LINEFIELDS_H
