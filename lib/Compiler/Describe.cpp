//===- Describe.cpp - What lies beside an artifact ------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit-c/Model.h"
#include "lowbit/Compiler/Compiler.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace mlir::lowbit;

static constexpr StringLiteral kModelHeader =
#include "ModelHeader.inc"
    ;

static llvm::json::Array describeTensors(ArrayRef<TensorSignature> tensors) {
  llvm::json::Array array;
  for (const TensorSignature &tensor : tensors)
    array.push_back(llvm::json::Object{
        {"name", tensor.name},
        {"dtype", lowbit_dtype_text(tensor.dtype)},
        {"shape", llvm::json::Array(ArrayRef<int64_t>(tensor.shape))}});
  return array;
}

static llvm::json::Object describeLayer(DictionaryAttr layer) {
  llvm::json::Object object;
  for (NamedAttribute entry : layer) {
    if (auto text = dyn_cast<StringAttr>(entry.getValue()))
      object[entry.getName().getValue()] = llvm::json::fixUTF8(text);
    else if (auto number = dyn_cast<IntegerAttr>(entry.getValue()))
      object[entry.getName().getValue()] = number.getInt();
  }
  return object;
}

static llvm::json::Array describeVariants(ArrayRef<Variant> variants) {
  llvm::json::Array array;
  for (const Variant &variant : variants)
    array.push_back(llvm::json::Object{
        {"name", variant.target.name},
        {"cpu_features", llvm::json::Array(variant.target.features)}});
  return array;
}

std::string mlir::lowbit::describeArtifact(const CompiledModule &compiled) {
  ModuleOp module = *compiled.variants.front().module;
  llvm::json::Array layers;
  if (auto records = module->getAttrOfType<ArrayAttr>("lowbit.layers"))
    for (auto record : records.getAsRange<DictionaryAttr>())
      layers.push_back(describeLayer(record));
  llvm::json::Array fallbacks;
  for (const Fallback &fallback : compiled.fallbacks)
    fallbacks.push_back(
        llvm::json::Object{{"layer", llvm::json::fixUTF8(fallback.layer)},
                           {"reason", llvm::json::fixUTF8(fallback.reason)}});
  ArrayRef<char> weights = getWeights(compiled);
  uint64_t hash = lowbit_weights_hash(
      reinterpret_cast<const uint8_t *>(weights.data()), weights.size());
  llvm::json::Object artifact{
      {"name", compiled.signature.name},
      {"abi_version", LOWBIT_ABI_VERSION},
      {"targets", describeVariants(compiled.variants)},
      {"inputs", describeTensors(compiled.signature.inputs)},
      {"outputs", describeTensors(compiled.signature.outputs)},
      {"weights_bytes", static_cast<int64_t>(weights.size())},
      {"weights_hash", llvm::utohexstr(hash)},
      {"layers", std::move(layers)},
      {"fallbacks", std::move(fallbacks)}};
  return llvm::formatv("{0:2}\n", llvm::json::Value(std::move(artifact))).str();
}

std::string mlir::lowbit::getArtifactHeader(const Signature &signature) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  stream << kModelHeader;
  if (!signature.inputs.empty() &&
      signature.inputs.back().name == "running_ranges")
    stream << "\n/* The last output, running_ranges, is the last input of the "
              "next call;\n   that of the first call is all zeros. */";
  stream << "\n#ifdef __cplusplus\nextern \"C\"\n#else\nextern\n"
         << "#endif\nconst lowbit_model " << signature.name << "_model;\n";
  return text;
}
