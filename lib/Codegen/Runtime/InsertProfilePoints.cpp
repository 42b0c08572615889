//===- InsertProfilePoints.cpp - Where layers begin and end ---------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ContextFields.h"
#include "lowbit/Codegen/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace mlir::lowbit {
#define GEN_PASS_DEF_INSERTPROFILEPOINTSPASS
#include "lowbit/Codegen/Passes.h.inc"
} // namespace mlir::lowbit

/// Marks a function that has its profile points.
static constexpr StringLiteral kProfiled = "lowbit.profiled";

/// if (context->profile) {
///   context->profile(context->profile_user, ended, 1);
///   context->profile(context->profile_user, begun, 0);
/// }
static void emitPoint(OpBuilder &builder, Location loc, Value context,
                      std::optional<int64_t> ended,
                      std::optional<int64_t> begun) {
  Value profile = loadContextPointer(builder, loc, context,
                                     offsetof(lowbit_context, profile));
  scf::IfOp::create(
      builder, loc, isSet(builder, loc, profile), [&](OpBuilder &b, Location) {
        Type i32 = b.getI32Type();
        Value user = loadContextPointer(b, loc, context,
                                        offsetof(lowbit_context, profile_user));
        auto type =
            LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(b.getContext()),
                                        {user.getType(), i32, i32});
        auto call = [&](int64_t layer, bool end) {
          Value number =
              LLVM::ConstantOp::create(b, loc, i32, b.getI32IntegerAttr(layer));
          Value isEnd =
              LLVM::ConstantOp::create(b, loc, i32, b.getI32IntegerAttr(end));
          LLVM::CallOp::create(b, loc, type,
                               ValueRange{profile, user, number, isEnd});
        };
        if (ended)
          call(*ended, /*end=*/true);
        if (begun)
          call(*begun, /*end=*/false);
        scf::YieldOp::create(b, loc);
      });
}

static void insertProfilePoints(func::FuncOp function,
                                const llvm::StringMap<int64_t> &layers) {
  Block &block = function.getBody().front();
  Value context = function.getArguments().back();
  std::optional<int64_t> current;
  OpBuilder builder(function.getContext());
  auto switchTo = [&](Operation *before, std::optional<int64_t> layer) {
    builder.setInsertionPoint(before);
    if (current || layer)
      emitPoint(builder, before->getLoc(), context, current, layer);
    current = layer;
  };
  for (Operation &op : llvm::make_early_inc_range(block.without_terminator())) {
    // Constants, sizes and views may lie far from their layer, and cost
    // nothing.
    if (isMemoryEffectFree(&op))
      continue;
    auto named = layers.find(getLayerName(op.getLoc()));
    if (named != layers.end() && current != named->second)
      switchTo(&op, named->second);
  }
  switchTo(block.getTerminator(), std::nullopt);
}

namespace {
struct InsertProfilePointsPass
    : lowbit::impl::InsertProfilePointsPassBase<InsertProfilePointsPass> {
  void runOnOperation() override {
    llvm::StringMap<int64_t> layers;
    if (auto records =
            getOperation()->getAttrOfType<ArrayAttr>("lowbit.layers"))
      for (auto [i, record] : llvm::enumerate(records)) {
        auto name = cast<DictionaryAttr>(record).getAs<StringAttr>("name");
        if (!name.empty())
          layers[name] = i;
      }
    Type context = LLVM::LLVMPointerType::get(&getContext());
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      ArrayRef<Type> arguments = function.getArgumentTypes();
      if (function.isPrivate() || function.isDeclaration() ||
          arguments.empty() || arguments.back() != context ||
          function->hasAttr(kProfiled))
        continue;
      insertProfilePoints(function, layers);
      function->setAttr(kProfiled, UnitAttr::get(&getContext()));
    }
  }
};
} // namespace
