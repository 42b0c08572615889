//===- MicroKernelRegistry.h - All emitters -------------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_CODEGEN_MICROKERNELREGISTRY_H
#define LOWBIT_CODEGEN_MICROKERNELREGISTRY_H

#include "lowbit/Codegen/FloatKernel.h"
#include "lowbit/Codegen/MicroKernel.h"
#include <memory>

namespace mlir::lowbit {

/// The emitters of a context. `addMicroKernel` adds one. Those added last are
/// asked first.
class MicroKernelRegistry : public DialectInterface::Base<MicroKernelRegistry> {
public:
  MicroKernelRegistry(Dialect *dialect) : Base(dialect) {}

  /// The registry of `context`; null if it is without emitters.
  static const MicroKernelRegistry *get(MLIRContext *context);

  /// The emitter for a layout on a target, or null.
  const MicroKernel *lookup(const Target &target, LayoutAttr layout,
                            MClass mClass) const;

  /// The emitter for reals on a target, or null.
  const FloatKernel *lookup(const Target &target, FloatOperands operands) const;

  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(MicroKernelRegistry)

private:
  static MicroKernelRegistry &getOrAdd(LowbitDialect *dialect);
  friend void addMicroKernel(LowbitDialect *, std::unique_ptr<MicroKernel>);
  friend void addMicroKernel(LowbitDialect *, std::unique_ptr<FloatKernel>);

  SmallVector<std::unique_ptr<MicroKernel>> kernels;
  SmallVector<std::unique_ptr<FloatKernel>> floatKernels;
};

/// Adds an emitter to the registry of the dialect's context, which is made if
/// it is not there. An embedder calls it in a dialect extension:
///
///   registry.addExtension(+[](MLIRContext *, LowbitDialect *dialect) {
///     addMicroKernel(dialect, std::make_unique<MyKernel>());
///   });
///
/// Extensions are applied in the order in which they are added.
void addMicroKernel(LowbitDialect *dialect,
                    std::unique_ptr<MicroKernel> kernel);
void addMicroKernel(LowbitDialect *dialect,
                    std::unique_ptr<FloatKernel> kernel);

/// Registers the emitters of this project.
void registerMicroKernels(DialectRegistry &registry);

// Codes times packed codes.
std::unique_ptr<MicroKernel> createArmDotprodKernel();
std::unique_ptr<MicroKernel> createArmI8mmKernel();
std::unique_ptr<MicroKernel> createGenericKernel();
std::unique_ptr<MicroKernel> createX86AmxKernel();
std::unique_ptr<MicroKernel> createX86Avx2Kernel();
std::unique_ptr<MicroKernel> createX86Avx512VnniKernel();
std::unique_ptr<MicroKernel> createX86AvxVnniKernel();

// Bits times bits.
std::unique_ptr<MicroKernel> createGenericPopcntKernel();
std::unique_ptr<MicroKernel> createX86AmxBitsKernel();
std::unique_ptr<MicroKernel> createX86Avx2PopcntKernel();
std::unique_ptr<MicroKernel> createX86Avx512BwPopcntKernel();
std::unique_ptr<MicroKernel> createX86Avx512PopcntKernel();

// Reals times reals.
std::unique_ptr<FloatKernel> createArmFmaKernel();
std::unique_ptr<FloatKernel> createGenericFloatKernel();
std::unique_ptr<FloatKernel> createX86AmxBf16Kernel();
std::unique_ptr<FloatKernel> createX86Avx512FmaKernel();
std::unique_ptr<FloatKernel> createX86FmaKernel();

} // namespace mlir::lowbit

#endif // LOWBIT_CODEGEN_MICROKERNELREGISTRY_H
