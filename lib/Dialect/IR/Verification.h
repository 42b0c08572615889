//===- Verification.h - Checks that ops share -----------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_IR_VERIFICATION_H
#define LOWBIT_LIB_DIALECT_IR_VERIFICATION_H

#include "lowbit/Dialect/IR/LowbitDialect.h"

namespace mlir::lowbit {

using BlockSizes = std::optional<ArrayRef<int64_t>>;

/// Blocks along an extent of `k` (which may be dynamic), cut every `block`.
int64_t numBlocks(int64_t k, int64_t block);

/// The k per block that an op cuts K into are not negative.
LogicalResult verifyBlock(Operation *op, int64_t block);

/// `got` has rank and static extents of `shape`.
LogicalResult verifyShape(Operation *op, StringRef name, Type got,
                          ArrayRef<int64_t> shape);
/// Like `verifyShape`, where an extent of 1 is always right.
LogicalResult verifyBroadcast(Operation *op, StringRef name, Type got,
                              ArrayRef<int64_t> shape);
LogicalResult verifySameShape(Operation *op, RankedTensorType expected,
                              RankedTensorType got);

/// `parameter` is of a granularity of `codes`: see the dialect's description.
LogicalResult verifyGranularity(Operation *op, StringRef name,
                                RankedTensorType codes,
                                RankedTensorType parameter, BlockSizes blocks);

/// Every element of `codes` is a code of `type`, and a resource has their size.
LogicalResult verifyCodes(Operation *op, ElementsAttr codes,
                          CodeTypeInterface type);
/// A scale that is constant is positive, normal and has a finite reciprocal.
LogicalResult verifyConstantScale(Operation *op, Value scale);
/// The integers `codes` that are constant are codes of `code`.
LogicalResult verifyConstantCodes(Operation *op, StringRef name,
                                  CodeTypeInterface code, Value codes);
/// Shape, dtype and (if constant) range of an optional zero point.
LogicalResult verifyZeroPoint(Operation *op, StringRef name,
                              RankedTensorType codes, Value zeroPoint,
                              BlockSizes blocks);
/// The same for one that has a value per element of the first dimension, or one
/// for all.
LogicalResult verifyRowZeroPoint(Operation *op, StringRef name,
                                 RankedTensorType codes, Value zeroPoint);
/// Scale and optional zero point of `codes`.
LogicalResult verifyParameters(Operation *op, RankedTensorType codes,
                               Value scale, Value zeroPoint, BlockSizes blocks);
/// `codes` may be multiplied: they are uniform, of at most 8 bits.
LogicalResult verifyFactor(Operation *op, RankedTensorType codes);
/// `M x K` times `N x K` gives `M x N`.
LogicalResult verifyMatmulShapes(Operation *op, RankedTensorType activations,
                                 RankedTensorType weights,
                                 RankedTensorType result);
/// The same with codes of at most 8 bits.
LogicalResult verifyMatmulOperands(Operation *op, RankedTensorType activations,
                                   RankedTensorType weights,
                                   RankedTensorType result);

/// Fails unless the fields of a layout are of 1 to 8 bits and stand for
/// `code_step * field - code_offset` with an offset of a byte and a step of 1
/// or 2.
LogicalResult verifyFields(function_ref<InFlightDiagnostic()> emitError,
                           int64_t fieldBits, int64_t codeOffset,
                           int64_t codeStep);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_DIALECT_IR_VERIFICATION_H
