//===- ExpandMath.cpp - Polynomials instead of calls ----------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Conversion/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

#include <limits>

using namespace mlir;
using namespace mlir::lowbit;

namespace mlir::lowbit {
#define GEN_PASS_DEF_EXPANDMATHPASS
#include "lowbit/Conversion/Passes.h.inc"
} // namespace mlir::lowbit

/// ln 2 as the sum of a number of 10 bits, whose products with exponents are
/// exact, and the rest (Cephes).
static constexpr float kLn2High = 0.693359375f;
static constexpr float kLn2Low = -2.12194440e-4f;

namespace {
/// Arithmetic on f32 and i32, or vectors of them. Each operation rounds once.
class MathBuilder {
public:
  MathBuilder(OpBuilder &builder, Location loc, Type reals)
      : b(loc, builder), reals(reals) {}

  Value real(float value) { return splat(b.getF32FloatAttr(value), reals); }
  Value integer(int32_t value) {
    return splat(b.getI32IntegerAttr(value), integers());
  }
  Value add(Value x, Value y) { return arith::AddFOp::create(b, x, y); }
  Value sub(Value x, Value y) { return arith::SubFOp::create(b, x, y); }
  Value mul(Value x, Value y) { return arith::MulFOp::create(b, x, y); }
  Value div(Value x, Value y) { return arith::DivFOp::create(b, x, y); }
  Value abs(Value x) { return math::AbsFOp::create(b, x); }
  Value copySign(Value x, Value sign) {
    return math::CopySignOp::create(b, x, sign);
  }
  Value addi(Value x, Value y) { return arith::AddIOp::create(b, x, y); }
  Value subi(Value x, Value y) { return arith::SubIOp::create(b, x, y); }
  Value andi(Value x, Value y) { return arith::AndIOp::create(b, x, y); }
  Value shiftLeft(Value x, int32_t n) {
    return arith::ShLIOp::create(b, x, integer(n));
  }
  Value shiftRight(Value x, int32_t n) {
    return arith::ShRSIOp::create(b, x, integer(n));
  }
  Value bits(Value x) { return arith::BitcastOp::create(b, integers(), x); }
  Value fromBits(Value x) { return arith::BitcastOp::create(b, reals, x); }
  Value toReal(Value x) { return arith::SIToFPOp::create(b, reals, x); }
  /// `x < bound ? yes : no`, and likewise; a NaN gives `no`.
  Value ifLess(Value x, Value bound, Value yes, Value no) {
    return ifCompares(arith::CmpFPredicate::OLT, x, bound, yes, no);
  }
  Value ifEqual(Value x, Value bound, Value yes, Value no) {
    return ifCompares(arith::CmpFPredicate::OEQ, x, bound, yes, no);
  }
  /// The nearer end of `low .. high` beyond it; NaN as it is.
  Value atLeast(Value x, float low) {
    return ifLess(x, real(low), real(low), x);
  }
  Value atMost(Value x, float high) {
    return ifCompares(arith::CmpFPredicate::OGT, x, real(high), real(high), x);
  }
  /// `c[0] x^(n-1) + ... + c[n-1]`
  Value polynomial(Value x, ArrayRef<float> coefficients) {
    Value sum = real(coefficients.front());
    for (float coefficient : coefficients.drop_front())
      sum = add(mul(sum, x), real(coefficient));
    return sum;
  }

private:
  Type integers() {
    auto vector = dyn_cast<VectorType>(reals);
    return vector ? Type(vector.clone(b.getI32Type())) : b.getI32Type();
  }
  Value splat(TypedAttr scalar, Type type) {
    if (auto vector = dyn_cast<VectorType>(type))
      scalar = DenseElementsAttr::get(vector, Attribute(scalar));
    return arith::ConstantOp::create(b, scalar);
  }
  Value ifCompares(arith::CmpFPredicate predicate, Value x, Value bound,
                   Value yes, Value no) {
    Value compared = arith::CmpFOp::create(b, predicate, x, bound);
    return arith::SelectOp::create(b, compared, yes, no);
  }

  ImplicitLocOpBuilder b;
  Type reals;
};
} // namespace

/// 2^n for -127 < n < 128.
static Value powerOfTwo(MathBuilder &b, Value n) {
  return b.fromBits(b.shiftLeft(b.addi(n, b.integer(127)), 23));
}

/// The last bits of x + kRound are round(x), for |x| < 2^22.
static constexpr float kRound = 0x1.8p23f;

/// e^x = m * 2^n with m in about [0.7, 1.42], for |x| < 2^21 (else NaN for
/// NaN). With r = x - n ln 2, m = 1 + r + r^2 P(r), where P is the minimax
/// polynomial on |r| <= ln(2) / 2.
static std::pair<Value, Value> exponential(MathBuilder &b, Value x) {
  Value rounded = b.add(b.mul(x, b.real(1.44269504f)), b.real(kRound));
  Value n = b.subi(b.bits(rounded), b.bits(b.real(kRound)));
  Value k = b.sub(rounded, b.real(kRound));
  Value r = b.sub(x, b.mul(k, b.real(kLn2High)));
  r = b.sub(r, b.mul(k, b.real(kLn2Low)));
  Value p = b.polynomial(r, {1.3814601e-03f, 8.368716e-03f, 4.166839e-02f,
                             1.6666521e-01f, 4.9999994e-01f});
  return {b.add(b.add(b.mul(b.mul(p, r), r), r), b.real(1)), n};
}

/// e^x for x in [-87, 88].
static Value expandSmallExp(MathBuilder &b, Value x) {
  auto [m, n] = exponential(b, x);
  return b.mul(m, powerOfTwo(b, n));
}

/// e^x. Two powers of two, so that only the last product underflows.
static Value expandExp(MathBuilder &b, Value x) {
  auto [m, n] = exponential(b, b.atMost(b.atLeast(x, -104), 89));
  Value half = b.shiftRight(n, 1);
  return b.mul(b.mul(m, powerOfTwo(b, half)), powerOfTwo(b, b.subi(n, half)));
}

/// ln x = e ln 2 + ln m with m in [sqrt(1/2), sqrt(2)); with f = m - 1,
/// ln m = f - f^2/2 + f^3 P(f) (Cephes, logf).
static Value expandLog(MathBuilder &b, Value x) {
  constexpr int32_t kSqrtHalfBits = 0x3f3504f3;
  Value smallest = b.real(std::numeric_limits<float>::min());
  Value scaled = b.ifLess(x, smallest, b.mul(x, b.real(0x1p23f)), x);
  Value shift = b.ifLess(x, smallest, b.real(-23), b.real(0));
  Value bits = b.subi(b.bits(scaled), b.integer(kSqrtHalfBits));
  Value e = b.add(b.toReal(b.shiftRight(bits, 23)), shift);
  Value f = b.sub(b.fromBits(b.addi(b.andi(bits, b.integer(0x7fffff)),
                                    b.integer(kSqrtHalfBits))),
                  b.real(1));
  Value square = b.mul(f, f);
  Value p =
      b.polynomial(f, {7.0376836292e-2f, -1.1514610310e-1f, 1.1676998740e-1f,
                       -1.2420140846e-1f, 1.4249322787e-1f, -1.6668057665e-1f,
                       2.0000714765e-1f, -2.4999993993e-1f, 3.3333331174e-1f});
  Value low = b.add(b.mul(b.mul(p, f), square), b.mul(e, b.real(kLn2Low)));
  low = b.sub(low, b.mul(square, b.real(0.5f)));
  Value result = b.add(b.add(f, low), b.mul(e, b.real(kLn2High)));
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  Value nan = b.real(std::numeric_limits<float>::quiet_NaN());
  result = b.ifLess(x, b.real(kInfinity), result, x);
  result = b.ifLess(x, b.real(0), nan, result);
  return b.ifEqual(x, b.real(0), b.real(-kInfinity), result);
}

/// tanh x = x + x^3 P(x^2) for |x| < 0.625 (Cephes, tanhf), else
/// 1 - 2 / (e^2|x| + 1) with the sign of x.
static Value expandTanh(MathBuilder &b, Value x) {
  Value square = b.mul(x, x), magnitude = b.abs(x);
  Value p = b.polynomial(square, {-5.70498872745e-3f, 2.06390887954e-2f,
                                  -5.37397155531e-2f, 1.33314422036e-1f,
                                  -3.33332819422e-1f});
  Value small = b.add(b.mul(b.mul(p, square), x), x);
  Value bounded = b.atMost(magnitude, 10);
  Value power = expandSmallExp(b, b.add(bounded, bounded));
  Value large = b.sub(b.real(1), b.div(b.real(2), b.add(power, b.real(1))));
  return b.copySign(b.ifLess(magnitude, b.real(0.625f), small, large), x);
}

/// 2^x for -126 < x < 0: n = round(x) is added to the exponent of 2^(x - n), of
/// which 1 + r P(r) is the minimax polynomial on |r| <= 1/2.
static Value expandSmallExp2(MathBuilder &b, Value x) {
  Value rounded = b.add(x, b.real(kRound));
  Value r = b.sub(x, b.sub(rounded, b.real(kRound)));
  Value p = b.polynomial(r, {1.3287879e-03f, 9.6697165e-03f, 5.5506237e-02f,
                             2.402228e-01f, 6.931471e-01f});
  Value m = b.add(b.mul(p, r), b.real(1));
  return b.fromBits(b.addi(b.bits(m), b.shiftLeft(b.bits(rounded), 23)));
}

/// erf x = x + x P(x^2) for |x| <= 1, else 1 - 2^(|x| Q(|x|)) with the sign of
/// x. P and Q are minimax polynomials of erf(x) / x - 1 in x^2 on [0, 1], and
/// of log2(1 - erf(x)) / x on [1, 4]. A NaN takes the first way.
static Value expandErf(MathBuilder &b, Value x) {
  Value square = b.mul(x, x), magnitude = b.abs(x);
  Value p = b.polynomial(
      square, {7.853861e-05f, -8.0101937e-04f, 5.1883277e-03f, -2.6853813e-02f,
               1.12835854e-01f, -3.7612626e-01f, 1.2837917e-01f});
  Value small = b.add(b.mul(p, x), x);
  Value bounded = b.atMost(magnitude, 4);
  Value q =
      b.polynomial(bounded, {3.0389288e-04f, -4.597784e-03f, 3.2891203e-02f,
                             -1.5165049e-01f, -9.1731095e-01f, -1.6280526f});
  Value large = b.sub(b.real(1), expandSmallExp2(b, b.mul(q, bounded)));
  return b.copySign(b.ifLess(b.real(1), magnitude, large, small), x);
}

namespace {
template <typename OpT, Value (*expand)(MathBuilder &, Value)>
struct ExpandOp : OpRewritePattern<OpT> {
  using OpRewritePattern<OpT>::OpRewritePattern;
  LogicalResult matchAndRewrite(OpT op,
                                PatternRewriter &rewriter) const override {
    Type type = op.getType();
    if (!isa<VectorType, FloatType>(type))
      return rewriter.notifyMatchFailure(op, "requires a scalar or a vector");
    if (!getElementTypeOrSelf(type).isF32())
      return rewriter.notifyMatchFailure(op, "requires f32");
    MathBuilder builder(rewriter, op.getLoc(), type);
    rewriter.replaceOp(op, expand(builder, op.getOperand()));
    return success();
  }
};

struct ExpandMathPass : lowbit::impl::ExpandMathPassBase<ExpandMathPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns
        .add<ExpandOp<math::ErfOp, expandErf>, ExpandOp<math::ExpOp, expandExp>,
             ExpandOp<math::LogOp, expandLog>,
             ExpandOp<math::TanhOp, expandTanh>>(&getContext());
    arith::populateExpandBFloat16Patterns(patterns);
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};
} // namespace
