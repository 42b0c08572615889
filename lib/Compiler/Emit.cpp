//===- Emit.cpp - Machine code and shared libraries -----------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TargetMachine.h"
#include "lowbit/Compiler/Compiler.h"
#include "lowbit/Compiler/OutputFiles.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace mlir::lowbit;

/// `path` inside an assembler string.
static std::string escape(StringRef path) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  for (char c : path)
    if (llvm::isAlnum(c) || StringRef("/.-_").contains(c))
      stream << c;
    else
      stream << llvm::format("\\%03o", static_cast<unsigned char>(c));
  return text;
}

/// A section with the bytes of the file `weights`, read by the assembler: they
/// never become LLVM constants.
static std::string getWeightsSection(StringRef symbol, StringRef weights) {
  std::string name = symbol.str();
  return ".section .lowbit.weights,\"a\",@progbits\n.p2align 12\n.globl " +
         name + "\n.hidden " + name + "\n.type " + name + ",@object\n" + name +
         ":\n.incbin \"" + escape(weights) + "\"\n.size " + name + ", . - " +
         name + "\n.text\n";
}

llvm::Expected<SmallVector<char, 0>>
mlir::lowbit::emitMachineCode(llvm::Module &module,
                              const CompileOptions &options, bool assembly,
                              StringRef weights) {
  auto needsOptimizer = [](const Target &target) {
    return target.needsOptimizer();
  };
  auto quick = llvm::any_of(options.targets, needsOptimizer)
                   ? llvm::CodeGenOptLevel::Less
                   : llvm::CodeGenOptLevel::None;
  auto machine = createTargetMachine(
      getBaseTarget(options),
      options.isQuick() ? quick : llvm::CodeGenOptLevel::Aggressive);
  if (!machine)
    return machine.takeError();
  if (!weights.empty())
    module.appendModuleInlineAsm(
        getWeightsSection((module.getName() + "_weights").str(), weights));
  auto type = assembly ? llvm::CodeGenFileType::AssemblyFile
                       : llvm::CodeGenFileType::ObjectFile;
  SmallVector<char, 0> buffer;
  llvm::raw_svector_ostream bytes(buffer);
  llvm::legacy::PassManager passes;
  if ((*machine)->addPassesToEmitFile(passes, bytes, nullptr, type))
    return llvm::createStringError("expected a target that emits files");
  passes.run(module);
  return buffer;
}

/// The C library, whose memcpy and memset any code may call, and its
/// mathematics, which code for targets without fused multiply-add or rounding
/// instructions calls; empty if they are not here.
static SmallVector<std::string> findSystemLibraries() {
  for (StringRef folder : {"/lib/x86_64-linux-gnu", "/lib/aarch64-linux-gnu",
                           "/lib64", "/usr/lib"}) {
    SmallVector<std::string> paths = {(folder + "/libc.so.6").str(),
                                      (folder + "/libm.so.6").str()};
    if (llvm::all_of(
            paths, [](StringRef path) { return llvm::sys::fs::exists(path); }))
      return paths;
  }
  return {};
}

/// Runs the linker without a shell. Its first line of output is the error.
static llvm::Error runLinker(ArrayRef<StringRef> arguments) {
  TemporaryFile log;
  if (llvm::Error error = log.create("log", ""))
    return error;
  std::string reason;
  int code = llvm::sys::ExecuteAndWait(
      arguments.front(), arguments, std::nullopt,
      {StringRef(), log.getPath(), log.getPath()}, 0, 0, &reason);
  if (code == 0)
    return llvm::Error::success();
  if (auto text = llvm::MemoryBuffer::getFile(log.getPath());
      text && reason.empty())
    reason = (*text)->getBuffer().split('\n').first.str();
  if (reason.empty())
    reason = "exit code " + std::to_string(code);
  return llvm::createStringError("expected the linker to succeed, but got: " +
                                 reason);
}

llvm::Error mlir::lowbit::linkSharedLibrary(StringRef object, StringRef archive,
                                            const Signature &signature,
                                            StringRef output) {
  auto linker = llvm::sys::findProgramByName("ld.lld", {LOWBIT_LLVM_BINDIR});
  if (!linker)
    linker = llvm::sys::findProgramByName("ld.lld");
  if (!linker)
    return llvm::createStringError(
        "expected the linker ld.lld; to install it: apt-get install lld-22");
  std::string alias = "--defsym=lowbit_model_main=" + signature.name + "_model";
  SmallVector<StringRef> arguments = {*linker,
                                      "-shared",
                                      "--gc-sections",
                                      "-Bsymbolic",
                                      "--whole-archive",
                                      archive,
                                      "--no-whole-archive",
                                      object,
                                      alias,
                                      "-o",
                                      output};
  SmallVector<std::string> libraries = findSystemLibraries();
  if (!libraries.empty())
    llvm::append_values(arguments, "--no-undefined", "--as-needed");
  llvm::append_range(arguments, libraries);
  return runLinker(arguments);
}
