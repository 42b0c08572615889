//===- PackedTiling.h - Tiles of packed matmuls -----------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_IR_PACKEDTILING_H
#define LOWBIT_LIB_DIALECT_IR_PACKEDTILING_H

#include "lowbit/Dialect/IR/LowbitDialect.h"

namespace mlir::lowbit {

/// The loops over the rows and the columns of the result.
SmallVector<Range> getPackedDomain(OpBuilder &builder,
                                   PackedMatmulInterface op);

/// `op` on `sizes` of its result from `offsets` on, which along N is where a
/// panel begins.
TilingResult tilePackedMatmul(OpBuilder &builder, PackedMatmulInterface op,
                              ArrayRef<OpFoldResult> offsets,
                              ArrayRef<OpFoldResult> sizes);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_DIALECT_IR_PACKEDTILING_H
