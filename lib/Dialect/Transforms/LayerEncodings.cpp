//===- LayerEncodings.cpp - Which layer gets what -------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/Transforms/LayerEncodings.h"
#include "lowbit/Dialect/IR/LowbitDialect.h"

using namespace mlir;
using namespace mlir::lowbit;

/// `text` as an encoding; the error names `source`, where the text is from.
template <typename Encoding>
static FailureOr<Encoding> parseEncoding(const Twine &source, StringRef text,
                                         LayerEncodings::EmitError emitError) {
  std::string error;
  auto encoding =
      Encoding::parse(std::string_view(text.data(), text.size()), error);
  if (encoding)
    return *encoding;
  emitError() << source << ": " << error;
  return failure();
}

FailureOr<LayerEncodings> LayerEncodings::parse(StringRef weights,
                                                StringRef activations,
                                                StringRef layers,
                                                EmitError emitError) {
  LayerEncodings encodings;
  if (!weights.empty()) {
    auto parsed = parseEncoding<WeightEncoding>("weights", weights, emitError);
    if (failed(parsed))
      return failure();
    encodings.common.weights = *parsed;
  }
  auto parsed =
      parseEncoding<ActivationEncoding>("activations", activations, emitError);
  if (failed(parsed))
    return failure();
  encodings.common.activations = *parsed;

  SmallVector<StringRef> entries;
  if (!layers.empty())
    layers.split(entries, ';');
  for (StringRef entry : entries) {
    auto [name, text] = entry.split('=');
    if (name.empty() || text.empty())
      return emitError() << "layers: expected name=encoding, but got '" << entry
                         << "'";
    auto [weightText, activationText] = text.split('/');
    auto layerWeights =
        parseEncoding<WeightEncoding>("layers: " + name, weightText, emitError);
    if (failed(layerWeights))
      return failure();
    LayerEncoding encoding = encodings.common;
    encoding.weights = *layerWeights;
    encoding.isOwn = true;
    if (weightText.size() != text.size()) {
      auto layerActivations = parseEncoding<ActivationEncoding>(
          "layers: " + name, activationText, emitError);
      if (failed(layerActivations))
        return failure();
      encoding.activations = *layerActivations;
    }
    if (!encodings.layers.insert({name, encoding}).second)
      return emitError() << "layers: expected each layer once, but got '"
                         << name << "' again";
  }
  return encodings;
}

/// Sets `encoding` to the one in the attribute `name` of `op` if there is one.
template <typename Encoding>
static LogicalResult parseAttribute(Operation *op, StringRef name,
                                    std::optional<Encoding> &encoding) {
  Attribute attribute = op->getDiscardableAttr(name);
  if (!attribute)
    return success();
  auto text = dyn_cast<StringAttr>(attribute);
  if (!text)
    return op->emitError() << "expected a string as " << name << ", but got "
                           << attribute;
  auto parsed = parseEncoding<Encoding>(name, text.getValue(),
                                        [&] { return op->emitError(); });
  if (succeeded(parsed))
    encoding = *parsed;
  return parsed;
}

FailureOr<LayerEncoding> LayerEncodings::get(Operation *op) const {
  std::optional<WeightEncoding> weights;
  std::optional<ActivationEncoding> activations;
  if (failed(parseAttribute(op, "lowbit.weights", weights)) ||
      failed(parseAttribute(op, "lowbit.activations", activations)))
    return failure();
  auto *entry = layers.find(getLayerName(op->getLoc()));
  LayerEncoding encoding = entry == layers.end() ? common : entry->second;
  if (weights) {
    encoding.weights = weights;
    encoding.isOwn = true;
  }
  if (activations)
    encoding.activations = *activations;
  encoding.fromAttribute = weights || activations;
  return encoding;
}

LogicalResult LayerEncodings::verifyNames(ArrayRef<StringRef> existing,
                                          EmitError emitError) const {
  for (const auto &[name, encoding] : layers) {
    if (llvm::is_contained(existing, name))
      continue;
    InFlightDiagnostic error = emitError();
    error << "layers: unknown layer '" << name << "': expected one of ";
    llvm::interleaveComma(existing, error);
    return error;
  }
  return success();
}
