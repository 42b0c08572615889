//===- MicroKernelRegistry.cpp - All emitters -----------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Codegen/MicroKernelRegistry.h"

using namespace mlir;
using namespace mlir::lowbit;

/// The last one that `serves`, or null.
template <typename KernelT>
static const KernelT *findLast(ArrayRef<std::unique_ptr<KernelT>> kernels,
                               function_ref<bool(const KernelT &)> serves) {
  for (const auto &kernel : llvm::reverse(kernels))
    if (serves(*kernel))
      return kernel.get();
  return nullptr;
}

const MicroKernelRegistry *MicroKernelRegistry::get(MLIRContext *context) {
  return context->getOrLoadDialect<LowbitDialect>()
      ->getRegisteredInterface<MicroKernelRegistry>();
}

const MicroKernel *MicroKernelRegistry::lookup(const Target &target,
                                               LayoutAttr layout,
                                               MClass mClass) const {
  return findLast<MicroKernel>(kernels, [&](const MicroKernel &kernel) {
    return kernel.serves(target, layout, mClass);
  });
}

const FloatKernel *MicroKernelRegistry::lookup(const Target &target,
                                               FloatOperands operands) const {
  return findLast<FloatKernel>(floatKernels, [&](const FloatKernel &kernel) {
    return kernel.serves(target, operands);
  });
}

MicroKernelRegistry &MicroKernelRegistry::getOrAdd(LowbitDialect *dialect) {
  if (!dialect->getRegisteredInterface<MicroKernelRegistry>())
    dialect->addInterfaces<MicroKernelRegistry>();
  // MLIR hands interfaces out as constants only.
  return const_cast<MicroKernelRegistry &>(
      *dialect->getRegisteredInterface<MicroKernelRegistry>());
}

void mlir::lowbit::addMicroKernel(LowbitDialect *dialect,
                                  std::unique_ptr<MicroKernel> kernel) {
  MicroKernelRegistry::getOrAdd(dialect).kernels.push_back(std::move(kernel));
}

void mlir::lowbit::addMicroKernel(LowbitDialect *dialect,
                                  std::unique_ptr<FloatKernel> kernel) {
  MicroKernelRegistry::getOrAdd(dialect).floatKernels.push_back(
      std::move(kernel));
}

void mlir::lowbit::registerMicroKernels(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *, LowbitDialect *dialect) {
    addMicroKernel(dialect, createGenericKernel());
    addMicroKernel(dialect, createArmDotprodKernel());
    addMicroKernel(dialect, createArmI8mmKernel());
    addMicroKernel(dialect, createX86Avx2Kernel());
    addMicroKernel(dialect, createX86AvxVnniKernel());
    addMicroKernel(dialect, createX86Avx512VnniKernel());
    addMicroKernel(dialect, createX86AmxKernel());

    addMicroKernel(dialect, createGenericPopcntKernel());
    addMicroKernel(dialect, createX86Avx2PopcntKernel());
    addMicroKernel(dialect, createX86Avx512BwPopcntKernel());
    addMicroKernel(dialect, createX86Avx512PopcntKernel());
    addMicroKernel(dialect, createX86AmxBitsKernel());

    addMicroKernel(dialect, createGenericFloatKernel());
    addMicroKernel(dialect, createArmFmaKernel());
    addMicroKernel(dialect, createX86FmaKernel());
    addMicroKernel(dialect, createX86Avx512FmaKernel());
    addMicroKernel(dialect, createX86AmxBf16Kernel());
  });
}
