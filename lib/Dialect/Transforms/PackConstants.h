//===- PackConstants.h - Pack weights at compile time -----------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_TRANSFORMS_PACKCONSTANTS_H
#define LOWBIT_LIB_DIALECT_TRANSFORMS_PACKCONSTANTS_H

#include "mlir/IR/PatternMatch.h"

namespace mlir::lowbit {

/// Replaces `lowbit.pack` and `lowbit.lookup` of constants by resources named
/// after the layer.
void populatePackConstantsPatterns(RewritePatternSet &patterns);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_DIALECT_TRANSFORMS_PACKCONSTANTS_H
