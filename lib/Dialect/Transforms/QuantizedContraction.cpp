//===- QuantizedContraction.cpp - Products of codes of run time -----------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantizedContraction.h"
#include "QuantizedProduct.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace mlir::lowbit;

FailureOr<ActivationEncoding>
mlir::lowbit::getRunTimeWeights(const WeightEncoding &encoding,
                                std::string &reason) {
  ActivationEncoding activations;
  activations.time = ParameterTime::Dynamic;
  // What their texts say beyond these needs constant weights.
  std::string text = encoding.toString();
  if (text == "binary") {
    activations.scheme = ActivationScheme::Binary;
    return activations;
  }
  if (text == "ternary" || text == "ternary:absmean") {
    activations.scheme = ActivationScheme::Ternary;
    return activations;
  }
  if (encoding.bits >= 2 && text == "int" + std::to_string(encoding.bits)) {
    activations.scheme = ActivationScheme::Affine;
    activations.bits = encoding.bits;
    return activations;
  }
  reason = "expected binary, int2 to int8 or ternary for weights of run time, "
           "but got " +
           text;
  return failure();
}

/// The loops of two groups, one after the other.
static SmallVector<unsigned> join(ArrayRef<unsigned> first,
                                  ArrayRef<unsigned> second) {
  return llvm::to_vector(llvm::concat<const unsigned>(first, second));
}

Value mlir::lowbit::toActivationRows(OpBuilder &builder, Location location,
                                     const Contraction &contraction) {
  return contraction.activations.toOrder(
      builder, location,
      {{}, join(contraction.batch, contraction.m), contraction.k});
}

Value mlir::lowbit::toWeightRows(OpBuilder &builder, Location location,
                                 const Contraction &contraction) {
  return contraction.weights.toOrder(
      builder, location,
      {{}, join(contraction.batch, contraction.n), contraction.k});
}

/// `rows` rows of the matrix `value` from `first` on; all of it, or nothing,
/// where one row stands for all.
static Value sliceRows(OpBuilder &builder, Location location, Value value,
                       OpFoldResult first, OpFoldResult rows) {
  if (!value || cast<ShapedType>(value.getType()).getDimSize(0) == 1)
    return value;
  OpFoldResult zero = builder.getIndexAttr(0), one = builder.getIndexAttr(1);
  return tensor::ExtractSliceOp::create(
      builder, location, value, ArrayRef<OpFoldResult>{first, zero},
      ArrayRef<OpFoldResult>{rows,
                             tensor::getMixedSize(builder, location, value, 1)},
      ArrayRef<OpFoldResult>{one, one});
}

/// Where the part `index` begins if each has `rows` rows.
static OpFoldResult getFirstRow(OpBuilder &builder, Location location,
                                OpFoldResult index, OpFoldResult rows) {
  AffineExpr product =
      builder.getAffineSymbolExpr(0) * builder.getAffineSymbolExpr(1);
  return affine::makeComposedFoldedAffineApply(builder, location, product,
                                               {index, rows});
}

/// The part of an operand whose parts have `rows` rows each.
static QuantizedOperand slicePart(OpBuilder &builder, Location location,
                                  const QuantizedOperand &operand,
                                  OpFoldResult index, OpFoldResult rows) {
  OpFoldResult first = getFirstRow(builder, location, index, rows);
  auto take = [&](Value value) {
    return sliceRows(builder, location, value, first, rows);
  };
  return {
      take(operand.codes), take(operand.scale), take(operand.zeroPoint), {}};
}

Value mlir::lowbit::createContraction(OpBuilder &builder, Location location,
                                      const Contraction &contraction,
                                      const QuantizedOperand &activations,
                                      const QuantizedOperand &weights,
                                      StringAttr layer) {
  const LoopTensor &result = contraction.result;
  auto getExtent = [&](ArrayRef<unsigned> group) {
    return result.getExtent(builder, location, group);
  };
  OpFoldResult batch = getExtent(contraction.batch);
  OpFoldResult m = getExtent(contraction.m), n = getExtent(contraction.n);
  auto type = RankedTensorType::get(decomposeMixedValues({m, n}).first,
                                    builder.getF32Type());
  SmallVector<unsigned> rows = join(contraction.batch, contraction.m);
  ArrayRef<unsigned> groups[] = {{}, rows, contraction.n};
  if (contraction.batch.empty())
    return result.fromOrder(
        builder, location,
        createProduct(builder, location, type, activations, weights, layer),
        groups);
  Value empty = tensor::EmptyOp::create(builder, location, {getExtent(rows), n},
                                        builder.getF32Type());
  auto toValue = [&](OpFoldResult index) {
    return getValueOrCreateConstantIndexOp(builder, location, index);
  };
  auto loop = scf::ForOp::create(
      builder, location, toValue(builder.getIndexAttr(0)), toValue(batch),
      toValue(builder.getIndexAttr(1)), empty);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  OpFoldResult index = loop.getInductionVar();
  Value part =
      createProduct(builder, location, type,
                    slicePart(builder, location, activations, index, m),
                    slicePart(builder, location, weights, index, n), layer);
  OpFoldResult zero = builder.getIndexAttr(0), one = builder.getIndexAttr(1);
  Value next = tensor::InsertSliceOp::create(
      builder, location, part, loop.getRegionIterArg(0),
      ArrayRef<OpFoldResult>{getFirstRow(builder, location, index, m), zero},
      ArrayRef<OpFoldResult>{m, n}, ArrayRef<OpFoldResult>{one, one});
  scf::YieldOp::create(builder, location, next);
  builder.setInsertionPointAfter(loop);
  return result.fromOrder(builder, location, loop.getResult(0), groups);
}
