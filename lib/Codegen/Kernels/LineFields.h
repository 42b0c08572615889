//===- LineFields.h - The fields in a line of weights -----------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_CODEGEN_KERNELS_LINEFIELDS_H
#define LOWBIT_LIB_CODEGEN_KERNELS_LINEFIELDS_H

#include "Vectors.h"
#include "lowbit/Dialect/IR/LowbitDialect.h"

namespace mlir::lowbit {

/// The unsigned fields of a line, from as many of its bytes as a vector has,
/// taken from each of its vectors: one vector for each of the rows that share
/// a lane.
///
///   base 2:   field[r] = sum of ((vector >> place) & mask) << shift of planes
///   base 3:   field[r] = (x > 85) + (x > 170),   then x = 3 * x
SmallVector<Value> emitLineFields(OpBuilder &builder, Location loc,
                                  LayoutAttr layout, ValueRange vectors,
                                  const ByteUnit &unit = {});

/// The same of what the fields count as: themselves or their levels.
SmallVector<Value> emitLineLevels(OpBuilder &builder, Location loc,
                                  LayoutAttr layout, ValueRange vectors,
                                  const ByteUnit &unit = {});

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_KERNELS_LINEFIELDS_H
