//===- Pipelines.h - The compiler on one screen -----------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_PIPELINES_PIPELINES_H
#define LOWBIT_PIPELINES_PIPELINES_H

#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"

namespace mlir::lowbit {

/// Options of `--lowbit-observe-pipeline`.
struct ObservePipelineOptions : PassPipelineOptions<ObservePipelineOptions> {
  Option<bool> results{
      *this, "results",
      llvm::cl::desc("Observe results of layers, and what is clipped, too"),
      llvm::cl::init(false)};
  Option<bool> windows{*this, "windows",
                       llvm::cl::desc("Observe windows of convolutions, too"),
                       llvm::cl::init(false)};
};

/// Options of `--lowbit-quantize-pipeline`.
struct QuantizePipelineOptions : PassPipelineOptions<QuantizePipelineOptions> {
  Option<std::string> weights{*this, "weights",
                              llvm::cl::desc("Encoding of weights, by default"),
                              llvm::cl::init("")};
  Option<std::string> activations{*this, "activations",
                                  llvm::cl::desc("Encoding of activations"),
                                  llvm::cl::init("int8")};
  Option<std::string> layers{
      *this, "layers",
      llvm::cl::desc("Encodings of single layers: name=weights;"
                     "name2=weights/activations;..."),
      llvm::cl::init("")};
  Option<std::string> calibration{
      *this, "calibration",
      llvm::cl::desc("Statistics of lowbit-run --calibrate for static ranges, "
                     "gptq and bias-correction"),
      llvm::cl::init("")};
  Option<bool> noFallback{
      *this, "no-fallback",
      llvm::cl::desc("A layer that keeps its float weights is an error"),
      llvm::cl::init(false)};
  Option<bool> boundError{
      *this, "bound-error",
      llvm::cl::desc("Bound the error of each layer, as remarks and records"),
      llvm::cl::init(false)};
  Option<bool> observe{
      *this, "observe",
      llvm::cl::desc("Make outputs of the results of layers, before they are "
                     "quantized for the next one"),
      llvm::cl::init(false)};
  Option<bool> isolate{
      *this, "isolate",
      llvm::cl::desc("Give quantized layers their inputs from outside"),
      llvm::cl::init(false)};
  Option<bool> integerOnly{
      *this, "integer-only",
      llvm::cl::desc("Float arithmetic between codes is an error"),
      llvm::cl::init(false)};
};

/// Options of `--lowbit-cpu-pipeline`.
struct CpuPipelineOptions : PassPipelineOptions<CpuPipelineOptions> {
  Option<std::string> target{*this, "target",
                             llvm::cl::desc("Instruction set to generate for"),
                             llvm::cl::init("generic")};
  Option<bool> reference{
      *this, "reference",
      llvm::cl::desc("Lower every op to its reference, without kernels"),
      llvm::cl::init(false)};
  Option<std::string> ternaryLayout{
      *this, "ternary-layout",
      llvm::cl::desc("How ternary weights lie: 2bit, base3 or auto, and those "
                     "of single layers: layout;name=layout;..."),
      llvm::cl::init("2bit")};
};

/// From TOSA to stage `imported`: quantized layers as ops on codes, everything
/// else by the upstream passes. What is no TOSA stays as it is.
void buildImportTosaPipeline(OpPassManager &manager);

/// Makes the inputs of float layers outputs of the model, for calibration, and
/// results of all layers, for comparisons.
void buildObservePipeline(OpPassManager &manager,
                          const ObservePipelineOptions &options);

/// From float layers (stage `imported`) to exact integer arithmetic (stage
/// `integer`).
void buildQuantizePipeline(OpPassManager &manager,
                           const QuantizePipelineOptions &options);

/// From stage `integer` to stage `packed`, which all targets share.
void buildPackPipeline(OpPassManager &manager,
                       const CpuPipelineOptions &options);

/// From stage `packed` to the LLVM dialect (stage `llvm`), for one target.
void buildTargetPipeline(OpPassManager &manager,
                         const CpuPipelineOptions &options);

/// Both.
void buildCpuPipeline(OpPassManager &manager,
                      const CpuPipelineOptions &options);

void registerPipelines();

} // namespace mlir::lowbit

#endif // LOWBIT_PIPELINES_PIPELINES_H
