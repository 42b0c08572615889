//===- lowbit-compile.cpp - From MLIR to an artifact ----------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Compiler/Compiler.h"
#include "lowbit/InitAll.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace mlir::lowbit;
namespace cl = llvm::cl;

namespace {
enum class Emit { MLIR, LLVM, Assembly, Object, SharedLibrary };
} // namespace

static cl::OptionCategory category("lowbit-compile options");
static cl::opt<std::string> input(cl::Positional, cl::desc("<model.mlir>"),
                                  cl::init("-"), cl::cat(category));
static cl::opt<std::string> output("o", cl::desc("Where to write"),
                                   cl::value_desc("file"), cl::init("-"),
                                   cl::cat(category));
static cl::opt<Emit> emit(
    "emit", cl::desc("What to write"), cl::init(Emit::SharedLibrary),
    cl::values(clEnumValN(Emit::MLIR, "mlir", "the module in LLVM dialect"),
               clEnumValN(Emit::LLVM, "llvm", "optimized LLVM IR"),
               clEnumValN(Emit::Assembly, "asm", "assembly"),
               clEnumValN(Emit::Object, "obj", "an object file"),
               clEnumValN(Emit::SharedLibrary, "so",
                          "a shared library (default), with a C header and a "
                          "JSON description beside it")),
    cl::cat(category));
static cl::opt<std::string>
    targetName("target",
               cl::desc("Instruction set: x86-avx512vnni, generic, or host "
                        "(default), the best that this machine has"),
               cl::init("host"), cl::cat(category));
static cl::opt<std::string>
    weights("weights",
            cl::desc("Encoding of weights, e.g. int8, int4:block=32,scale=f16, "
                     "ternary:twn, binary; none (default): as they are"),
            cl::cat(category));
static cl::opt<std::string>
    activations("activations",
                cl::desc("Encoding of activations (default int8: dynamic, per "
                         "row, asymmetric)"),
                cl::init("int8"), cl::cat(category));
static cl::opt<std::string>
    layers("layers", cl::desc("Encodings of single layers: name=encoding;..."),
           cl::cat(category));
static cl::opt<bool>
    noFallback("no-fallback",
               cl::desc("A layer that keeps its float weights is an error"),
               cl::cat(category));
static cl::opt<bool>
    reference("reference",
              cl::desc("Use no kernels: every op is its own meaning"),
              cl::cat(category));

static int fail(const llvm::Twine &message,
                Outcome outcome = Outcome::UserError) {
  llvm::errs() << "error: " << message << "\n";
  return static_cast<int>(outcome);
}

/// `location` as file:line:column, or as the name of a layer.
static std::string getPlace(Location location) {
  std::string place;
  location->walk([&](Location nested) {
    if (auto file = dyn_cast<FileLineColLoc>(nested)) {
      place = file.getFilename().str() + ":" + std::to_string(file.getLine()) +
              ":" + std::to_string(file.getColumn()) + ": ";
      return WalkResult::interrupt();
    }
    if (auto name = dyn_cast<NameLoc>(nested); name && place.empty())
      place = "layer '" + name.getName().str() + "': ";
    return WalkResult::advance();
  });
  return place;
}

/// One line per diagnostic.
static void printDiagnostic(Diagnostic &diagnostic) {
  StringRef kind =
      diagnostic.getSeverity() == DiagnosticSeverity::Error     ? "error: "
      : diagnostic.getSeverity() == DiagnosticSeverity::Warning ? "warning: "
                                                                : "remark: ";
  llvm::errs() << getPlace(diagnostic.getLocation()) << kind << diagnostic
               << "\n";
}

static llvm::Error writeText(StringRef path, StringRef text) {
  return llvm::writeToOutput(path, [&](llvm::raw_ostream &stream) {
    stream << text;
    return llvm::Error::success();
  });
}

/// The archive linked into shared libraries: beside this program's folder.
static std::string getModelArchive(const char *program) {
  std::string self = llvm::sys::fs::getMainExecutable(
      program, reinterpret_cast<void *>(&getModelArchive));
  SmallString<128> path(
      llvm::sys::path::parent_path(llvm::sys::path::parent_path(self)));
  llvm::sys::path::append(path, "lib", "libLowbitModel.a");
  return path.str().str();
}

static std::string getSibling(StringRef path, StringRef extension) {
  SmallString<128> sibling(path);
  llvm::sys::path::replace_extension(sibling, extension);
  return sibling.str().str();
}

/// Object, assembly or shared library, through temporary files.
static llvm::Error emitNative(CompiledModule &compiled,
                              const CompileOptions &options,
                              llvm::Module &module, StringRef archive) {
  ArrayRef<char> bytes = getWeights(*compiled.module);
  SmallString<128> weightsFile, object;
  llvm::scope_exit cleanUp([&] {
    for (StringRef file : {weightsFile.str(), object.str()})
      if (!file.empty())
        (void)llvm::sys::fs::remove(file);
  });
  auto createTemporary = [](StringRef suffix, SmallString<128> &path) {
    return llvm::errorCodeToError(
        llvm::sys::fs::createTemporaryFile("lowbit", suffix, path));
  };
  if (!bytes.empty()) {
    if (llvm::Error error = createTemporary("weights", weightsFile))
      return error;
    if (llvm::Error error =
            writeText(weightsFile, StringRef(bytes.data(), bytes.size())))
      return error;
  }
  if (emit != Emit::SharedLibrary)
    return emitMachineCode(module, *options.target, emit == Emit::Assembly,
                           weightsFile, output);
  if (llvm::Error error = createTemporary("o", object))
    return error;
  if (llvm::Error error =
          emitMachineCode(module, *options.target,
                          /*assembly=*/false, weightsFile, object))
    return error;
  return linkSharedLibrary(object, archive, compiled.signature, output);
}

static llvm::Error writeSiblings(CompiledModule &compiled,
                                 const CompileOptions &options) {
  if (llvm::Error error = writeText(getSibling(output, "json"),
                                    describeArtifact(compiled, options)))
    return error;
  return writeText(getSibling(output, "h"),
                   getArtifactHeader(compiled.signature));
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::HideUnrelatedOptions(category);
  cl::ParseCommandLineOptions(argc, argv,
                              "Compiles a model in MLIR for a CPU.\n");
  CompileOptions options;
  options.weights = weights;
  options.activations = activations;
  options.layers = layers;
  options.noFallback = noFallback;
  options.reference = reference;
  options.target = lookupTarget(targetName);
  if (!options.target)
    return fail("expected --target=x86-avx512vnni, generic or host, but got '" +
                targetName + "'");
  bool native = emit == Emit::Object || emit == Emit::SharedLibrary;
  if (native && output == "-")
    return fail("expected -o FILE for an object or a shared library");
  options.reproducer =
      output == "-" ? "lowbit-reproducer.mlir" : output + ".reproducer.mlir";

  DialectRegistry registry;
  registerAllDialects(registry);
  MLIRContext context(registry);
  context.getDiagEngine().registerHandler(printDiagnostic);
  CompiledModule compiled;
  compiled.module = parseSourceFile<ModuleOp>(input, &context);
  if (!compiled.module)
    return static_cast<int>(Outcome::UserError);
  Outcome outcome = lowerToLLVMDialect(compiled, options);
  if (outcome == Outcome::InternalError)
    return fail("internal error; reproducer: " + options.reproducer, outcome);
  if (outcome != Outcome::Ok)
    return static_cast<int>(outcome);
  if (emit == Emit::MLIR) {
    std::string text;
    llvm::raw_string_ostream stream(text);
    compiled.module->print(stream);
    llvm::Error error = writeText(output, text);
    return error ? fail(llvm::toString(std::move(error))) : 0;
  }
  llvm::LLVMContext llvmContext;
  auto module = translateToLLVM(compiled, *options.target, llvmContext);
  if (!module)
    return fail(llvm::toString(module.takeError()), Outcome::InternalError);
  llvm::Error error = llvm::Error::success();
  if (emit == Emit::LLVM) {
    std::string text;
    llvm::raw_string_ostream stream(text);
    stream << **module;
    error = writeText(output, text);
  } else {
    error = emitNative(compiled, options, **module, getModelArchive(argv[0]));
  }
  if (!error && native)
    error = writeSiblings(compiled, options);
  return error ? fail(llvm::toString(std::move(error))) : 0;
}
