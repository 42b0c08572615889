//===- LowbitToReference.h - Patterns of the reference lowering -*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The patterns of `--lowbit-lower-to-reference`, for passes that lower some ops
// as the reference does.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_CONVERSION_LOWBITTOREFERENCE_H
#define LOWBIT_CONVERSION_LOWBITTOREFERENCE_H

#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/DialectConversion.h"

namespace mlir::lowbit {

/// Codes become the signless integers that hold them, in tensors and alone.
struct CodeTypeConverter : TypeConverter {
  CodeTypeConverter();
};

/// Rewrites every op of the dialect (on tensors) as scalar code in plain loops.
/// `converter` must be a CodeTypeConverter.
void populateLowbitToReferencePatterns(const TypeConverter &converter,
                                       RewritePatternSet &patterns);

} // namespace mlir::lowbit

#endif // LOWBIT_CONVERSION_LOWBITTOREFERENCE_H
