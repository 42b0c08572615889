//===- Signature.cpp - Inputs and outputs of a model ----------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Compiler/Signature.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::lowbit;

static std::optional<lowbit_dtype> getDtype(Type type) {
  if (type.isF32())
    return LOWBIT_F32;
  if (type.isF16())
    return LOWBIT_F16;
  if (type.isBF16())
    return LOWBIT_BF16;
  if (type.isUnsignedInteger(8))
    return LOWBIT_U8;
  auto integer = dyn_cast<IntegerType>(type);
  if (!integer || integer.isUnsigned())
    return std::nullopt;
  switch (integer.getWidth()) {
  case 8:
    return LOWBIT_I8;
  case 16:
    return LOWBIT_I16;
  case 32:
    return LOWBIT_I32;
  case 64:
    return LOWBIT_I64;
  default:
    return std::nullopt;
  }
}

/// `name` with everything that C does not allow replaced by an underscore.
/// Names that C reserves, or that lowbit-c/Model.h could use, get a prefix, and
/// long ones are cut: they become arguments of programs.
static std::string getIdentifier(StringRef name) {
  std::string identifier = name.take_front(200).str();
  for (char &c : identifier)
    if (!llvm::isAlnum(c))
      c = '_';
  bool isFree = !identifier.empty() && llvm::isAlpha(identifier.front()) &&
                !StringRef(identifier).starts_with("lowbit");
  return isFree ? identifier : "model_" + identifier;
}

/// Describes the tensors of `types` by their attribute `lowbit.name`, or as
/// `prefix`0, `prefix`1, ...
static LogicalResult describe(func::FuncOp function, TypeRange types,
                              function_ref<Attribute(unsigned)> getName,
                              StringRef prefix,
                              SmallVectorImpl<TensorSignature> &tensors) {
  for (auto [i, type] : llvm::enumerate(types)) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    auto dtype = tensor ? getDtype(tensor.getElementType()) : std::nullopt;
    if (!dtype || tensor.getRank() > LOWBIT_MAX_RANK)
      return function.emitError("expected a tensor of f32, f16, bf16, i8, ui8, "
                                "i16, i32 or i64 of rank at most ")
             << LOWBIT_MAX_RANK << " as " << prefix << " " << i << ", but got "
             << type;
    SmallVector<int64_t> shape =
        llvm::map_to_vector(tensor.getShape(), [](int64_t extent) {
          return ShapedType::isDynamic(extent) ? -1 : extent;
        });
    auto name = dyn_cast_or_null<StringAttr>(getName(i));
    tensors.push_back(
        {name ? name.str() : prefix.str() + std::to_string(i), *dtype, shape});
  }
  return success();
}

FailureOr<Signature> mlir::lowbit::getSignature(ModuleOp module) {
  func::FuncOp entry;
  for (auto function : module.getOps<func::FuncOp>()) {
    if (function.isDeclaration() &&
        !SymbolTable::symbolKnownUseEmpty(function, module))
      return function.emitError("expected a body of function '")
             << function.getName() << "', but got a declaration";
    if (!function.isPublic() || function.isDeclaration())
      continue;
    if (entry)
      return function.emitError("expected one public function, but got '")
             << entry.getName() << "' and '" << function.getName() << "'";
    entry = function;
  }
  if (!entry)
    return module.emitError("expected a public function, but got none");
  // Its inputs and outputs are those of the model.
  if (!SymbolTable::symbolKnownUseEmpty(entry, module))
    return entry.emitError("expected no call of the public function '")
           << entry.getName() << "'";
  if (!entry.getBody().hasOneBlock())
    return entry.emitError("expected a function of one block, but got ")
           << entry.getBody().getBlocks().size();
  Signature signature;
  signature.function = entry.getName().str();
  signature.name = getIdentifier(entry.getName());
  FunctionType type = entry.getFunctionType();
  if (type.getNumInputs() + type.getNumResults() > LOWBIT_MAX_TENSORS)
    return entry.emitError("expected at most ")
           << LOWBIT_MAX_TENSORS << " inputs and outputs, but got "
           << type.getNumInputs() + type.getNumResults();
  auto getArgumentName = [&](unsigned i) {
    return entry.getArgAttr(i, "lowbit.name");
  };
  auto getResultName = [&](unsigned i) {
    return entry.getResultAttr(i, "lowbit.name");
  };
  if (failed(describe(entry, type.getInputs(), getArgumentName, "input",
                      signature.inputs)) ||
      failed(describe(entry, type.getResults(), getResultName, "output",
                      signature.outputs)))
    return failure();
  return signature;
}
