//===- LayerModule.h - A layer as MLIR, with known weights ---- -*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Random weights of a layer, the module that the compiler is given, and the
// products that the compiled layer must return.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_TOOLS_BENCH_LAYERMODULE_H
#define LOWBIT_TOOLS_BENCH_LAYERMODULE_H

#include "Case.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/raw_ostream.h"

namespace mlir::lowbit {

/// N x K codes, drawn uniformly from the encoding's. The same on every call.
std::vector<int8_t> makeWeightCodes(const Layer &layer);

/// M x K and M x N; of a convolution, N H W C of the image and of the result.
std::vector<int64_t> shapeOfActivations(const Layer &layer, int64_t m);
std::vector<int64_t> shapeOfResults(const Layer &layer, int64_t m);

/// Codes in that shape, in scope `kernel` of 8 bits, in scope `op` such as the
/// encoding's activations take without an error. The same on every call.
std::vector<int8_t> makeActivationCodes(const Layer &layer, int64_t m);

/// The f32 tensors of scope `op` are these multiples of the codes.
inline constexpr float weightStep = 1.0f / 64;
inline constexpr float activationStep = 1.0f / 128;

/// Writes a function `main` from activations to results, of any M unless it is
/// a convolution. Weights are a resource: of codes, or of floats that the
/// compiler is to quantize.
void writeModule(llvm::raw_ostream &os, const Layer &layer,
                 llvm::ArrayRef<int8_t> weightCodes);

/// The N sums of products of row `m` of the activations.
std::vector<int32_t> multiplyRow(const Layer &layer,
                                 llvm::ArrayRef<int8_t> weightCodes,
                                 llvm::ArrayRef<int8_t> activationCodes,
                                 int64_t m);

} // namespace mlir::lowbit

#endif // LOWBIT_TOOLS_BENCH_LAYERMODULE_H
