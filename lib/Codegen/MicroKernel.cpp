//===- MicroKernel.cpp - The registry of emitters -------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Codegen/MicroKernel.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::lowbit;

MicroKernel::~MicroKernel() = default;

Value MicroKernel::emitExtendScale(OpBuilder &builder, Location loc,
                                   Value scale) const {
  auto type = cast<VectorType>(scale.getType());
  return arith::ExtFOp::create(builder, loc, type.clone(builder.getF32Type()),
                               scale);
}

const MicroKernelRegistry *MicroKernelRegistry::get(MLIRContext *context) {
  return context->getOrLoadDialect<LowbitDialect>()
      ->getRegisteredInterface<MicroKernelRegistry>();
}

const MicroKernel *MicroKernelRegistry::lookup(const Target &target,
                                               LayoutAttr layout,
                                               MClass mClass) const {
  for (const auto &kernel : llvm::reverse(kernels))
    if (kernel->serves(target, layout, mClass))
      return kernel.get();
  return nullptr;
}

void mlir::lowbit::addMicroKernel(LowbitDialect *dialect,
                                  std::unique_ptr<MicroKernel> kernel) {
  if (!dialect->getRegisteredInterface<MicroKernelRegistry>())
    dialect->addInterfaces<MicroKernelRegistry>();
  // MLIR hands interfaces out as constants only.
  const_cast<MicroKernelRegistry *>(
      dialect->getRegisteredInterface<MicroKernelRegistry>())
      ->kernels.push_back(std::move(kernel));
}

void mlir::lowbit::registerMicroKernels(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *, LowbitDialect *dialect) {
    addMicroKernel(dialect, createGenericKernel());
    addMicroKernel(dialect, createX86Avx512VnniKernel());
  });
}
