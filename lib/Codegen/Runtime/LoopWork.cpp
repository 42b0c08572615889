//===- LoopWork.cpp - How much a parallel loop does -----------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LoopWork.h"
#include "Memory/BufferSizes.h"
#include "lowbit/Dialect/IR/LowbitDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace mlir::lowbit;

// Work is counted in products of codes, of which a core does about 400 in a
// nanosecond.

static constexpr int64_t kTaskWork = 1 << 22;

/// A byte of weights from memory beyond the caches of a core.
static constexpr int64_t kByteWork = 16;

/// An element that is computed or copied.
static constexpr int64_t kElementWork = 128;

namespace {
class WorkCounter {
public:
  WorkCounter(OpBuilder &builder, Location loc, SizeCloner &cloner)
      : builder(builder), loc(loc), cloner(cloner) {}

  /// Adds the work of `op`. Fails where it is not known.
  LogicalResult add(Operation *op);

  Value total; ///< null: none

private:
  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(builder, loc, value);
  }
  FailureOr<Value> getElements(Value buffer, int64_t firstDim = 0);
  LogicalResult add(FailureOr<Value> count, int64_t each);

  OpBuilder &builder;
  Location loc;
  SizeCloner &cloner;
};
} // namespace

/// The product of the extents of `buffer` from `firstDim` on.
FailureOr<Value> WorkCounter::getElements(Value buffer, int64_t firstDim) {
  Value product = index(1);
  for (int64_t dim = firstDim;
       dim < cast<MemRefType>(buffer.getType()).getRank(); ++dim) {
    FailureOr<Value> extent = cloner.tryCloneExtent(buffer, dim);
    if (failed(extent))
      return failure();
    product = arith::MulIOp::create(builder, loc, product, *extent);
  }
  return product;
}

LogicalResult WorkCounter::add(FailureOr<Value> count, int64_t each) {
  if (failed(count))
    return failure();
  Value work = arith::MulIOp::create(builder, loc, *count, index(each));
  total = total ? arith::AddIOp::create(builder, loc, total, work).getResult()
                : work;
  return success();
}

LogicalResult WorkCounter::add(Operation *op) {
  if (auto matmul = dyn_cast<PackedMatmulInterface>(op)) {
    FailureOr<Value> elements = getElements(matmul.getInitMutable().get());
    FailureOr<Value> depth = getElements(matmul.getActivations(), 1);
    if (failed(elements) || failed(depth))
      return failure();
    Value products = arith::MulIOp::create(builder, loc, *elements, *depth);
    return success(succeeded(add(products, 1)) &&
                   succeeded(add(getElements(matmul.getWeightsMutable().get()),
                                 kByteWork)));
  }
  // What a body in a body does is not known.
  if (isa<LoopLikeOpInterface>(op))
    return failure();
  if (auto copy = dyn_cast<memref::CopyOp>(op))
    return add(getElements(copy.getTarget()), kElementWork);
  auto destination = dyn_cast<DestinationStyleOpInterface>(op);
  if (!destination)
    return success();
  ValueRange buffers = isa<linalg::LinalgOp>(op)
                           ? ValueRange(op->getOperands())
                           : ValueRange(destination.getDpsInits());
  for (Value buffer : buffers)
    if (isa<MemRefType>(buffer.getType()) &&
        failed(add(getElements(buffer), kElementWork)))
      return failure();
  return success();
}

Value mlir::lowbit::getIterationsPerTask(OpBuilder &builder,
                                         scf::ParallelOp loop,
                                         ValueRange inputs) {
  SmallVector<Value> from(inputs), to(inputs);
  llvm::append_range(from, loop.getInductionVars());
  llvm::append_range(to, loop.getLowerBound());
  SizeCloner cloner(builder, from, to);
  Location loc = loop.getLoc();
  WorkCounter work(builder, loc, cloner);
  WalkResult result = loop.getBody()->walk(
      [&](Operation *op) { return WalkResult(work.add(op)); });
  if (result.wasInterrupted() || !work.total)
    return {};
  Value one = arith::ConstantIndexOp::create(builder, loc, 1);
  Value least = arith::ConstantIndexOp::create(builder, loc, kTaskWork);
  Value total = arith::MaxUIOp::create(builder, loc, work.total, one);
  return arith::CeilDivUIOp::create(builder, loc, least, total);
}
