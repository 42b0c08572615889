//===- TargetMachine.cpp - Code generator of a target ---------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TargetMachine.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"

using namespace mlir::lowbit;

llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
mlir::lowbit::createTargetMachine(const Target &target,
                                  llvm::CodeGenOptLevel level) {
  static const bool initialized = [] {
    llvm::InitializeAllTargetInfos();
    llvm::InitializeAllTargets();
    llvm::InitializeAllTargetMCs();
    llvm::InitializeAllAsmParsers();
    llvm::InitializeAllAsmPrinters();
    return true;
  }();
  (void)initialized;
  llvm::Triple triple(target.triple.empty() ? llvm::sys::getProcessTriple()
                                            : target.triple.str());
  std::string error;
  const llvm::Target *backend =
      llvm::TargetRegistry::lookupTarget(triple, error);
  if (!backend)
    return llvm::createStringError(error);
  std::string features;
  for (llvm::StringRef feature : target.features)
    features += (features.empty() ? "+" : ",+") + feature.str();
  llvm::TargetOptions options;
  options.AllowFPOpFusion = llvm::FPOpFusion::Strict;
  llvm::StringRef cpu =
      triple.getArch() == llvm::Triple::x86_64 ? "x86-64" : "";
  std::unique_ptr<llvm::TargetMachine> machine(backend->createTargetMachine(
      triple, cpu, features, options, llvm::Reloc::PIC_,
      /*CM=*/std::nullopt, level));
  if (!machine)
    return llvm::createStringError("expected a code generator for " +
                                   triple.str() + ", but got none");
  return machine;
}
