//===- Prefetch.cpp - How far ahead weights are fetched -------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Prefetch.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace mlir::lowbit;

void mlir::lowbit::emitPrefetch(OpBuilder &builder, Location loc, Value matrix,
                                Value row, Value column, Prefetch prefetch) {
  Value ahead = arith::ConstantIndexOp::create(builder, loc, prefetch.ahead);
  ahead = arith::AddIOp::create(builder, loc, column, ahead);
  memref::PrefetchOp::create(builder, loc, matrix, ValueRange{row, ahead},
                             /*isWrite=*/false, prefetch.locality,
                             /*isDataCache=*/true);
}
