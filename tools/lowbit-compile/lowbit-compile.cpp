//===- lowbit-compile.cpp - From MLIR to an artifact ----------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CommandLine.h"
#include "lowbit/Compiler/Compiler.h"
#include "lowbit/Compiler/OutputFiles.h"
#include "lowbit/InitAll.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/CrashRecoveryContext.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Signals.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"

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
static cl::opt<Emit, false, ChoiceParser<Emit>> emit(
    "emit", cl::desc("What to write"), cl::init(Emit::SharedLibrary),
    cl::values(clEnumValN(Emit::MLIR, "mlir", "the module in LLVM dialect"),
               clEnumValN(Emit::LLVM, "llvm", "optimized LLVM IR"),
               clEnumValN(Emit::Assembly, "asm", "assembly"),
               clEnumValN(Emit::Object, "obj", "an object file"),
               clEnumValN(Emit::SharedLibrary, "so",
                          "a shared library (default), with a C header and a "
                          "JSON description beside it")),
    cl::cat(category));
static cl::opt<std::string> targetName(
    "target",
    cl::desc("Instruction set: x86-amx, x86-avx512popcnt, x86-avx512vnni, "
             "x86-avxvnni, x86-avx2, arm-i8mm, arm-dotprod, generic, or host "
             "(default), the best that this machine has. Several, such as "
             "x86-avx2,generic, or x86 or arm for all of them: variants of "
             "which the best one is chosen when the model is loaded"),
    cl::init("host"), cl::cat(category));
static cl::opt<std::string>
    weights("weights",
            cl::desc("Encoding of weights, e.g. int8, int4:block=32,scale=f16, "
                     "ternary:twn, binary (default: as they are)"),
            cl::cat(category));
static cl::opt<std::string> activations(
    "activations",
    cl::desc("Encoding of activations, e.g. int8:static, "
             "uint8:range=[0,6], int4:granularity=tensor, int8:ema, "
             "ternary, binary, float (default int8: asymmetric, static where "
             "calibrated, else per row at run time)"),
    cl::init("int8"), cl::cat(category));
static cl::opt<std::string>
    layers("layers",
           cl::desc("Encodings of single layers, of weights or of both: "
                    "name=weights;name2=weights/activations;..."),
           cl::cat(category));
static cl::opt<std::string> ternaryLayout(
    "ternary-layout",
    cl::desc("How ternary weights lie: 2bit (default), base3 (1.6 bits per "
             "weight, for layers that do not fit in a core's cache), or auto "
             "(base3 beyond 2 MiB), and those of single layers: "
             "layout;name=layout;..."),
    cl::init("2bit"), cl::cat(category));
static cl::opt<std::string> calibration(
    "calibration",
    cl::desc("Statistics that lowbit-run --calibrate wrote: they make the "
             "activations of their layers static, and weights with gptq and "
             "bias-correction need them"),
    cl::value_desc("file"), cl::cat(category));
static cl::opt<bool> integerOnly(
    "integer-only",
    cl::desc("Fail where float arithmetic is left between the first codes and "
             "the last"),
    cl::cat(category));
static cl::opt<Observe, false, ChoiceParser<Observe>> observe(
    "observe", cl::desc("Make outputs of what is inside, for lowbit-run"),
    cl::init(Observe::Nothing), cl::ValueOptional,
    cl::values(
        clEnumValN(Observe::Inputs, "inputs",
                   "inputs of layers, which stay float (--observe alone)"),
        clEnumValN(Observe::Inputs, "", ""),
        clEnumValN(Observe::Windows, "windows",
                   "the same, and the windows of convolutions"),
        clEnumValN(Observe::Float, "float",
                   "inputs and results of layers, which stay float"),
        clEnumValN(Observe::Quantized, "quantized",
                   "results of layers, and how far inputs exceed their codes"),
        clEnumValN(Observe::Isolated, "isolated",
                   "the same, each with its input from outside")),
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
  printLine(("error: " + message).str());
  return static_cast<int>(outcome);
}

/// `location` as file:line:column and the name of a layer, as far as known and
/// not in `text`.
static std::string getPlace(Location location, StringRef text) {
  std::string place, layer;
  bool isNamed = text.starts_with("layer '");
  location->walk([&](Location nested) {
    if (auto name = dyn_cast<NameLoc>(nested);
        name && layer.empty() && !isNamed)
      layer = "layer '" + name.getName().str() + "': ";
    auto file = dyn_cast<FileLineColLoc>(nested);
    if (!file)
      return WalkResult::advance();
    place = file.getFilename().str() + ": ";
    if (file.getLine() != 0) // 0: the whole file
      place = file.getFilename().str() + ":" + std::to_string(file.getLine()) +
              ":" + std::to_string(file.getColumn()) + ": ";
    return WalkResult::interrupt();
  });
  return place + layer;
}

/// One line per diagnostic.
static void printDiagnostic(Diagnostic &diagnostic) {
  StringRef kind =
      diagnostic.getSeverity() == DiagnosticSeverity::Error     ? "error: "
      : diagnostic.getSeverity() == DiagnosticSeverity::Warning ? "warning: "
                                                                : "remark: ";
  std::string text = diagnostic.str();
  printLine(getPlace(diagnostic.getLocation(), text) + kind.str() + text);
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

/// Object, assembly or shared library.
static llvm::Error emitNative(CompiledModule &compiled,
                              const CompileOptions &options,
                              llvm::Module &module, StringRef archive,
                              OutputFiles &files) {
  ArrayRef<char> bytes = getWeights(compiled);
  TemporaryFile weightsFile, object, library;
  if (!bytes.empty())
    if (llvm::Error error = weightsFile.create(
            "weights", StringRef(bytes.data(), bytes.size())))
      return error;
  auto code = emitMachineCode(module, options, emit == Emit::Assembly,
                              weightsFile.getPath());
  if (!code)
    return code.takeError();
  StringRef text(code->data(), code->size());
  if (emit != Emit::SharedLibrary)
    return files.write(output, text);
  // The linker dies where the disk is full, so it does not write the output.
  if (llvm::Error error = object.create("o", text))
    return error;
  if (llvm::Error error = library.create("so", ""))
    return error;
  if (llvm::Error error = linkSharedLibrary(
          object.getPath(), archive, compiled.signature, library.getPath()))
    return error;
  auto linked = llvm::MemoryBuffer::getFile(library.getPath(), /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!linked)
    return llvm::createStringError("cannot read '" + library.getPath().str() +
                                   "': " + linked.getError().message());
  return files.write(output, (*linked)->getBuffer());
}

static llvm::Error writeSiblings(CompiledModule &compiled, OutputFiles &files) {
  if (llvm::Error error =
          files.write(getSibling(output, "json"), describeArtifact(compiled)))
    return error;
  return files.write(getSibling(output, "h"),
                     getArtifactHeader(compiled.signature));
}

template <typename Module>
static std::string printToText(const Module &module) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  stream << module;
  return text;
}

/// Writes what comes after the LLVM dialect; a failure to get there is an
/// internal error.
static int emitLLVM(CompiledModule &compiled, const CompileOptions &options,
                    StringRef archive) {
  bool native = emit == Emit::Object || emit == Emit::SharedLibrary;
  llvm::LLVMContext context;
  auto module = translateToLLVM(compiled, options, context);
  if (!module) {
    llvm::consumeError(writeFile(
        options.reproducer, printToText(*compiled.variants.front().module)));
    return fail("internal error: " + llvm::toString(module.takeError()) +
                    "; reproducer: " + options.reproducer,
                Outcome::InternalError);
  }
  OutputFiles files;
  llvm::Error error =
      emit == Emit::LLVM
          ? files.write(output, printToText(**module))
          : emitNative(compiled, options, **module, archive, files);
  if (!error && native)
    error = writeSiblings(compiled, files);
  if (!error)
    error = files.commit();
  return error ? fail(llvm::toString(std::move(error))) : 0;
}

/// Whether this machine is of another architecture.
static bool isForeign(const Target &target) {
  llvm::Triple host(llvm::sys::getProcessTriple());
  return !target.triple.empty() &&
         llvm::Triple(target.triple).getArch() != host.getArch();
}

/// Reports what is wrong with the options, if anything.
static std::optional<std::string> checkOptions() {
  if (auto problem = checkTarget(targetName))
    return problem;
  SmallVector<Target> targets = llvm::cantFail(lookupTargets(targetName));
  if (emit == Emit::SharedLibrary && isForeign(targets.front()))
    return "expected --emit=obj or another target, as shared libraries are "
           "linked for this machine's architecture only, but got --target=" +
           targetName;
  if (emit == Emit::MLIR && targets.size() > 1)
    return "expected one target with --emit=mlir, but got --target=" +
           targetName;
  if (output.empty())
    return "expected -o FILE, but got an empty name";
  bool isFloat = observe == Observe::Inputs || observe == Observe::Windows ||
                 observe == Observe::Float;
  if (isFloat && (!weights.empty() || !layers.empty() || !calibration.empty()))
    return "expected --observe or encodings (--weights, --layers, "
           "--calibration), but got both";
  if (emit != Emit::Object && emit != Emit::SharedLibrary)
    return std::nullopt;
  if (output == "-")
    return "expected -o FILE for an object or a shared library";
  if (llvm::sys::fs::exists(output) &&
      !llvm::sys::fs::is_regular_file(output) &&
      !llvm::sys::fs::is_directory(output))
    return "expected -o FILE for an object or a shared library, but got the "
           "device '" +
           output + "'";
  for (StringRef extension : {"h", "json"})
    if (getSibling(output, extension) == output)
      return "expected -o FILE with another ending than ." + extension.str() +
             ", which is written beside it, but got '" + output + "'";
  return std::nullopt;
}

static CompileOptions getOptions() {
  CompileOptions options;
  options.weights = weights;
  options.activations = activations;
  options.layers = layers;
  options.calibration = calibration;
  options.ternaryLayout = ternaryLayout;
  options.integerOnly = integerOnly;
  options.observe = observe;
  options.noFallback = noFallback;
  options.reference = reference;
  options.targets = llvm::cantFail(lookupTargets(targetName));
  options.reproducer =
      output == "-" ? "lowbit-reproducer.mlir" : output + ".reproducer.mlir";
  return options;
}

static int failInternally(const CompileOptions &options) {
  return fail(llvm::sys::fs::exists(options.reproducer)
                  ? "internal error; reproducer: " + options.reproducer
                  : "internal error; reproducer: the same command",
              Outcome::InternalError);
}

static int compile(const CompileOptions &options, const char *program) {
  // That of an earlier run.
  [[maybe_unused]] std::error_code ignored =
      llvm::sys::fs::remove(options.reproducer);
  // Resources in bytecode are as aligned as the file is.
  const llvm::Align alignment(64);
  auto text = llvm::MemoryBuffer::getFileOrSTDIN(
      input, /*IsText=*/false, /*RequiresNullTerminator=*/true, alignment);
  if (!text)
    return fail("cannot read '" + input + "': " + text.getError().message());
  llvm::SourceMgr source;
  source.AddNewSourceBuffer(std::move(*text), llvm::SMLoc());
  DialectRegistry registry;
  registerAllDialects(registry);
  MLIRContext context(registry);
  context.getDiagEngine().registerHandler(printDiagnostic);
  CompiledModule compiled;
  compiled.module = parseSourceFile<ModuleOp>(source, &context);
  if (!compiled.module)
    return static_cast<int>(Outcome::UserError);
  Outcome outcome = lowerToLLVMDialect(compiled, options);
  if (outcome == Outcome::InternalError)
    return failInternally(options);
  if (outcome != Outcome::Ok)
    return static_cast<int>(outcome);
  // A model that is observed runs beside the float one: it is seen there.
  if (options.observe == Observe::Nothing)
    for (const Fallback &fallback : compiled.fallbacks)
      printLine(getPlace(fallback.location, fallback.reason) +
                "warning: " + fallback.reason);
  // The pass manager's own use of it has ended it.
  llvm::CrashRecoveryContext::Enable();
  if (emit != Emit::MLIR)
    return emitLLVM(compiled, options, getModelArchive(program));
  OutputFiles files;
  llvm::Error error =
      files.write(output, printToText(*compiled.variants.front().module));
  if (!error)
    error = files.commit();
  return error ? fail(llvm::toString(std::move(error))) : 0;
}

/// LLVM's fatal errors end a pass or the compilation, not the program.
static void onFatalError(void *, const char *reason, bool) {
  fail(reason);
  if (auto *recovery = llvm::CrashRecoveryContext::GetCurrent())
    recovery->HandleExit(static_cast<int>(Outcome::InternalError));
  llvm::sys::RunInterruptHandlers();
  std::_Exit(static_cast<int>(Outcome::InternalError));
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::HideUnrelatedOptions(category);
  if (!parseCommandLine(argc, argv, "Compiles a model in MLIR for a CPU.\n"))
    return static_cast<int>(Outcome::UserError);
  if (std::optional<std::string> problem = checkOptions())
    return fail(*problem);
  CompileOptions options = getOptions();
  llvm::install_fatal_error_handler(onFatalError);
  llvm::CrashRecoveryContext::Enable();
  llvm::CrashRecoveryContext recovery;
  recovery.DumpStackAndCleanupOnFailure = true;
  int code = 0;
  bool isSafe = recovery.RunSafely([&] { code = compile(options, argv[0]); });
  return isSafe ? code : failInternally(options);
}
