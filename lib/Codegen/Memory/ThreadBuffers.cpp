//===- ThreadBuffers.cpp - Buffers of parallel loops ----------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ThreadBuffers.h"
#include "BufferSizes.h"
#include "PlaceConstants.h"
#include "lowbit-c/Model.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Interfaces/LoopLikeInterface.h"

using namespace mlir;
using namespace mlir::lowbit;

/// The bytes of buffers on the stack of a thread: three tiles of 64 KiB, and
/// some rows. The rest is for the functions that a loop calls.
static constexpr int64_t kMaxStack = 200 * 1024;
static_assert(kMaxStack < LOWBIT_MAX_STACK);

/// The most bytes that `buffer` can have, rounded up to the alignment.
static FailureOr<int64_t> getMaxBytes(memref::AllocOp buffer) {
  FailureOr<int64_t> elementBytes = getElementBytes(buffer);
  if (failed(elementBytes))
    return failure();
  FailureOr<int64_t> elements = getMaxElements(buffer);
  int64_t bytes = 0;
  if (failed(elements) || llvm::MulOverflow(*elements, *elementBytes, bytes))
    return buffer.emitError("expected a buffer of bounded size inside a "
                            "parallel loop, but got ")
           << buffer.getType();
  return llvm::alignTo(bytes, kAlignment);
}

namespace {
/// Places the buffers of one loop.
class ThreadBuffers {
public:
  explicit ThreadBuffers(LoopLikeOpInterface loop)
      : loop(loop), b(loop.getLoc(), loop) {}

  LogicalResult place(ArrayRef<memref::AllocOp> buffers);

private:
  void replace(memref::AllocOp buffer, Value memory, Value offset);
  void moveToStack(memref::AllocOp buffer, int64_t bytes);
  void moveToIterations(ArrayRef<std::pair<memref::AllocOp, int64_t>> buffers,
                        int64_t bytes);
  std::pair<Value, Value> countIterations();
  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(b, value);
  }

  LoopLikeOpInterface loop;
  ImplicitLocOpBuilder b;
};
} // namespace

LogicalResult ThreadBuffers::place(ArrayRef<memref::AllocOp> buffers) {
  SmallVector<std::pair<int64_t, size_t>> sizes;
  for (auto [i, buffer] : llvm::enumerate(buffers)) {
    FailureOr<int64_t> bytes = getMaxBytes(buffer);
    if (failed(bytes))
      return failure();
    sizes.push_back({*bytes, i});
  }
  // The smallest first.
  llvm::sort(sizes);
  int64_t left = kMaxStack, rest = 0;
  SmallVector<std::pair<memref::AllocOp, int64_t>> others;
  for (auto [bytes, i] : sizes) {
    if (bytes <= left) {
      moveToStack(buffers[i], bytes);
      left -= bytes;
    } else {
      others.push_back({buffers[i], rest});
      rest += bytes;
    }
  }
  if (!others.empty())
    moveToIterations(others, rest);
  return success();
}

/// Makes `buffer` a view of `memory`.
void ThreadBuffers::replace(memref::AllocOp buffer, Value memory,
                            Value offset) {
  b.setInsertionPoint(buffer);
  buffer.replaceAllUsesWith(memref::ViewOp::create(b, buffer.getType(), memory,
                                                   offset,
                                                   buffer.getDynamicSizes())
                                .getResult());
  buffer.erase();
}

void ThreadBuffers::moveToStack(memref::AllocOp buffer, int64_t bytes) {
  b.setInsertionPointToStart(&loop->getRegion(0).front());
  auto allocate = [&](MemRefType type) -> Value {
    return memref::AllocaOp::create(b, type, b.getI64IntegerAttr(kAlignment));
  };
  if (!buffer.getType().hasStaticShape()) {
    Value stack = allocate(MemRefType::get(bytes, b.getI8Type()));
    return replace(buffer, stack, index(0));
  }
  buffer.replaceAllUsesWith(allocate(buffer.getType()));
  buffer.erase();
}

/// In front of the loop lie `bytes` of memory for each iteration, in which each
/// of `buffers` has its place.
void ThreadBuffers::moveToIterations(
    ArrayRef<std::pair<memref::AllocOp, int64_t>> buffers, int64_t bytes) {
  auto [count, number] = countIterations();
  b.setInsertionPoint(loop);
  Value all = arith::MulIOp::create(b, count, index(bytes));
  Value memory = memref::AllocOp::create(
      b, MemRefType::get(ShapedType::kDynamic, b.getI8Type()), all);
  b.setInsertionPointAfterValue(number);
  Value first = arith::MulIOp::create(b, number, index(bytes));
  for (auto [buffer, place] : buffers) {
    b.setInsertionPoint(buffer);
    replace(buffer, memory, arith::AddIOp::create(b, first, index(place)));
  }
}

/// The number of iterations, in front of the loop, and at its begin that of
/// this one, row by row.
std::pair<Value, Value> ThreadBuffers::countIterations() {
  b.setInsertionPoint(loop);
  Value count = index(1);
  b.setInsertionPointToStart(&loop->getRegion(0).front());
  Value number = index(0);
  for (auto [variable, from, to, by] :
       llvm::zip(*loop.getLoopInductionVars(), *loop.getLoopLowerBounds(),
                 *loop.getLoopUpperBounds(), *loop.getLoopSteps())) {
    b.setInsertionPoint(loop);
    auto get = [&](OpFoldResult value) {
      return getValueOrCreateConstantIndexOp(b, b.getLoc(), value);
    };
    Value lower = get(from), step = get(by);
    Value span = arith::SubIOp::create(b, get(to), lower);
    Value extent = arith::CeilDivSIOp::create(b, span, step);
    count = arith::MulIOp::create(b, count, extent);
    b.setInsertionPointAfterValue(number);
    Value place = arith::DivSIOp::create(
        b, arith::SubIOp::create(b, variable, lower), step);
    number = arith::AddIOp::create(b, arith::MulIOp::create(b, number, extent),
                                   place);
  }
  return {count, number};
}

static LoopLikeOpInterface getOutermostParallelLoop(Operation *op) {
  LoopLikeOpInterface outermost;
  while ((op = op->getParentWithTrait<OpTrait::HasParallelRegion>()))
    if (auto loop = dyn_cast<LoopLikeOpInterface>(op))
      outermost = loop;
  return outermost;
}

LogicalResult mlir::lowbit::placeThreadBuffers(func::FuncOp function) {
  llvm::MapVector<Operation *, SmallVector<memref::AllocOp>> buffers;
  function.walk([&](memref::AllocOp buffer) {
    if (Operation *loop = getOutermostParallelLoop(buffer))
      buffers[loop].push_back(buffer);
  });
  for (auto &[loop, some] : buffers)
    if (failed(ThreadBuffers(cast<LoopLikeOpInterface>(loop)).place(some)))
      return failure();
  return success();
}
