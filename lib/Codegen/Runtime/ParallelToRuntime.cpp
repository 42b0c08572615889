//===- ParallelToRuntime.cpp - Parallel loops through parallel_for --------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ContextFields.h"
#include "LoopCapture.h"
#include "LoopWork.h"
#include "lowbit/Codegen/Passes.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Utils/Utils.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Transforms/RegionUtils.h"

#include <numeric>

using namespace mlir;
using namespace mlir::lowbit;

namespace mlir::lowbit {
#define GEN_PASS_DEF_PARALLELTORUNTIMEPASS
#include "lowbit/Codegen/Passes.h.inc"
} // namespace mlir::lowbit

/// The values from outside that the loop's body uses, and `more`; constants are
/// copied into the body.
static SmallVector<Value> getCaptures(scf::ParallelOp loop, ValueRange more,
                                      IRMapping &mapping, OpBuilder &inBody) {
  llvm::SetVector<Value> used;
  getUsedValuesDefinedAbove(loop.getRegion(), used);
  used.insert(loop.getLowerBound()[0]);
  used.insert(loop.getStep()[0]);
  used.insert(more.begin(), more.end());
  SmallVector<Value> captures;
  for (Value value : used) {
    Operation *op = value.getDefiningOp();
    if (op && op->hasTrait<OpTrait::ConstantLike>())
      inBody.clone(*op, mapping);
    else
      captures.push_back(value);
  }
  return captures;
}

namespace {
/// Outlines one loop.
class Outliner {
public:
  Outliner(scf::ParallelOp loop, const LLVMTypeConverter &converter)
      : loop(loop), converter(converter), loc(loop.getLoc()),
        pointer(LLVM::LLVMPointerType::get(loop.getContext())) {}

  void run(SymbolTable &symbols);

private:
  void emitBody(func::FuncOp body);
  Value emitCaptures(OpBuilder &builder, func::FuncOp function);

  scf::ParallelOp loop;
  const LLVMTypeConverter &converter;
  Location loc;
  Type pointer;
  Value count;             ///< of iterations
  Value iterationsPerTask; ///< null: one
  SmallVector<Capture> captures;
  LLVM::LLVMStructType captureType;
};
} // namespace

/// body(data, begin, end):
///   for i in [begin * n, min(end * n, count)) { iv = lower + i * step; ... }
void Outliner::emitBody(func::FuncOp body) {
  OpBuilder builder = OpBuilder::atBlockEnd(body.addEntryBlock());
  IRMapping mapping;
  SmallVector<Value> more;
  if (iterationsPerTask)
    more = {count, iterationsPerTask};
  SmallVector<Value> captured = getCaptures(loop, more, mapping, builder);
  SmallVector<Type> types;
  for (Value value : captured)
    captures.emplace_back(value, converter).appendTypes(types);
  captureType = LLVM::LLVMStructType::getLiteral(loop.getContext(), types);
  Value data =
      LLVM::LoadOp::create(builder, loc, captureType, body.getArgument(0));
  SmallVector<Value> fields;
  for (size_t i = 0; i < types.size(); ++i)
    fields.push_back(LLVM::ExtractValueOp::create(builder, loc, data, i));
  ValueRange left = fields;
  for (auto [value, capture] : llvm::zip(captured, captures))
    mapping.map(value, capture.restore(builder, left));
  auto toIndex = [&](Value value) -> Value {
    return arith::IndexCastOp::create(builder, loc, builder.getIndexType(),
                                      value);
  };
  Value begin = toIndex(body.getArgument(1)),
        end = toIndex(body.getArgument(2));
  if (iterationsPerTask) {
    Value perTask = mapping.lookup(iterationsPerTask);
    begin = arith::MulIOp::create(builder, loc, begin, perTask);
    end = arith::MulIOp::create(builder, loc, end, perTask);
    end = arith::MinSIOp::create(builder, loc, end, mapping.lookup(count));
  }
  Value one = arith::ConstantIndexOp::create(builder, loc, 1);
  auto range = scf::ForOp::create(builder, loc, begin, end, one);
  builder.setInsertionPointToStart(range.getBody());
  Value lower = mapping.lookup(loop.getLowerBound()[0]);
  Value step = mapping.lookup(loop.getStep()[0]);
  Value offset =
      arith::MulIOp::create(builder, loc, range.getInductionVar(), step);
  mapping.map(loop.getInductionVars()[0],
              arith::AddIOp::create(builder, loc, lower, offset));
  for (Operation &op : loop.getBody()->without_terminator()) {
    Operation *clone = builder.clone(op, mapping);
    // One buffer for all iterations.
    if (auto buffer = dyn_cast<memref::AllocaOp>(clone);
        buffer && buffer.getDynamicSizes().empty())
      buffer->moveBefore(range);
  }
  builder.setInsertionPointAfter(range);
  func::ReturnOp::create(builder, loc);
}

/// A struct of the captured values on the stack of `function`, alive from here
/// on.
Value Outliner::emitCaptures(OpBuilder &builder, func::FuncOp function) {
  OpBuilder atEntry = OpBuilder::atBlockBegin(&function.getBody().front());
  Value one = LLVM::ConstantOp::create(atEntry, loc, atEntry.getI64Type(),
                                       atEntry.getI64IntegerAttr(1));
  Value data = LLVM::AllocaOp::create(atEntry, loc, pointer, captureType, one);
  SmallVector<Value> fields;
  for (const Capture &capture : captures)
    capture.appendFields(builder, fields);
  Value all = LLVM::UndefOp::create(builder, loc, captureType);
  for (auto [i, field] : llvm::enumerate(fields))
    all = LLVM::InsertValueOp::create(builder, loc, all, field, i);
  LLVM::LifetimeStartOp::create(builder, loc, data);
  LLVM::StoreOp::create(builder, loc, all, data);
  return data;
}

void Outliner::run(SymbolTable &symbols) {
  auto function = loop->getParentOfType<func::FuncOp>();
  OpBuilder builder(loop);
  Type word = builder.getI64Type();
  Value span = arith::SubIOp::create(builder, loc, loop.getUpperBound()[0],
                                     loop.getLowerBound()[0]);
  count = arith::CeilDivSIOp::create(builder, loc, span, loop.getStep()[0]);
  iterationsPerTask =
      getIterationsPerTask(builder, loop, function.getArguments());
  OpBuilder atModule(function);
  auto body =
      func::FuncOp::create(atModule, loc, function.getName().str() + "_body",
                           builder.getFunctionType({pointer, word, word}, {}));
  body.setPrivate();
  symbols.insert(body);
  emitBody(body);

  Value data = emitCaptures(builder, function);
  Value taskCount = count;
  if (iterationsPerTask)
    taskCount =
        arith::CeilDivSIOp::create(builder, loc, count, iterationsPerTask);
  Value tasks = arith::IndexCastOp::create(builder, loc, word, taskCount);
  Value context = function.getArguments().back();
  Value hook = loadContextPointer(builder, loc, context,
                                  offsetof(lowbit_context, parallel_for));
  scf::IfOp::create(
      builder, loc, isSet(builder, loc, hook),
      [&](OpBuilder &b, Location) {
        Value pool =
            loadContextPointer(b, loc, context, offsetof(lowbit_context, pool));
        Value task =
            castTo(b, loc, pointer,
                   func::ConstantOp::create(b, loc, body.getFunctionType(),
                                            body.getName()));
        auto type =
            LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(b.getContext()),
                                        {pointer, word, pointer, pointer});
        LLVM::CallOp::create(b, loc, type,
                             ValueRange{hook, pool, tasks, task, data});
        scf::YieldOp::create(b, loc);
      },
      [&](OpBuilder &b, Location) {
        Value zero =
            LLVM::ConstantOp::create(b, loc, word, b.getI64IntegerAttr(0));
        func::CallOp::create(b, loc, body, ValueRange{data, zero, tasks});
        scf::YieldOp::create(b, loc);
      });
  LLVM::LifetimeEndOp::create(builder, loc, data);
  loop.erase();
}

/// A loop inside of another runs in the thread that it is in.
static void makeSequential(scf::ParallelOp loop) {
  OpBuilder builder(loop);
  scf::LoopNest nest =
      scf::buildLoopNest(builder, loop.getLoc(), loop.getLowerBound(),
                         loop.getUpperBound(), loop.getStep());
  scf::ForOp innermost = nest.loops.back();
  for (auto [variable, sequential] :
       llvm::zip(loop.getInductionVars(), nest.loops))
    variable.replaceAllUsesWith(sequential.getInductionVar());
  loop.getBody()->getTerminator()->erase();
  Block *body = innermost.getBody();
  body->getOperations().splice(body->getTerminator()->getIterator(),
                               loop.getBody()->getOperations());
  loop.erase();
}

/// Makes one dimension of those of `loop`.
static void flatten(RewriterBase &rewriter, scf::ParallelOp loop) {
  std::vector<unsigned> all(loop.getNumLoops());
  std::iota(all.begin(), all.end(), 0);
  rewriter.setInsertionPoint(loop);
  collapseParallelLoops(rewriter, loop, {all});
}

static LogicalResult verify(scf::ParallelOp loop) {
  auto function = loop->getParentOfType<func::FuncOp>();
  if (loop.getNumReductions() != 0)
    return loop.emitOpError("expected no reductions");
  if (!function || function.getNumArguments() == 0 ||
      !isa<LLVM::LLVMPointerType>(function.getArgumentTypes().back()))
    return loop.emitOpError("expected a function whose last argument is the "
                            "context");
  return success();
}

namespace {
struct ParallelToRuntimePass
    : lowbit::impl::ParallelToRuntimePassBase<ParallelToRuntimePass> {
  SmallVector<scf::ParallelOp>
  collect(function_ref<bool(scf::ParallelOp)> isWanted) {
    SmallVector<scf::ParallelOp> loops;
    getOperation().walk([&](scf::ParallelOp loop) {
      if (isWanted(loop))
        loops.push_back(loop);
    });
    return loops;
  }

  void runOnOperation() override {
    auto isAny = [](scf::ParallelOp) { return true; };
    auto isInner = [](scf::ParallelOp loop) -> bool {
      return loop->getParentOfType<scf::ParallelOp>();
    };
    auto hasDimensions = [](scf::ParallelOp loop) {
      return loop.getNumLoops() > 1;
    };
    for (scf::ParallelOp loop : collect(isAny))
      if (failed(verify(loop)))
        return signalPassFailure();
    llvm::for_each(collect(isInner), makeSequential);
    IRRewriter rewriter(&getContext());
    for (scf::ParallelOp loop : collect(hasDimensions))
      flatten(rewriter, loop);
    LLVMTypeConverter converter(&getContext());
    SymbolTable symbols(getOperation());
    for (scf::ParallelOp loop : collect(isAny))
      Outliner(loop, converter).run(symbols);
  }
};
} // namespace
