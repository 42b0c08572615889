//===- ProtectInputs.cpp - Inputs that are not written to -----------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Codegen/Passes.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace mlir::lowbit {
#define GEN_PASS_DEF_PROTECTINPUTSPASS
#include "lowbit/Codegen/Passes.h.inc"
} // namespace mlir::lowbit

namespace {
struct ProtectInputsPass
    : lowbit::impl::ProtectInputsPassBase<ProtectInputsPass> {
  void runOnOperation() override {
    StringRef writable = bufferization::BufferizationDialect::kWritableAttrName;
    Builder builder(&getContext());
    for (auto function : getOperation().getOps<func::FuncOp>())
      for (auto [i, type] : llvm::enumerate(function.getArgumentTypes()))
        if (function.isPublic() && isa<TensorType>(type))
          function.setArgAttr(i, writable, builder.getBoolAttr(false));
  }
};
} // namespace
