//===- TransposeVectors.cpp - Squares in registers ------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TransposeVectors.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::lowbit;

void mlir::lowbit::emitTranspose(ImplicitLocOpBuilder &builder,
                                 MutableArrayRef<Value> vectors) {
  size_t size = vectors.size();
  for (size_t stage = 1; stage < size; stage *= 2) {
    SmallVector<int64_t> low, high;
    for (size_t lane = 0; lane < size; ++lane) {
      bool isSet = lane & stage;
      low.push_back(isSet ? size + lane - stage : lane);
      high.push_back(isSet ? size + lane : lane + stage);
    }
    for (size_t i = 0; i < size; ++i) {
      if (i & stage)
        continue;
      Value first = vectors[i], second = vectors[i + stage];
      vectors[i] = vector::ShuffleOp::create(builder, first, second, low);
      vectors[i + stage] =
          vector::ShuffleOp::create(builder, first, second, high);
    }
  }
}
