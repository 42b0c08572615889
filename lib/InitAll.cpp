//===- InitAll.cpp - The one list of everything ---------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/InitAll.h"
#include "lowbit/Codegen/MicroKernelRegistry.h"
#include "lowbit/Codegen/Passes.h"
#include "lowbit/Conversion/Passes.h"
#include "lowbit/Dialect/Transforms/BufferizableOpInterfaceImpl.h"
#include "lowbit/Dialect/Transforms/Passes.h"
#include "lowbit/Pipelines/Pipelines.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"

using namespace mlir;

void lowbit::registerAllDialects(DialectRegistry &registry) {
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  registry.insert<LowbitDialect>();
  registerBufferizableOpInterfaceModels(registry);
  registerMicroKernels(registry);
}

void lowbit::registerAllPasses() {
  registerLowbitCodegenPasses();
  registerLowbitConversionPasses();
  registerLowbitTransformsPasses();
  registerPipelines();
}
