//===- SelfTest.cpp - A model that tries kernels --------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SelfTest.h"

#include "lowbit/Codegen/MicroKernel.h"
#include "lowbit/Dialect/IR/LowbitDialect.h"
#include "lowbit/Quantization/PackedWeights.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace {
/// The extents of a product: a whole panel and a part of one, lines for every
/// step of a loop over K, and blocks of which the last one is short.
struct Extents {
  Extents(int64_t m, const PackedLayout &layout)
      : m(m), n(layout.panelRows() + 1),
        k(layout.block == 0 ? layout.lineDepth() * 17 + 2 : layout.block + 6),
        blocks(layout.numBlocks(k)) {}

  int64_t m, n, k, blocks;
};
} // namespace

/// One of each class of M.
static constexpr int64_t kRows[] = {1, 3, kManyRows + 1};

/// Values of many signs and sizes, at most 128, without a period.
static int64_t getValue(int64_t index) {
  return static_cast<int8_t>(index * index * 5 + index * 37 + 128);
}

/// A constant of integers, or of eighths.
static Value makeConstant(OpBuilder &builder, Location loc,
                          ArrayRef<int64_t> shape, Type element) {
  auto type = RankedTensorType::get(shape, element);
  SmallVector<Attribute> values;
  for (int64_t i = 0; i < type.getNumElements(); ++i)
    values.push_back(element.isInteger()
                         ? Attribute(IntegerAttr::get(element, getValue(i)))
                         : FloatAttr::get(element, 0.125 * getValue(i)));
  return arith::ConstantOp::create(builder, loc,
                                   DenseElementsAttr::get(type, values));
}

/// Codes in the places that a row of packed activations has for them, or bits
/// in `lineBytes` for each line.
static Value makeActivations(OpBuilder &builder, Location loc,
                             const PackedLayout &layout, int64_t lineBytes,
                             const Extents &extents) {
  int64_t rowBytes =
      layout.paddedDepth(extents.k) / layout.lineDepth() * lineBytes;
  SmallVector<int8_t> bytes(extents.m * rowBytes, 0);
  for (int64_t m = 0; m < extents.m; ++m)
    for (int64_t k = 0; k < extents.k; ++k) {
      int64_t position = layout.paddedPosition<IntegerIndex>(k).value;
      int64_t inLine = position % layout.lineDepth();
      int8_t *line =
          &bytes[m * rowBytes + position / layout.lineDepth() * lineBytes];
      int64_t value = getValue(m * extents.k + k);
      if (!layout.bits)
        line[inLine] = static_cast<int8_t>(value);
      for (int64_t word = 0; layout.bits && word < lineBytes; word += 4)
        line[word + inLine / 8] |=
            static_cast<int8_t>((value >> (2 + word / 4) & 1) << (inLine % 8));
    }
  auto type =
      RankedTensorType::get({extents.m, rowBytes}, builder.getIntegerType(8));
  return arith::ConstantOp::create(
      builder, loc, DenseElementsAttr::get(type, ArrayRef(bytes)));
}

/// Any code that the layout stores.
static int64_t makeCode(LayoutAttr layout, int64_t index) {
  PackedLayout packed = layout.getPacked();
  int64_t value = static_cast<uint8_t>(getValue(index));
  if (packed.bits.mask)
    return packed.bits.sign ? value % 3 - 1 : value % 2;
  if (packed.bits.sign)
    return value % 2 * 2 - 1;
  int64_t fields = packed.radix == 3 ? 3 : int64_t(1) << packed.fieldBits;
  if (DenseI64ArrayAttr levels = layout.getLevels())
    fields = levels.size();
  return packed.codeStep * (value % fields) - packed.codeOffset;
}

/// Every header vector, with the same values in all blocks.
static void packHeaders(LayoutAttr layout, const Extents &extents,
                        uint8_t *packed) {
  PackedLayout bytes = layout.getPacked();
  auto pack = [&](HeaderVector vector, int64_t index,
                  ArrayRef<uint8_t> values) {
    HeaderValues header;
    header.data = values.data();
    header.bytes = static_cast<int64_t>(values.size()) / extents.n;
    header.rowStride = 1;
    packHeader(bytes, vector, index, header, extents.n, extents.k, packed);
  };
  auto getBytes = [&](FloatType type) {
    SmallVector<uint8_t> values;
    for (int64_t n = 0; n < extents.n; ++n) {
      APFloat value(0.125 * static_cast<double>(n % 15 + 1));
      bool ignored;
      value.convert(type.getFloatSemantics(), APFloat::rmNearestTiesToEven,
                    &ignored);
      uint64_t word = value.bitcastToAPInt().getZExtValue();
      for (unsigned bit = 0; bit < type.getWidth(); bit += 8)
        values.push_back(static_cast<uint8_t>(word >> bit));
    }
    return values;
  };
  FloatType f32 = Float32Type::get(layout.getContext());
  if (layout.getScale())
    pack(HeaderVector::Scale, 0, getBytes(layout.getScale()));
  for (int64_t term = 0; term < layout.getTerms(); ++term) {
    SmallVector<uint8_t> values;
    for (int64_t n = 0; n < extents.n; ++n)
      values.append(
          {static_cast<uint8_t>(n), static_cast<uint8_t>(term), 0, 0});
    pack(HeaderVector::Term, term, values);
  }
  if (layout.getOffset())
    pack(HeaderVector::Offset, 0, getBytes(f32));
}

static Value makeWeights(OpBuilder &builder, Location loc, LayoutAttr layout,
                         const Extents &extents) {
  PackedLayout bytes = layout.getPacked();
  SmallVector<int8_t> codes;
  for (int64_t i = 0; i < extents.n * extents.k; ++i)
    codes.push_back(static_cast<int8_t>(makeCode(layout, i)));
  int64_t panels = bytes.numPanels(extents.n);
  int64_t panelBytes = bytes.panelBytes(extents.k);
  SmallVector<uint8_t> packed(panels * panelBytes);
  packCodes(bytes, codes.data(), /*isUnsigned=*/bytes.codeOffset == 0,
            extents.n, extents.k, packed.data());
  packHeaders(layout, extents, packed.data());
  auto type =
      RankedTensorType::get({panels, panelBytes}, builder.getIntegerType(8));
  auto data = DenseElementsAttr::getFromRawBuffer(
      type,
      ArrayRef(reinterpret_cast<const char *>(packed.data()), packed.size()));
  return arith::ConstantOp::create(builder, loc, data);
}

/// The attributes of `op` that its kernel depends on.
static DictionaryAttr getKind(Operation *op) {
  NamedAttrList attributes(op->getAttrDictionary());
  attributes.erase("layer");
  return attributes.getDictionary(op->getContext());
}

/// The same for products that need the same instructions: levels are data.
static DictionaryAttr getKindOfAnyLevels(PackedMatmulInterface op) {
  NamedAttrList attributes(getKind(op));
  LayoutAttr layout = op.getLayout();
  if (DenseI64ArrayAttr levels = layout.getLevels())
    attributes.set(
        "layout",
        LayoutAttr::get(
            op->getContext(), layout.getFieldBits(), 0, layout.getCodeStep(),
            layout.getBlock(), layout.getScale(), layout.getTerms(),
            layout.getOffset(),
            DenseI64ArrayAttr::get(op->getContext(),
                                   SmallVector<int64_t>(levels.size(), 0)),
            layout.getRadix(), layout.getMask(), layout.getSign()));
  return attributes.getDictionary(op->getContext());
}

/// `op` on operands of its own, of `m` rows.
static Value makeProduct(OpBuilder &builder, Location loc,
                         PackedMatmulInterface op, int64_t m) {
  LayoutAttr layout = op.getLayout();
  Extents extents(m, layout.getPacked());
  SmallVector<Value> operands;
  for (OpOperand &operand : op->getOpOperands()) {
    Type element = getElementTypeOrSelf(operand.get().getType());
    auto add = [&](int64_t columns) {
      operands.push_back(makeConstant(builder, loc, {m, columns}, element));
    };
    if (&operand == &op.getWeightsMutable())
      operands.push_back(makeWeights(builder, loc, layout, extents));
    else if (&operand == &op.getInitMutable())
      add(extents.n);
    else if (operand.get() != op.getActivations())
      add(element.isInteger() ? extents.blocks : 1); // else: scale of the row
    else if (auto packed = dyn_cast<PackedMatmulOp>(*op))
      operands.push_back(makeActivations(builder, loc, layout.getPacked(),
                                         packed.getLineBytes(), extents));
    else
      add(extents.k);
  }
  OperationState state(loc, op->getName(), operands, operands.back().getType(),
                       getKind(op).getValue());
  return builder.create(state)->getResult(0);
}

OwningOpRef<ModuleOp> mlir::lowbit::makeSelfTest(ModuleOp module,
                                                 StringRef name) {
  // Others may differ from their reference by a tolerance.
  SmallVector<PackedMatmulInterface> products;
  llvm::SmallDenseSet<std::pair<OperationName, Attribute>> known;
  module.walk([&](PackedMatmulInterface op) {
    if (isa<PackedMatmulOp, PackedWeightOnlyMatmulOp>(op) &&
        known.insert({op->getName(), getKindOfAnyLevels(op)}).second)
      products.push_back(op);
  });
  if (products.empty())
    return {};
  OpBuilder builder(module.getContext());
  Location loc = module.getLoc();
  OwningOpRef<ModuleOp> test = ModuleOp::create(builder, loc);
  builder.setInsertionPointToStart(test->getBody());
  auto function =
      func::FuncOp::create(builder, loc, name, builder.getFunctionType({}, {}));
  builder.setInsertionPointToStart(function.addEntryBlock());
  SmallVector<Value> results;
  for (PackedMatmulInterface op : products)
    for (int64_t m : kRows)
      results.push_back(makeProduct(builder, loc, op, m));
  func::ReturnOp::create(builder, loc, results);
  function.setFunctionType(
      builder.getFunctionType({}, ValueRange(results).getTypes()));
  return test;
}
