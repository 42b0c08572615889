//===- IntegerOnly.cpp - Check that no float lies between codes -----------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/Transforms/Passes.h"
#include "mlir/IR/Iterators.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_INTEGERONLYPASS
#include "lowbit/Dialect/Transforms/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

static bool isCodes(Value value) {
  return isa<CodeTypeInterface>(getElementTypeOrSelf(value));
}

static bool isFloat(Value value) {
  return isa<FloatType>(getElementTypeOrSelf(value));
}

/// What no pass can change about the floats of `op`.
static StringRef explain(Operation *op) {
  auto matmul = dyn_cast<ScaledMatmulOp>(op);
  return matmul && matmul.getBlock() != 0
             ? ", whose block scales are combined in f32"
             : "";
}

namespace {
/// Which ops lie behind codes, and which before others. Ops with regions count
/// as one with all that they hold.
class Between {
public:
  explicit Between(Operation *root) {
    root->walk<WalkOrder::PreOrder>([&](Operation *op) {
      if (isa<ConstantOp>(op) || llvm::none_of(op->getOperands(), [&](Value v) {
            return isCodes(v) || isBehind(v);
          }))
        return;
      behind.insert(op);
    });
    // Users come after what they use.
    root->walk<WalkOrder::PostOrder, ReverseIterator>([&](Operation *op) {
      if (llvm::any_of(op->getUsers(), [&](Operation *user) {
            return before.contains(user) ||
                   llvm::any_of(user->getResults(), isCodes) ||
                   (user->hasTrait<OpTrait::IsTerminator>() &&
                    before.contains(user->getParentOp()));
          }))
        before.insert(op);
    });
  }

  bool contains(Operation *op) const {
    return behind.contains(op) && before.contains(op);
  }

private:
  bool isBehind(Value value) const {
    Operation *op = value.getDefiningOp();
    if (!op)
      op = value.getParentBlock()->getParentOp();
    return behind.contains(op);
  }

  DenseSet<Operation *> behind, before;
};

struct IntegerOnlyPass : lowbit::impl::IntegerOnlyPassBase<IntegerOnlyPass> {
  void runOnOperation() override {
    Between between(getOperation());
    getOperation()->walk([&](Operation *op) {
      if (!between.contains(op) || llvm::none_of(op->getResults(), isFloat))
        return;
      op->emitError("expected integer arithmetic alone between codes, but got ")
          << op->getName() << explain(op);
      signalPassFailure();
    });
    markAllAnalysesPreserved();
  }
};
} // namespace
