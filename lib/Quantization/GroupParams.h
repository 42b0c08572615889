//===- GroupParams.h - Affine parameters of a group -------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_QUANTIZATION_GROUPPARAMS_H
#define LOWBIT_LIB_QUANTIZATION_GROUPPARAMS_H

#include "lowbit/Quantization/WeightEncoding.h"

namespace mlir::lowbit {

/// The parameters of a group of at least one weight by the method of
/// `encoding`, which is affine. Returns false and sets `error` where the scale
/// does not fit its type.
bool chooseGroupParams(const WeightEncoding &encoding, const float *w,
                       int64_t count, AffineParams &params, std::string &error);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_QUANTIZATION_GROUPPARAMS_H
