//===- AccumulatorTerms.cpp - Terms in initial values ---------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AccumulatorTerms.h"
#include "MatrixConstants.h"
#include "Windows.h"
#include "ZeroPointTerms.h"
#include "lowbit/Dialect/IR/ConstantData.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::lowbit;

/// Takes the terms of one constant by a constant column out of `terms` and
/// returns their sum, one value for each of the `n` columns; empty if none.
static SmallVector<int64_t> takeConstantTerms(RewriterBase &rewriter, int64_t n,
                                              SmallVector<Term> &terms) {
  SmallVector<int64_t> sum;
  llvm::erase_if(terms, [&](const Term &term) {
    auto row = getConstantIntegers(term.row);
    auto column = getConstantIntegers(term.column);
    if (!row || row->size() != 1 || !column ||
        static_cast<int64_t>(column->size()) != n)
      return false;
    sum.resize(n, 0);
    for (auto [total, value] : llvm::zip_equal(sum, *column))
      total += row->front() * value;
    rewriter.eraseOp(term.column.getDefiningOp());
    return true;
  });
  return sum;
}

/// `init` plus a value per column, where `init` is a constant repeated in each
/// row, as such a constant; otherwise nothing.
static Value addToRepeatedRow(RewriterBase &rewriter, Location location,
                              Value init, ArrayRef<int64_t> column) {
  auto type = cast<RankedTensorType>(init.getType());
  if (ShapedType::isDynamic(type.getShape().back()))
    return {};
  auto others = llvm::to_vector(llvm::seq<int64_t>(0, type.getRank() - 1));
  SmallVector<int64_t> sum(column);
  Value output;
  APInt filled;
  auto broadcast = init.getDefiningOp<linalg::BroadcastOp>();
  auto fill = init.getDefiningOp<linalg::FillOp>();
  if (broadcast && broadcast.getDimensions() == ArrayRef(others)) {
    auto bias = getConstantIntegers(broadcast.getInput());
    if (!bias || bias->size() != sum.size())
      return {};
    output = broadcast.getInit();
    for (auto [total, value] : llvm::zip_equal(sum, *bias))
      total += value;
  } else if (fill && matchPattern(fill.value(), m_ConstantInt(&filled))) {
    output = fill.output();
    for (int64_t &total : sum)
      total += filled.getSExtValue();
  } else {
    return {};
  }
  auto wrapped = llvm::map_to_vector(
      sum, [](int64_t value) { return static_cast<int32_t>(value); });
  Value bias = arith::ConstantOp::create(rewriter, location,
                                         rewriter.getI32TensorAttr(wrapped));
  return linalg::BroadcastOp::create(rewriter, location, bias, output, others)
      ->getResult(0);
}

/// The matrix `init[m, n]` plus the sum of `row[m] * column[n]`, where a
/// missing row is 1.
static Value addToMatrix(RewriterBase &rewriter, Location location, Value init,
                         ArrayRef<Term> terms) {
  SmallVector<Value> inputs;
  SmallVector<AffineMap> maps;
  AffineExpr n = rewriter.getAffineDimExpr(1);
  AffineExpr zero = rewriter.getAffineConstantExpr(0);
  for (const Term &term : terms) {
    if (term.row) {
      inputs.push_back(term.row);
      maps.push_back(Parameters{term.row}.getMap());
    }
    bool spansAll =
        cast<RankedTensorType>(term.column.getType()).getDimSize(0) == 1;
    inputs.push_back(term.column);
    maps.push_back(AffineMap::get(2, 0, {spansAll ? zero : n, zero},
                                  rewriter.getContext()));
  }
  auto body = [&](OpBuilder &builder, Location at, ValueRange elements) {
    Value sum = elements.back();
    unsigned next = 0;
    for (const Term &term : terms) {
      Value row = term.row ? elements[next++] : Value();
      Value value = elements[next++];
      if (row)
        value = arith::MulIOp::create(builder, at, row, value);
      sum = arith::AddIOp::create(builder, at, sum, value);
    }
    return sum;
  };
  return createElementwise(rewriter, location, inputs, maps, init, body);
}

Value mlir::lowbit::addTerms(RewriterBase &rewriter, Location location,
                             Value init, SmallVector<Term> terms) {
  ArrayRef<int64_t> shape = cast<RankedTensorType>(init.getType()).getShape();
  SmallVector<int64_t> constant =
      takeConstantTerms(rewriter, shape.back(), terms);
  if (!constant.empty()) {
    if (Value folded = addToRepeatedRow(rewriter, location, init, constant))
      init = folded;
    else
      terms.push_back({Value(), createIntegers(rewriter, location,
                                               constant.size(), 1, constant)});
  }
  if (terms.empty())
    return init;
  if (shape.size() == 2)
    return addToMatrix(rewriter, location, init, terms);
  SmallVector<OpFoldResult> sizes =
      tensor::getMixedSizes(rewriter, location, init);
  sizes.pop_back();
  Value matrix = collapseWindows(rewriter, location, init);
  Value sum = addToMatrix(rewriter, location, matrix, terms);
  Value windows = expandWindows(rewriter, location, sum, sizes);
  return rewriter.createOrFold<tensor::CastOp>(location, init.getType(),
                                               windows);
}
