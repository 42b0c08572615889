//===- Lower.cpp - The pipelines, run -------------------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fallbacks.h"
#include "SelfTest.h"
#include "TargetMachine.h"
#include "lowbit/Compiler/Compiler.h"
#include "lowbit/Conversion/Passes.h"
#include "lowbit/Pipelines/Pipelines.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Quant/IR/Quant.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassInstrumentation.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/FileSystem.h"

using namespace mlir;
using namespace mlir::lowbit;

namespace {
/// Notes whether a pass that failed left a module that is not valid.
struct ValidityCheck : PassInstrumentation {
  explicit ValidityCheck(bool &isValid) : isValid(isValid) {}

  void runAfterPassFailed(Pass *, Operation *op) override {
    if (!isa<ModuleOp>(op) || op->getParentOp())
      return;
    ScopedDiagnosticHandler quiet(op->getContext(),
                                  [](Diagnostic &) { return success(); });
    isValid &= succeeded(verify(op));
  }

  bool &isValid;
};
} // namespace

/// Runs the passes. A pass that fails with an error says what is wrong with the
/// model. Internal errors are a failure without one, a crash, and a module that
/// is not valid afterwards; they leave a reproducer.
static Outcome runPasses(PassManager &manager, ModuleOp module,
                         const std::string &reproducer) {
  bool isExplained = false, isCrash = false, isValid = true;
  // The pass manager's own diagnostics only say where the reproducer is.
  ScopedDiagnosticHandler handler(
      module.getContext(), [&](Diagnostic &diagnostic) {
        std::string text = diagnostic.str();
        if (StringRef(text).starts_with("Failures have been detected"))
          return success();
        isCrash |= StringRef(text).starts_with("A signal was caught");
        isExplained |= diagnostic.getSeverity() == DiagnosticSeverity::Error;
        return failure();
      });
  manager.addInstrumentation(std::make_unique<ValidityCheck>(isValid));
  if (!reproducer.empty())
    manager.enableCrashReproducerGeneration(reproducer);
  if (succeeded(manager.run(module)))
    return Outcome::Ok;
  if (!isExplained || isCrash || !isValid)
    return Outcome::InternalError;
  [[maybe_unused]] std::error_code ignored = llvm::sys::fs::remove(reproducer);
  return Outcome::UserError;
}

template <typename D> static bool holds(ModuleOp module) {
  WalkResult result = module.walk([](Operation *op) {
    return isa_and_nonnull<D>(op->getDialect()) ? WalkResult::interrupt()
                                                : WalkResult::advance();
  });
  return result.wasInterrupted();
}

/// From upstream's quantized types and TOSA, if the module holds any.
static Outcome importModel(ModuleOp module, const CompileOptions &options) {
  PassManager imports(module.getContext());
  if (holds<quant::QuantDialect>(module))
    imports.addPass(createImportQuantPass());
  if (holds<tosa::TosaDialect>(module))
    buildImportTosaPipeline(imports);
  return imports.empty() ? Outcome::Ok
                         : runPasses(imports, module, options.reproducer);
}

/// From float layers to exact integers.
static Outcome quantize(ModuleOp module, const CompileOptions &options) {
  QuantizePipelineOptions quantize;
  quantize.weights = options.weights;
  quantize.activations = options.activations;
  quantize.layers = options.layers;
  quantize.calibration = options.calibration;
  quantize.integerOnly = options.integerOnly;
  quantize.noFallback = options.noFallback;
  quantize.isolate = options.observe == Observe::Isolated;
  quantize.boundError = options.observe == Observe::Isolated;
  quantize.observe = options.observe != Observe::Nothing;
  PassManager toIntegers(module.getContext());
  buildQuantizePipeline(toIntegers, quantize);
  return runPasses(toIntegers, module, options.reproducer);
}

static bool staysFloat(Observe observe) {
  return observe == Observe::Inputs || observe == Observe::Windows ||
         observe == Observe::Float;
}

/// Makes what is to be observed in a float model outputs.
static Outcome observe(ModuleOp module, const CompileOptions &options) {
  ObservePipelineOptions observe;
  observe.windows = options.observe == Observe::Windows;
  observe.results = options.observe == Observe::Float;
  PassManager toOutputs(module.getContext());
  buildObservePipeline(toOutputs, observe);
  return runPasses(toOutputs, module, options.reproducer);
}

static ArrayRef<char> getBytes(DenseResourceElementsAttr weights) {
  AsmResourceBlob *blob = weights ? weights.getRawHandle().getBlob() : nullptr;
  return blob ? blob->getData() : ArrayRef<char>();
}

static DenseResourceElementsAttr getWeightsAttr(ModuleOp module) {
  return module->getAttrOfType<DenseResourceElementsAttr>("lowbit.weights");
}

/// Keeps the weights of the first variant, which are those of all.
static Outcome shareWeights(MutableArrayRef<Variant> variants) {
  DenseResourceElementsAttr shared = getWeightsAttr(*variants.front().module);
  for (Variant &variant : variants.drop_front()) {
    DenseResourceElementsAttr own = getWeightsAttr(*variant.module);
    if (getBytes(own) != getBytes(shared)) {
      variant.module->emitError("expected targets that pack weights alike, but "
                                "got '")
          << variants.front().target.name << "' and '" << variant.target.name
          << "'";
      return Outcome::InternalError;
    }
    if (own && own != shared)
      own.getRawHandle().getResource()->setBlob({});
    variant.module->getOperation()->removeAttr("lowbit.weights");
  }
  return Outcome::Ok;
}

/// Lowers the module, which is in stage `packed`, for each target. The last
/// variant takes it.
static Outcome lowerVariants(CompiledModule &compiled,
                             const CompileOptions &options) {
  for (const Target &target : options.targets) {
    OwningOpRef<ModuleOp> module;
    if (&target == &options.targets.back())
      module = std::move(compiled.module);
    else
      module = compiled.module->clone();
    CpuPipelineOptions cpu;
    cpu.target = target.name.str();
    cpu.reference = options.reference;
    PassManager toLLVM(module->getContext());
    buildTargetPipeline(toLLVM, cpu);
    compiled.variants.push_back({target, std::move(module)});
    Outcome outcome =
        runPasses(toLLVM, *compiled.variants.back().module, options.reproducer);
    if (outcome != Outcome::Ok)
      return outcome;
  }
  return shareWeights(compiled.variants);
}

/// Tries the kernels of the module, which is in stage `packed`, for each
/// target; null if it has none.
static Outcome lowerSelfTest(ModuleOp module, StringRef name,
                             const CompileOptions &options,
                             std::unique_ptr<CompiledModule> &test) {
  OwningOpRef<ModuleOp> products = makeSelfTest(module, name);
  if (!products)
    return Outcome::Ok;
  FailureOr<Signature> signature = getSignature(*products);
  if (failed(signature))
    return Outcome::InternalError;
  test = std::make_unique<CompiledModule>();
  test->module = std::move(products);
  test->signature = *signature;
  return lowerVariants(*test, options);
}

/// Adds what the choice of a variant needs.
static Outcome addSelfTest(CompiledModule &compiled,
                           const CompileOptions &options) {
  CompileOptions meaning = options;
  meaning.reference = true;
  meaning.targets = {getBaseTarget(options)};
  const std::string &name = compiled.signature.name;
  Outcome outcome = lowerSelfTest(*compiled.module, name + "_self_test",
                                  options, compiled.selfTest);
  return outcome == Outcome::Ok
             ? lowerSelfTest(*compiled.module, name + "_reference", meaning,
                             compiled.reference)
             : outcome;
}

/// Removes what the signature says; the translation to LLVM IR would warn.
static void removeArgumentNames(ModuleOp module) {
  for (auto function : module.getOps<func::FuncOp>())
    for (unsigned i = 0; i < function.getNumArguments(); ++i)
      function.removeArgAttr(i, "lowbit.name");
}

Outcome mlir::lowbit::lowerToLLVMDialect(CompiledModule &compiled,
                                         const CompileOptions &options) {
  ModuleOp module = *compiled.module;
  FailureOr<Signature> signature = getSignature(module);
  if (failed(signature))
    return Outcome::UserError;
  FallbackCollector fallbacks(*module.getContext());
  Outcome outcome = importModel(module, options);
  if (outcome == Outcome::Ok)
    outcome = staysFloat(options.observe) ? observe(module, options)
                                          : quantize(module, options);
  compiled.fallbacks = fallbacks.take();
  if (outcome != Outcome::Ok)
    return outcome;
  // What is observed, and running ranges, are further inputs and outputs.
  signature = getSignature(module);
  if (failed(signature))
    return Outcome::UserError;
  compiled.signature = *signature;
  removeArgumentNames(module);

  CpuPipelineOptions cpu;
  cpu.reference = options.reference;
  cpu.ternaryLayout = options.ternaryLayout;
  PassManager toBytes(module.getContext());
  buildPackPipeline(toBytes, cpu);
  outcome = runPasses(toBytes, module, options.reproducer);
  if (outcome == Outcome::Ok && options.targets.size() > 1)
    outcome = addSelfTest(compiled, options);
  return outcome == Outcome::Ok ? lowerVariants(compiled, options) : outcome;
}

ArrayRef<char> mlir::lowbit::getWeights(const CompiledModule &compiled) {
  return getBytes(getWeightsAttr(*compiled.variants.front().module));
}
