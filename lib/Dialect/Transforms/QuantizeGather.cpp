//===- QuantizeGather.cpp - Quantize one embedding ------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FloatGather.h"
#include "LayerReport.h"
#include "QuantizedOperands.h"
#include "lowbit/Dialect/IR/ConstantData.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace mlir::lowbit;

/// The planes of the table; fails after an error.
static FailureOr<SmallVector<QuantizedOperand>>
getTables(RewriterBase &rewriter, Operation *op, LayerReport &report,
          const FloatGather &gather,
          const std::optional<WeightEncoding> &encoding) {
  Location location = op->getLoc();
  if (gather.hasCodes()) {
    if (encoding)
      report.emitRemark("weights stay the codes that they are, instead of " +
                        encoding->toString());
    auto dequantize = gather.table.getDefiningOp<DequantizeOp>();
    return SmallVector<QuantizedOperand>{
        {dequantize.getInput(), dequantize.getScale(),
         dequantize.getZeroPoint(), dequantize.getBlockSizesAttr()}};
  }
  if (gather.rows * gather.columns > kMaxConstantElements)
    return op->emitError("expected weights of at most ")
           << kMaxConstantElements << " elements, but got "
           << gather.table.getType();
  SmallVector<float> storage;
  auto values = getConstantFloats(gather.table, storage);
  if (!values)
    return op->emitError("expected weights whose data has the size of ")
           << gather.table.getType();
  std::string error;
  auto planes = quantizeToPlanes(values->data(), gather.rows, gather.columns,
                                 *encoding, error);
  if (!planes)
    return op->emitError(error);
  SmallVector<QuantizedOperand> tables;
  for (const QuantizedWeights &plane : *planes) {
    if (!plane.remark.empty())
      report.emitRemark(plane.remark);
    tables.push_back(createWeights(rewriter, location, report.getName(),
                                   gather.rows, gather.columns, *encoding,
                                   plane));
  }
  return tables;
}

/// All dimensions by themselves, but the last two, of which the latter is 1.
static SmallVector<ReassociationIndices> joinLast(int64_t rank) {
  SmallVector<ReassociationIndices> groups;
  for (int64_t d = 0; d + 1 < rank; ++d)
    groups.push_back({d});
  if (!groups.empty())
    groups.back().push_back(rank - 1);
  return groups;
}

static Value gatherRows(RewriterBase &rewriter, Location location,
                        const QuantizedOperand &table, Value indices,
                        StringAttr layer) {
  auto indicesType = cast<RankedTensorType>(indices.getType());
  SmallVector<int64_t> shape(indicesType.getShape());
  shape.push_back(cast<RankedTensorType>(table.codes.getType()).getDimSize(1));
  return GatherOp::create(rewriter, location,
                          RankedTensorType::get(shape, rewriter.getF32Type()),
                          table.codes, indices, table.scale, table.zeroPoint,
                          table.blockSizes, layer);
}

static Value add(RewriterBase &rewriter, Location location, Value lhs,
                 Value rhs) {
  Value empty = tensor::EmptyOp::create(
      rewriter, location, tensor::getMixedSizes(rewriter, location, lhs),
      rewriter.getF32Type());
  return linalg::AddOp::create(rewriter, location, ValueRange{lhs, rhs},
                               ValueRange{empty})
      .getResult(0);
}

/// `rows` in the shape of the result of the layer, which may have a dimension
/// of 1 for that of its indices.
static Value toResult(RewriterBase &rewriter, Location location, Value rows,
                      RankedTensorType type) {
  auto rowsType = cast<RankedTensorType>(rows.getType());
  if (type.getRank() == rowsType.getRank())
    return rewriter.createOrFold<tensor::CastOp>(location, type, rows);
  int64_t rank = type.getRank();
  SmallVector<OpFoldResult> sizes =
      tensor::getMixedSizes(rewriter, location, rows);
  sizes.insert(sizes.end() - 1, rewriter.getIndexAttr(1));
  SmallVector<ReassociationIndices> groups;
  for (int64_t d = 0; d + 2 < rank; ++d)
    groups.push_back({d});
  groups.push_back({rank - 2, rank - 1});
  return tensor::ExpandShapeOp::create(rewriter, location, type, rows, groups,
                                       sizes);
}

LogicalResult mlir::lowbit::quantizeGather(RewriterBase &rewriter,
                                           Operation *op,
                                           const LayerEncoding &encoding,
                                           bool fallback) {
  if (encoding.weights && encoding.weights->scheme == WeightScheme::F32)
    return success();
  LayerReport report(op, fallback);
  std::string reason;
  auto gather = FloatGather::match(op, reason);
  bool isAsked = encoding.weights || encoding.fromAttribute;
  if (failed(gather))
    return isAsked ? report.keepFloat(reason) : success();
  if (!gather->hasCodes() && !encoding.weights)
    return isAsked
               ? report.keepFloat("expected a weight encoding, but got none")
               : success();
  if (!gather->hasCodes() && encoding.weights->getNeededMoments())
    return report.keepFloat("expected an encoding that needs no inputs, but "
                            "got " +
                            encoding.weights->toString());

  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPoint(op);
  Location location = op->getLoc();
  auto tables = getTables(rewriter, op, report, *gather, encoding.weights);
  if (failed(tables))
    return failure();
  Value indices = gather->indices;
  auto indicesType = cast<RankedTensorType>(indices.getType());
  if (gather->isPoint)
    indices = tensor::CollapseShapeOp::create(rewriter, location, indices,
                                              joinLast(indicesType.getRank()));
  StringAttr layer;
  if (!report.getName().empty())
    layer = rewriter.getStringAttr(report.getName());
  Value rows = gatherRows(rewriter, location, tables->front(), indices, layer);
  for (const QuantizedOperand &plane : llvm::drop_begin(*tables))
    rows = add(rewriter, location, rows,
               gatherRows(rewriter, location, plane, indices, layer));
  std::string text;
  llvm::raw_string_ostream(text)
      << report.describe() << ": rows of "
      << getElementTypeOrSelf(tables->front().codes) << " weights";
  remark::passed(location, report.getRemarkOptions()) << text;
  rewriter.replaceOp(
      op, toResult(rewriter, location, rows,
                   cast<RankedTensorType>(op->getResult(0).getType())));
  return success();
}
