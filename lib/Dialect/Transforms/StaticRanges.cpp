//===- StaticRanges.cpp - Ranges known at compile time --------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StaticRanges.h"
#include "FloatOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"
#include <cmath>

using namespace mlir;
using namespace mlir::lowbit;

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

void mlir::lowbit::setCalibratedRange(Operation *layer, RealRange range) {
  layer->setDiscardableAttr(
      kActivationRange,
      DenseF32ArrayAttr::get(layer->getContext(), {range.min, range.max}));
}

FailureOr<std::optional<RealRange>>
mlir::lowbit::getCalibratedRange(Operation *layer) {
  Attribute attribute = layer->getDiscardableAttr(kActivationRange);
  if (!attribute)
    return std::optional<RealRange>();
  auto ends = dyn_cast<DenseF32ArrayAttr>(attribute);
  if (ends && ends.size() == 2 && std::isfinite(ends[0]) &&
      std::isfinite(ends[1]) && ends[0] <= ends[1])
    return std::optional<RealRange>(RealRange{ends[0], ends[1]});
  return layer->emitError("expected array<f32: a, b> with finite a <= b as ")
         << kActivationRange << ", but got " << attribute;
}

//===----------------------------------------------------------------------===//
// Clips
//===----------------------------------------------------------------------===//

/// How many ops back a clip is looked for.
static constexpr unsigned kMaxDepth = 8;

static constexpr float kInfinity = std::numeric_limits<float>::infinity();
static constexpr RealRange kUnknown = {-kInfinity, kInfinity};

/// The interval of max(a, b) or min(a, b).
static RealRange clip(bool isMax, RealRange a, RealRange b) {
  if (isMax)
    return {std::max(a.min, b.min), std::max(a.max, b.max)};
  return {std::min(a.min, b.min), std::min(a.max, b.max)};
}

/// Whether `op` is a maximum, or a minimum, of its first two operands.
static std::optional<bool> isMaximum(Operation *op) {
  if (isa<arith::MaximumFOp, arith::MaxNumFOp, linalg::MaxOp>(op))
    return true;
  if (isa<arith::MinimumFOp, arith::MinNumFOp, linalg::MinOp>(op))
    return false;
  return std::nullopt;
}

/// The tensor whose elements the elements of `op` are, or null.
static Value getMovedTensor(Operation *op) {
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case<linalg::BroadcastOp, linalg::TransposeOp>(
          [](auto move) { return move.getInput(); })
      .Case<tensor::CollapseShapeOp, tensor::ExpandShapeOp>(
          [](auto move) { return move.getSrc(); })
      .Case<tensor::CastOp, tensor::ExtractSliceOp, tensor::ReshapeOp>(
          [](auto move) { return move.getSource(); })
      .Case<linalg::FillOp>([](auto fill) { return fill.value(); })
      .Default(Value());
}

static RealRange getConstantInterval(DenseFPElementsAttr values) {
  RealRange range = {kInfinity, -kInfinity};
  for (APFloat value : values) {
    if (!value.isFinite())
      return kUnknown;
    range.min = std::min(range.min, value.convertToFloat());
    range.max = std::max(range.max, value.convertToFloat());
  }
  return values.empty() ? kUnknown : range;
}

/// What the outputs of `layer` lie in, within `sigmas` deviations of their
/// means.
static std::optional<RealRange> getStatisticalInterval(Operation *layer,
                                                       double sigmas) {
  auto means = layer->getAttrOfType<DenseF32ArrayAttr>(kOutputMean);
  auto deviations = layer->getAttrOfType<DenseF32ArrayAttr>(kOutputDeviation);
  if (!means || !deviations || means.empty() ||
      means.size() != deviations.size())
    return std::nullopt;
  double low = kInfinity, high = -kInfinity;
  for (auto [mean, deviation] :
       llvm::zip_equal(means.asArrayRef(), deviations.asArrayRef())) {
    low = std::min(low, mean - sigmas * deviation);
    high = std::max(high, mean + sigmas * deviation);
  }
  return RealRange{static_cast<float>(low), static_cast<float>(high)};
}

namespace {
/// Follows a tensor back to what bounds it.
class IntervalFinder {
public:
  /// Without `sigmas`, statistics are not asked.
  explicit IntervalFinder(std::optional<double> sigmas) : sigmas(sigmas) {}

  RealRange getInterval(Value value, unsigned depth = 0);
  bool usedStatistics() const { return isStatistical; }

private:
  RealRange getPooledInterval(linalg::LinalgOp pool, unsigned depth);

  std::optional<double> sigmas;
  bool isStatistical = false;
};
} // namespace

/// The interval of the maxima of the input and the initial value.
RealRange IntervalFinder::getPooledInterval(linalg::LinalgOp pool,
                                            unsigned depth) {
  RealRange input = getInterval(pool.getDpsInputOperand(0)->get(), depth + 1);
  Value init = pool.getDpsInitOperand(0)->get();
  if (getRepeatedReal(init) == -kInfinity)
    return input;
  return clip(/*isMax=*/true, input, getInterval(init, depth + 1));
}

/// What `value` lies in, were it not NaN.
RealRange IntervalFinder::getInterval(Value value, unsigned depth) {
  if (depth == kMaxDepth || !getElementTypeOrSelf(value).isF32())
    return kUnknown;
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    auto generic =
        dyn_cast<linalg::GenericOp>(argument.getOwner()->getParentOp());
    return generic ? getInterval(generic->getOperand(argument.getArgNumber()),
                                 depth + 1)
                   : kUnknown;
  }
  APFloat scalar(0.0f);
  DenseFPElementsAttr elements;
  if (matchPattern(value, m_Constant(&elements)))
    return getConstantInterval(elements);
  if (matchPattern(value, m_ConstantFloat(&scalar)))
    return scalar.isFinite()
               ? RealRange{scalar.convertToFloat(), scalar.convertToFloat()}
               : kUnknown;
  Operation *op = value.getDefiningOp();
  auto range = sigmas ? getStatisticalInterval(op, *sigmas) : std::nullopt;
  if (range) {
    isStatistical = true;
    return *range;
  }
  if (isa<linalg::PoolingNhwcMaxOp, linalg::PoolingNchwMaxOp>(op))
    return getPooledInterval(cast<linalg::LinalgOp>(op), depth);
  if (auto isMax = isMaximum(op))
    return clip(*isMax, getInterval(op->getOperand(0), depth + 1),
                getInterval(op->getOperand(1), depth + 1));
  if (auto generic = dyn_cast<linalg::GenericOp>(op)) {
    if (generic.getNumReductionLoops() != 0)
      return kUnknown;
    unsigned result = cast<OpResult>(value).getResultNumber();
    return getInterval(generic.getBody()->getTerminator()->getOperand(result),
                       depth + 1);
  }
  Value moved = getMovedTensor(op);
  return moved ? getInterval(moved, depth + 1) : kUnknown;
}

/// `range` if both ends are closed.
static std::optional<RealRange> getClosed(RealRange range) {
  if (!std::isfinite(range.min) || !std::isfinite(range.max))
    return std::nullopt;
  return range;
}

std::optional<RealRange> mlir::lowbit::getClippedRange(Value value) {
  return getClosed(IntervalFinder(std::nullopt).getInterval(value));
}

std::optional<RealRange> mlir::lowbit::getNormalizedRange(Value value,
                                                          double sigmas) {
  IntervalFinder finder(sigmas);
  auto range = getClosed(finder.getInterval(value));
  return finder.usedStatistics() ? range : std::nullopt;
}
