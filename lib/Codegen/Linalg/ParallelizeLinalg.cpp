//===- ParallelizeLinalg.cpp - Rows of large ops in parallel --------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Codegen/Passes.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace mlir::lowbit {
#define GEN_PASS_DEF_PARALLELIZELINALGPASS
#include "lowbit/Codegen/Passes.h.inc"
} // namespace mlir::lowbit

/// Iterations of all loops together that are worth a task.
static constexpr int64_t kTaskIterations = 16 * 1024;

/// Those of one step of a loop of unknown extent, which may be 1.
static constexpr int64_t kMinStepIterations = 1024;

/// Steps along which elements lie side by side: whole vectors and tiles.
static constexpr int64_t kTaskElements = 64;

namespace {
struct Tasks {
  unsigned loop;
  int64_t steps; ///< of `loop`, per task
};
} // namespace

/// Whether loop `d` is the last dimension of an operand that is read or written
/// as a whole.
static bool isAlongElements(linalg::LinalgOp op, unsigned d) {
  return llvm::any_of(op.getIndexingMapsArray(), [&](AffineMap map) {
    return map.isPermutation() && map.getResults().back().isFunctionOfDim(d);
  });
}

/// Iterations of the longest loop in the body of `op`; unknown ones count as 1.
static int64_t getBodyIterations(linalg::LinalgOp op) {
  int64_t most = 1;
  op->walk([&](LoopLikeOpInterface loop) {
    if (std::optional<APInt> count = loop.getStaticTripCount())
      most = std::max(most, count->getSExtValue());
  });
  return most;
}

/// How the outermost parallel loop of `op` that is not trivial is cut.
static std::optional<Tasks> planTasks(linalg::LinalgOp op) {
  SmallVector<int64_t> extents = op.getStaticLoopRanges();
  auto isCut = [&](unsigned d) {
    return extents[d] != 1 &&
           op.getIteratorTypesArray()[d] == utils::IteratorType::parallel;
  };
  auto loops = llvm::seq<unsigned>(0, op.getNumLoops());
  auto found = llvm::find_if(loops, isCut);
  if (found == loops.end())
    return std::nullopt;
  unsigned loop = *found;
  int64_t perStep = std::min(getBodyIterations(op), kTaskIterations);
  for (auto [d, extent] : llvm::enumerate(extents))
    if (d != loop && !ShapedType::isDynamic(extent))
      perStep = std::min(perStep * extent, kTaskIterations);
  if (perStep == 0)
    return std::nullopt;
  int64_t steps = llvm::divideCeil(kTaskIterations, perStep);
  if (isAlongElements(op, loop))
    steps = llvm::alignTo(steps, kTaskElements);
  bool isWorthIt = ShapedType::isDynamic(extents[loop])
                       ? perStep >= kMinStepIterations
                       : extents[loop] > steps;
  return isWorthIt ? std::optional(Tasks{loop, steps}) : std::nullopt;
}

namespace {
struct ParallelizeLinalgPass
    : lowbit::impl::ParallelizeLinalgPassBase<ParallelizeLinalgPass> {
  void runOnOperation() override {
    SmallVector<linalg::LinalgOp> ops;
    getOperation()->walk([&](linalg::LinalgOp op) {
      if (op.hasPureBufferSemantics() &&
          !op->getParentOfType<scf::ParallelOp>())
        ops.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (linalg::LinalgOp op : ops) {
      std::optional<Tasks> tasks = planTasks(op);
      if (!tasks)
        continue;
      SmallVector<int64_t> sizes(op.getNumLoops(), 0);
      sizes[tasks->loop] = tasks->steps;
      auto options =
          linalg::LinalgTilingOptions().setTileSizes(sizes).setLoopType(
              linalg::LinalgTilingLoopType::ParallelLoops);
      rewriter.setInsertionPoint(op);
      if (succeeded(linalg::tileLinalgOp(rewriter, op, options)))
        rewriter.eraseOp(op);
    }
  }
};
} // namespace
