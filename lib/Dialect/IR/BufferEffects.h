//===- BufferEffects.h - What ops do to buffers ---------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_IR_BUFFEREFFECTS_H
#define LOWBIT_LIB_DIALECT_IR_BUFFEREFFECTS_H

#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace mlir::lowbit {

/// On buffers: inputs are read, inits are read and written.
void addBufferEffects(
    DestinationStyleOpInterface op,
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_DIALECT_IR_BUFFEREFFECTS_H
