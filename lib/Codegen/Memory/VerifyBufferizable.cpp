//===- VerifyBufferizable.cpp - Ops that no lowering knows ----------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Codegen/Passes.h"
#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace mlir::lowbit {
#define GEN_PASS_DEF_VERIFYBUFFERIZABLEPASS
#include "lowbit/Codegen/Passes.h.inc"
} // namespace mlir::lowbit

static LogicalResult checkTypes(Operation *op, TypeRange types) {
  for (Type type : types) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (tensor && tensor.getEncoding())
      return op->emitError("expected dense tensors, but got ") << type;
  }
  return success();
}

static LogicalResult checkBufferizable(Operation *op) {
  if (failed(checkTypes(op, op->getOperandTypes())) ||
      failed(checkTypes(op, op->getResultTypes())))
    return failure();
  bool hasTensors =
      llvm::any_of(op->getOperandTypes(), llvm::IsaPred<TensorType>) ||
      llvm::any_of(op->getResultTypes(), llvm::IsaPred<TensorType>);
  if (!hasTensors || isa<bufferization::BufferizableOpInterface>(op))
    return success();
  return op->emitError("expected an op that has a lowering, but got ")
         << op->getName();
}

namespace {
struct VerifyBufferizablePass
    : lowbit::impl::VerifyBufferizablePassBase<VerifyBufferizablePass> {
  void runOnOperation() override {
    WalkResult result = getOperation()->walk<WalkOrder::PreOrder>(
        [](Operation *op) { return WalkResult(checkBufferizable(op)); });
    if (result.wasInterrupted())
      signalPassFailure();
    markAllAnalysesPreserved();
  }
};
} // namespace
