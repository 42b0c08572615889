//===- ProveAccumulators.cpp - Show that no sum overflows -----------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MatrixConstants.h"
#include "SumRanges.h"
#include "lowbit/Dialect/IR/ConstantData.h"
#include "lowbit/Dialect/Transforms/Passes.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/TypeSwitch.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_PROVEACCUMULATORSPASS
#include "lowbit/Dialect/Transforms/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

namespace {
/// The sums of one layer, as far as they are known.
struct LayerSums {
  SumRange range;
  int64_t channel = 0;
  /// What no range is known of, or empty.
  std::string unknown;
};
} // namespace

/// The widest of `ranges`, and whose it is.
static LayerSums getWidest(ArrayRef<SumRange> ranges) {
  LayerSums sums;
  for (auto [channel, range] : llvm::enumerate(ranges))
    if (range.getBound() > sums.range.getBound() || channel == 0) {
      sums.range = range;
      sums.channel = channel;
    }
  return sums;
}

/// The sums of products and of what is added to them.
template <typename IntegerLayer> static LayerSums getSums(IntegerLayer op) {
  SmallVector<SumRange> ranges = getSumRanges(Products::of(op), /*block=*/0);
  if (ranges.empty())
    return {{}, 0, "the extent of K"};
  auto init = getRepeatedRow<int64_t>(op.getInit());
  if (init && init->size() == ranges.size()) {
    for (auto [range, value] : llvm::zip_equal(ranges, *init))
      range = range + SumRange::of(value);
    return getWidest(ranges);
  }
  LayerSums sums = getWidest(ranges);
  auto range = getIntegerRange(op.getInit());
  // Another matmul of the same sum has its own remark.
  if (!range && !isa_and_present<MatmulOp>(op.getInit().getDefiningOp()))
    sums.unknown = "the initial value";
  sums.range = sums.range + range.value_or(SumRange());
  return sums;
}

static LayerSums getSums(ScaledMatmulOp op, int64_t block) {
  SmallVector<SumRange> ranges = getSumRanges(Products::of(op), block);
  if (ranges.empty())
    return {{}, 0, "the extent of K"};
  LayerSums sums;
  for (auto [row, column] :
       llvm::zip_equal(op.getRowTerms(), op.getColumnTerms())) {
    auto rows = getIntegerRange(row), columns = getIntegerRange(column);
    if (!rows || !columns) {
      sums.unknown = "a term";
      continue;
    }
    for (SumRange &range : ranges)
      range = range + *rows * *columns;
  }
  std::string unknown = sums.unknown;
  sums = getWidest(ranges);
  sums.unknown = unknown;
  return sums;
}

static std::string describe(StringAttr layer) {
  return layer ? "layer '" + layer.str() + "'" : "unnamed layer";
}

template <typename MatmulLike>
static void remarkBound(MatmulLike op, const LayerSums &sums, int64_t width) {
  auto options = remark::RemarkOpts::name("prove-accumulators")
                     .category("lowbit")
                     .function(op.getLayer().value_or(""));
  std::string text = describe(op.getLayerAttr());
  if (!sums.unknown.empty()) {
    remark::missed(op.getLoc(), options)
        << text + ": no bound of " + sums.unknown + " is known";
    return;
  }
  remark::passed(op.getLoc(), options)
      << text + ": sums from " + std::to_string(sums.range.lowest) + " to " +
             std::to_string(sums.range.highest) + " (channel " +
             std::to_string(sums.channel) + ") fit in " +
             std::to_string(width) + " bits";
}

/// Emits the error that the sums of `op` exceed `width` bits.
template <typename MatmulLike>
static LogicalResult refuse(MatmulLike op, const LayerSums &sums,
                            int64_t width) {
  return op.emitError() << describe(op.getLayerAttr())
                        << ": expected sums of at most " << width
                        << " bits, but got sums from " << sums.range.lowest
                        << " to " << sums.range.highest << " in channel "
                        << sums.channel;
}

//===----------------------------------------------------------------------===//
// Splitting K
//===----------------------------------------------------------------------===//

/// The largest block of K / 2, K / 4, .. rounded up to lines of 4, whose sums
/// `fits` accepts; 0 if there is none.
static int64_t findBlock(int64_t k, function_ref<bool(int64_t)> fits) {
  for (int64_t block = k; block > 4;) {
    block = ceilDivide(ceilDivide(block, 2), 4) * 4;
    if (block < k && fits(block))
      return block;
    if (block == 4)
      break;
  }
  return 0;
}

/// One matmul per block of K, each adding to the one before.
static void splitMatmul(RewriterBase &rewriter, MatmulOp op, int64_t block) {
  rewriter.setInsertionPoint(op);
  Location location = op.getLoc();
  auto slice = [&](Value codes, int64_t begin, int64_t length) -> Value {
    SmallVector<OpFoldResult> sizes =
        tensor::getMixedSizes(rewriter, location, codes);
    sizes[1] = rewriter.getIndexAttr(length);
    return tensor::ExtractSliceOp::create(
        rewriter, location, codes,
        ArrayRef<OpFoldResult>{rewriter.getIndexAttr(0),
                               rewriter.getIndexAttr(begin)},
        sizes,
        ArrayRef<OpFoldResult>{rewriter.getIndexAttr(1),
                               rewriter.getIndexAttr(1)});
  };
  auto sliceWeights = [&](int64_t begin, int64_t length) -> Value {
    auto constant = op.getWeights().getDefiningOp<ConstantOp>();
    auto codes = constant ? getConstantIntegers(constant) : std::nullopt;
    if (!codes)
      return slice(op.getWeights(), begin, length);
    auto type = constant.getType();
    SmallVector<int8_t> part;
    for (int64_t n = 0; n < type.getDimSize(0); ++n)
      for (int64_t k = begin; k < begin + length; ++k)
        part.push_back((*codes)[n * type.getDimSize(1) + k]);
    auto partType = type.clone({type.getDimSize(0), length});
    return ConstantOp::create(
        rewriter, location, partType,
        DenseElementsAttr::get(partType.clone(rewriter.getI8Type()),
                               ArrayRef(part)));
  };
  int64_t k = op.getWeights().getType().getDimSize(1);
  Value sum = op.getInit();
  for (int64_t begin = 0; begin < k; begin += block) {
    int64_t length = std::min(block, k - begin);
    sum = MatmulOp::create(rewriter, location, op.getType(),
                           slice(op.getActivations(), begin, length),
                           sliceWeights(begin, length),
                           op.getActivationZeroPoint(), op.getWeightZeroPoint(),
                           sum, op.getLayerAttr());
  }
  rewriter.replaceOp(op, sum);
}

/// Repeats each row of the constant `values` `blocks` times along K.
static Value repeatBlocks(RewriterBase &rewriter, Location location,
                          Value values, int64_t blocks) {
  auto type = cast<RankedTensorType>(values.getType());
  int64_t rows = type.getDimSize(0);
  auto repeat = [&](auto constants) {
    decltype(constants) repeated;
    for (auto value : constants)
      repeated.append(blocks, value);
    return repeated;
  };
  if (auto floats = getConstantFloats(values))
    return createFloats(rewriter, location,
                        cast<FloatType>(type.getElementType()), rows, blocks,
                        repeat(*floats));
  auto integers = getConstantIntegers(values);
  return integers ? createIntegers(rewriter, location, rows, blocks,
                                   repeat(*integers))
                  : Value();
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

/// The sum of products of a layer, without what it is added to.
template <typename IntegerLayer>
static LayerSums getProductSums(IntegerLayer op, int64_t block) {
  SmallVector<SumRange> ranges = getSumRanges(Products::of(op), block);
  if (ranges.empty())
    return {{}, 0, "the extent of K"};
  return getWidest(ranges);
}

/// Splits `op` at K into sums of `width` bits.
static LogicalResult split(RewriterBase &rewriter, MatmulOp op, int64_t width) {
  auto fits = [&](int64_t block) {
    return getProductSums(op, block).range.fits(width);
  };
  int64_t block = findBlock(op.getWeights().getType().getDimSize(1), fits);
  if (block == 0)
    return failure();
  remarkBound(op, getProductSums(op, block), width);
  splitMatmul(rewriter, op, block);
  return success();
}

/// The windows of a convolution stay whole.
static LogicalResult split(RewriterBase &, Conv2DOp, int64_t) {
  return failure();
}

/// i32 must hold all that a layer adds up; a narrower width, its own products.
template <typename IntegerLayer>
static LogicalResult prove(RewriterBase &rewriter, IntegerLayer op,
                           int64_t width) {
  LayerSums sums = getSums(op);
  if (sums.unknown.empty() && !sums.range.fits(32))
    return refuse(op, sums, 32);
  if (width < 32)
    sums = getProductSums(op, /*block=*/0);
  if (sums.unknown.empty() && !sums.range.fits(width))
    return succeeded(split(rewriter, op, width)) ? success()
                                                 : refuse(op, sums, width);
  remarkBound(op, sums, width);
  return success();
}

static LogicalResult prove(RewriterBase &rewriter, ScaledMatmulOp op,
                           int64_t width) {
  LayerSums sums = getSums(op, op.getBlock());
  if (!sums.unknown.empty() || sums.range.fits(width)) {
    remarkBound(op, sums, width);
    return success();
  }
  // A new block has its own scale, which must be a constant to be repeated.
  bool canSplit = !op.getBlockSizes() && op.getRowTerms().empty() &&
                  !op.getOffsetRows() &&
                  getConstantFloats(op.getWeightScale()) &&
                  (!op.getWeightZeroPoint() ||
                   getConstantIntegers(op.getWeightZeroPoint()));
  int64_t k = op.getWeights().getType().getDimSize(1);
  int64_t block =
      canSplit
          ? findBlock(
                k, [&](int64_t b) { return getSums(op, b).range.fits(width); })
          : 0;
  if (block == 0)
    return refuse(op, sums, width);
  remarkBound(op, getSums(op, block), width);
  rewriter.setInsertionPoint(op);
  int64_t blocks = ceilDivide(k, block);
  Value scale =
      repeatBlocks(rewriter, op.getLoc(), op.getWeightScale(), blocks);
  Value zeroPoint = op.getWeightZeroPoint();
  if (zeroPoint)
    zeroPoint = repeatBlocks(rewriter, op.getLoc(), zeroPoint, blocks);
  rewriter.modifyOpInPlace(op, [&] {
    op.getWeightScaleMutable().assign(scale);
    if (zeroPoint)
      op.getWeightZeroPointMutable().assign(zeroPoint);
    op.setBlockSizes(ArrayRef<int64_t>{0, block});
  });
  return success();
}

/// The sum of a window from zero.
static LogicalResult prove(RewriterBase &, ScaledConv2DOp op, int64_t width) {
  LayerSums sums = getProductSums(op, /*block=*/0);
  if (sums.unknown.empty() && !sums.range.fits(width))
    return refuse(op, sums, width);
  remarkBound(op, sums, width);
  return success();
}

namespace {
struct ProveAccumulatorsPass
    : lowbit::impl::ProveAccumulatorsPassBase<ProveAccumulatorsPass> {
  using ProveAccumulatorsPassBase::ProveAccumulatorsPassBase;

  void runOnOperation() override {
    if (width < 8 || width > 32) {
      getOperation()->emitError("expected a width of 8 to 32 bits, but got ")
          << int64_t(width);
      return signalPassFailure();
    }
    SmallVector<Operation *> layers;
    getOperation()->walk([&](Operation *op) {
      if (isa<Conv2DOp, MatmulOp, ScaledConv2DOp, ScaledMatmulOp>(op))
        layers.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (Operation *layer : layers) {
      LogicalResult proved =
          llvm::TypeSwitch<Operation *, LogicalResult>(layer)
              .Case<Conv2DOp, MatmulOp, ScaledConv2DOp, ScaledMatmulOp>(
                  [&](auto op) { return prove(rewriter, op, width); });
      if (failed(proved))
        signalPassFailure();
    }
  }
};
} // namespace
