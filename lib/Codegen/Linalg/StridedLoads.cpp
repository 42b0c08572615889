//===- StridedLoads.cpp - Vectors of elements apart -----------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StridedLoads.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

Value mlir::lowbit::loadStrided(OpBuilder &b, Location loc, Value span,
                                int64_t width, int64_t stride) {
  auto type = VectorType::get(width, getElementTypeOrSelf(span.getType()));
  Value result;
  for (int64_t lane = 0; lane < width;) {
    // The last vector ends where the elements do.
    int64_t first = std::min(lane * stride, getSpan(width, stride) - width);
    Value elements = vector::LoadOp::create(
        b, loc, type, span,
        ValueRange{arith::ConstantIndexOp::create(b, loc, first)});
    SmallVector<int64_t> lanes(width, vector::ShuffleOp::kPoisonIndex);
    std::iota(lanes.begin(), lanes.begin() + lane, 0);
    for (; lane < width && lane * stride < first + width; ++lane)
      lanes[lane] = width + lane * stride - first;
    result = vector::ShuffleOp::create(b, loc, result ? result : elements,
                                       elements, lanes);
  }
  return result;
}
