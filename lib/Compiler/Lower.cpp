//===- Lower.cpp - The pipelines, run -------------------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Compiler/Compiler.h"
#include "lowbit/Pipelines/Pipelines.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/Pass/PassManager.h"

using namespace mlir;
using namespace mlir::lowbit;

Outcome mlir::lowbit::lowerToLLVMDialect(CompiledModule &compiled,
                                         const CompileOptions &options) {
  ModuleOp module = *compiled.module;
  FailureOr<Signature> signature = getSignature(module);
  if (failed(signature))
    return Outcome::UserError;
  compiled.signature = *signature;

  QuantizePipelineOptions quantize;
  quantize.weights = options.weights;
  quantize.activations = options.activations;
  quantize.layers = options.layers;
  quantize.noFallback = options.noFallback;
  PassManager toIntegers(module.getContext());
  buildQuantizePipeline(toIntegers, quantize);
  if (failed(toIntegers.run(module)))
    return Outcome::UserError;

  CpuPipelineOptions cpu;
  cpu.target = options.target->name.str();
  cpu.reference = options.reference;
  PassManager toLLVM(module.getContext());
  if (!options.reproducer.empty())
    toLLVM.enableCrashReproducerGeneration(options.reproducer);
  buildCpuPipeline(toLLVM, cpu);
  return succeeded(toLLVM.run(module)) ? Outcome::Ok : Outcome::InternalError;
}

ArrayRef<char> mlir::lowbit::getWeights(ModuleOp module) {
  auto weights =
      module->getAttrOfType<DenseResourceElementsAttr>("lowbit.weights");
  if (!weights || !weights.getRawHandle().getBlob())
    return {};
  return weights.getRawHandle().getBlob()->getData();
}
