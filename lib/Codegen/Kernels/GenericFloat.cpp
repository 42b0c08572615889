//===- GenericFloat.cpp - Portable products of reals ----------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// For targets without a fused multiply-add, whose products are rounded. LLVM
// cuts vectors into what registers there are.
//
//   sum[m, p] = sum[m, p] + a[m] * w[p]
//

#include "lowbit/Codegen/MicroKernelRegistry.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace {
class GenericFloatKernel : public VectorFloatKernel {
public:
  GenericFloatKernel() : VectorFloatKernel("generic_float", FloatUnit()) {}

  Value emitMultiplyAdd(OpBuilder &builder, Location loc, Value activations,
                        Value weights, Value sum) const override {
    Value product = arith::MulFOp::create(builder, loc, activations, weights);
    return arith::AddFOp::create(builder, loc, product, sum);
  }
};
} // namespace

std::unique_ptr<FloatKernel> mlir::lowbit::createGenericFloatKernel() {
  return std::make_unique<GenericFloatKernel>();
}
