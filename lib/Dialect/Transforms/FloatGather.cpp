//===- FloatGather.cpp - Recognize embeddings -----------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FloatGather.h"
#include "QuantizedOperands.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace mlir::lowbit;

/// `value` behind ops that leave its elements where they are.
static Value lookThroughReshapes(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (!isa<tensor::CollapseShapeOp, tensor::ExpandShapeOp>(op))
      break;
    value = op->getOperand(0);
  }
  return value;
}

static bool isConstantTable(Value value) {
  if (auto dequantize = value.getDefiningOp<DequantizeOp>())
    return static_cast<bool>(
        lookThroughLookup(dequantize.getInput()).getDefiningOp<ConstantOp>());
  return matchPattern(value, m_Constant());
}

/// The gather of `table` if it is constant rows of floats: its last dimension
/// is a row, and all others but the one before have an extent of 1.
static std::optional<FloatGather> getGather(Value table, Value indices) {
  auto type = dyn_cast<RankedTensorType>(table.getType());
  if (!type || type.getRank() < 2 || !type.hasStaticShape() ||
      !isa<FloatType>(type.getElementType()))
    return std::nullopt;
  auto isOne = [](int64_t extent) { return extent == 1; };
  if (!llvm::all_of(type.getShape().drop_back(2), isOne))
    return std::nullopt;
  FloatGather gather;
  gather.table = lookThroughReshapes(table);
  gather.indices = indices;
  gather.rows = type.getDimSize(type.getRank() - 2);
  gather.columns = type.getShape().back();
  if (!isConstantTable(gather.table))
    return std::nullopt;
  return gather;
}

static std::optional<FloatGather> matchLayer(tensor::GatherOp op) {
  ArrayRef<int64_t> dims = op.getGatherDims();
  auto type = cast<RankedTensorType>(op.getSource().getType());
  if (type.getRank() != 2 || dims != ArrayRef<int64_t>{0})
    return std::nullopt;
  auto gather = getGather(op.getSource(), op.getIndices());
  if (gather)
    gather->isPoint = true;
  return gather;
}

/// Whether `index` is that of the loop `loop` of the nest around it.
static bool isLoop(Value index, int64_t loop) {
  auto op = index.getDefiningOp<linalg::IndexOp>();
  return op && static_cast<int64_t>(op.getDim()) == loop;
}

/// The loop nest that `tosa.gather` and imports of embeddings become: over
/// indices of rank r, and d,
///
///   %i = arith.index_cast %index : iN to index
///   %d = linalg.index r : index
///   %x = tensor.extract %table[..., %i, %d]
///   linalg.yield %x
static std::optional<FloatGather> matchLayer(linalg::GenericOp op) {
  int64_t rank = op.getNumLoops() - 1;
  if (op.getNumResults() != 1 || rank < 0 ||
      op.getNumParallelLoops() != op.getNumLoops() ||
      !op.getIndexingMapsArray().back().isIdentity() ||
      !llvm::all_of(
          op.getBody()->without_terminator(),
          [](Operation &inner) { return isPure(&inner); }))
    return std::nullopt;
  auto extract = op.getBody()
                     ->getTerminator()
                     ->getOperand(0)
                     .getDefiningOp<tensor::ExtractOp>();
  if (!extract || extract.getIndices().size() < 2 ||
      !isLoop(extract.getIndices().back(), rank))
    return std::nullopt;
  auto cast = extract.getIndices()
                  .drop_back()
                  .back()
                  .getDefiningOp<arith::IndexCastOp>();
  auto index = cast ? dyn_cast<BlockArgument>(cast.getIn()) : BlockArgument();
  if (!index || index.getOwner() != op.getBody())
    return std::nullopt;
  OpOperand *operand = op.getMatchingOpOperand(index);
  if (op.getMatchingIndexingMap(operand) !=
      AffineMap::getMinorIdentityMap(rank + 1, rank + 1, op.getContext())
          .dropResult(rank))
    return std::nullopt;
  return getGather(extract.getTensor(), operand->get());
}

static std::optional<FloatGather> matchLayer(Operation *op) {
  if (auto gather = dyn_cast<tensor::GatherOp>(op))
    return matchLayer(gather);
  if (auto generic = dyn_cast<linalg::GenericOp>(op))
    return matchLayer(generic);
  return std::nullopt;
}

bool FloatGather::hasCodes() const {
  return table.getDefiningOp<DequantizeOp>();
}

bool FloatGather::isLayer(Operation *op) { return matchLayer(op).has_value(); }

FailureOr<FloatGather> FloatGather::match(Operation *op, std::string &reason) {
  auto gather = matchLayer(op);
  Type element = getElementTypeOrSelf(gather->table);
  if (!element.isF32()) {
    llvm::raw_string_ostream(reason) << "expected f32, but got " << element;
    return failure();
  }
  auto indices = cast<RankedTensorType>(gather->indices.getType());
  if (Type index = indices.getElementType();
      !index.isSignlessInteger(32) && !index.isSignlessInteger(64)) {
    llvm::raw_string_ostream(reason)
        << "expected indices of i32 or i64, but got " << index;
    return failure();
  }
  if (gather->hasCodes() &&
      cast<RankedTensorType>(gather->table.getType()).getRank() != 2) {
    reason = "expected codes of rank 2";
    return failure();
  }
  return *gather;
}
