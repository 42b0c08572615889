//===- CarryInPlace.cpp - Loops that carry tensors ------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Codegen/Passes.h"
#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Interfaces/ValueBoundsOpInterface.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace mlir::lowbit {
#define GEN_PASS_DEF_CARRYINPLACEPASS
#include "lowbit/Codegen/Passes.h.inc"
} // namespace mlir::lowbit

/// Whether each extent of `value` is that of `carried`, of the same type.
static bool keepsShape(Value value, Value carried) {
  auto type = dyn_cast<RankedTensorType>(carried.getType());
  if (!type)
    return false;
  for (int64_t dim = 0; dim < type.getRank(); ++dim) {
    if (!type.isDynamicDim(dim))
      continue;
    FailureOr<bool> equal =
        ValueBoundsConstraintSet::areEqual({value, dim}, {carried, dim});
    if (failed(equal) || !*equal)
      return false;
  }
  return true;
}

/// Whether `operand` is written into the buffer of `carried` on every way, by
/// ops whose results replace what they write into.
static bool isInPlace(OpOperand &operand, Value carried) {
  bufferization::BufferizationOptions options;
  bufferization::AnalysisState state(options);
  bufferization::TraversalConfig config;
  config.followSameTypeOrCastsOnly = true;
  auto isCarried = [&](Value value) { return value == carried; };
  return llvm::all_of(
      state.findValueInReverseUseDefChain(&operand, isCarried, config),
      isCarried);
}

/// Writes the tensors among the operands `yielded` of `terminator` over the
/// arguments `carried` of its block.
static LogicalResult carryInPlace(Operation *terminator,
                                  MutableArrayRef<OpOperand> yielded,
                                  ValueRange carried) {
  OpBuilder builder(terminator);
  Location loc = terminator->getLoc();
  SmallVector<std::pair<OpOperand *, Value>> moved;
  for (auto [i, operand] : llvm::enumerate(yielded)) {
    Value value = operand.get();
    if (!isa<TensorType>(value.getType()))
      continue;
    if (i >= carried.size() || carried[i].getType() != value.getType())
      return terminator->emitError("expected operand ")
             << i << " to be carried at the same position, but got "
             << value.getType();
    if (isInPlace(operand, carried[i]))
      continue;
    if (!keepsShape(value, carried[i]))
      return terminator->emitError("expected tensors whose shape stays the "
                                   "same in the loop, but got ")
             << value.getType();
    // What is to be overwritten.
    if (llvm::is_contained(carried, value))
      operand.set(bufferization::AllocTensorOp::create(
          builder, loc, cast<RankedTensorType>(value.getType()),
          /*dynamicSizes=*/ValueRange(), /*copy=*/value));
    moved.push_back({&operand, carried[i]});
  }
  for (auto [operand, target] : moved)
    operand->set(
        bufferization::MaterializeInDestinationOp::create(
            builder, loc, operand->get().getType(), operand->get(), target)
            .getResult());
  return success();
}

namespace {
struct CarryInPlacePass : lowbit::impl::CarryInPlacePassBase<CarryInPlacePass> {
  void runOnOperation() override {
    WalkResult result = getOperation()->walk([](Operation *op) {
      if (auto loop = dyn_cast<scf::ForOp>(op))
        return WalkResult(carryInPlace(loop.getBody()->getTerminator(),
                                       *loop.getYieldedValuesMutable(),
                                       loop.getRegionIterArgs()));
      if (auto loop = dyn_cast<scf::WhileOp>(op)) {
        auto condition = loop.getConditionOp();
        auto yield = loop.getYieldOp();
        if (failed(carryInPlace(condition, condition.getArgsMutable(),
                                loop.getBeforeArguments())))
          return WalkResult::interrupt();
        return WalkResult(carryInPlace(yield, yield.getResultsMutable(),
                                       loop.getAfterArguments()));
      }
      return WalkResult::advance();
    });
    if (result.wasInterrupted())
      signalPassFailure();
  }
};
} // namespace
