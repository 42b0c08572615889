//===- SymbolicTerms.cpp - Scalars as bit-vector terms --------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SymbolicEvaluator.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace mlir::lowbit;

unsigned SymbolicEvaluator::getWidth(Type type) {
  Type element = getElementTypeOrSelf(type);
  return element.isIndex() ? 64 : element.getIntOrFloatBitWidth();
}

Value SymbolicEvaluator::getTerm(const Scalar &scalar, unsigned width,
                                 Location location) {
  if (scalar.term)
    return scalar.term;
  APInt value = APInt::getZero(width);
  if (auto integer = dyn_cast_if_present<IntegerAttr>(scalar.constant))
    value = integer.getValue();
  else if (auto real = dyn_cast_if_present<FloatAttr>(scalar.constant))
    value = real.getValue().bitcastToAPInt();
  return smt::BVConstantOp::create(builder, location, value);
}

Elements SymbolicEvaluator::declare(Type type, Location location) {
  auto shaped = dyn_cast<ShapedType>(type);
  auto term = smt::BitVectorType::get(builder.getContext(), getWidth(type));
  Elements elements;
  for (int64_t i = 0; i < (shaped ? shaped.getNumElements() : 1); ++i)
    elements.push_back(
        {{}, smt::DeclareFunOp::create(builder, location, term)});
  return elements;
}

/// 1 or 0 of one bit.
static Value toBit(OpBuilder &builder, Location location, Value condition) {
  Value one = smt::BVConstantOp::create(builder, location, APInt(1, 1));
  Value zero = smt::BVConstantOp::create(builder, location, APInt(1, 0));
  return smt::IteOp::create(builder, location, condition, one, zero);
}

static Value fromBit(OpBuilder &builder, Location location, Value bit) {
  Value one = smt::BVConstantOp::create(builder, location, APInt(1, 1));
  return smt::EqOp::create(builder, location, bit, one);
}

static Value compare(OpBuilder &builder, Location location,
                     arith::CmpIPredicate predicate, Value lhs, Value rhs) {
  auto create = [&](smt::BVCmpPredicate bitVector) -> Value {
    return smt::BVCmpOp::create(builder, location, bitVector, lhs, rhs);
  };
  switch (predicate) {
  case arith::CmpIPredicate::eq:
    return smt::EqOp::create(builder, location, lhs, rhs);
  case arith::CmpIPredicate::ne:
    return smt::DistinctOp::create(builder, location, lhs, rhs);
  case arith::CmpIPredicate::slt:
    return create(smt::BVCmpPredicate::slt);
  case arith::CmpIPredicate::sle:
    return create(smt::BVCmpPredicate::sle);
  case arith::CmpIPredicate::sgt:
    return create(smt::BVCmpPredicate::sgt);
  case arith::CmpIPredicate::sge:
    return create(smt::BVCmpPredicate::sge);
  case arith::CmpIPredicate::ult:
    return create(smt::BVCmpPredicate::ult);
  case arith::CmpIPredicate::ule:
    return create(smt::BVCmpPredicate::ule);
  case arith::CmpIPredicate::ugt:
    return create(smt::BVCmpPredicate::ugt);
  case arith::CmpIPredicate::uge:
    return create(smt::BVCmpPredicate::uge);
  }
  llvm_unreachable("covered switch");
}

void SymbolicEvaluator::assume(const Scalar &condition, Location location) {
  Value bit = getTerm(condition, /*width=*/1, location);
  smt::AssertOp::create(builder, location, fromBit(builder, location, bit));
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

static unsigned getTermWidth(Value term) {
  return cast<smt::BitVectorType>(term.getType()).getWidth();
}

/// `count` bits of `term` from the bit `low` on.
static Value extractBits(OpBuilder &builder, Location location, Value term,
                         unsigned low, unsigned count) {
  auto part = smt::BitVectorType::get(builder.getContext(), count);
  return smt::ExtractOp::create(builder, location, part, low, term);
}

/// `term` in `width` bits, with its sign.
static Value extendSign(OpBuilder &builder, Location location, Value term,
                        unsigned width) {
  unsigned own = getTermWidth(term);
  if (own == width)
    return term;
  Value sign = extractBits(builder, location, term, own - 1, 1);
  Value head = smt::RepeatOp::create(builder, location, width - own, sign);
  return smt::ConcatOp::create(builder, location, head, term);
}

Value SymbolicEvaluator::applyUnknown(StringRef name, ValueRange terms,
                                      unsigned width, Location location) {
  auto range = smt::BitVectorType::get(builder.getContext(), width);
  Value &function = functions[name];
  if (!function)
    function = smt::DeclareFunOp::create(
        builder, location,
        smt::SMTFuncType::get(llvm::to_vector(terms.getTypes()), range));
  return smt::ApplyFuncOp::create(builder, location, function, terms);
}

Value SymbolicEvaluator::isBetween(int64_t lowest, Value term, int64_t highest,
                                   Location location) {
  auto compare = [&](smt::BVCmpPredicate predicate, int64_t value) -> Value {
    Value constant = smt::BVConstantOp::create(
        builder, location, APInt(64, value, /*isSigned=*/true));
    return smt::BVCmpOp::create(builder, location, predicate, term, constant);
  };
  return smt::AndOp::create(
      builder, location,
      ValueRange{compare(smt::BVCmpPredicate::sge, lowest),
                 compare(smt::BVCmpPredicate::sle, highest)});
}

static constexpr int64_t factorLimit = int64_t(1) << 31;

Value SymbolicEvaluator::isFactor(Value term, Location location) {
  return isBetween(0, term, factorLimit - 1, location);
}

/// For lhs of i32 and rhs of 0 .. 2^31 - 1, the product lies in -2^62 .. 2^62
/// and has the sign of lhs.
Value SymbolicEvaluator::multiply(Value lhs, Value rhs, Location location) {
  Value product = applyUnknown("product", {lhs, rhs}, 64, location);
  auto imply = [&](int64_t low, int64_t high, int64_t lowest, int64_t highest) {
    Value premise =
        smt::AndOp::create(builder, location,
                           ValueRange{isFactor(rhs, location),
                                      isBetween(low, lhs, high, location)});
    smt::AssertOp::create(
        builder, location,
        smt::ImpliesOp::create(builder, location, premise,
                               isBetween(lowest, product, highest, location)));
  };
  int64_t limit = factorLimit;
  imply(0, limit - 1, 0, (limit - 1) * (limit - 1));
  imply(-limit, 0, -limit * (limit - 1), 0);
  return product;
}

Value SymbolicEvaluator::multiplySigned(Value lhs, Value rhs,
                                        Location location) {
  auto unshifted = getTermWidth(lhs) < 64 ? lhs.getDefiningOp<smt::BVShlOp>()
                                          : smt::BVShlOp();
  lhs = extendSign(builder, location, lhs, 64);
  rhs = extendSign(builder, location, rhs, 64);
  bool isKnown = lhs.getDefiningOp<smt::BVConstantOp>() ||
                 rhs.getDefiningOp<smt::BVConstantOp>();
  if (!opaqueProducts || isKnown)
    return smt::BVMulOp::create(builder, location, lhs.getType(), lhs, rhs);
  Value product = multiply(lhs, rhs, location);
  if (!unshifted)
    return product;
  // (value * 2^n) * rhs = (value * rhs) * 2^n, where neither side loses bits.
  Value value = extendSign(builder, location, unshifted.getLhs(), 64);
  Value shift = unshifted.getRhs();
  shift = smt::ConcatOp::create(
      builder, location,
      smt::BVConstantOp::create(builder, location,
                                APInt::getZero(64 - getTermWidth(shift))),
      shift);
  auto isShifted = [&](Value from, Value to) -> Value {
    Value left =
        smt::BVShlOp::create(builder, location, from.getType(), from, shift);
    Value right =
        smt::BVAShrOp::create(builder, location, to.getType(), to, shift);
    return smt::AndOp::create(
        builder, location,
        ValueRange{smt::EqOp::create(builder, location, left, to),
                   smt::EqOp::create(builder, location, right, from)});
  };
  Value premise = smt::AndOp::create(
      builder, location,
      ValueRange{isFactor(rhs, location), isShifted(value, lhs)});
  smt::AssertOp::create(
      builder, location,
      smt::ImpliesOp::create(
          builder, location, premise,
          isShifted(multiply(value, rhs, location), product)));
  return product;
}

//===----------------------------------------------------------------------===//
// Ops on scalars
//===----------------------------------------------------------------------===//

/// What tells the function of an op on floats from others.
static std::string getFunctionName(Operation &op) {
  std::string name;
  llvm::raw_string_ostream stream(name);
  stream << op.getName();
  for (Type type : op.getOperandTypes())
    stream << ' ' << getElementTypeOrSelf(type);
  stream << ' ' << getElementTypeOrSelf(op.getResult(0)) << ' '
         << op.getAttrDictionary();
  return name;
}

static bool isOnFloats(Operation &op) {
  auto isFloat = [](Type type) {
    return isa<FloatType>(getElementTypeOrSelf(type));
  };
  return llvm::any_of(op.getOperandTypes(), isFloat) ||
         llvm::any_of(op.getResultTypes(), isFloat);
}

FailureOr<Value> SymbolicEvaluator::createTerm(Operation &op,
                                               ArrayRef<Scalar> operands) {
  Location location = op.getLoc();
  SmallVector<Value> terms;
  for (auto [scalar, operand] : llvm::zip_equal(operands, op.getOperands()))
    terms.push_back(getTerm(scalar, getWidth(operand.getType()), location));
  unsigned width = getWidth(op.getResult(0).getType());
  auto type = smt::BitVectorType::get(op.getContext(), width);
  auto binary = [&](auto bitVectorOp) -> Value {
    return decltype(bitVectorOp)::create(builder, location, type, terms[0],
                                         terms[1]);
  };
  auto choose = [&](arith::CmpIPredicate predicate) -> Value {
    Value first = compare(builder, location, predicate, terms[0], terms[1]);
    return smt::IteOp::create(builder, location, first, terms[0], terms[1]);
  };
  auto extend = [&](Value head) -> Value {
    return smt::ConcatOp::create(builder, location, head, terms[0]);
  };
  if (isa<arith::BitcastOp>(op))
    return terms[0];
  if (isOnFloats(op) && !isa<arith::SelectOp>(op))
    return applyUnknown(getFunctionName(op), terms, width, location);
  if (isa<arith::AddIOp>(op))
    return binary(smt::BVAddOp());
  if (isa<arith::SubIOp>(op)) {
    terms[1] = smt::BVNegOp::create(builder, location, type, terms[1]);
    return binary(smt::BVAddOp());
  }
  if (isa<arith::MulIOp>(op)) {
    if (!opaqueProducts || width > 64)
      return binary(smt::BVMulOp());
    Value product = multiplySigned(terms[0], terms[1], location);
    return width == 64 ? product
                       : extractBits(builder, location, product, 0, width);
  }
  if (isa<arith::DivSIOp>(op))
    return binary(smt::BVSDivOp());
  if (isa<arith::AndIOp>(op))
    return binary(smt::BVAndOp());
  if (isa<arith::OrIOp>(op))
    return binary(smt::BVOrOp());
  if (isa<arith::XOrIOp>(op))
    return binary(smt::BVXOrOp());
  if (isa<arith::ShLIOp>(op))
    return binary(smt::BVShlOp());
  if (isa<arith::ShRUIOp>(op))
    return binary(smt::BVLShrOp());
  if (isa<arith::ShRSIOp>(op))
    return binary(smt::BVAShrOp());
  if (isa<arith::MaxSIOp>(op))
    return choose(arith::CmpIPredicate::sgt);
  if (isa<arith::MinSIOp>(op))
    return choose(arith::CmpIPredicate::slt);
  if (isa<arith::MaxUIOp>(op))
    return choose(arith::CmpIPredicate::ugt);
  if (isa<arith::MinUIOp>(op))
    return choose(arith::CmpIPredicate::ult);
  if (auto cmp = dyn_cast<arith::CmpIOp>(op))
    return toBit(
        builder, location,
        compare(builder, location, cmp.getPredicate(), terms[0], terms[1]));
  if (isa<arith::SelectOp>(op))
    return Value(smt::IteOp::create(builder, location,
                                    fromBit(builder, location, terms[0]),
                                    terms[1], terms[2]));
  unsigned operandWidth = getWidth(op.getOperand(0).getType());
  if (isa<arith::TruncIOp>(op))
    return extractBits(builder, location, terms[0], 0, width);
  if (isa<arith::ExtUIOp>(op))
    return extend(smt::BVConstantOp::create(
        builder, location, APInt::getZero(width - operandWidth)));
  if (isa<arith::ExtSIOp>(op))
    return extendSign(builder, location, terms[0], width);
  return op.emitError("expected an op with a bit-vector meaning");
}

FailureOr<Scalar> SymbolicEvaluator::runScalar(Operation &op,
                                               ArrayRef<Scalar> operands) {
  // What is known is computed by the op's own fold.
  auto attributes = llvm::map_to_vector(
      operands, [](const Scalar &s) -> Attribute { return s.constant; });
  bool isKnown = llvm::all_of(attributes, [](Attribute a) { return bool(a); });
  SmallVector<OpFoldResult> folded;
  if (isKnown && succeeded(op.fold(attributes, folded)) && !folded.empty()) {
    if (auto attribute =
            dyn_cast_if_present<TypedAttr>(dyn_cast<Attribute>(folded[0])))
      return Scalar{attribute, {}};
    for (auto [scalar, operand] : llvm::zip_equal(operands, op.getOperands()))
      if (dyn_cast<Value>(folded[0]) == operand)
        return scalar;
  }
  auto term = createTerm(op, operands);
  if (failed(term))
    return failure();
  return Scalar{{}, *term};
}

LogicalResult SymbolicEvaluator::runExtendedProduct(Operation &op) {
  Location location = op.getLoc();
  auto type = dyn_cast<ShapedType>(op.getResult(0).getType());
  int64_t count = type ? type.getNumElements() : 1;
  unsigned width = getWidth(op.getResult(0).getType());
  Elements halves[2];
  for (int64_t i = 0; i < count; ++i) {
    SmallVector<Value> terms;
    for (Value operand : op.getOperands())
      terms.push_back(getTerm(values[operand][i], width, location));
    Value product = multiplySigned(terms[0], terms[1], location);
    for (unsigned half : {0, 1})
      halves[half].push_back(
          {{}, extractBits(builder, location, product, half * width, width)});
  }
  for (unsigned half : {0, 1})
    values[op.getResult(half)] = std::move(halves[half]);
  return success();
}
