//===- NormalizationPasses.td - Passes on normalizations ----*- tablegen -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_TRANSFORMS_NORMALIZATIONPASSES_TD
#define LOWBIT_DIALECT_TRANSFORMS_NORMALIZATIONPASSES_TD

include "mlir/Pass/PassBase.td"

def FoldNormalizationPass : Pass<"lowbit-fold-normalization"> {
  let summary = "put batch normalization into the weights before it";
  let description = [{
    Of a trained model, batch normalization is a scale and an offset for each
    channel of a layer, and so another weight and bias:

    ```
    (y - mean) * gamma / sqrt(var + epsilon) + beta = a * y + b
    a[c] = gamma[c] / sqrt(var[c] + epsilon)     w'[c, ..] = f32(a[c] * w[c, ..])
    b[c] = beta[c] - a[c] * mean[c]              init'[c] = f32(a[c] * init[c] + b[c])
    ```

    with a and b in f64. The chain may be written in any way that adds,
    subtracts, multiplies and divides constants per channel or for all, with
    `math.sqrt` or `math.rsqrt` of constants, in `linalg.generic`, named
    elementwise ops or `arith` on tensors; one loop may do more behind it, such
    as a relu.

    ```mlir
    %y = linalg.matmul ins(%x, %w : ...) outs(%zeros : ...) -> tensor<?x16xf32> loc("fc1")
    %n = linalg.generic ... ins(%y, %mean, %var, %gamma, %beta : ...) {
      %d = arith.subf %in, %m
      %v = arith.addf %variance, %epsilon
      %r = math.rsqrt %v
      %s = arith.mulf %d, %r
      %g = arith.mulf %s, %factor
      %b = arith.addf %g, %offset
      %z = arith.maximumf %b, %zero
      linalg.yield %z : f32
    } -> tensor<?x16xf32>
    ```

    becomes

    ```mlir
    %w = arith.constant dense_resource<fc1.folded> : tensor<64x16xf32>
    %init = linalg.broadcast ins(%bias : tensor<16xf32>) ...
    %y = linalg.matmul {lowbit.output_deviation = array<f32: ...>,
                        lowbit.output_mean = array<f32: ...>}
        ins(%x, %w : ...) outs(%init : ...) -> tensor<?x16xf32> loc("fc1")
    %n = linalg.generic ... ins(%y : ...) {
      %z = arith.maximumf %in, %zero
      linalg.yield %z : f32
    } -> tensor<?x16xf32>
    ```

    The attributes say how the outputs are distributed where y has the mean and
    the variance that it is normalized by: with mean beta and deviation |gamma|.
    They are there if the mean is subtracted before the first factor, and if the
    root of the variance is still to be seen; a scale and an offset alone are
    folded without them.

    A bias alone, or one scale for all channels, is no normalization. Where
    something else reads a part of the chain, or weights or the initial value
    (zeros, or a constant repeated for each channel) are not constant, the layer
    stays as it is, in the latter case with a remark (category `lowbit`).
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def NormalizationRangesPass : Pass<"lowbit-normalization-ranges"> {
  let summary = "give layers ranges from the normalization before them";
  let description = [{
    Activations with `range=batch-norm` (the op's attribute
    `lowbit.activations`, else what `layers` and `activations` say) get their range from the
    statistics that `lowbit-fold-normalization` left on the layer before:

    ```
    min = min over channels c of mean[c] - sigmas * deviation[c]
    max = max over channels c of mean[c] + sigmas * deviation[c]
    ```

    as far as what lies between leaves it: relu, relu6 and other maxima and
    minima with constants, max-pooling, and what moves elements.

    ```mlir
    %y = linalg.matmul {lowbit.output_deviation = array<f32: 1.0, 2.0>,
                        lowbit.output_mean = array<f32: 0.0, 1.0>} ...
    %r = linalg.generic ... { arith.maximumf %in, %zero } ...
    %z = linalg.matmul ins(%r, %v : ...) ...
    ```

    gives the second layer, with `activations=int8:sigmas=3`,
    `lowbit.activation_range = array<f32: 0.0, 7.0>`.

    A remark (category `lowbit`) and the module's attribute
    `lowbit.range_sources` say which layers these are; others are left to
    `lowbit-import-calibration`, which adds to them.

    Source: M. Nagel et al., arXiv:1906.04721, section 4.
  }];
  let options = [
    Option<"activations", "activations", "std::string", "\"int8\"",
           "Encoding of activations, as of lowbit-quantize">,
    Option<"layers", "layers", "std::string", "\"\"",
           "Encodings of single layers, as of lowbit-quantize">];
}

#endif // LOWBIT_DIALECT_TRANSFORMS_NORMALIZATIONPASSES_TD
