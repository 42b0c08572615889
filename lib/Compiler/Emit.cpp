//===- Emit.cpp - Machine code and shared libraries -----------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TargetMachine.h"
#include "lowbit/Compiler/Compiler.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace mlir::lowbit;

/// `path` inside an assembler string.
static std::string escape(StringRef path) {
  std::string text;
  for (char c : path) {
    if (c == '"' || c == '\\')
      text += '\\';
    text += c;
  }
  return text;
}

/// A section with the bytes of the file `weights`, read by the assembler: they
/// never become LLVM constants.
static std::string getWeightsSection(StringRef symbol, StringRef weights) {
  return ".section .lowbit.weights,\"a\",@progbits\n.p2align 12\n.globl " +
         symbol.str() + "\n.hidden " + symbol.str() + "\n" + symbol.str() +
         ":\n.incbin \"" + escape(weights) + "\"\n.text\n";
}

llvm::Error mlir::lowbit::emitMachineCode(llvm::Module &module,
                                          const Target &target, bool assembly,
                                          StringRef weights, StringRef output) {
  auto machine = createTargetMachine(target);
  if (!machine)
    return machine.takeError();
  if (!weights.empty())
    module.appendModuleInlineAsm(
        getWeightsSection((module.getName() + "_weights").str(), weights));
  auto type = assembly ? llvm::CodeGenFileType::AssemblyFile
                       : llvm::CodeGenFileType::ObjectFile;
  return llvm::writeToOutput(
      output, [&](llvm::raw_ostream &stream) -> llvm::Error {
        SmallVector<char, 0> buffer;
        llvm::raw_svector_ostream bytes(buffer);
        llvm::legacy::PassManager passes;
        if ((*machine)->addPassesToEmitFile(passes, bytes, nullptr, type))
          return llvm::createStringError("expected a target that emits files");
        passes.run(module);
        stream << bytes.str();
        return llvm::Error::success();
      });
}

/// The C library's mathematics, which code for targets without fused
/// multiply-add or rounding instructions calls; empty if it is not here.
static StringRef findMathLibrary() {
  for (StringRef path :
       {"/lib/x86_64-linux-gnu/libm.so.6", "/lib/aarch64-linux-gnu/libm.so.6",
        "/lib64/libm.so.6", "/usr/lib/libm.so.6"})
    if (llvm::sys::fs::exists(path))
      return path;
  return {};
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
  std::string partial = (output + ".partial").str();
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
                                      partial};
  if (StringRef math = findMathLibrary(); !math.empty())
    llvm::append_values(arguments, StringRef("--as-needed"), math);
  std::string error;
  int code = llvm::sys::ExecuteAndWait(*linker, arguments, std::nullopt, {}, 0,
                                       0, &error);
  if (code != 0) {
    (void)llvm::sys::fs::remove(partial);
    return llvm::createStringError(
        "expected the linker to succeed, but got " +
        (error.empty() ? std::to_string(code) : error));
  }
  if (std::error_code failed = llvm::sys::fs::rename(partial, output))
    return llvm::createStringError(failed, "cannot write " + output);
  return llvm::Error::success();
}
