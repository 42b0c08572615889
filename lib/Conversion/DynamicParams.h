//===- DynamicParams.h - Scales from ranges, in scalar code -----*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_CONVERSION_DYNAMICPARAMS_H
#define LOWBIT_LIB_CONVERSION_DYNAMICPARAMS_H

#include "ReferenceBuilder.h"

namespace mlir::lowbit {

/// `keys` with one more element: the largest magnitude, or the smallest and the
/// largest element, as integers in the order of the floats, so that the order
/// of the reduction does not matter. They start from 0, which is always in the
/// range; what is not finite counts as 0.
SmallVector<Value> reduceElement(ReferenceBuilder &b, Value real,
                                 ValueRange keys);

/// Scale and, if there are two `keys`, zero point of `code` for elements with
/// these `keys`: see Quantization/DynamicParams.h.
SmallVector<Value> chooseScalars(ReferenceBuilder &b, CodeTypeInterface code,
                                 ValueRange keys);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_CONVERSION_DYNAMICPARAMS_H
