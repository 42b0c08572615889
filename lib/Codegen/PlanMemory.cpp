//===- PlanMemory.cpp - Caller-owned memory -------------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PlaceConstants.h"
#include "lowbit/Codegen/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/Transforms/BufferViewFlowAnalysis.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

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
// Sizes
//===----------------------------------------------------------------------===//

namespace {
/// Computes sizes again, from the function's inputs alone, at another place.
class SizeCloner {
public:
  SizeCloner(OpBuilder &builder, ValueRange from, ValueRange to)
      : builder(builder) {
    mapping.map(from, to);
  }

  FailureOr<Value> clone(OpFoldResult size) {
    if (auto constant = getConstantIntValue(size))
      return createIndex(builder, builder.getUnknownLoc(), *constant);
    return clone(cast<Value>(size));
  }

  FailureOr<Value> clone(Value value) {
    if (Value known = mapping.lookupOrNull(value))
      return known;
    Operation *op = value.getDefiningOp();
    if (!op || op->getNumRegions() != 0 || !isMemoryEffectFree(op))
      return emitError(value.getLoc(), "expected a size that depends only on "
                                       "the shapes of the inputs");
    if (auto dim = dyn_cast<memref::DimOp>(op))
      if (auto alloc = dim.getSource().getDefiningOp<memref::AllocOp>())
        return cloneExtent(alloc, dim);
    for (Value operand : op->getOperands())
      if (failed(clone(operand)))
        return failure();
    builder.clone(*op, mapping);
    return mapping.lookup(value);
  }

private:
  FailureOr<Value> cloneExtent(memref::AllocOp alloc, memref::DimOp dim) {
    auto index = dim.getConstantIndex();
    if (!index)
      return dim.emitError("expected a constant dimension");
    if (!alloc.getType().isDynamicDim(*index))
      return createIndex(builder, dim.getLoc(),
                         alloc.getType().getDimSize(*index));
    return clone(
        alloc.getDynamicSizes()[alloc.getType().getDynamicDimIndex(*index)]);
  }

  OpBuilder &builder;
  IRMapping mapping;
};

/// Buffers that share memory, one after the other.
struct Slot {
  SmallVector<memref::AllocOp> buffers;
  Operation *lastUse;
};
} // namespace

/// The extents of `buffer`, cloned.
static FailureOr<SmallVector<Value>> cloneExtents(SizeCloner &cloner,
                                                  memref::AllocOp buffer) {
  SmallVector<Value> extents;
  for (OpFoldResult extent : buffer.getMixedSizes()) {
    FailureOr<Value> size = cloner.clone(extent);
    if (failed(size))
      return failure();
    extents.push_back(*size);
  }
  return extents;
}

/// The bytes of the largest buffer of `slot`, rounded up to the alignment.
static FailureOr<Value> getSlotBytes(SizeCloner &cloner, OpBuilder &builder,
                                     Slot &slot) {
  Value largest;
  for (memref::AllocOp buffer : slot.buffers) {
    Location loc = buffer.getLoc();
    FailureOr<SmallVector<Value>> extents = cloneExtents(cloner, buffer);
    if (failed(extents))
      return failure();
    Value bytes = createIndex(
        builder, loc, ceilDivide(buffer.getType().getElementTypeBitWidth(), 8));
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
        builder(function.getContext()), loc(function.getLoc()),
        numInputs(function.getNumArguments()) {}

  LogicalResult run() {
    if (failed(resultsToArguments()) || failed(placeNestedBuffers()))
      return failure();
    Value weights = addBytes(), workspace = addBytes();
    Type context = LLVM::LLVMPointerType::get(function.getContext());
    addArgument(context);
    function->setAttr(LLVM::LLVMDialect::getEmitCWrapperAttrName(),
                      builder.getUnitAttr());
    assignSlots();
    if (failed(emitPlan()) || failed(placeBuffers(workspace)))
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

  LogicalResult resultsToArguments();
  LogicalResult placeNestedBuffers();
  void assignSlots();
  LogicalResult emitPlan();
  LogicalResult placeBuffers(Value workspace);

  func::FuncOp function;
  Block &block;
  OpBuilder builder;
  Location loc;
  unsigned numInputs;
  SmallVector<SmallVector<OpFoldResult>> resultSizes;
  SmallVector<Slot> slots;
};
} // namespace

/// Each result is written where the caller says: a buffer that is allocated for
/// it becomes the argument, anything else is copied.
LogicalResult MemoryPlanner::resultsToArguments() {
  auto terminator = cast<func::ReturnOp>(block.getTerminator());
  for (OpOperand &operand : terminator->getOpOperands()) {
    Value value = operand.get();
    unsigned number = operand.getOperandNumber();
    auto type = dyn_cast<MemRefType>(value.getType());
    if (!type || !type.getLayout().isIdentity())
      return terminator.emitError("expected a dense tensor as result ")
             << number << ", but got " << value.getType();
    builder.setInsertionPoint(terminator);
    resultSizes.push_back(memref::getMixedSizes(builder, loc, value));
    Value target = addArgument(type);
    auto buffer = value.getDefiningOp<memref::AllocOp>();
    if (buffer && buffer->getBlock() == &block &&
        llvm::count(terminator.getOperands(), value) == 1) {
      resultSizes.back() = buffer.getMixedSizes();
      buffer.replaceAllUsesWith(target);
      buffer.erase();
    } else {
      memref::CopyOp::create(builder, loc, value, target);
    }
  }
  terminator->setOperands({});
  function.setFunctionType(
      builder.getFunctionType(function.getArgumentTypes(), {}));
  function.removeResAttrsAttr();
  return success();
}

/// Buffers inside loops live on the stack; their size must be static.
LogicalResult MemoryPlanner::placeNestedBuffers() {
  SmallVector<memref::AllocOp> nested;
  function.walk([&](memref::AllocOp buffer) {
    if (buffer->getBlock() != &block)
      nested.push_back(buffer);
  });
  for (memref::AllocOp buffer : nested) {
    if (!buffer.getType().hasStaticShape())
      return buffer.emitError("expected a static shape inside a loop, but "
                              "got ")
             << buffer.getType();
    builder.setInsertionPoint(buffer);
    buffer.replaceAllUsesWith(
        memref::AllocaOp::create(builder, buffer.getLoc(), buffer.getType(),
                                 builder.getI64IntegerAttr(kAlignment))
            .getResult());
    buffer.erase();
  }
  return success();
}

/// First fit, in program order: a buffer takes the first slot whose last user
/// lies before it.
void MemoryPlanner::assignSlots() {
  BufferViewFlowAnalysis views(function);
  for (auto buffer : block.getOps<memref::AllocOp>()) {
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
  SizeCloner cloner(builder, inputs, plan.getArguments().drop_back());
  Value sizes = plan.getArguments().back();
  SmallVector<OpFoldResult> allExtents;
  for (ArrayRef<OpFoldResult> extents : resultSizes)
    llvm::append_range(allExtents, extents);
  int64_t position = 0;
  auto store = [&](Value size) {
    Value word =
        arith::IndexCastOp::create(builder, loc, builder.getI64Type(), size);
    memref::StoreOp::create(builder, loc, word, sizes,
                            ValueRange{createIndex(builder, loc, position++)});
  };
  for (OpFoldResult extent : allExtents) {
    FailureOr<Value> size = cloner.clone(extent);
    if (failed(size))
      return failure();
    store(*size);
  }
  FailureOr<SmallVector<Value>> offsets =
      getOffsets(cloner, builder, loc, slots);
  if (failed(offsets))
    return failure();
  store(offsets->back());
  func::ReturnOp::create(builder, loc);
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
    func::FuncOp entry;
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      if (!function.isPublic())
        continue;
      if (entry) {
        function.emitError("expected one public function, but got '")
            << entry.getName() << "' and '" << function.getName() << "'";
        return signalPassFailure();
      }
      entry = function;
    }
    if (!entry) {
      getOperation().emitError("expected a public function, but got none");
      return signalPassFailure();
    }
    if (entry.isDeclaration() || !entry.getBody().hasOneBlock()) {
      entry.emitError("expected a function of one block");
      return signalPassFailure();
    }
    if (failed(MemoryPlanner(entry).run()))
      signalPassFailure();
  }
};
} // namespace
