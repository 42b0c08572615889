//===- VectorPlan.cpp - Which loop becomes vectors ------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VectorPlan.h"

#include "llvm/ADT/bit.h"

using namespace mlir;
using namespace mlir::lowbit;

/// Up to so many iterations of reductions run while sums stay in registers.
static constexpr int64_t kMaxWindow = 64;

/// So do longer ones, if that takes no more vectors than this.
static constexpr int64_t kMaxVectors = 2;

//===----------------------------------------------------------------------===//
// Which loop
//===----------------------------------------------------------------------===//

/// The factor of loop `d` in `expr`, if `expr` is linear in it.
static std::optional<int64_t> getFactor(AffineExpr expr, unsigned d) {
  if (!expr.isFunctionOfDim(d))
    return 0;
  if (isa<AffineDimExpr>(expr))
    return 1;
  auto binary = cast<AffineBinaryOpExpr>(expr);
  std::optional<int64_t> lhs = getFactor(binary.getLHS(), d);
  std::optional<int64_t> rhs = getFactor(binary.getRHS(), d);
  if (!lhs || !rhs)
    return std::nullopt;
  if (expr.getKind() == AffineExprKind::Add)
    return *lhs + *rhs;
  auto constant = dyn_cast<AffineConstantExpr>(binary.getRHS());
  if (expr.getKind() == AffineExprKind::Mul && constant)
    return *lhs * constant.getValue();
  return std::nullopt;
}

std::optional<int64_t> mlir::lowbit::getStride(AffineMap map, unsigned d) {
  auto isAlong = [&](AffineExpr expr) { return expr.isFunctionOfDim(d); };
  if (map.getNumResults() == 0 ||
      llvm::any_of(map.getResults().drop_back(), isAlong))
    return std::nullopt;
  return getFactor(map.getResults().back(), d);
}

/// Whether elements of `operand` lie in one row along loop `d`: side by side,
/// if they are written.
static bool isInRow(linalg::LinalgOp op, OpOperand &operand, unsigned d) {
  auto type = dyn_cast<MemRefType>(operand.get().getType());
  std::optional<int64_t> stride =
      getStride(op.getMatchingIndexingMap(&operand), d);
  if (!type || !stride || !type.isLastDimUnitStride())
    return false;
  return op.isDpsInput(&operand) ? *stride > 0 : *stride == 1;
}

static bool isVectorLoop(linalg::LinalgOp op, unsigned d) {
  int64_t extent = op.getStaticLoopRanges()[d];
  if (op.getIteratorTypesArray()[d] != utils::IteratorType::parallel ||
      (!ShapedType::isDynamic(extent) && extent < VectorPlan::minLanes))
    return false;
  return llvm::all_of(op->getOpOperands(), [&](OpOperand &operand) {
    return isInRow(op, operand, d) ||
           (op.isDpsInput(&operand) &&
            !op.getMatchingIndexingMap(&operand).isFunctionOfDim(d));
  });
}

static std::optional<unsigned> findVectorLoop(linalg::LinalgOp op) {
  for (unsigned d = op.getNumLoops(); d-- > 0;)
    if (isVectorLoop(op, d))
      return d;
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// How many lanes
//===----------------------------------------------------------------------===//

/// The bits of an element in a vector register; 0: none.
static int64_t getLaneBits(Type type) {
  // LLVM computes positions in what they are cast to.
  if (type.isIndex())
    return 8;
  if (auto real = dyn_cast<FloatType>(type))
    return std::max(32u, real.getWidth());
  if (auto integer = dyn_cast<IntegerType>(type))
    return std::max(8u, integer.getWidth());
  return 0;
}

bool mlir::lowbit::isInBytes(Type type) {
  return type.isIntOrFloat() && type.getIntOrFloatBitWidth() >= 8 &&
         llvm::has_single_bit(type.getIntOrFloatBitWidth());
}

/// Lanes of the widest type in the body of `op`; 0 if that is not elementwise.
static int64_t getLanes(linalg::LinalgOp op) {
  int64_t widest = 8;
  for (BlockArgument argument : op.getBlock()->getArguments()) {
    if (!isInBytes(argument.getType()))
      return 0;
    widest = std::max(widest, getLaneBits(argument.getType()));
  }
  for (Operation &inner : op.getBlock()->without_terminator()) {
    if (!isa<linalg::IndexOp>(inner) &&
        !inner.hasTrait<OpTrait::ConstantLike>() &&
        !OpTrait::hasElementwiseMappableTraits(&inner))
      return 0;
    for (Type type : inner.getResultTypes()) {
      if (getLaneBits(type) == 0)
        return 0;
      widest = std::max(widest, getLaneBits(type));
    }
  }
  return VectorPlan::bits / widest;
}

//===----------------------------------------------------------------------===//
// In which order
//===----------------------------------------------------------------------===//

/// Plans the loops of `op` around vectors of `lanes` elements.
static VectorPlan planLoops(linalg::LinalgOp op, unsigned along,
                            int64_t lanes) {
  SmallVector<int64_t> extents = op.getStaticLoopRanges();
  auto isAtMost = [&](unsigned d, int64_t bound) {
    return !ShapedType::isDynamic(extents[d]) && extents[d] <= bound;
  };
  SmallVector<unsigned> order, reductions;
  int64_t iterations = 1;
  for (auto [d, iterator] : llvm::enumerate(op.getIteratorTypesArray()))
    if (iterator == utils::IteratorType::reduction) {
      reductions.push_back(d);
      iterations *= isAtMost(d, kMaxWindow) ? extents[d] : kMaxWindow + 1;
    } else if (d != along) {
      order.push_back(d);
    }
  bool isNarrow = isAtMost(along, kMaxVectors * lanes);
  // Memory is walked through in its order.
  if (iterations > kMaxWindow && !isNarrow) {
    order.append(reductions);
    order.push_back(along);
    return {along, lanes, order};
  }
  // Sums that do not wait for each other.
  if (!reductions.empty() && isNarrow &&
      llvm::has_single_bit(uint64_t(extents[along])))
    lanes = std::max(lanes, extents[along]);
  order.push_back(along);
  order.append(reductions);
  return {along, lanes, order};
}

std::optional<VectorPlan> mlir::lowbit::planVectors(linalg::LinalgOp op) {
  std::optional<unsigned> along = findVectorLoop(op);
  int64_t lanes = along ? getLanes(op) : 0;
  if (lanes == 0)
    return std::nullopt;
  return planLoops(op, *along, lanes);
}
