//===- RequantizeToLinalg.cpp - Requantize in the narrowest arithmetic ----===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Conversion/Passes.h"
#include "lowbit/Dialect/IR/ConstantData.h"
#include "lowbit/Quantization/Requantize.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

namespace mlir::lowbit {
#define GEN_PASS_DEF_REQUANTIZETOLINALGPASS
#include "lowbit/Conversion/Passes.h.inc"
} // namespace mlir::lowbit

using namespace mlir;
using namespace mlir::lowbit;

/// The constant dyadic scales of `op`, one for each element of its multiplier.
static SmallVector<DyadicScale> getScales(RequantizeOp op) {
  auto multipliers = getConstantIntegers(op.getMultiplier());
  auto shifts = getConstantIntegers(op.getShift());
  SmallVector<DyadicScale> scales;
  if (!multipliers || !shifts)
    return scales;
  for (auto [multiplier, shift] : llvm::zip_equal(*multipliers, *shifts))
    scales.push_back(
        {static_cast<int32_t>(multiplier), static_cast<int32_t>(shift)});
  return scales;
}

/// The largest magnitude of an input, as far as it is known.
static int64_t getInputBound(RequantizeOp op) {
  std::optional<uint64_t> bound = op.getBound();
  return bound ? static_cast<int64_t>(*bound) : int64_t(1) << 31;
}

/// DOUBLE_ROUND is SINGLE_ROUND where no shift exceeds 31.
static bool roundsTwice(RequantizeOp op, ArrayRef<DyadicScale> scales) {
  return op.getRounding() == RescaleRounding::DoubleRound &&
         (scales.empty() || llvm::any_of(scales, [](DyadicScale scale) {
            return scale.shift > 31;
          }));
}

namespace {
/// Which part of the product of 64 bits is computed.
enum class Product { Low, High, Whole };

/// The narrowest arithmetic that is proved to suffice for all elements.
struct Arithmetic {
  Product product = Product::Whole;
  bool twice = false;
  int lift = 0; ///< of the value, for the high half

  static Arithmetic choose(RequantizeOp op) {
    SmallVector<DyadicScale> scales = getScales(op);
    int64_t bound = getInputBound(op);
    Arithmetic arithmetic;
    arithmetic.twice = roundsTwice(op, scales);
    if (scales.empty() || arithmetic.twice)
      return arithmetic;
    if (llvm::all_of(scales, [&](DyadicScale scale) {
          return rescalesIn32Bits(bound, scale);
        })) {
      arithmetic.product = Product::Low;
      return arithmetic;
    }
    auto [least, most] = std::minmax_element(
        scales.begin(), scales.end(),
        [](DyadicScale a, DyadicScale b) { return a.shift < b.shift; });
    int lift = getHighHalfLift(bound, least->shift, most->shift);
    if (lift >= 0) {
      arithmetic.product = Product::High;
      arithmetic.lift = lift;
    }
    return arithmetic;
  }
};

/// The arithmetic on one element, in integers of `type`.
struct ElementBuilder {
  ImplicitLocOpBuilder &builder;
  IntegerType type;

  Value constant(int64_t value) {
    return arith::ConstantIntOp::create(builder, type, value);
  }
  /// An i32 as an integer of `type`.
  Value extend(Value value) {
    if (value.getType() == type)
      return value;
    return arith::ExtSIOp::create(builder, type, value);
  }

  /// `rescale` of Quantization/Requantize.h, of extended operands.
  Value rescale(Value value, Value multiplier, Value shift,
                const Arithmetic &arithmetic) {
    if (arithmetic.product == Product::High) {
      Value lifted = value;
      if (arithmetic.lift != 0)
        lifted =
            arith::ShLIOp::create(builder, value, constant(arithmetic.lift));
      Value high =
          arith::MulSIExtendedOp::create(builder, lifted, multiplier).getHigh();
      Value rest =
          arith::SubIOp::create(builder, shift, constant(32 - arithmetic.lift));
      return roundShift(value, high, rest, /*twice=*/false);
    }
    Value product = arith::MulIOp::create(builder, value, multiplier);
    return roundShift(value, product, shift, arithmetic.twice);
  }

  /// `product * 2^-shift` to the nearest integer.
  Value roundShift(Value value, Value product, Value shift, bool twice) {
    Value last = arith::SubIOp::create(builder, shift, constant(1));
    Value round = arith::ShLIOp::create(builder, constant(1), last);
    Value sum = arith::AddIOp::create(builder, product, round);
    if (twice) {
      // The sign of the value in all bits, 0 or -1: +2^30 or -2^30.
      Value sign = arith::ShRSIOp::create(builder, value, constant(63));
      Value half = arith::XOrIOp::create(builder, sign, constant(1 << 30));
      half = arith::SubIOp::create(builder, half, sign);
      Value isLong = arith::CmpIOp::create(builder, arith::CmpIPredicate::sgt,
                                           shift, constant(31));
      half = arith::SelectOp::create(builder, isLong, half, constant(0));
      sum = arith::AddIOp::create(builder, sum, half);
    }
    return arith::ShRSIOp::create(builder, sum, shift);
  }

  Value clamp(Value value, CodeTypeInterface code) {
    value =
        arith::MaxSIOp::create(builder, value, constant(code.getLowestCode()));
    return arith::MinSIOp::create(builder, value,
                                  constant(code.getHighestCode()));
  }
};

struct RequantizeToLinalg : OpRewritePattern<RequantizeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(RequantizeOp op,
                                PatternRewriter &rewriter) const override {
    Location location = op.getLoc();
    Arithmetic arithmetic = Arithmetic::choose(op);
    unsigned width = arithmetic.product == Product::Whole ? 64 : 32;
    auto code = cast<CodeTypeInterface>(op.getType().getElementType());

    SmallVector<Value> inputs = {op.getInput(), op.getMultiplier(),
                                 op.getShift()};
    if (op.getZeroPoint())
      inputs.push_back(op.getZeroPoint());
    SmallVector<AffineMap> maps;
    for (Value input : inputs)
      maps.push_back(getGranularityMap(
          rewriter, cast<RankedTensorType>(input.getType()), op.getType()));
    maps.push_back(rewriter.getMultiDimIdentityMap(op.getType().getRank()));
    SmallVector<utils::IteratorType> loops(op.getType().getRank(),
                                           utils::IteratorType::parallel);
    Value empty = tensor::EmptyOp::create(
        rewriter, location,
        tensor::getMixedSizes(rewriter, location, op.getInput()),
        code.getStorageType());
    auto body = [&](OpBuilder &nested, Location at, ValueRange elements) {
      ImplicitLocOpBuilder builder(at, nested);
      ElementBuilder element{builder, nested.getIntegerType(width)};
      auto extended = llvm::map_to_vector(
          elements.drop_back(), [&](Value v) { return element.extend(v); });
      Value result =
          element.rescale(extended[0], extended[1], extended[2], arithmetic);
      if (op.getZeroPoint())
        result = arith::AddIOp::create(builder, result, extended[3]);
      result = element.clamp(result, code);
      linalg::YieldOp::create(
          builder, Value(arith::TruncIOp::create(builder, code.getStorageType(),
                                                 result)));
    };
    Value storage =
        linalg::GenericOp::create(rewriter, location, empty.getType(), inputs,
                                  empty, maps, loops, body)
            .getResult(0);
    auto type = op.getType().clone(code.getStorageType());
    if (storage.getType() != type)
      storage = tensor::CastOp::create(rewriter, location, type, storage);
    rewriter.replaceOpWithNewOp<FromStorageOp>(op, op.getType(), storage);
    return success();
  }

private:
  /// Where the parameter of an element of `codes` lies: an extent of 1 spans
  /// all.
  static AffineMap getGranularityMap(Builder &builder,
                                     RankedTensorType parameter,
                                     RankedTensorType codes) {
    SmallVector<AffineExpr> position;
    for (auto [d, extent] : llvm::enumerate(parameter.getShape()))
      position.push_back(extent == 1 && codes.getDimSize(d) != 1
                             ? builder.getAffineConstantExpr(0)
                             : builder.getAffineDimExpr(d));
    return AffineMap::get(codes.getRank(), 0, position, builder.getContext());
  }
};

struct RequantizeToLinalgPass
    : lowbit::impl::RequantizeToLinalgPassBase<RequantizeToLinalgPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<RequantizeToLinalg>(&getContext());
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};
} // namespace
