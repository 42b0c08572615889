//===- Translate.cpp - LLVM IR and the table of a model -------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit-c/Model.h"
#include "lowbit/Compiler/Compiler.h"
#include "mlir/Target/LLVMIR/Dialect/All.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Target/TargetMachine.h"

#include "TargetMachine.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace {
/// Builds the constant `lowbit_model` of a module. Fields are in the order of
/// lowbit-c/Model.h.
class ModelTable {
public:
  ModelTable(llvm::Module &module, const Signature &signature)
      : module(module), context(module.getContext()), signature(signature),
        pointer(llvm::PointerType::get(context, 0)),
        i32(llvm::Type::getInt32Ty(context)),
        i64(llvm::Type::getInt64Ty(context)) {}

  void emit(const Target &target, ArrayRef<std::string> layers,
            ArrayRef<char> weights);

private:
  llvm::Constant *text(StringRef value) {
    return global(llvm::ConstantDataArray::getString(context, value));
  }
  llvm::Constant *word(int64_t value) {
    return llvm::ConstantInt::get(i64, value);
  }
  llvm::Constant *half(int64_t value) {
    return llvm::ConstantInt::get(i32, value);
  }
  llvm::Constant *global(llvm::Constant *value) {
    return new llvm::GlobalVariable(module, value->getType(),
                                    /*isConstant=*/true,
                                    llvm::GlobalValue::PrivateLinkage, value);
  }
  llvm::Constant *tensorTypes(ArrayRef<TensorSignature> tensors);
  llvm::Constant *names(ArrayRef<std::string> values);
  llvm::Function *entry(StringRef suffix, bool loadsContext);

  llvm::Module &module;
  llvm::LLVMContext &context;
  const Signature &signature;
  llvm::PointerType *pointer;
  llvm::IntegerType *i32, *i64;
};
} // namespace

llvm::Constant *ModelTable::tensorTypes(ArrayRef<TensorSignature> tensors) {
  SmallVector<llvm::Constant *> types;
  for (const TensorSignature &tensor : tensors) {
    SmallVector<uint64_t> shape(LOWBIT_MAX_RANK, 0);
    llvm::copy(tensor.shape, shape.begin());
    types.push_back(llvm::ConstantStruct::getAnon(
        {text(tensor.name), half(tensor.dtype), half(tensor.shape.size()),
         llvm::ConstantDataArray::get(context, shape)}));
  }
  if (types.empty())
    return llvm::ConstantPointerNull::get(pointer);
  return global(llvm::ConstantArray::get(
      llvm::ArrayType::get(types.front()->getType(), types.size()), types));
}

llvm::Constant *ModelTable::names(ArrayRef<std::string> values) {
  SmallVector<llvm::Constant *> pointers;
  for (const std::string &value : values)
    pointers.push_back(text(value));
  return global(llvm::ConstantArray::get(
      llvm::ArrayType::get(pointer, pointers.size()), pointers));
}

/// A function of one argument, an array of pointers, that passes each of them
/// to the C wrapper of `function`suffix; the last is loaded through if it is
/// the context.
llvm::Function *ModelTable::entry(StringRef suffix, bool loadsContext) {
  llvm::Function *wrapper =
      module.getFunction(("_mlir_ciface_" + signature.function + suffix).str());
  wrapper->setLinkage(llvm::GlobalValue::InternalLinkage);
  auto *type = llvm::FunctionType::get(llvm::Type::getVoidTy(context), pointer,
                                       /*isVarArg=*/false);
  auto *function =
      llvm::Function::Create(type, llvm::GlobalValue::InternalLinkage,
                             signature.name + "_entry" + suffix, module);
  llvm::IRBuilder<> builder(
      llvm::BasicBlock::Create(context, "entry", function));
  SmallVector<llvm::Value *> arguments;
  for (unsigned i = 0; i < wrapper->arg_size(); ++i) {
    llvm::Value *slot =
        builder.CreateConstGEP1_64(pointer, function->getArg(0), i);
    arguments.push_back(builder.CreateLoad(pointer, slot));
  }
  if (loadsContext)
    arguments.back() = builder.CreateLoad(pointer, arguments.back());
  builder.CreateCall(wrapper, arguments);
  builder.CreateRetVoid();
  return function;
}

void ModelTable::emit(const Target &target, ArrayRef<std::string> layers,
                      ArrayRef<char> weights) {
  llvm::Constant *weightsSymbol = llvm::ConstantPointerNull::get(pointer);
  if (!weights.empty()) {
    auto *symbol = new llvm::GlobalVariable(
        module, llvm::Type::getInt8Ty(context), /*isConstant=*/true,
        llvm::GlobalValue::ExternalLinkage, nullptr,
        signature.name + "_weights");
    symbol->setVisibility(llvm::GlobalValue::HiddenVisibility);
    weightsSymbol = symbol;
  }
  auto *bytes = reinterpret_cast<const uint8_t *>(weights.data());
  auto *table = llvm::ConstantStruct::getAnon({
      half(LOWBIT_ABI_VERSION),
      text(signature.name),
      text(target.name),
      text(llvm::join(target.features, ",")),
      half(signature.inputs.size()),
      half(signature.outputs.size()),
      tensorTypes(signature.inputs),
      tensorTypes(signature.outputs),
      half(layers.size()),
      names(layers),
      weightsSymbol,
      word(weights.size()),
      word(lowbit_weights_hash(bytes, weights.size())),
      entry("_plan", /*loadsContext=*/false),
      entry("", /*loadsContext=*/true),
  });
  new llvm::GlobalVariable(module, table->getType(), /*isConstant=*/true,
                           llvm::GlobalValue::ExternalLinkage, table,
                           signature.name + "_model");
}

/// Names of the layers, in the order of the profile's numbers.
static SmallVector<std::string> getLayerNames(ModuleOp module) {
  SmallVector<std::string> names;
  if (auto layers = module->getAttrOfType<ArrayAttr>("lowbit.layers"))
    for (auto layer : layers.getAsRange<DictionaryAttr>())
      names.push_back(layer.getAs<StringAttr>("name").str());
  return names;
}

static void optimize(llvm::Module &module, llvm::TargetMachine &machine,
                     llvm::OptimizationLevel level) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager calls;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder(&machine);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(calls);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, calls, modules);
  builder.buildPerModuleDefaultPipeline(level).run(module, modules);
}

llvm::Expected<std::unique_ptr<llvm::Module>>
mlir::lowbit::translateToLLVM(CompiledModule &compiled,
                              const CompileOptions &options,
                              llvm::LLVMContext &context) {
  ModuleOp module = *compiled.module;
  DialectRegistry registry;
  registerAllToLLVMIRTranslations(registry);
  module.getContext()->appendDialectRegistry(registry);
  std::unique_ptr<llvm::Module> llvmModule =
      translateModuleToLLVMIR(module, context, compiled.signature.name);
  if (!llvmModule)
    return llvm::createStringError("expected a module in the LLVM dialect");
  auto machine =
      createTargetMachine(*options.target, llvm::CodeGenOptLevel::Aggressive);
  if (!machine)
    return machine.takeError();
  llvmModule->setTargetTriple((*machine)->getTargetTriple());
  llvmModule->setDataLayout((*machine)->createDataLayout());
  // The model's table is the only way in.
  for (llvm::Function &function : *llvmModule)
    if (!function.isDeclaration())
      function.setLinkage(llvm::GlobalValue::InternalLinkage);
  ModelTable(*llvmModule, compiled.signature)
      .emit(*options.target, getLayerNames(module), getWeights(module));
  // A model may be called memcpy; the code may call the C library's.
  if (llvm::Function *run =
          llvmModule->getFunction(compiled.signature.function))
    run->setName(compiled.signature.name + "_run");
  optimize(*llvmModule, **machine,
           options.isQuick() ? llvm::OptimizationLevel::O1
                             : llvm::OptimizationLevel::O3);
  return llvmModule;
}
