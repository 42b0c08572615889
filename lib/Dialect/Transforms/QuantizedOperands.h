//===- QuantizedOperands.h - Codes with parameters --------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Builds the operands of a matmul on codes.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_TRANSFORMS_QUANTIZEDOPERANDS_H
#define LOWBIT_LIB_DIALECT_TRANSFORMS_QUANTIZEDOPERANDS_H

#include "lowbit/Dialect/IR/LowbitDialect.h"
#include "lowbit/Quantization/ActivationRange.h"
#include "lowbit/Quantization/WeightQuantizer.h"
#include "mlir/IR/PatternMatch.h"

namespace mlir::lowbit {

/// Codes and what they are worth; without a scale, reals.
struct QuantizedOperand {
  Value codes, scale, zeroPoint;
  DenseI64ArrayAttr blockSizes;

  bool hasCodes() const { return static_cast<bool>(scale); }
};

/// Constants that hold quantized weights `n x k`: codes in a new resource named
/// after `layer`.
QuantizedOperand createWeights(OpBuilder &builder, Location location,
                               StringRef layer, int64_t n, int64_t k,
                               const WeightEncoding &encoding,
                               const QuantizedWeights &weights);

/// The codes whose levels `codes` are, if a `lowbit.lookup` makes them; else
/// `codes`.
Value lookThroughLookup(Value codes);

/// The levels of `codes` in `table`.
Value createLookup(OpBuilder &builder, Location location, Value codes,
                   Value table);

/// The constant codes, or their levels, behind `dequantize` and their
/// parameters, transposed if they are `K x N`.
QuantizedOperand takeWeights(OpBuilder &builder, Location location,
                             StringRef layer, DequantizeOp dequantize,
                             bool transposed);

/// Why the parameters of `dequantize` are not those of rows of a matrix, or an
/// empty string. The first `numOutputs` dimensions of `order` tell the rows.
std::string checkKernel(DequantizeOp dequantize, ArrayRef<int64_t> order,
                        size_t numOutputs);

/// Like `takeWeights`, for a kernel whose dimensions in `order` are those of
/// the rows of a matrix with `rows` rows and then those of its columns.
/// `checkKernel` found nothing.
QuantizedOperand takeKernel(OpBuilder &builder, Location location,
                            StringRef layer, DequantizeOp dequantize,
                            ArrayRef<int64_t> order, int64_t rows);

/// Quantizes `input` with parameters that are chosen at run time, see
/// ActivationEncoding.h. Of an input that is no matrix, the rows are what the
/// first dimension tells; the codes have the shape of `input`, the parameters
/// are matrices.
QuantizedOperand createDynamicActivations(OpBuilder &builder, Location location,
                                          Value input,
                                          const ActivationEncoding &encoding);

/// The same with parameters for the values in `range`, a matrix, for the whole
/// tensor; `encoding` is affine.
QuantizedOperand createRunningActivations(OpBuilder &builder, Location location,
                                          Value input,
                                          const ActivationEncoding &encoding,
                                          Value range);

/// Quantizes `input` with constant parameters for values in `range`.
QuantizedOperand createStaticActivations(OpBuilder &builder, Location location,
                                         Value input,
                                         const ActivationEncoding &encoding,
                                         RealRange range);

/// The codes behind `dequantize` as activations, with parameters that are
/// matrices; sets `reason` where they do not fit a matmul.
FailureOr<QuantizedOperand> takeActivations(OpBuilder &builder,
                                            Location location,
                                            DequantizeOp dequantize,
                                            std::string &reason);

} // namespace mlir::lowbit

#endif // LOWBIT_LIB_DIALECT_TRANSFORMS_QUANTIZEDOPERANDS_H
