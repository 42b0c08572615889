//===- ReturnObserved.cpp - Hand out observed tensors ---------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_RETURNOBSERVEDPASS
#include "lowbit/Dialect/Transforms/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

/// The function whose outermost block `op` lies in, if it can return more.
static FailureOr<func::FuncOp> getReturningFunction(Operation *op) {
  auto function = dyn_cast<func::FuncOp>(op->getParentOp());
  if (function && function.isPublic() && function.getBody().hasOneBlock())
    return function;
  return op->emitOpError(
      "expected to be in the one block of a public function");
}

/// Returns the tensor that `op` observes as a further result of `function`.
static void returnObserved(ObserveOp op, func::FuncOp function) {
  unsigned index = function.getNumResults();
  std::string name =
      (op.getWhat().value_or("observed") + ":" + op.getLayer()).str();
  auto attributes = DictionaryAttr::get(
      op.getContext(),
      NamedAttribute(StringAttr::get(op.getContext(), "lowbit.name"),
                     StringAttr::get(op.getContext(), name)));
  (void)function.insertResult(index, op.getType(), attributes);
  Operation *end = function.getBody().front().getTerminator();
  end->insertOperands(end->getNumOperands(), op.getInput());
  op.replaceAllUsesWith(op.getInput());
  op.erase();
}

namespace {
struct ReturnObservedPass
    : lowbit::impl::ReturnObservedPassBase<ReturnObservedPass> {
  void runOnOperation() override {
    SmallVector<ObserveOp> observed;
    getOperation()->walk([&](ObserveOp op) { observed.push_back(op); });
    for (ObserveOp op : observed) {
      FailureOr<func::FuncOp> function = getReturningFunction(op);
      if (failed(function))
        return signalPassFailure();
      returnObserved(op, *function);
    }
  }
};
} // namespace
