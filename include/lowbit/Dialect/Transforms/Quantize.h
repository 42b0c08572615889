//===- Quantize.h - Quantize one layer --------------------------*- C++ -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// From a float matmul to a matmul on codes, one layer at a time.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_TRANSFORMS_QUANTIZE_H
#define LOWBIT_DIALECT_TRANSFORMS_QUANTIZE_H

#include "lowbit/Dialect/Transforms/FloatWindows.h"
#include "lowbit/Dialect/Transforms/LayerEncodings.h"
#include "lowbit/Dialect/Transforms/RunningRanges.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace mlir::lowbit {

/// `init + activations * weights^T` in f32, the activations being the windows
/// of images if it is a convolution.
struct FloatMatmul {
  Value activations; ///< `M x K`, or images
  /// A constant, or a `lowbit.dequantize` of constant codes.
  Value weights;
  bool transposed = false; ///< Weights are `K x N` instead of `N x K`.
  Value init;              ///< `M x N`, or images
  /// How a convolution is a matmul.
  std::optional<FloatWindows> windows = std::nullopt;

  bool hasCodes() const;

  /// The dimensions of the result along which the N outputs lie.
  SmallVector<int64_t> getOutputDims() const;

  /// N and K.
  std::pair<int64_t, int64_t> getWeightShape() const;

  /// Weights that are floats, `N x K`: a view of the constant's data, or of
  /// `storage` where their order is another; nothing where the data has not the
  /// size of its type.
  std::optional<ArrayRef<float>>
  getWeightValues(SmallVector<float> &storage) const;

  /// Whether `op` is a contraction or a convolution of float tensors, of any
  /// rank: a layer. Those that match are in f32.
  static bool isLayer(Operation *op);

  /// The matmul that the layer `op` is; otherwise sets `reason`, in a form that
  /// fits behind a colon. Everything is f32 but, with `allowsBF16`, what a
  /// matmul multiplies.
  static FailureOr<FloatMatmul> match(linalg::LinalgOp op, std::string &reason,
                                      bool allowsBF16 = false);
};

/// What layers are quantized with besides their encodings.
struct QuantizeContext {
  /// The file of statistics, which some encodings need; empty if there is none.
  StringRef calibration;
  /// Whether a layer may stay float where its encoding cannot be had.
  bool fallback = true;
  RunningRanges &ranges;
};

/// Replaces the layer `op` by a matmul on codes if `encoding` asks for it.
/// Where that cannot be, leaves the layer as it is and emits a remark, or an
/// error without fallback. Fails after an error.
LogicalResult quantizeLayer(RewriterBase &rewriter, linalg::LinalgOp op,
                            const LayerEncoding &encoding,
                            const QuantizeContext &context);

} // namespace mlir::lowbit

#endif // LOWBIT_DIALECT_TRANSFORMS_QUANTIZE_H
