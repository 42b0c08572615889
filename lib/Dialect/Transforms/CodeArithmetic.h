//===- CodeArithmetic.h - Integers computed from codes ----------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_TRANSFORMS_CODEARITHMETIC_H
#define LOWBIT_LIB_DIALECT_TRANSFORMS_CODEARITHMETIC_H

#include "CodeClamps.h"
#include "lowbit/Quantization/Requantize.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::lowbit {

/// An i32 per element, computed from the elements of `codes` (tensors of one
/// shape) as i32.
Value mapCodes(OpBuilder &builder, Location location, ValueRange codes,
               function_ref<Value(ImplicitLocOpBuilder &, ValueRange)> body);

/// `code - zeroPoint` of each element, i32.
Value createLevels(OpBuilder &builder, Location location, Value codes,
                   int64_t zeroPoint);

/// The codes for `output` of `integers`, none beyond `bound`, times `scale`.
Value requantizeTensor(OpBuilder &builder, Location location, Value integers,
                       DyadicScale scale, const TensorParams &output,
                       int64_t bound);

/// A constant i32 tensor of the rank `rank` and one element.
Value createParameter(OpBuilder &builder, Location location, int64_t rank,
                      int64_t value);

/// The largest |code - zero point|.
int64_t getLargestLevel(const TensorParams &params);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_DIALECT_TRANSFORMS_CODEARITHMETIC_H
