//===- KernelLoops.cpp - The loops around a micro-kernel ------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelLoops.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

using namespace mlir;
using namespace mlir::lowbit;

std::string KernelKey::getName() const {
  std::string name;
  llvm::raw_string_ostream stream(name);
  stream << "lowbit_" << kernel->getName() << "_b" << layout.getFieldBits()
         << "_o" << layout.getCodeOffset() << "_s" << layout.getCodeStep()
         << "_k" << layout.getBlock();
  if (layout.getScale())
    stream << "_" << layout.getScale();
  if (layout.getTerms())
    stream << "_t" << layout.getTerms();
  if (layout.getOffset())
    stream << "_offset";
  if (layout.getLevels()) {
    stream << "_levels";
    for (int64_t level : layout.getLevels().asArrayRef())
      stream << "_" << level;
  }
  stream << "_m" << tileRows;
  return name;
}

SmallVector<Type> mlir::lowbit::getKernelArguments(PackedMatmulOp op) {
  SmallVector<Type> types;
  for (Type type : op->getOperandTypes()) {
    int64_t dynamic = ShapedType::kDynamic;
    auto strides = StridedLayoutAttr::get(op.getContext(), dynamic,
                                          ArrayRef<int64_t>{dynamic, 1});
    types.push_back(MemRefType::get(
        {dynamic, dynamic}, cast<ShapedType>(type).getElementType(), strides));
  }
  return types;
}

namespace {
/// Emits the body of one leaf function.
class KernelBody {
public:
  KernelBody(func::FuncOp function, const KernelKey &key)
      : b(ImplicitLocOpBuilder::atBlockEnd(function.getLoc(),
                                           function.addEntryBlock())),
        key(key), layout(key.layout), packed(key.layout.getPacked()),
        ints(VectorType::get(PackedLayout::lanes, b.getI32Type())),
        floats(VectorType::get(PackedLayout::lanes, b.getF32Type())) {
    ValueRange arguments = function.getArguments();
    auto take = [&] {
      Value first = arguments.front();
      arguments = arguments.drop_front();
      return first;
    };
    activations = take();
    rowSums = take();
    weights = take();
    if (layout.getScale())
      rowScale = take();
    for (int64_t i = 0; i < layout.getTerms(); ++i)
      rowTerms.push_back(take());
    if (layout.getOffset())
      offsetRows = take();
    result = take();
  }

  void emit();

private:
  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(b, value);
  }
  Value add(Value value, int64_t constant) {
    return arith::AddIOp::create(b, value, index(constant));
  }
  /// An expression in d0.
  Value apply(AffineExpr expr, Value value) {
    return affine::AffineApplyOp::create(b, AffineMap::get(1, 0, expr),
                                         ValueRange{value});
  }
  void forLoop(Value from, Value to, int64_t step,
               function_ref<void(Value)> body) {
    scf::ForOp::create(
        b, from, to, index(step), ValueRange(),
        [&](OpBuilder &builder, Location loc, Value i, ValueRange) {
          OpBuilder::InsertionGuard guard(b);
          b.setInsertionPoint(builder.getInsertionBlock(),
                              builder.getInsertionPoint());
          body(i);
          scf::YieldOp::create(b);
        });
  }

  /// The element at (m, g) of a matrix whose extents may be 1 for all.
  Value loadBroadcast(Value matrix, Value m, Value g);
  Value splat(Value scalar, VectorType type) {
    return vector::BroadcastOp::create(b, type, scalar);
  }
  /// 16 values of a header vector for the rows of `field`.
  Value loadHeader(Value panel, Value header, HeaderVector vector,
                   int64_t number, int64_t field, Type element);
  TileSums emitSums(Value m, int64_t rows, Value panel, Value byte,
                    Value position, OpFoldResult lines);
  /// The accumulators after the block `g`, whose header is at `header`.
  SmallVector<Value> emitBlock(Value m, int64_t rows, Value panel, Value g,
                               Value header, OpFoldResult lines,
                               ValueRange accumulators);
  void emitTile(Value m, int64_t rows, Value panel);
  void emitStore(Value m, int64_t rows, Value panel, ValueRange values,
                 bool masked);

  ImplicitLocOpBuilder b;
  const KernelKey &key;
  LayoutAttr layout;
  PackedLayout packed;
  VectorType ints, floats;
  Value activations, rowSums, weights, rowScale, offsetRows, result;
  SmallVector<Value> rowTerms;
  Value lines; ///< in a whole row of activations
};
} // namespace

Value KernelBody::loadBroadcast(Value matrix, Value m, Value g) {
  auto clamp = [&](Value i, int64_t dim) -> Value {
    Value extent = memref::DimOp::create(b, matrix, dim);
    Value one =
        arith::CmpIOp::create(b, arith::CmpIPredicate::eq, extent, index(1));
    return arith::SelectOp::create(b, one, index(0), i);
  };
  return memref::LoadOp::create(b, matrix,
                                ValueRange{clamp(m, 0), clamp(g, 1)});
}

Value KernelBody::loadHeader(Value panel, Value header, HeaderVector vector,
                             int64_t number, int64_t field, Type element) {
  int64_t width = element.getIntOrFloatBitWidth() / 8;
  int64_t lanes = PackedLayout::lanes;
  int64_t offset = packed.headerOffset(vector, number) + field * lanes * width;
  auto bytes = VectorType::get(lanes * width, b.getI8Type());
  Value loaded = vector::LoadOp::create(b, bytes, weights,
                                        ValueRange{panel, add(header, offset)});
  Value values =
      vector::BitCastOp::create(b, VectorType::get(lanes, element), loaded);
  if (isa<Float16Type, BFloat16Type>(element))
    return key.kernel->emitExtendScale(b, b.getLoc(), values);
  return values;
}

/// Sums of codes over one block: those of the emitter, cut where it stops being
/// exact, with the layout's step and offset undone.
TileSums KernelBody::emitSums(Value m, int64_t rows, Value panel, Value byte,
                              Value position, OpFoldResult lines) {
  int64_t maxLines = key.kernel->getMaxLines(layout);
  BlockOperands block{activations, m,     rows, position,
                      weights,     panel, byte, lines};
  auto count = getConstantIntValue(lines);
  bool unbounded = maxLines == std::numeric_limits<int64_t>::max();
  if (unbounded || (count && *count <= maxLines))
    return key.kernel->emitBlock(b, b.getLoc(), layout, block);
  Value total = getValueOrCreateConstantIndexOp(b, b.getLoc(), lines);
  Value zero = arith::ConstantOp::create(b, DenseElementsAttr::get(ints, 0));
  SmallVector<Value> zeros(rows * packed.fieldsPerByte(), zero);
  auto chunks = scf::ForOp::create(
      b, index(0), total, index(maxLines), zeros,
      [&](OpBuilder &builder, Location loc, Value first, ValueRange sums) {
        OpBuilder::InsertionGuard guard(b);
        b.setInsertionPoint(builder.getInsertionBlock(),
                            builder.getInsertionPoint());
        Value rest = arith::SubIOp::create(b, total, first);
        block.lines =
            arith::MinUIOp::create(b, rest, index(maxLines)).getResult();
        AffineExpr d0 = b.getAffineDimExpr(0);
        block.byte = arith::AddIOp::create(
            b, byte, apply(d0 * PackedLayout::lineBytes, first));
        block.position = arith::AddIOp::create(
            b, position, apply(d0 * PackedLayout::depth, first));
        TileSums part = key.kernel->emitBlock(b, loc, layout, block);
        for (auto [value, sum] : llvm::zip(part, sums))
          value = arith::AddIOp::create(b, value, sum);
        scf::YieldOp::create(b, part);
      });
  return TileSums(chunks.getResults());
}

SmallVector<Value> KernelBody::emitBlock(Value m, int64_t rows, Value panel,
                                         Value g, Value header,
                                         OpFoldResult lines,
                                         ValueRange accumulators) {
  int64_t fields = packed.fieldsPerByte();
  Value byte = add(header, packed.headerBytes());
  Value position = layout.getBlock() == 0
                       ? index(0)
                       : apply(b.getAffineDimExpr(0) * packed.blockDepth(), g);
  TileSums sums = emitSums(m, rows, panel, byte, position, lines);
  SmallVector<Value> next(accumulators);
  for (int64_t row = 0; row < rows; ++row) {
    Value rowIndex = add(m, row);
    Value sum = memref::LoadOp::create(b, rowSums, ValueRange{rowIndex, g});
    Value shift =
        splat(arith::MulIOp::create(
                  b, sum,
                  arith::ConstantIntOp::create(b, layout.getCodeOffset(), 32)),
              ints);
    SmallVector<Value> terms;
    for (Value term : rowTerms)
      terms.push_back(splat(loadBroadcast(term, rowIndex, g), ints));
    for (int64_t field = 0; field < fields; ++field) {
      Value &accumulator = next[row * fields + field];
      Value value = sums[row * fields + field];
      if (layout.getCodeStep() != 1)
        value = arith::MulIOp::create(
            b, value,
            arith::ConstantOp::create(
                b, DenseElementsAttr::get(
                       ints, static_cast<int32_t>(layout.getCodeStep()))));
      if (layout.getCodeOffset() != 0)
        value = arith::SubIOp::create(b, value, shift);
      for (auto [i, term] : llvm::enumerate(terms)) {
        Value column = loadHeader(panel, header, HeaderVector::Term, i, field,
                                  b.getI32Type());
        value = arith::AddIOp::create(b, value,
                                      arith::MulIOp::create(b, term, column));
      }
      if (!layout.getScale()) {
        accumulator = arith::AddIOp::create(b, accumulator, value);
        continue;
      }
      Value scale = loadHeader(panel, header, HeaderVector::Scale, 0, field,
                               layout.getScale());
      Value real = arith::SIToFPOp::create(b, floats, value);
      accumulator = math::FmaOp::create(b, real, scale, accumulator);
      if (!offsetRows)
        continue;
      Value column = loadHeader(panel, header, HeaderVector::Offset, 0, field,
                                b.getF32Type());
      Value offset = loadBroadcast(offsetRows, rowIndex, g);
      offset = arith::SIToFPOp::create(b, b.getF32Type(), offset);
      accumulator =
          math::FmaOp::create(b, splat(offset, floats), column, accumulator);
    }
  }
  return next;
}

void KernelBody::emitTile(Value m, int64_t rows, Value panel) {
  VectorType type = layout.getScale() ? floats : ints;
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(type));
  SmallVector<Value> values(rows * packed.fieldsPerByte(), zero);
  if (layout.getBlock() == 0) {
    values = emitBlock(m, rows, panel, index(0), index(0), lines, values);
  } else {
    int64_t blockLines = packed.blockDepth() / PackedLayout::depth;
    AffineExpr d0 = b.getAffineDimExpr(0);
    Value full = apply(d0.floorDiv(blockLines), lines);
    Value rest = apply(d0 % blockLines, lines);
    auto emitBlockAt = [&](OpBuilder &builder, Value g, OpFoldResult count,
                           ValueRange accumulators) {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPoint(builder.getInsertionBlock(),
                          builder.getInsertionPoint());
      Value header = apply(d0 * packed.blockBytes(), g);
      auto next = emitBlock(m, rows, panel, g, header, count, accumulators);
      scf::YieldOp::create(b, next);
    };
    values =
        scf::ForOp::create(
            b, index(0), full, index(1), values,
            [&](OpBuilder &builder, Location, Value g, ValueRange args) {
              emitBlockAt(builder, g, builder.getIndexAttr(blockLines), args);
            })
            .getResults();
    Value isShort =
        arith::CmpIOp::create(b, arith::CmpIPredicate::ne, rest, index(0));
    SmallVector<Value> soFar = values;
    values = scf::IfOp::create(
                 b, isShort,
                 [&](OpBuilder &builder, Location) {
                   emitBlockAt(builder, full, rest, soFar);
                 },
                 [&](OpBuilder &builder, Location loc) {
                   scf::YieldOp::create(builder, loc, soFar);
                 })
                 .getResults();
  }
  Value n = memref::DimOp::create(b, result, 1);
  Value end = apply((b.getAffineDimExpr(0) + 1) * packed.panelRows(), panel);
  Value isFull = arith::CmpIOp::create(b, arith::CmpIPredicate::ule, end, n);
  auto store = [&](bool masked) {
    return [&, masked](OpBuilder &builder, Location loc) {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPoint(builder.getInsertionBlock(),
                          builder.getInsertionPoint());
      emitStore(m, rows, panel, values, masked);
      scf::YieldOp::create(b);
    };
  };
  scf::IfOp::create(b, isFull, store(false), store(true));
}

/// Stores a tile: scaled by row, or added to what is there. A masked store
/// leaves out the rows of the panel beyond N.
void KernelBody::emitStore(Value m, int64_t rows, Value panel,
                           ValueRange values, bool masked) {
  int64_t fields = packed.fieldsPerByte(), lanes = PackedLayout::lanes;
  VectorType type = layout.getScale() ? floats : ints;
  Value n = memref::DimOp::create(b, result, 1);
  Value first = apply(b.getAffineDimExpr(0) * packed.panelRows(), panel);
  for (int64_t row = 0; row < rows; ++row) {
    Value rowIndex = add(m, row);
    Value scale;
    if (rowScale)
      scale = splat(loadBroadcast(rowScale, rowIndex, index(0)), floats);
    for (int64_t field = 0; field < fields; ++field) {
      Value value = values[row * fields + field];
      Value column = add(first, field * lanes);
      SmallVector<Value> indices{rowIndex, column};
      Value mask;
      if (masked) {
        Value left = arith::SubIOp::create(b, n, column);
        Value none = arith::MaxSIOp::create(b, left, index(0));
        mask = vector::CreateMaskOp::create(
            b, VectorType::get(lanes, b.getI1Type()), none);
      }
      if (scale) {
        value = arith::MulFOp::create(b, value, scale);
      } else {
        Value zero = arith::ConstantOp::create(b, b.getZeroAttr(type));
        Value old =
            masked
                ? vector::MaskedLoadOp::create(b, type, result, indices, mask,
                                               zero)
                      .getResult()
                : vector::LoadOp::create(b, type, result, indices).getResult();
        value = arith::AddIOp::create(b, value, old);
      }
      if (masked)
        vector::MaskedStoreOp::create(b, result, indices, mask, value);
      else
        vector::StoreOp::create(b, value, result, indices);
    }
  }
}

void KernelBody::emit() {
  Value m = memref::DimOp::create(b, activations, 0);
  Value panels = memref::DimOp::create(b, weights, 0);
  Value depth = memref::DimOp::create(b, activations, 1);
  lines = apply(b.getAffineDimExpr(0).floorDiv(PackedLayout::depth), depth);
  int64_t rows = key.tileRows;
  Value whole = apply(b.getAffineDimExpr(0).floorDiv(rows) * rows, m);
  forLoop(index(0), panels, 1, [&](Value panel) {
    forLoop(index(0), whole, rows,
            [&](Value first) { emitTile(first, rows, panel); });
    if (rows > 1)
      forLoop(whole, m, 1, [&](Value row) { emitTile(row, 1, panel); });
  });
  func::ReturnOp::create(b);
}

void mlir::lowbit::emitKernelBody(func::FuncOp function, const KernelKey &key) {
  KernelBody(function, key).emit();
}
