//===- QuantizedContraction.h - Products of codes of run time ---*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_TRANSFORMS_QUANTIZEDCONTRACTION_H
#define LOWBIT_LIB_DIALECT_TRANSFORMS_QUANTIZEDCONTRACTION_H

#include "Contraction.h"
#include "QuantizedOperands.h"

namespace mlir::lowbit {

/// How values of run time become weights `encoding`, as `activations` with a
/// scale per row; otherwise sets `reason`.
FailureOr<ActivationEncoding> getRunTimeWeights(const WeightEncoding &encoding,
                                                std::string &reason);

/// The operands of `contraction` as matrices: the rows of all batches by K.
Value toActivationRows(OpBuilder &builder, Location location,
                       const Contraction &contraction);
Value toWeightRows(OpBuilder &builder, Location location,
                   const Contraction &contraction);

/// The product of quantized rows, in the shape of the result: one batch after
/// another. The initial value is yet to be added.
Value createContraction(OpBuilder &builder, Location location,
                        const Contraction &contraction,
                        const QuantizedOperand &activations,
                        const QuantizedOperand &weights, StringAttr layer);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_DIALECT_TRANSFORMS_QUANTIZEDCONTRACTION_H
