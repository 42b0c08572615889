//===- Pipelines.cpp - The compiler on one screen -------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Pipelines/Pipelines.h"
#include "lowbit/Codegen/Passes.h"
#include "lowbit/Conversion/Passes.h"
#include "lowbit/Dialect/Transforms/Passes.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Func/Transforms/Passes.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Dialect/SCF/Transforms/Passes.h"
#include "mlir/Dialect/Tosa/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace mlir::lowbit;

void mlir::lowbit::buildImportTosaPipeline(OpPassManager &manager) {
  // Transposed convolutions become convolutions, and shapes static.
  manager.addNestedPass<func::FuncOp>(
      tosa::createTosaOptionalDecompositionsPass());
  manager.addNestedPass<func::FuncOp>(tosa::createTosaInferShapesPass());
  // Integer layers become layers on codes...
  manager.addPass(createImportTosaPass());
  // ...and everything else what upstream makes of it.
  manager.addNestedPass<func::FuncOp>(tosa::createTosaMakeBroadcastablePass());
  manager.addNestedPass<func::FuncOp>(tosa::createTosaToLinalgNamed());
  manager.addNestedPass<func::FuncOp>(tosa::createTosaToLinalg());
  TosaToArithPassOptions arith;
  arith.includeApplyRescale = true;
  manager.addNestedPass<func::FuncOp>(createTosaToArithPass(arith));
  manager.addNestedPass<func::FuncOp>(createTosaToTensorPass());
  manager.addPass(createTosaToSCFPass());
  // Constants of shapes are left over.
  manager.addPass(createCanonicalizerPass());
}

void mlir::lowbit::buildObservePipeline(OpPassManager &manager,
                                        const ObservePipelineOptions &options) {
  // Only what the public function holds can be returned.
  manager.addPass(createInlinerPass());
  // Statistics tell layers by their names.
  manager.addNestedPass<func::FuncOp>(createNameLayersPass());
  // The layers are those that are quantized.
  manager.addPass(createFoldNormalizationPass());
  manager.addPass(createInsertObserversPass({options.windows}));
  if (options.results)
    manager.addPass(createObserveResultsPass());
  manager.addPass(createReturnObservedPass());
}

void mlir::lowbit::buildQuantizePipeline(
    OpPassManager &manager, const QuantizePipelineOptions &options) {
  // One function, so that a layer and its neighbours see each other.
  manager.addPass(createInlinerPass());
  // Reports tell layers by their names.
  manager.addNestedPass<func::FuncOp>(createNameLayersPass());
  // A normalization is a part of its layer, and knows the range of the next
  // one.
  manager.addPass(createFoldNormalizationPass());
  manager.addPass(
      createNormalizationRangesPass({options.activations, options.layers}));
  // Ranges that were seen in data make activations static.
  if (!options.calibration.empty())
    manager.addPass(createImportCalibrationPass(
        {options.calibration, options.activations, options.layers}));
  // How wrong each layer is going to be, from its float weights.
  if (options.boundError)
    manager.addPass(
        createBoundErrorPass({options.weights, options.activations,
                              options.layers, options.calibration}));
  // Float weights become codes; other activations are quantized at run time.
  QuantizePassOptions quantize;
  quantize.weights = options.weights;
  quantize.activations = options.activations;
  quantize.layers = options.layers;
  quantize.calibration = options.calibration;
  quantize.noFallback = options.noFallback;
  manager.addPass(createQuantizePass(quantize));
  // Layers with one input quantize it once.
  manager.addPass(createCSEPass());
  // Comparisons see all layers while each has a float input and result. What
  // reads codes later reads those of the chain as it will be.
  if (options.isolate)
    manager.addPass(createIsolateLayersPass());
  if (options.observe) {
    manager.addPass(createObserveResultsPass());
    manager.addPass(createReturnObservedPass());
  }
  // Convolutions become matmuls, so that what follows knows only these.
  manager.addPass(createConvToMatmulPass());
  // Between codes of constant scales no floats are needed: around layers...
  manager.addPass(createPropagatePass());
  // (sizes do not keep the floats alive)
  manager.addPass(memref::createResolveRankedShapeTypeResultDimsPass());
  // ...and in them.
  manager.addPass(createRequantizePass());
  // Zero points become terms; what is constant in them is computed now.
  manager.addPass(createFoldZeroPointsPass());
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
  // No sum overflows.
  manager.addPass(createProveAccumulatorsPass());
  if (options.integerOnly)
    manager.addPass(createIntegerOnlyPass());
}

void mlir::lowbit::buildPackPipeline(OpPassManager &manager,
                                     const CpuPipelineOptions &options) {
  // One function: memory is planned for the whole model.
  manager.addPass(createInlinerPass());
  // What has a kernel is packed.
  if (!options.reference) {
    manager.addPass(createConvToMatmulPass());
    manager.addPass(createPackGathersPass());
    manager.addPass(createPackWeightsPass({options.ternaryLayout}));
    manager.addPass(createPackFloatsPass());
  }
  manager.addPass(createCSEPass());
}

/// From ops to loops on tensors: those that are packed stay if they have
/// kernels.
static void addLoopPasses(OpPassManager &manager, bool keepPacked) {
  // Softmax and its like are several ops.
  manager.addPass(createDecomposeAggregatedOpsPass());
  // Everything else is its own reference.
  LowerToReferencePassOptions reference;
  reference.keepPacked = keepPacked;
  manager.addPass(createLowerToReferencePass(reference));
  // No CSE: it compares each loop that reads in its body with all others.
  manager.addPass(createCanonicalizerPass());
  // Neighbouring elementwise ops become one loop, also those that are worth
  // computing twice.
  manager.addNestedPass<func::FuncOp>(createConvertElementwiseToLinalgPass());
  manager.addPass(createRecomputeElementwisePass());
  manager.addPass(createFuseElementwisePass());
}

/// From one chain of what is reduced to parts that vectors can hold.
static void addReductionPasses(OpPassManager &manager) {
  // What lies side by side is one row...
  manager.addPass(createFlattenReductionsPass());
  // ...and this is cut.
  manager.addPass(createSplitReductionsPass());
}

/// From tensors to buffers, in memory that the caller owns.
static void addBufferPasses(OpPassManager &manager) {
  // What is left has buffers, and loops keep theirs.
  manager.addPass(createVerifyBufferizablePass());
  manager.addPass(createCarryInPlacePass());
  // Bufferization compares all users of a tensor with each other.
  manager.addPass(createSplitEmptyTensorsPass());
  manager.addPass(bufferization::createEmptyTensorEliminationPass());
  // Inputs belong to the caller.
  manager.addPass(createProtectInputsPass());
  bufferization::OneShotBufferizePassOptions bufferize;
  bufferize.bufferizeFunctionBoundaries = true;
  bufferize.functionBoundaryTypeConversion =
      bufferization::LayoutMapOption::IdentityLayoutMap;
  manager.addPass(bufferization::createOneShotBufferizePass(bufferize));
  // Copies of a buffer to itself are seen once its views are one.
  manager.addPass(createCSEPass());
  manager.addPass(createCanonicalizerPass());
  // No allocation is left.
  manager.addPass(createPlanMemoryPass());
  manager.addPass(createInsertProfilePointsPass());
  manager.addNestedPass<func::FuncOp>(createForallToParallelLoopPass());
}

/// From loops, of vectors or not yet, to the LLVM dialect.
static void addLLVMPasses(OpPassManager &manager) {
  manager.addNestedPass<func::FuncOp>(createConvertLinalgToLoopsPass());
  // Functions are polynomials in f32, the same on every target, and so is
  // arithmetic on bf16, of which most targets know nothing.
  manager.addPass(math::createMathExtendToSupportedTypes());
  manager.addPass(
      arith::createArithEmulateUnsupportedFloats({{"bf16"}, "f32"}));
  manager.addPass(createExpandMathPass());
  manager.addPass(createExpandShapesPass());
  manager.addPass(memref::createExpandStridedMetadataPass());
  manager.addPass(createLowerAffinePass());
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
  manager.addPass(createConvertVectorToLLVMPass());
  manager.addPass(createFinalizeMemRefToLLVMConversionPass());
  manager.addPass(createSCFToBlocksPass());
  // What LLVM has no intrinsic for is in the C library.
  manager.addPass(createConvertMathToLLVMPass());
  manager.addPass(createConvertMathToLibmPass());
  manager.addPass(createConvertToLLVMPass());
  manager.addPass(createReconcileUnrealizedCastsPass());
  // What no pass knows is still there.
  manager.addPass(createVerifyStagePass({"llvm"}));
}

/// Every op is its own meaning.
static void buildReferencePipeline(OpPassManager &manager) {
  addLoopPasses(manager, /*keepPacked=*/false);
  // In the same order as vectors compute them.
  addReductionPasses(manager);
  addBufferPasses(manager);
  manager.addPass(createParallelToRuntimePass());
  addLLVMPasses(manager);
}

void mlir::lowbit::buildTargetPipeline(OpPassManager &manager,
                                       const CpuPipelineOptions &options) {
  if (options.reference)
    return buildReferencePipeline(manager);
  // What is bf16 on both sides is multiplied so where the target can.
  manager.addPass(createNarrowActivationsPass({options.target}));
  // Windows are copies, convolutions per channel are loops.
  manager.addPass(createLowerWindowsPass());
  // Sums become codes in the narrowest arithmetic that is proved to suffice.
  manager.addPass(createRequantizeToLinalgPass());
  // Ranges of rows are reductions.
  manager.addPass(createChooseParamsToLinalgPass());
  addLoopPasses(manager, /*keepPacked=*/true);
  // Layers become parallel tiles, which the loops after them join...
  manager.addPass(createFlattenEpiloguesPass());
  manager.addPass(createTilePackedMatmulPass());
  // ...and so do rows, with what is computed of each by itself.
  manager.addPass(createParallelizeRowsPass());
  manager.addPass(createCanonicalizerPass());
  // Sums have one order, in which vectors can compute them...
  addReductionPasses(manager);
  // ...and the best element of a row is the same in any order.
  manager.addPass(createSplitSearchesPass());
  addBufferPasses(manager);
  // Tiles, and rows of what else is large, run through the caller's
  // parallel_for.
  manager.addPass(createFlattenLinalgPass());
  manager.addPass(createParallelizeLinalgPass());
  manager.addPass(createParallelToRuntimePass());
  // Packed ops become calls of leaf functions...
  manager.addPass(createEmitKernelsPass({options.target}));
  // (and equal layers have one body)
  manager.addPass(func::createDuplicateFunctionEliminationPass());
  // ...everything else loops of vectors, and what has none, of scalars.
  manager.addPass(createVectorizeLinalgPass());
  addLLVMPasses(manager);
}

void mlir::lowbit::buildCpuPipeline(OpPassManager &manager,
                                    const CpuPipelineOptions &options) {
  buildPackPipeline(manager, options);
  buildTargetPipeline(manager, options);
}

void mlir::lowbit::registerPipelines() {
  PassPipelineRegistration<>(
      "lowbit-import-tosa-pipeline",
      "turn TOSA into layers on codes and linalg on tensors",
      buildImportTosaPipeline);
  PassPipelineRegistration<ObservePipelineOptions>(
      "lowbit-observe-pipeline", "make the inputs of float layers outputs",
      buildObservePipeline);
  PassPipelineRegistration<QuantizePipelineOptions>(
      "lowbit-quantize-pipeline",
      "quantize float layers down to exact integer arithmetic",
      buildQuantizePipeline);
  PassPipelineRegistration<CpuPipelineOptions>(
      "lowbit-cpu-pipeline",
      "generate CPU code: packed kernels in LLVM dialect", buildCpuPipeline);
}
