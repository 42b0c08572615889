//===- ExtentChecks.cpp - Extents that must agree -------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ExtentChecks.h"
#include "lowbit/Dialect/IR/LowbitDialect.h"
#include "mlir/Dialect/Affine/Utils.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace {
/// A number that follows from one dimension of a buffer.
struct Extent {
  Value buffer;
  unsigned dim;
  AffineExpr number = {};   ///< of the extent d0; null: the extent itself
  bool isBroadcast = false; ///< whether an extent of 1 stands for any other

  int64_t getStatic() const {
    return cast<ShapedType>(buffer.getType()).getDimSize(dim);
  }
  bool isDynamic() const { return ShapedType::isDynamic(getStatic()); }
};

/// Extents that are one number. Where it is required, an extent that does not
/// follow from the inputs' is an error.
struct EqualExtents {
  SmallVector<Extent> extents;
  bool isRequired = false;
};
} // namespace

/// The extents that each loop runs over.
static SmallVector<EqualExtents> getEqualExtents(linalg::LinalgOp op) {
  SmallVector<EqualExtents> loops(op.getNumLoops());
  for (OpOperand &operand : op->getOpOperands()) {
    if (!isa<MemRefType>(operand.get().getType()))
      continue;
    AffineMap map = op.getMatchingIndexingMap(&operand);
    for (auto [dim, expr] : llvm::enumerate(map.getResults()))
      if (auto loop = dyn_cast<AffineDimExpr>(expr))
        loops[loop.getPosition()].extents.push_back(
            {operand.get(), static_cast<unsigned>(dim)});
  }
  return loops;
}

/// Those of the two sides.
static SmallVector<EqualExtents> getEqualExtents(memref::CopyOp op) {
  SmallVector<EqualExtents> pairs;
  auto type = cast<ShapedType>(op.getSource().getType());
  for (unsigned dim = 0; dim < type.getRank(); ++dim)
    pairs.push_back({{{op.getSource(), dim}, {op.getTarget(), dim}}});
  return pairs;
}

static EqualExtents getRequiredExtents(ArrayRef<Extent> extents,
                                       ValueRange broadcast, unsigned dim) {
  EqualExtents result{llvm::to_vector(extents), /*isRequired=*/true};
  for (Value vector : broadcast)
    result.extents.push_back({vector, dim, {}, /*isBroadcast=*/true});
  return result;
}

/// M, padded K and blocks.
static SmallVector<EqualExtents> getEqualExtents(PackActivationsOp op) {
  Value source = op.getSource(), codes = op.getCodesInit();
  Value rowSums = op.getRowSumsInit();
  SmallVector<Value> vectors;
  for (Value vector : {op.getScale(), op.getZeroPoint()})
    if (vector)
      vectors.push_back(vector);
  PackedLayout layout = op.getRows();
  AffineExpr k = getAffineDimExpr(0, op.getContext());
  return {
      getRequiredExtents({{source, 0}, {codes, 0}, {rowSums, 0}}, vectors, 0),
      getRequiredExtents({{source, 1, layout.rowBytes(k)}, {codes, 1}}, {}, 1),
      getRequiredExtents({{source, 1, layout.numBlocks(k)}, {rowSums, 1}}, {},
                         1)};
}

/// N and blocks of K.
static SmallVector<EqualExtents> getEqualExtents(PackCodesOp op) {
  SmallVector<Value> vectors(op.getTerms());
  for (Value vector : {op.getScale(), op.getOffset()})
    if (vector)
      vectors.push_back(vector);
  AffineExpr k = getAffineDimExpr(0, op.getContext());
  AffineExpr blocks = op.getLayout().getPacked().numBlocks(k);
  return {getRequiredExtents({{op.getCodes(), 0}}, vectors, 0),
          getRequiredExtents({{op.getCodes(), 1, blocks}}, vectors, 1)};
}

/// M.
static SmallVector<EqualExtents> getEqualExtents(PackedGatherOp op) {
  return {getRequiredExtents({{op.getIndices(), 0}, {op.getInit(), 0}}, {}, 0)};
}

/// M, lines and blocks of padded K, and panels. A tile has a number of panels
/// that is known only when it runs.
static SmallVector<EqualExtents> getEqualExtents(PackedMatmulOp op) {
  Value activations = op.getActivations(), rowSums = op.getRowSums();
  Value weights = op.getWeights(), init = op.getInit();
  SmallVector<Value> vectors(op.getRowTerms());
  for (Value vector : {op.getActivationZeroPoint(), op.getOffsetRows()})
    if (vector)
      vectors.push_back(vector);
  PackedLayout layout = op.getLayout().getPacked();
  AffineExpr d0 = getAffineDimExpr(0, op.getContext());
  AffineExpr depth = d0.ceilDiv(op.getLineBytes()) * layout.lineDepth();
  EqualExtents blocks = getRequiredExtents(
      {{activations, 1, layout.numPaddedBlocks(depth)}, {rowSums, 1}}, vectors,
      1);
  if (op.getRowScale())
    vectors.push_back(op.getRowScale());
  return {getRequiredExtents({{activations, 0}, {rowSums, 0}, {init, 0}},
                             vectors, 0),
          getRequiredExtents(
              {{activations, 1, layout.paddedPanelBytes(depth)}, {weights, 1}},
              {}, 1),
          std::move(blocks),
          {{{init, 1, d0.ceilDiv(layout.panelRows())}, {weights, 0}}}};
}

/// M, bytes of K and panels.
static SmallVector<EqualExtents> getEqualExtents(PackedWeightOnlyMatmulOp op) {
  Value activations = op.getActivations(), weights = op.getWeights();
  Value init = op.getInit();
  PackedLayout layout = op.getLayout().getPacked();
  AffineExpr d0 = getAffineDimExpr(0, op.getContext());
  return {getRequiredExtents({{activations, 0}, {init, 0}}, {}, 0),
          getRequiredExtents(
              {{activations, 1, layout.panelBytes(d0)}, {weights, 1}}, {}, 1),
          {{{init, 1, d0.ceilDiv(layout.panelRows())}, {weights, 0}}}};
}

/// M and K.
static SmallVector<EqualExtents> getEqualExtents(PackedFloatMatmulOp op) {
  Value activations = op.getActivations(), weights = op.getWeights();
  Value init = op.getInit();
  AffineExpr d0 = getAffineDimExpr(0, op.getContext());
  return {
      getRequiredExtents({{activations, 0}, {init, 0}}, {}, 0),
      getRequiredExtents(
          {{activations, 1, d0 * PackedLayout::lanes}, {weights, 1}}, {}, 1),
      {{{init, 1, d0.ceilDiv(PackedLayout::lanes)}, {weights, 0}}}};
}

static SmallVector<EqualExtents> getEqualExtents(Operation *op) {
  return llvm::TypeSwitch<Operation *, SmallVector<EqualExtents>>(op)
      .Case<linalg::LinalgOp, memref::CopyOp, PackActivationsOp, PackCodesOp,
            PackedGatherOp, PackedFloatMatmulOp, PackedMatmulOp,
            PackedWeightOnlyMatmulOp>(
          [](auto known) { return getEqualExtents(known); })
      .Default([](Operation *) { return SmallVector<EqualExtents>(); });
}

namespace {
class ExtentChecker {
public:
  ExtentChecker(SizeCloner &cloner, OpBuilder &builder)
      : cloner(cloner), builder(builder), loc(builder.getUnknownLoc()) {}

  /// Emits the checks of `op`.
  LogicalResult check(Operation *op);
  void check(RequireEqualOp op);

  Value fits; ///< an i1, or null: nothing is checked

private:
  FailureOr<Value> getNumber(const Extent &extent, bool isRequired);
  Value isEqual(Value left, Value right);
  void require(Operation *op, Value condition);

  SizeCloner &cloner;
  OpBuilder &builder;
  Location loc;
};
} // namespace

Value ExtentChecker::isEqual(Value left, Value right) {
  return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, left,
                               right);
}

/// A slice of a tile has no row that stands for all.
static bool isTile(Value buffer) {
  Operation *op = buffer.getDefiningOp();
  return isa_and_nonnull<memref::SubViewOp>(op) &&
         op->getParentOfType<scf::ForallOp>();
}

/// What `op` needs, unless a branch around it is not taken.
void ExtentChecker::require(Operation *op, Value condition) {
  for (; isa_and_nonnull<scf::SCFDialect>(op->getParentOp()->getDialect());
       op = op->getParentOp()) {
    auto branch = dyn_cast<scf::IfOp>(op->getParentOp());
    if (!branch)
      continue;
    FailureOr<Value> taken = cloner.tryCloneValue(branch.getCondition());
    if (failed(taken))
      continue;
    Value always = arith::ConstantIntOp::create(builder, loc, 1, 1);
    Value then = condition, otherwise = always;
    if (op->getParentRegion() == &branch.getElseRegion())
      std::swap(then, otherwise);
    condition = arith::SelectOp::create(builder, loc, *taken, then, otherwise);
  }
  fits = fits ? arith::AndIOp::create(builder, loc, fits, condition).getResult()
              : condition;
}

FailureOr<Value> ExtentChecker::getNumber(const Extent &extent,
                                          bool isRequired) {
  FailureOr<Value> size =
      isRequired ? cloner.cloneExtent(extent.buffer, extent.dim)
                 : cloner.tryCloneExtent(extent.buffer, extent.dim);
  if (failed(size) || !extent.number)
    return size;
  return affine::expandAffineExpr(builder, loc, extent.number, *size, {});
}

void ExtentChecker::check(RequireEqualOp op) {
  Value first;
  for (Value extent : op.getExtents()) {
    FailureOr<Value> number = cloner.tryCloneValue(extent);
    if (failed(number))
      continue;
    if (first)
      require(op, isEqual(first, *number));
    else
      first = *number;
  }
}

LogicalResult ExtentChecker::check(Operation *op) {
  if (auto equal = dyn_cast<RequireEqualOp>(op))
    check(equal);
  for (const EqualExtents &equal : getEqualExtents(op)) {
    if (llvm::none_of(equal.extents, std::mem_fn(&Extent::isDynamic)))
      continue;
    Value first;
    for (const Extent &extent : equal.extents) {
      if (extent.isBroadcast && extent.getStatic() == 1)
        continue;
      FailureOr<Value> number = getNumber(extent, equal.isRequired);
      if (failed(number) && equal.isRequired)
        return failure();
      if (failed(number))
        continue;
      if (!first) {
        first = *number;
        continue;
      }
      Value condition = isEqual(first, *number);
      if (extent.isBroadcast && !isTile(extent.buffer)) {
        Value one = arith::ConstantIndexOp::create(builder, loc, 1);
        condition = arith::OrIOp::create(builder, loc, condition,
                                         isEqual(*number, one));
      }
      require(op, condition);
    }
  }
  return success();
}

FailureOr<Value> mlir::lowbit::emitExtentChecks(Operation *function,
                                                SizeCloner &cloner,
                                                OpBuilder &builder) {
  ExtentChecker checker(cloner, builder);
  WalkResult result = function->walk(
      [&](Operation *op) { return WalkResult(checker.check(op)); });
  if (result.wasInterrupted())
    return failure();
  return checker.fits;
}
