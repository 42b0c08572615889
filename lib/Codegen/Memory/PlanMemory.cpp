//===- PlanMemory.cpp - Caller-owned memory -------------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BufferSizes.h"
#include "ExtentChecks.h"
#include "PlaceConstants.h"
#include "Reshapes.h"
#include "ThreadBuffers.h"
#include "lowbit/Codegen/Passes.h"
#include "lowbit/Dialect/IR/LowbitDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/Transforms/BufferViewFlowAnalysis.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Transforms/LoopInvariantCodeMotionUtils.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace mlir::lowbit {
#define GEN_PASS_DEF_PLANMEMORYPASS
#include "lowbit/Codegen/Passes.h.inc"
} // namespace mlir::lowbit

static Value createIndex(OpBuilder &builder, Location loc, int64_t value) {
  return arith::ConstantIndexOp::create(builder, loc, value);
}

//===----------------------------------------------------------------------===//
// Slots
//===----------------------------------------------------------------------===//

namespace {
/// Buffers that share memory, one after the other.
struct Slot {
  SmallVector<memref::AllocOp> buffers;
  Operation *lastUse;
};
} // namespace

/// The bytes of the largest buffer of `slot`, rounded up to the alignment.
static FailureOr<Value> getSlotBytes(SizeCloner &cloner, OpBuilder &builder,
                                     Slot &slot) {
  Value largest;
  for (memref::AllocOp buffer : slot.buffers) {
    Location loc = buffer.getLoc();
    FailureOr<SmallVector<Value>> extents = cloner.cloneShape(buffer);
    FailureOr<int64_t> elementBytes = getElementBytes(buffer);
    if (failed(extents) || failed(elementBytes))
      return failure();
    Value bytes = createIndex(builder, loc, *elementBytes);
    for (Value extent : *extents)
      bytes = arith::MulIOp::create(builder, loc, bytes, extent);
    largest =
        largest
            ? arith::MaxUIOp::create(builder, loc, largest, bytes).getResult()
            : bytes;
  }
  Location loc = slot.buffers.front()->getLoc();
  Value last = createIndex(builder, loc, kAlignment - 1);
  Value mask = createIndex(builder, loc, -kAlignment);
  return arith::AndIOp::create(
             builder, loc, arith::AddIOp::create(builder, loc, largest, last),
             mask)
      .getResult();
}

/// The offset of each slot and, last, the end of all.
static FailureOr<SmallVector<Value>> getOffsets(SizeCloner &cloner,
                                                OpBuilder &builder,
                                                Location loc,
                                                MutableArrayRef<Slot> slots) {
  SmallVector<Value> offsets = {createIndex(builder, loc, 0)};
  for (Slot &slot : slots) {
    FailureOr<Value> bytes = getSlotBytes(cloner, builder, slot);
    if (failed(bytes))
      return failure();
    offsets.push_back(
        arith::AddIOp::create(builder, loc, offsets.back(), *bytes));
  }
  return offsets;
}

//===----------------------------------------------------------------------===//
// The plan
//===----------------------------------------------------------------------===//

namespace {
class MemoryPlanner {
public:
  explicit MemoryPlanner(func::FuncOp function)
      : function(function), block(function.getBody().front()),
        terminator(cast<func::ReturnOp>(block.getTerminator())),
        builder(function.getContext()), loc(function.getLoc()),
        numInputs(function.getNumArguments()) {}

  LogicalResult run() {
    if (failed(checkResults()) || failed(placeThreadBuffers(function)))
      return failure();
    // The sizes of buffers in a loop, which move in front of it, do so, too.
    function.walk([](scf::ForOp loop) { moveLoopInvariantCode(loop); });
    if (failed(placeNestedBuffers()))
      return failure();
    function.walk([](memref::DeallocOp op) { op.erase(); });
    assignSlots();
    if (failed(emitPlan()))
      return failure();
    function.walk([](RequireEqualOp op) { op.erase(); });
    resultsToArguments();
    Value weights = addBytes(), workspace = addBytes();
    addArgument(LLVM::LLVMPointerType::get(function.getContext()));
    function->setAttr(LLVM::LLVMDialect::getEmitCWrapperAttrName(),
                      builder.getUnitAttr());
    if (failed(placeBuffers(workspace)))
      return failure();
    return placeConstants(function->getParentOfType<ModuleOp>(), weights);
  }

private:
  BlockArgument addArgument(Type type) {
    unsigned index = function.getNumArguments();
    (void)function.insertArgument(index, type, {}, loc);
    return function.getArgument(index);
  }
  Value addBytes() {
    return addArgument(
        MemRefType::get(ShapedType::kDynamic, builder.getI8Type()));
  }

  LogicalResult checkResults();
  memref::AllocOp getResultBuffer(Value value);
  bool isResultBuffer(memref::AllocOp buffer);
  void resultsToArguments();
  LogicalResult placeNestedBuffers();
  LogicalResult moveBefore(Operation *outermost, memref::AllocOp buffer,
                           const BufferViewFlowAnalysis::ValueSetT &views);
  void assignSlots();
  LogicalResult emitPlan();
  LogicalResult placeBuffers(Value workspace);

  func::FuncOp function;
  Block &block;
  func::ReturnOp terminator;
  OpBuilder builder;
  Location loc;
  unsigned numInputs;
  SmallVector<Slot> slots;
};
} // namespace

LogicalResult MemoryPlanner::checkResults() {
  for (auto [number, type] : llvm::enumerate(terminator.getOperandTypes())) {
    auto memref = dyn_cast<MemRefType>(type);
    if (!memref || !memref.getLayout().isIdentity())
      return terminator.emitError("expected a dense tensor as result ")
             << number << ", but got " << type;
  }
  return success();
}

/// Whether one result is all of `buffer`, and no other a view of it.
bool MemoryPlanner::isResultBuffer(memref::AllocOp buffer) {
  return llvm::count_if(terminator.getOperands(), [&](Value value) {
           return getWholeBuffer(value) == buffer.getResult();
         }) == 1;
}

/// The buffer of the result `value`, if it can become an argument.
memref::AllocOp MemoryPlanner::getResultBuffer(Value value) {
  auto buffer = getWholeBuffer(value).getDefiningOp<memref::AllocOp>();
  return buffer && isResultBuffer(buffer) ? buffer : memref::AllocOp();
}

/// Each result is written where the caller says: a buffer that is allocated for
/// it becomes the argument, anything else is copied.
void MemoryPlanner::resultsToArguments() {
  for (Value value : llvm::to_vector(terminator.getOperands())) {
    Value target = addArgument(value.getType());
    if (memref::AllocOp buffer = getResultBuffer(value)) {
      builder.setInsertionPoint(buffer);
      buffer.replaceAllUsesWith(undoReshapes(builder, loc, target, value));
      buffer.erase();
    } else {
      builder.setInsertionPoint(terminator);
      memref::CopyOp::create(builder, loc, value, target);
    }
  }
  terminator->setOperands({});
  function.setFunctionType(
      builder.getFunctionType(function.getArgumentTypes(), {}));
  function.removeResAttrsAttr();
}

/// Buffers of loops move in front of the outermost one.
LogicalResult MemoryPlanner::placeNestedBuffers() {
  SmallVector<memref::AllocOp> nested;
  function.walk([&](memref::AllocOp buffer) {
    if (buffer->getBlock() != &block)
      nested.push_back(buffer);
  });
  BufferViewFlowAnalysis views(function);
  for (memref::AllocOp buffer : nested)
    if (failed(moveBefore(block.findAncestorOpInBlock(*buffer), buffer,
                          views.resolve(buffer.getResult()))))
      return failure();
  return success();
}

LogicalResult
MemoryPlanner::moveBefore(Operation *outermost, memref::AllocOp buffer,
                          const BufferViewFlowAnalysis::ValueSetT &views) {
  auto isInside = [&](Value value) {
    return outermost->isAncestor(value.getParentBlock()->getParentOp());
  };
  if (llvm::any_of(buffer.getDynamicSizes(), isInside))
    return buffer.emitError("expected a size known before the loop, but got ")
           << buffer.getType();
  for (Value view : views) {
    auto argument = dyn_cast<BlockArgument>(view);
    if (argument && argument.getOwner()->getParentOp()->isAncestor(buffer))
      return buffer.emitError("expected a buffer that is not carried to the "
                              "next iteration");
  }
  buffer->moveBefore(outermost);
  return success();
}

/// First fit, in program order: a buffer takes the first slot whose last user
/// lies before it.
void MemoryPlanner::assignSlots() {
  BufferViewFlowAnalysis views(function);
  for (auto buffer : block.getOps<memref::AllocOp>()) {
    if (isResultBuffer(buffer))
      continue;
    Operation *lastUse = buffer;
    for (Value view : views.resolve(buffer.getResult()))
      for (Operation *user : view.getUsers()) {
        Operation *top = block.findAncestorOpInBlock(*user);
        if (top && lastUse->isBeforeInBlock(top))
          lastUse = top;
      }
    Slot *free = llvm::find_if(slots, [&](Slot &slot) {
      return slot.lastUse->isBeforeInBlock(buffer);
    });
    if (free == slots.end()) {
      slots.push_back({});
      free = &slots.back();
    }
    free->buffers.push_back(buffer);
    free->lastUse = lastUse;
  }
}

/// `<name>_plan(inputs, sizes)`: extents of all results, then workspace bytes.
LogicalResult MemoryPlanner::emitPlan() {
  ValueRange inputs = ValueRange(function.getArguments()).take_front(numInputs);
  SmallVector<Type> types(inputs.getTypes());
  types.push_back(MemRefType::get(ShapedType::kDynamic, builder.getI64Type()));
  builder.setInsertionPoint(function);
  auto plan =
      func::FuncOp::create(builder, loc, function.getName().str() + "_plan",
                           builder.getFunctionType(types, {}));
  plan->setAttr(LLVM::LLVMDialect::getEmitCWrapperAttrName(),
                builder.getUnitAttr());
  builder.setInsertionPointToStart(plan.addEntryBlock());
  builder.setInsertionPoint(func::ReturnOp::create(builder, loc));
  SizeCloner cloner(builder, inputs, plan.getArguments().drop_back());
  Value sizes = plan.getArguments().back();
  int64_t position = 0;
  auto store = [&](Value size) {
    Value word =
        arith::IndexCastOp::create(builder, loc, builder.getI64Type(), size);
    memref::StoreOp::create(builder, loc, word, sizes,
                            ValueRange{createIndex(builder, loc, position++)});
  };
  for (Value result : terminator.getOperands()) {
    FailureOr<SmallVector<Value>> shape = cloner.cloneShape(result);
    if (failed(shape))
      return failure();
    llvm::for_each(*shape, store);
  }
  FailureOr<SmallVector<Value>> offsets =
      getOffsets(cloner, builder, loc, slots);
  if (failed(offsets))
    return failure();
  // Negative bytes tell the caller that the inputs do not fit one another.
  Value bytes = offsets->back();
  FailureOr<Value> fits = emitExtentChecks(function, cloner, builder);
  if (failed(fits))
    return failure();
  if (*fits)
    bytes = arith::SelectOp::create(builder, loc, *fits, bytes,
                                    createIndex(builder, loc, -1));
  store(bytes);
  return success();
}

LogicalResult MemoryPlanner::placeBuffers(Value workspace) {
  builder.setInsertionPointToStart(&block);
  SizeCloner cloner(builder, function.getArguments(), function.getArguments());
  FailureOr<SmallVector<Value>> offsets =
      getOffsets(cloner, builder, loc, slots);
  if (failed(offsets))
    return failure();
  for (auto [slot, offset] : llvm::zip(slots, *offsets))
    for (memref::AllocOp buffer : slot.buffers) {
      builder.setInsertionPoint(buffer);
      buffer.replaceAllUsesWith(
          memref::ViewOp::create(builder, buffer.getLoc(), buffer.getType(),
                                 workspace, offset, buffer.getDynamicSizes())
              .getResult());
      buffer.erase();
    }
  return success();
}

namespace {
struct PlanMemoryPass : lowbit::impl::PlanMemoryPassBase<PlanMemoryPass> {
  void runOnOperation() override {
    // Planned before.
    if (getOperation()->hasAttr(kWeights))
      return;
    func::FuncOp entry;
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      if (function.isPrivate() && function.isDeclaration())
        continue;
      if (function.isPrivate()) {
        function.emitError("expected functions to be inlined, but got '")
            << function.getName() << "'";
        return signalPassFailure();
      }
      if (entry) {
        function.emitError("expected one public function, but got '")
            << entry.getName() << "' and '" << function.getName() << "'";
        return signalPassFailure();
      }
      entry = function;
    }
    if (!entry)
      return;
    if (!entry.getBody().hasOneBlock()) {
      entry.emitError("expected a function of one block");
      return signalPassFailure();
    }
    if (failed(MemoryPlanner(entry).run()))
      signalPassFailure();
  }
};
} // namespace
