//===- RunningRanges.cpp - Ranges that live from call to call -------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/Transforms/RunningRanges.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace {
/// The ends of a range, f32.
struct Ends {
  Value low, high;
};

/// Writes the formula of ActivationEncoding.h.
class RangeBuilder : public ImplicitLocOpBuilder {
public:
  using ImplicitLocOpBuilder::ImplicitLocOpBuilder;

  /// The smallest and the largest finite element of `input`; inf and -inf if it
  /// has none.
  Ends createBounds(Value input);
  /// The ends in row `index` of `ranges`.
  Ends extract(Value ranges, int64_t index);
  Ends createUpdate(Ends before, Ends now, double momentum);

private:
  Value createReal(float value) {
    return arith::ConstantOp::create(*this, getF32FloatAttr(value));
  }
  Value createInfinity(bool isPositive) {
    constexpr float infinity = std::numeric_limits<float>::infinity();
    return createReal(isPositive ? infinity : -infinity);
  }
  Value compare(arith::CmpFPredicate predicate, Value a, Value b) {
    return arith::CmpFOp::create(*this, predicate, a, b);
  }
  Value both(Value a, Value b) { return arith::AndIOp::create(*this, a, b); }
  Value select(Value condition, Value a, Value b) {
    return arith::SelectOp::create(*this, condition, a, b);
  }
};
} // namespace

Ends RangeBuilder::createBounds(Value input) {
  int64_t rank = cast<RankedTensorType>(input.getType()).getRank();
  Value plus = createInfinity(true), minus = createInfinity(false);
  auto fill = [&](Value value) -> Value {
    Value empty =
        tensor::EmptyOp::create(*this, ArrayRef<int64_t>{}, getF32Type());
    return linalg::FillOp::create(*this, value, empty).getResult(0);
  };
  Value low = fill(plus), high = fill(minus);
  AffineMap scalar = AffineMap::get(rank, 0, getContext());
  AffineMap maps[] = {getMultiDimIdentityMap(rank), scalar, scalar};
  SmallVector<utils::IteratorType> loops(rank, utils::IteratorType::reduction);
  auto bounds = linalg::GenericOp::create(
      *this, TypeRange{low.getType(), high.getType()}, input,
      ValueRange{low, high}, maps, loops,
      [&](OpBuilder &nested, Location location, ValueRange elements) {
        RangeBuilder body(location, nested);
        Value x = elements[0], lowest = elements[1], highest = elements[2];
        // NaN is in no order.
        Value isLower =
            body.both(body.compare(arith::CmpFPredicate::OGT, x, minus),
                      body.compare(arith::CmpFPredicate::OLT, x, lowest));
        Value isHigher =
            body.both(body.compare(arith::CmpFPredicate::OLT, x, plus),
                      body.compare(arith::CmpFPredicate::OGT, x, highest));
        linalg::YieldOp::create(body,
                                ValueRange{body.select(isLower, x, lowest),
                                           body.select(isHigher, x, highest)});
      });
  return {tensor::ExtractOp::create(*this, bounds.getResult(0), ValueRange()),
          tensor::ExtractOp::create(*this, bounds.getResult(1), ValueRange())};
}

Ends RangeBuilder::extract(Value ranges, int64_t index) {
  auto get = [&](int64_t end) -> Value {
    Value row = arith::ConstantIndexOp::create(*this, index);
    Value column = arith::ConstantIndexOp::create(*this, end);
    return tensor::ExtractOp::create(*this, ranges, ValueRange{row, column});
  };
  Value low = get(0);
  return {low, get(1)};
}

Ends RangeBuilder::createUpdate(Ends before, Ends now, double momentum) {
  using arith::CmpFPredicate;
  Value zero = createReal(0.0f);
  Value isRange = both(
      compare(CmpFPredicate::OLE, before.low, before.high),
      both(compare(CmpFPredicate::OGT, before.low, createInfinity(false)),
           compare(CmpFPredicate::OLT, before.high, createInfinity(true))));
  Value isNotZero =
      arith::OrIOp::create(*this, compare(CmpFPredicate::ONE, before.low, zero),
                           compare(CmpFPredicate::ONE, before.high, zero));
  Value isKnown = both(isRange, isNotZero);
  Value isSeen = compare(CmpFPredicate::OLE, now.low, now.high);
  Value past = createReal(static_cast<float>(momentum));
  Value present = createReal(static_cast<float>(1.0 - momentum));
  auto update = [&](Value old, Value bound) {
    Value sum =
        arith::AddFOp::create(*this, arith::MulFOp::create(*this, past, old),
                              arith::MulFOp::create(*this, present, bound));
    return select(isSeen, select(isKnown, sum, bound),
                  select(isKnown, old, zero));
  };
  Value low = update(before.low, now.low);
  return {low, update(before.high, now.high)};
}

static RankedTensorType getStateType(MLIRContext *context, int64_t count) {
  return RankedTensorType::get({count, 2}, Float32Type::get(context));
}

static DictionaryAttr getName(MLIRContext *context) {
  Builder builder(context);
  return builder.getDictionaryAttr(builder.getNamedAttr(
      "lowbit.name", builder.getStringAttr("running_ranges")));
}

FailureOr<Value> RunningRanges::update(OpBuilder &builder, Operation *layer,
                                       Value input, double momentum) {
  auto function = dyn_cast<func::FuncOp>(layer->getParentOp());
  if (!function || !function.isPublic() || !function.getBody().hasOneBlock())
    return layer->emitError("expected a layer with running ranges in the one "
                            "block of a public function");
  MLIRContext *context = builder.getContext();
  State &state = states[function];
  RangeBuilder range(layer->getLoc(), builder);
  auto join = [&](Value low, Value high) -> Value {
    return tensor::FromElementsOp::create(range, getStateType(context, 1),
                                          ValueRange{low, high});
  };
  for (const Range &known : state.ranges)
    if (known.input == input && known.momentum == momentum)
      return join(known.low, known.high);
  if (!state.before) {
    // The number of rows is not known yet.
    unsigned index = function.getNumArguments();
    (void)function.insertArgument(index, getStateType(context, 1),
                                  getName(context), layer->getLoc());
    state.before = function.getArgument(index);
  }
  Ends before =
      range.extract(state.before, static_cast<int64_t>(state.ranges.size()));
  Ends after = range.createUpdate(before, range.createBounds(input), momentum);
  state.ranges.push_back({input, momentum, after.low, after.high});
  // Returned, they stay alive whatever becomes of the layer.
  Operation *end = function.getBody().front().getTerminator();
  end->insertOperands(end->getNumOperands(), {after.low, after.high});
  return join(after.low, after.high);
}

void RunningRanges::finish() {
  for (auto &[key, state] : states) {
    func::FuncOp function = key;
    if (!state.before)
      continue;
    auto type = getStateType(function.getContext(),
                             static_cast<int64_t>(state.ranges.size()));
    state.before.setType(type);
    function.setFunctionType(FunctionType::get(
        function.getContext(), function.getBody().front().getArgumentTypes(),
        function.getResultTypes()));
    Operation *end = function.getBody().front().getTerminator();
    unsigned count = function.getNumResults();
    SmallVector<Value> ends(end->getOperands().drop_front(count));
    OpBuilder builder(end);
    Value after =
        tensor::FromElementsOp::create(builder, function.getLoc(), type, ends);
    end->setOperands(count, end->getNumOperands() - count, after);
    (void)function.insertResult(count, type, getName(function.getContext()));
  }
  states.clear();
}
