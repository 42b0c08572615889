//===- Compiler.h - From a module to an artifact ----------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_COMPILER_COMPILER_H
#define LOWBIT_COMPILER_COMPILER_H

#include "lowbit/Codegen/Target.h"
#include "lowbit/Compiler/Signature.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/Error.h"

namespace mlir::lowbit {

/// What the model hands out besides its outputs.
enum class Observe {
  Nothing,
  Inputs,    ///< of layers, which stay float
  Windows,   ///< the same, and the windows of convolutions
  Float,     ///< inputs and results of layers, which stay float
  Quantized, ///< results of layers, and how their inputs are rounded
  Isolated,  ///< the same, each quantized layer with its input from outside
};

/// What to make of a model.
struct CompileOptions {
  std::string weights;              ///< encoding of weights; empty: as they are
  std::string activations = "int8"; ///< encoding of activations
  std::string layers;               ///< name=encoding;...
  std::string ternaryLayout = "2bit"; ///< layout;name=layout;...
  std::string calibration;            ///< file of statistics; empty: none
  Observe observe = Observe::Nothing;
  bool integerOnly = false;    ///< float between codes is an error
  bool noFallback = false;     ///< a layer left in float is an error
  bool reference = false;      ///< no kernels: every op is its own meaning
  SmallVector<Target> targets; ///< a variant for each, the best one first
  std::string reproducer;      ///< where an internal error leaves its input

  /// Whether code that is soon there matters more than fast code: that of a
  /// comparison runs once, and has twice the layers of a usual model.
  bool isQuick() const {
    return observe == Observe::Float || observe == Observe::Quantized ||
           observe == Observe::Isolated;
  }
};

/// How a step ended; the value is the exit code of the tools. Errors have been
/// reported as diagnostics.
enum class Outcome { Ok = 0, UserError = 1, InternalError = 3 };

/// A layer that does not get the encoding that was asked for.
struct Fallback {
  Location location;
  std::string layer;
  std::string reason; ///< "stays float: expected ..., but got ..."
};

/// The code of a model for one target, in the LLVM dialect.
struct Variant {
  Target target;
  OwningOpRef<ModuleOp> module;
};

/// A module on its way down, and what is known about it from before.
struct CompiledModule {
  OwningOpRef<ModuleOp> module; ///< until it has become the variants
  Signature signature;
  SmallVector<Fallback> fallbacks; ///< in the order of the layers
  SmallVector<Variant> variants;   ///< of the same weights
  /// If there are several variants: each kernel on a few rows, with as many
  /// variants, and what it is to compute.
  std::unique_ptr<CompiledModule> selfTest, reference;
};

/// Quantizes the module and lowers it to the LLVM dialect, for each target.
/// `signature` is that of the one public function before.
Outcome lowerToLLVMDialect(CompiledModule &compiled,
                           const CompileOptions &options);

/// The weights that `lowerToLLVMDialect` collected; empty if there are none.
ArrayRef<char> getWeights(const CompiledModule &compiled);

/// LLVM IR with the model's table (`lowbit_model <name>_model`), in which each
/// function is optimized for the target of its variant. The weights are an
/// external symbol, `<name>_weights`.
llvm::Expected<std::unique_ptr<llvm::Module>>
translateToLLVM(CompiledModule &compiled, const CompileOptions &options,
                llvm::LLVMContext &context);

/// Machine code of `module` as an object or as assembly. `weights` names a file
/// whose bytes become the section .lowbit.weights; empty: none.
llvm::Expected<SmallVector<char, 0>>
emitMachineCode(llvm::Module &module, const CompileOptions &options,
                bool assembly, StringRef weights);

/// Links `object` with the archive of the run-time part into a shared library
/// that exports the model as `lowbit_model_main` too. Every symbol must be
/// defined there, in libc or in libm.
llvm::Error linkSharedLibrary(StringRef object, StringRef archive,
                              const Signature &signature, StringRef output);

/// The JSON description of the artifact.
std::string describeArtifact(const CompiledModule &compiled);

/// The C header of the artifact: the interface of compiled models and the
/// declaration of this one.
std::string getArtifactHeader(const Signature &signature);

} // namespace mlir::lowbit

#endif // LOWBIT_COMPILER_COMPILER_H
