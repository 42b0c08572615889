//===- ConstantData.h - Numbers inside constants --------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_IR_CONSTANTDATA_H
#define LOWBIT_DIALECT_IR_CONSTANTDATA_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Value.h"
#include <limits>
#include <optional>

namespace mlir::lowbit {

/// The most elements that a constant is read with: a splat, which has any
/// number of them in no memory, is expanded.
inline constexpr int64_t kMaxConstantElements =
    std::numeric_limits<uint32_t>::max();

/// The elements (row-major, splats expanded) of `value` if it is a constant
/// tensor of f32, f16 or bf16, dense or in a resource of the right size, and of
/// at most kMaxConstantElements.
std::optional<SmallVector<float>> getConstantFloats(Value value);

/// The same elements as a view of the constant's data, or of `storage` where
/// they are not stored as they are.
std::optional<ArrayRef<float>> getConstantFloats(Value value,
                                                 SmallVector<float> &storage);

/// Like the first for integers of 8, 16 or 32 bits, sign-extended.
std::optional<SmallVector<int64_t>> getConstantIntegers(Value value);

/// The storage bytes of `codes`, one i8 per code: a view, without a copy, of
/// dense or resource data that is not a splat.
std::optional<ArrayRef<int8_t>> getCodeBytes(ElementsAttr codes);

} // namespace mlir::lowbit

#endif // LOWBIT_DIALECT_IR_CONSTANTDATA_H
