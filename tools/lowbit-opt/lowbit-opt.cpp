//===- lowbit-opt.cpp - The pass driver -----------------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/InitAll.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Support/FileUtilities.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/ToolOutputFile.h"

using namespace mlir;

/// An error is a line; the op that it is about may be a whole module.
static void hideOpsOfDiagnostics() {
  llvm::cl::Option *option =
      llvm::cl::getRegisteredOptions().lookup("mlir-print-op-on-diagnostic");
  static_cast<llvm::cl::opt<bool> *>(option)->setInitialValue(false);
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  DialectRegistry registry;
  lowbit::registerAllDialects(registry);
  registerAllPasses();
  lowbit::registerAllPasses();
  std::string help = registerCLIOptions("Lowbit optimizer driver\n", registry);
  hideOpsOfDiagnostics();
  auto [input, output] = parseCLIOptions(argc, argv, help);
  MlirOptMainConfig config = MlirOptMainConfig::createFromCLOptions();
  if (config.shouldShowDialects() || config.shouldListPasses())
    return asMainReturnCode(MlirOptMain(argc, argv, input, output, registry));

  std::string error;
  // Resources in bytecode are as aligned as the file is.
  const llvm::Align alignment(64);
  auto source = openInputFile(input, alignment, &error);
  auto result = source ? openOutputFile(output, &error) : nullptr;
  if (!result) {
    llvm::errs() << "error: " << error << "\n";
    return EXIT_FAILURE;
  }
  if (failed(MlirOptMain(result->os(), std::move(source), registry, config)))
    return EXIT_FAILURE;
  result->keep();
  return EXIT_SUCCESS;
}
