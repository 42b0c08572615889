//===- TosaOperands.h - Integers of TOSA as codes ---------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_CONVERSION_TOSAOPERANDS_H
#define LOWBIT_LIB_CONVERSION_TOSAOPERANDS_H

#include "lowbit/Dialect/IR/LowbitDialect.h"

namespace mlir::lowbit {

/// The signed codes that are the elements of `integers`, i8 or i4; a
/// `lowbit.constant` if they are constant.
Value createCodes(OpBuilder &builder, Location location, Value integers);

/// The same of the transpose of `integers`, of rank 3 or 4, seen as a matrix of
/// `rows x columns` whose rows are the first two dimensions; in `shape`, whose
/// first extent is `columns`.
Value createTransposedCodes(OpBuilder &builder, Location location,
                            Value integers, int64_t rows, int64_t columns,
                            ArrayRef<int64_t> shape);

/// A constant of i32.
Value createIntegers(OpBuilder &builder, Location location,
                     ArrayRef<int64_t> shape, ArrayRef<int64_t> values);

/// A zero point for all of a tensor of `rank`; null for 0.
Value createZeroPoint(OpBuilder &builder, Location location, int64_t value,
                      int64_t rank);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CONVERSION_TOSAOPERANDS_H
