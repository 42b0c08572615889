//===- CodeStorage.h - Codes as the integers that hold them -----*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_CONVERSION_CODESTORAGE_H
#define LOWBIT_LIB_CONVERSION_CODESTORAGE_H

#include "mlir/Transforms/DialectConversion.h"

namespace mlir::lowbit {

/// Rewrites `lowbit.constant`, `lowbit.from_storage` and `lowbit.to_storage`
/// where codes are their storage integers already. `converter` must be a
/// CodeTypeConverter.
void populateCodeStoragePatterns(const TypeConverter &converter,
                                 RewritePatternSet &patterns);

/// Converts function signatures, and ops that move elements without looking at
/// them (shapes, slices, loops) to the same ops on the converted types. What
/// the patterns do not convert is legal in `target` if its types are.
void populateMoveCodesPatterns(const TypeConverter &converter,
                               RewritePatternSet &patterns,
                               ConversionTarget &target);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CONVERSION_CODESTORAGE_H
