//===- PlaceConstants.h - Constants as views of the weights -----*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_CODEGEN_MEMORY_PLACECONSTANTS_H
#define LOWBIT_LIB_CODEGEN_MEMORY_PLACECONSTANTS_H

#include "mlir/IR/BuiltinOps.h"

namespace mlir::lowbit {

/// Alignment of every constant and every workspace slot, in bytes.
inline constexpr int64_t kAlignment = 64;

/// The module attribute that holds the bytes of all constants.
inline constexpr StringLiteral kWeights = "lowbit.weights";

/// Replaces the constants of `module` by views of `weights`, a rank-1 i8
/// buffer, and collects their bytes in the module's attribute `kWeights`.
LogicalResult placeConstants(ModuleOp module, Value weights);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CODEGEN_MEMORY_PLACECONSTANTS_H
