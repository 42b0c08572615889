//===- PackGathers.cpp - Tables as rows of bytes --------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LayerRecords.h"
#include "QuantizedOperands.h"
#include "lowbit/Dialect/IR/ConstantData.h"
#include "lowbit/Dialect/Transforms/Passes.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/Remarks.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace mlir::lowbit {
#define GEN_PASS_DEF_PACKGATHERSPASS
#include "lowbit/Dialect/Transforms/Passes.h.inc"
} // namespace mlir::lowbit

namespace {
/// A constant table and its bytes.
struct PackedTable {
  RowLayoutAttr layout;
  Value bytes;
  Value levels; ///< or null
};

class GatherPacker {
public:
  explicit GatherPacker(MLIRContext *context) : rewriter(context) {}

  void pack(GatherOp op);

private:
  PackedTable getTable(GatherOp op);
  Value packCodes(ConstantOp codes, RowLayoutAttr layout, StringRef layer);

  IRRewriter rewriter;
  /// By the codes that are packed.
  llvm::DenseMap<Value, Value> packed;
};
} // namespace

/// Why `op` cannot have a packed table, or an empty string.
static StringRef checkTable(GatherOp op) {
  Value codes = lookThroughLookup(op.getTable());
  auto type = cast<RankedTensorType>(codes.getType());
  auto lookup = op.getTable().getDefiningOp<LookupOp>();
  if (!codes.getDefiningOp<ConstantOp>() ||
      (lookup && !lookup.getConstantTable()))
    return "expected a constant table";
  if (!op.getScale().getType().hasStaticShape())
    return "expected parameters of static shape";
  if (cast<CodeTypeInterface>(type.getElementType()).getBits() > 8)
    return "expected codes of at most 8 bits";
  return "";
}

/// The bytes of `codes`, as a resource named after `layer`.
Value GatherPacker::packCodes(ConstantOp codes, RowLayoutAttr layout,
                              StringRef layer) {
  auto type = codes.getType();
  int64_t v = type.getDimSize(0), d = type.getDimSize(1);
  SmallVector<int8_t> splat;
  auto stored = getCodeBytes(codes.getCodes());
  if (!stored) {
    auto values = *getConstantIntegers(codes);
    splat.assign(values.begin(), values.end());
    stored = splat;
  }
  RowLayout rows = layout.getLayout();
  auto blob = HeapAsmResourceBlob::allocate(v * rows.rowBytes(d), 64);
  packRows(rows, stored->data(),
           !cast<CodeTypeInterface>(type.getElementType()).isSigned(), v, d,
           reinterpret_cast<uint8_t *>(blob.getMutableData().data()));
  auto bytesType =
      RankedTensorType::get({v, rows.rowBytes(d)}, rewriter.getI8Type());
  std::string name = ((layer.empty() ? "weights" : layer) + ".packed").str();
  DenseResourceElementsAttr bytes =
      DenseI8ResourceElementsAttr::get(bytesType, name, std::move(blob));
  rewriter.setInsertionPointAfter(codes);
  return arith::ConstantOp::create(rewriter, codes.getLoc(), bytes);
}

/// What the fields of `lookup` stand for.
static Value createLevels(OpBuilder &builder, LookupOp lookup) {
  SmallVector<int64_t> table = *lookup.getConstantTable();
  SmallVector<int32_t> levels(table.begin(), table.end());
  auto type = RankedTensorType::get(levels.size(), builder.getI32Type());
  return arith::ConstantOp::create(
      builder, lookup.getLoc(),
      DenseElementsAttr::get(type, ArrayRef<int32_t>(levels)));
}

PackedTable GatherPacker::getTable(GatherOp op) {
  Value codes = lookThroughLookup(op.getTable());
  auto code = cast<CodeTypeInterface>(getElementTypeOrSelf(codes));
  auto layout = RowLayoutAttr::forCodes(code);
  Value &bytes = packed[codes];
  if (!bytes)
    bytes = packCodes(codes.getDefiningOp<ConstantOp>(), layout,
                      getLayerName(op.getLoc()));
  rewriter.setInsertionPoint(op);
  Value levels;
  if (auto lookup = op.getTable().getDefiningOp<LookupOp>())
    levels = createLevels(rewriter, lookup);
  return {layout, bytes, levels};
}

static int64_t getBytes(Value value) {
  if (!value)
    return 0;
  auto type = cast<RankedTensorType>(value.getType());
  return type.getNumElements() * type.getElementTypeBitWidth() / 8;
}

/// All dimensions of a tensor of `rank` as one.
static SmallVector<ReassociationIndices> joinAll(int64_t rank) {
  if (rank == 0)
    return {};
  return {llvm::to_vector<2>(llvm::seq<int64_t>(0, rank))};
}

/// `indices` as a tensor of rank 1.
static Value flatten(OpBuilder &builder, Location loc, Value indices) {
  auto type = cast<RankedTensorType>(indices.getType());
  if (type.getRank() == 1)
    return indices;
  if (type.getRank() == 0)
    return tensor::ExpandShapeOp::create(
        builder, loc, RankedTensorType::get(1, type.getElementType()), indices,
        joinAll(0));
  return tensor::CollapseShapeOp::create(builder, loc, indices,
                                         joinAll(type.getRank()));
}

/// `rows`, one for each element of `indices`, as a tensor of `type`.
static Value unflatten(OpBuilder &builder, Location loc, Value rows,
                       Value indices, RankedTensorType type) {
  auto indicesType = cast<RankedTensorType>(indices.getType());
  int64_t rank = indicesType.getRank();
  if (rank == 0)
    return tensor::CollapseShapeOp::create(builder, loc, rows, joinAll(2));
  if (rank == 1)
    return builder.createOrFold<tensor::CastOp>(loc, type, rows);
  SmallVector<OpFoldResult> sizes =
      tensor::getMixedSizes(builder, loc, indices);
  sizes.push_back(tensor::getMixedSize(builder, loc, rows, 1));
  SmallVector<int64_t> shape(indicesType.getShape());
  shape.push_back(cast<RankedTensorType>(rows.getType()).getDimSize(1));
  SmallVector<ReassociationIndices> groups = joinAll(rank);
  groups.push_back({rank});
  Value expanded = tensor::ExpandShapeOp::create(
      builder, loc, type.clone(shape), rows, groups, sizes);
  return builder.createOrFold<tensor::CastOp>(loc, type, expanded);
}

void GatherPacker::pack(GatherOp op) {
  if (op.getTable().getType().hasStaticShape() &&
      op.getTable().getType().getNumElements() == 0)
    return;
  StringRef reason = checkTable(op);
  if (!reason.empty()) {
    remark::missed(op.getLoc(),
                   remark::RemarkOpts::name("pack-gathers").category("lowbit"))
        << "the table stays codes: " + reason.str();
    return;
  }
  Location loc = op.getLoc();
  PackedTable table = getTable(op);
  Value indices = flatten(rewriter, loc, op.getIndices());
  SmallVector<OpFoldResult> sizes = {
      tensor::getMixedSize(rewriter, loc, indices, 0),
      rewriter.getIndexAttr(op.getTable().getType().getDimSize(1))};
  Value init =
      tensor::EmptyOp::create(rewriter, loc, sizes, rewriter.getF32Type());
  auto rows = PackedGatherOp::create(
      rewriter, loc, init.getType(), table.layout, table.bytes, indices,
      op.getScale(), op.getZeroPoint(), table.levels, init,
      op.getBlockSizesAttr(), op.getLayerAttr());
  auto codes =
      cast<RankedTensorType>(lookThroughLookup(op.getTable()).getType());
  recordLayer(op, op.getLayerAttr(), codes, getPayloadBytes(codes),
              getBytes(table.bytes) + getBytes(op.getScale()) +
                  getBytes(op.getZeroPoint()) + getBytes(table.levels));
  rewriter.replaceOp(op, unflatten(rewriter, loc, rows.getResult(),
                                   op.getIndices(), op.getType()));
}

namespace {
struct PackGathersPass : lowbit::impl::PackGathersPassBase<PackGathersPass> {
  void runOnOperation() override {
    // In program order, in which layers are recorded.
    SmallVector<GatherOp> gathers;
    getOperation()->walk([&](GatherOp op) { gathers.push_back(op); });
    GatherPacker packer(&getContext());
    llvm::for_each(gathers, [&](GatherOp op) { packer.pack(op); });
    recordFloatLayers(getOperation());
  }
};
} // namespace
