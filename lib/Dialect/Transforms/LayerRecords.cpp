//===- LayerRecords.cpp - What each layer weighs --------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LayerRecords.h"
#include "FloatGather.h"
#include "lowbit/Dialect/Transforms/Quantize.h"
#include "lowbit/Quantization/WeightEncoding.h"

using namespace mlir;
using namespace mlir::lowbit;

static constexpr StringLiteral kLayers = "lowbit.layers";
static constexpr StringLiteral kFloat = "f32";

/// Until recordFloatLayers, which comes last: [all records before, record]. A
/// list of all would be copied for each layer.
static constexpr StringLiteral kLatest = "lowbit.layers.latest";

static Attribute createRecord(Builder builder, StringRef name,
                              StringRef encoding, int64_t n, int64_t k,
                              int64_t payload, int64_t total) {
  return builder.getDictionaryAttr({
      builder.getNamedAttr("name", builder.getStringAttr(name)),
      builder.getNamedAttr("encoding", builder.getStringAttr(encoding)),
      builder.getNamedAttr("n", builder.getI64IntegerAttr(n)),
      builder.getNamedAttr("k", builder.getI64IntegerAttr(k)),
      builder.getNamedAttr("payload_bytes", builder.getI64IntegerAttr(payload)),
      builder.getNamedAttr("overhead_bytes",
                           builder.getI64IntegerAttr(total - payload)),
  });
}

/// One record for the planes or groups of a layer, of n x k weights each: their
/// number, and their bytes added up.
static DictionaryAttr addRecords(DictionaryAttr first, DictionaryAttr second) {
  NamedAttrList sum(first);
  auto get = [](DictionaryAttr record, StringRef field, int64_t missing) {
    auto number = record.getAs<IntegerAttr>(field);
    return number ? number.getInt() : missing;
  };
  auto add = [&](StringRef field, int64_t missing) {
    int64_t total = get(first, field, missing) + get(second, field, missing);
    sum.set(field, Builder(first.getContext()).getI64IntegerAttr(total));
  };
  add("overhead_bytes", 0);
  add("payload_bytes", 0);
  add("products", 1);
  return sum.getDictionary(first.getContext());
}

/// `records`, of which those of one name become one; those without a name stay.
static SmallVector<Attribute> mergeRecords(ArrayRef<Attribute> records) {
  SmallVector<Attribute> merged;
  llvm::DenseMap<Attribute, size_t> places;
  for (Attribute attribute : records) {
    auto record = cast<DictionaryAttr>(attribute);
    auto name = record.getAs<StringAttr>("name");
    auto [place, isNew] = places.try_emplace(name, merged.size());
    if (isNew || name.empty())
      merged.push_back(record);
    else
      merged[place->second] =
          addRecords(cast<DictionaryAttr>(merged[place->second]), record);
  }
  return merged;
}

/// The records of `kLatest`, which is removed.
static SmallVector<Attribute> takeLatest(ModuleOp module) {
  SmallVector<Attribute> records;
  auto latest = dyn_cast_or_null<ArrayAttr>(module->removeAttr(kLatest));
  for (; latest; latest = dyn_cast<ArrayAttr>(latest[0]))
    records.push_back(latest[1]);
  std::reverse(records.begin(), records.end());
  return records;
}

void mlir::lowbit::recordRangeSources(Operation *root,
                                      ArrayRef<StringRef> layers,
                                      StringRef source) {
  if (!isa<ModuleOp>(root) || layers.empty())
    return;
  NamedAttrList sources;
  if (auto known = root->getAttrOfType<DictionaryAttr>(kRangeSources))
    sources = known;
  for (StringRef layer : layers)
    sources.set(layer, StringAttr::get(root->getContext(), source));
  root->setAttr(kRangeSources, sources.getDictionary(root->getContext()));
}

std::string mlir::lowbit::getEncodingName(Type type) {
  std::string text;
  llvm::raw_string_ostream(text) << type;
  StringRef name(text);
  name.consume_front("!lowbit.");
  return name.str();
}

void mlir::lowbit::recordLayer(Operation *op, StringAttr name,
                               RankedTensorType weights, LayoutAttr layout) {
  if (!weights.hasStaticShape())
    return;
  PackedLayout packed = layout.getPacked();
  int64_t n = weights.getDimSize(0), k = weights.getDimSize(1);
  int64_t table = layout.getLevels() ? layout.getLevels().size() : 0;
  recordLayer(op, name, weights,
              packed.radix == 3 ? getBase3Bytes(n * k)
                                : getPayloadBytes(weights),
              packed.numPanels(n) * packed.panelBytes(k) + table);
}

int64_t mlir::lowbit::getPayloadBytes(RankedTensorType codes) {
  auto code = cast<CodeTypeInterface>(codes.getElementType());
  return ceilDivide(codes.getNumElements() * code.getBits(), 8);
}

void mlir::lowbit::recordLayer(Operation *op, StringAttr name,
                               RankedTensorType weights, int64_t payload,
                               int64_t total) {
  auto code = cast<CodeTypeInterface>(weights.getElementType());
  int64_t n = weights.getDimSize(0), k = weights.getDimSize(1);
  auto module = op->getParentOfType<ModuleOp>();
  Builder builder(op->getContext());
  Attribute record = createRecord(builder, name ? name.getValue() : "",
                                  getEncodingName(code), n, k, payload, total);
  NamedAttrList fields(cast<DictionaryAttr>(record));
  auto copyField = [&](StringRef field, StringRef source) {
    auto values = module->getAttrOfType<DictionaryAttr>(source);
    if (Attribute value = values && name ? values.get(name) : Attribute())
      fields.set(field, value);
  };
  copyField("error_bound", kErrorBounds);
  copyField("range_source", kRangeSources);
  record = fields.getDictionary(op->getContext());
  Attribute before = module->getAttr(kLatest);
  module->setAttr(
      kLatest,
      builder.getArrayAttr({before ? before : builder.getUnitAttr(), record}));
}

std::optional<std::pair<int64_t, int64_t>>
mlir::lowbit::getFloatWeightShape(Operation *op) {
  std::string reason;
  if (FloatGather::isLayer(op)) {
    auto gather = FloatGather::match(op, reason);
    if (succeeded(gather) && !gather->hasCodes())
      return std::pair(gather->rows, gather->columns);
  } else if (FloatMatmul::isLayer(op)) {
    auto matmul = FloatMatmul::match(cast<linalg::LinalgOp>(op), reason);
    if (succeeded(matmul) && !matmul->hasCodes())
      return matmul->getWeightShape();
  }
  return std::nullopt;
}

/// The rows of `n` as they are stored: products of matrices are packed.
static int64_t getStoredRows(Operation *op, int64_t n) {
  std::string reason;
  if (FloatGather::isLayer(op))
    return n;
  auto matmul = FloatMatmul::match(cast<linalg::LinalgOp>(op), reason);
  bool isGrouped = matmul->windows && matmul->windows->groups > 1;
  return isGrouped ? n : llvm::alignTo(n, PackedLayout::lanes);
}

void mlir::lowbit::recordFloatLayers(ModuleOp module) {
  SmallVector<Attribute> known, records;
  if (auto layers = module->getAttrOfType<ArrayAttr>(kLayers))
    llvm::append_range(known, layers);
  records = known;
  llvm::append_range(records, mergeRecords(takeLatest(module)));
  llvm::erase_if(records, [](Attribute record) {
    auto encoding = cast<DictionaryAttr>(record).getAs<StringAttr>("encoding");
    return encoding && encoding == kFloat;
  });
  module->walk([&](Operation *op) {
    auto shape = getFloatWeightShape(op);
    if (!shape)
      return;
    auto [n, k] = *shape;
    records.push_back(createRecord(Builder(op->getContext()),
                                   getLayerName(op->getLoc()), kFloat, n, k,
                                   n * k * 4, getStoredRows(op, n) * k * 4));
  });
  if (records != known)
    module->setAttr(kLayers, ArrayAttr::get(module.getContext(), records));
}
