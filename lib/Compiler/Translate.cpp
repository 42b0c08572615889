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
#include "llvm/Linker/Linker.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Target/TargetMachine.h"

#include "TargetMachine.h"

using namespace mlir;
using namespace mlir::lowbit;

/// What tells the functions of a variant from those of the others.
static std::string getSuffix(const CompiledModule &compiled,
                             const Variant &variant) {
  return compiled.variants.size() == 1 ? "" : "." + variant.target.name.str();
}

namespace {
/// The two functions of a `lowbit_variant`.
struct EntryNames {
  EntryNames(const CompiledModule &compiled, const Variant &variant)
      : plan(compiled.signature.name + "_entry_plan" +
             getSuffix(compiled, variant)),
        run(compiled.signature.name + "_entry_run" +
            getSuffix(compiled, variant)) {}

  std::string plan, run;
};

/// Builds the constant `lowbit_model` of a model in a module that holds the
/// code of its variants. Fields are in the order of lowbit-c/Model.h.
class ModelTable {
public:
  ModelTable(llvm::Module &module, const CompiledModule &compiled)
      : module(module), context(module.getContext()), compiled(compiled),
        signature(compiled.signature),
        pointer(llvm::PointerType::get(context, 0)),
        i32(llvm::Type::getInt32Ty(context)),
        i64(llvm::Type::getInt64Ty(context)) {}

  llvm::GlobalVariable *emit(llvm::Constant *weights, llvm::Constant *selfTest,
                             llvm::Constant *reference);

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
  llvm::Constant *global(llvm::Constant *value, bool isConstant = true) {
    return new llvm::GlobalVariable(module, value->getType(), isConstant,
                                    llvm::GlobalValue::PrivateLinkage, value);
  }
  /// A pointer to structs of one type, null if there are none.
  llvm::Constant *array(ArrayRef<llvm::Constant *> elements);
  llvm::Constant *tensorTypes(ArrayRef<TensorSignature> tensors);
  llvm::Constant *layerNames();
  llvm::Constant *variants();
  llvm::Constant *entry(StringRef name);

  llvm::Module &module;
  llvm::LLVMContext &context;
  const CompiledModule &compiled;
  const Signature &signature;
  llvm::PointerType *pointer;
  llvm::IntegerType *i32, *i64;
};
} // namespace

llvm::Constant *ModelTable::array(ArrayRef<llvm::Constant *> elements) {
  if (elements.empty())
    return llvm::ConstantPointerNull::get(pointer);
  return global(llvm::ConstantArray::get(
      llvm::ArrayType::get(elements.front()->getType(), elements.size()),
      elements));
}

llvm::Constant *ModelTable::tensorTypes(ArrayRef<TensorSignature> tensors) {
  SmallVector<llvm::Constant *> types;
  for (const TensorSignature &tensor : tensors) {
    SmallVector<uint64_t> shape(LOWBIT_MAX_RANK, 0);
    llvm::copy(tensor.shape, shape.begin());
    types.push_back(llvm::ConstantStruct::getAnon(
        {text(tensor.name), half(tensor.dtype), half(tensor.shape.size()),
         llvm::ConstantDataArray::get(context, shape)}));
  }
  return array(types);
}

/// Names of the layers, in the order of the profile's numbers.
static SmallVector<StringRef> getLayerNames(const CompiledModule &compiled) {
  SmallVector<StringRef> names;
  ModuleOp module = *compiled.variants.front().module;
  if (auto layers = module->getAttrOfType<ArrayAttr>("lowbit.layers"))
    for (auto layer : layers.getAsRange<DictionaryAttr>())
      names.push_back(layer.getAs<StringAttr>("name"));
  return names;
}

llvm::Constant *ModelTable::layerNames() {
  return array(llvm::map_to_vector(getLayerNames(compiled),
                                   [&](StringRef name) { return text(name); }));
}

llvm::Constant *ModelTable::entry(StringRef name) {
  llvm::Function *function = module.getFunction(name);
  function->setLinkage(llvm::GlobalValue::InternalLinkage);
  return function;
}

llvm::Constant *ModelTable::variants() {
  SmallVector<llvm::Constant *> elements;
  for (const Variant &variant : compiled.variants) {
    EntryNames names(compiled, variant);
    elements.push_back(llvm::ConstantStruct::getAnon(
        {text(variant.target.name),
         text(llvm::join(variant.target.features, ",")), entry(names.plan),
         entry(names.run)}));
  }
  return array(elements);
}

llvm::GlobalVariable *ModelTable::emit(llvm::Constant *weights,
                                       llvm::Constant *selfTest,
                                       llvm::Constant *reference) {
  ArrayRef<char> data = getWeights(compiled);
  auto *bytes = reinterpret_cast<const uint8_t *>(data.data());
  auto *table = llvm::ConstantStruct::getAnon({
      half(LOWBIT_ABI_VERSION),
      text(signature.name),
      half(signature.inputs.size()),
      half(signature.outputs.size()),
      tensorTypes(signature.inputs),
      tensorTypes(signature.outputs),
      half(getLayerNames(compiled).size()),
      layerNames(),
      weights,
      word(data.size()),
      word(lowbit_weights_hash(bytes, data.size())),
      half(compiled.variants.size()),
      variants(),
      selfTest,
      reference,
      global(half(0), /*isConstant=*/false),
  });
  return new llvm::GlobalVariable(module, table->getType(), /*isConstant=*/true,
                                  llvm::GlobalValue::ExternalLinkage, table,
                                  signature.name + "_model");
}

/// A function of one argument, an array of pointers, that passes each of them
/// to the C wrapper `wrapper`; the last is loaded through if it is the context.
static void emitEntry(llvm::Module &module, StringRef name, StringRef wrapper,
                      bool loadsContext) {
  llvm::LLVMContext &context = module.getContext();
  auto *pointer = llvm::PointerType::get(context, 0);
  auto *type = llvm::FunctionType::get(llvm::Type::getVoidTy(context), pointer,
                                       /*isVarArg=*/false);
  auto *function = llvm::Function::Create(
      type, llvm::GlobalValue::ExternalLinkage, name, module);
  llvm::Function *callee = module.getFunction(wrapper);
  llvm::IRBuilder<> builder(
      llvm::BasicBlock::Create(context, "entry", function));
  SmallVector<llvm::Value *> arguments;
  for (unsigned i = 0; i < callee->arg_size(); ++i) {
    llvm::Value *slot =
        builder.CreateConstGEP1_64(pointer, function->getArg(0), i);
    arguments.push_back(builder.CreateLoad(pointer, slot));
  }
  if (loadsContext)
    arguments.back() = builder.CreateLoad(pointer, arguments.back());
  builder.CreateCall(callee, arguments);
  builder.CreateRetVoid();
}

/// Calls of one function of which each may become a copy of it.
static constexpr unsigned kMaxCopies = 4;

/// Lets functions that many layers share be functions: the inliner goes by the
/// size of each call alone.
static void keepShared(llvm::Module &module) {
  for (llvm::Function &function : module)
    if (function.hasInternalLinkage() &&
        function.hasNUsesOrMore(kMaxCopies + 1))
      function.addFnAttr(llvm::Attribute::NoInline);
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

/// LLVM IR of a variant, optimized, with its entry functions as the only way
/// in.
static llvm::Expected<std::unique_ptr<llvm::Module>>
translateVariant(const CompiledModule &compiled, const Variant &variant,
                 const CompileOptions &options, llvm::LLVMContext &context) {
  const Signature &signature = compiled.signature;
  std::unique_ptr<llvm::Module> module =
      translateModuleToLLVMIR(*variant.module, context, signature.name);
  if (!module)
    return llvm::createStringError("expected a module in the LLVM dialect");
  auto machine =
      createTargetMachine(variant.target, llvm::CodeGenOptLevel::Aggressive);
  if (!machine)
    return machine.takeError();
  module->setTargetTriple((*machine)->getTargetTriple());
  module->setDataLayout((*machine)->createDataLayout());
  for (llvm::Function &function : *module)
    if (!function.isDeclaration())
      function.setLinkage(llvm::GlobalValue::InternalLinkage);
  EntryNames names(compiled, variant);
  std::string wrapper = "_mlir_ciface_" + signature.function;
  emitEntry(*module, names.plan, wrapper + "_plan", /*loadsContext=*/false);
  emitEntry(*module, names.run, wrapper, /*loadsContext=*/true);
  // A model may be called memcpy; the code may call the C library's.
  if (llvm::Function *run = module->getFunction(signature.function))
    run->setName(signature.name + "_run" + getSuffix(compiled, variant));
  auto setAttribute = [&](StringRef name, StringRef value) {
    for (llvm::Function &function : *module)
      if (!function.isDeclaration() && !value.empty())
        function.addFnAttr(name, value);
  };
  setAttribute("target-features", (*machine)->getTargetFeatureString());
  setAttribute("tune-cpu", variant.target.tune);
  keepShared(*module);
  optimize(*module, **machine,
           options.isQuick() ? llvm::OptimizationLevel::O1
                             : llvm::OptimizationLevel::O3);
  return module;
}

/// Adds the code of all variants of `compiled` to `module`.
static llvm::Error linkVariants(llvm::Module &module,
                                const CompiledModule &compiled,
                                const CompileOptions &options) {
  for (const Variant &variant : compiled.variants) {
    auto code =
        translateVariant(compiled, variant, options, module.getContext());
    if (!code)
      return code.takeError();
    if (llvm::Linker::linkModules(module, std::move(*code)))
      return llvm::createStringError("expected the code for '" +
                                     variant.target.name +
                                     "' to link, but it does not");
  }
  return llvm::Error::success();
}

/// Adds a small model with its code, which keeps its few weights itself. A null
/// pointer if there is none.
static llvm::Expected<llvm::Constant *>
emitSmallModel(llvm::Module &module, const CompiledModule *compiled,
               const CompileOptions &options) {
  llvm::Constant *null = llvm::ConstantPointerNull::get(
      llvm::PointerType::get(module.getContext(), 0));
  if (!compiled)
    return null;
  if (llvm::Error error = linkVariants(module, *compiled, options))
    return error;
  llvm::Constant *bytes =
      llvm::ConstantDataArray::get(module.getContext(), getWeights(*compiled));
  auto *weights =
      new llvm::GlobalVariable(module, bytes->getType(), /*isConstant=*/true,
                               llvm::GlobalValue::PrivateLinkage, bytes);
  weights->setAlignment(llvm::Align(64));
  llvm::GlobalVariable *table =
      ModelTable(module, *compiled).emit(weights, null, null);
  table->setLinkage(llvm::GlobalValue::PrivateLinkage);
  return table;
}

/// The symbol of the weights; a null pointer if there are none.
static llvm::Constant *declareWeights(llvm::Module &module,
                                      const CompiledModule &compiled) {
  llvm::LLVMContext &context = module.getContext();
  if (getWeights(compiled).empty())
    return llvm::ConstantPointerNull::get(llvm::PointerType::get(context, 0));
  auto *symbol = new llvm::GlobalVariable(
      module, llvm::Type::getInt8Ty(context), /*isConstant=*/true,
      llvm::GlobalValue::ExternalLinkage, nullptr,
      compiled.signature.name + "_weights");
  symbol->setVisibility(llvm::GlobalValue::HiddenVisibility);
  return symbol;
}

llvm::Expected<std::unique_ptr<llvm::Module>>
mlir::lowbit::translateToLLVM(CompiledModule &compiled,
                              const CompileOptions &options,
                              llvm::LLVMContext &context) {
  DialectRegistry registry;
  registerAllToLLVMIRTranslations(registry);
  compiled.variants.front().module->getContext()->appendDialectRegistry(
      registry);
  auto machine = createTargetMachine(getBaseTarget(options),
                                     llvm::CodeGenOptLevel::Aggressive);
  if (!machine)
    return machine.takeError();
  auto module =
      std::make_unique<llvm::Module>(compiled.signature.name, context);
  module->setTargetTriple((*machine)->getTargetTriple());
  module->setDataLayout((*machine)->createDataLayout());
  if (llvm::Error error = linkVariants(*module, compiled, options))
    return error;
  auto selfTest = emitSmallModel(*module, compiled.selfTest.get(), options);
  if (!selfTest)
    return selfTest.takeError();
  auto reference = emitSmallModel(*module, compiled.reference.get(), options);
  if (!reference)
    return reference.takeError();
  ModelTable(*module, compiled)
      .emit(declareWeights(*module, compiled), *selfTest, *reference);
  return module;
}
