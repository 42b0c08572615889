//===- BufferizableOpInterfaceImpl.h - Packed ops on buffers --------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_TRANSFORMS_BUFFERIZABLEOPINTERFACEIMPL_H
#define LOWBIT_DIALECT_TRANSFORMS_BUFFERIZABLEOPINTERFACEIMPL_H

#include "mlir/IR/DialectRegistry.h"

namespace mlir::lowbit {

/// Makes `lowbit.pack_activations` and the packed matmuls bufferizable.
void registerBufferizableOpInterfaceModels(DialectRegistry &registry);

} // namespace mlir::lowbit

#endif // LOWBIT_DIALECT_TRANSFORMS_BUFFERIZABLEOPINTERFACEIMPL_H
