//===- Passes.td - Passes that leave the dialect ------------*- tablegen -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_CONVERSION_PASSES_TD
#define LOWBIT_CONVERSION_PASSES_TD

include "mlir/Pass/PassBase.td"

def ChooseParamsToLinalgPass : Pass<"lowbit-choose-params-to-linalg"> {
  let summary = "find the ranges of rows by reductions that vectorize";
  let description = [{
    Rewrites `lowbit.choose_params` as reductions of integers in the order of the
    floats, of the last dimension first, and a `linalg.generic` that computes
    scales and zero points of the ends of the ranges:

    ```mlir
    %s, %z = lowbit.choose_params %x for !lowbit.affine<8>
        : (tensor<?x512xf32>) -> (tensor<?x1xf32>, tensor<?x1xi32>)
    ```

    becomes

    ```mlir
    %keys:2 = linalg.generic {indexing_maps = [affine_map<(m, k) -> (m, k)>,
            affine_map<(m, k) -> (m)>, affine_map<(m, k) -> (m)>],
        iterator_types = ["parallel", "reduction"]}
        ins(%x : tensor<?x512xf32>) outs(%zeros, %zeros : ...) {...}
    %s, %z = linalg.generic ... ins(%keys#0, %keys#1 : ...)
        outs(%a, %b : tensor<?x1xf32>, tensor<?x1xi32>) {...}
    ```

    If there is one row, it is reduced as several, of at least 8 K elements, so
    that threads can share the work. The order of such a reduction does not matter:
    the result is that of `lowbit-lower-to-reference`, bit for bit. One shorter row,
    rows of less than 512 elements or of unknown length, blocks, and scales along
    the last dimension are left alone.
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect",
                           "::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::math::MathDialect",
                           "::mlir::tensor::TensorDialect"];
}

def ExpandMathPass : Pass<"lowbit-expand-math"> {
  let summary = "compute exp, log, tanh and erf by polynomials";
  let description = [{
    Rewrites `math.exp`, `math.log`, `math.tanh` and `math.erf` on f32, scalars or
    vectors, as additions, multiplications and a few operations on bits, each
    of which rounds once: the results are the same on every target and in vectors
    of every length, and nothing is called. There is no fused multiplication and
    addition in them, which not every target has.

    | function | largest error | beyond the range |
    |---|---|---|
    | `exp` | 1.00 ulp | infinity above 88.72, denormals and 0 below -87.3 |
    | `log` | 0.83 ulp | -infinity at 0, NaN below, exact to denormals |
    | `tanh` | 1.34 ulp | 1 and -1 |
    | `erf` | 1.45 ulp | 1 and -1 |

    against the C library in f64 over all floats, in units in the last place of the
    result. NaN gives NaN, and signs of zeros are kept. (Upstream's polynomials make
    0 of denormals, and -87.3 of their logarithms; its tanh and erf are within 4.6
    and 4.3 ulp.)

    ```mlir
    %y = math.exp %x : f32
    ```

    becomes

    ```mlir
    %below = arith.cmpf olt, %x, %lowest : f32
    ... // x = n * ln(2) + r
    %m = arith.addf %terms, %one : f32
    %y0 = arith.mulf %m, %power0 : f32
    %y = arith.mulf %y0, %power1 : f32
    ```

    Other functions and other types are left alone: upstream's
    `math-extend-to-supported-types` makes f32 of f16 and bf16. Conversions between
    bf16 and f32 become operations on bits, too, which round to the nearest even.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::math::MathDialect"];
}

def ExportQuantPass : Pass<"lowbit-export-quant"> {
  let summary = "turn affine codes into upstream quantized types";
  let description = [{
    The inverse of `lowbit-import-quant`. Codes become the bytes that hold them;
    the type of the quant dialect that carries their parameters stands between
    two casts:

    ```mlir
    %s = arith.constant dense<0.5> : tensor<1x1xf32>
    %q = lowbit.quantize %x scale %s
        : (tensor<2x4xf32>, tensor<1x1xf32>) -> tensor<2x4x!lowbit.affine<4>>
    ```

    becomes

    ```mlir
    %c = quant.qcast %x
        : tensor<2x4xf32> to tensor<2x4x!quant.uniform<i8<-8:7>:f32, 5.0e-01>>
    %q = quant.scast %c
        : tensor<2x4x!quant.uniform<i8<-8:7>:f32, 5.0e-01>> to tensor<2x4xi8>
    ```

    Strict: everything else is an error at its op: other codes than affine,
    parameters that are not constant, float zero points, other roundings than
    `nearest_even`, short last blocks, arithmetic on codes. Lower or fold that
    first.

    Do not canonicalize the result where fake quantization matters: upstream folds
    `quant.dcast(quant.qcast(x))` to `x`.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::quant::QuantDialect"];
}

def ImportQuantPass : Pass<"lowbit-import-quant"> {
  let summary = "turn upstream quantized types into codes";
  let description = [{
    `!quant.uniform` types, per tensor, per axis and sub-channel, become code
    types; their parameters become operands:

    ```mlir
    %q = quant.qcast %x : tensor<2x4xf32>
        to tensor<2x4x!quant.uniform<i8:f32:0, {5.0e-01, 2.5e-01:3}>>
    ```

    becomes

    ```mlir
    %s = arith.constant dense<[[0.5], [0.25]]> : tensor<2x1xf32>
    %z = arith.constant dense<[[0], [3]]> : tensor<2x1xi32>
    %q = lowbit.quantize %x scale %s zero_point %z
        : (tensor<2x4xf32>, tensor<2x1xf32>, tensor<2x1xi32>)
        -> tensor<2x4x!lowbit.affine<8>>
    ```

    `quant.dcast` becomes `lowbit.dequantize`; `quant.scast` becomes
    `lowbit.constant`, `lowbit.from_storage` or `lowbit.to_storage`. The quant
    dialect leaves the rounding open and adds the zero point before it; Lowbit
    rounds to the nearest even and adds it after. Scales are rounded to f32.

    Strict: an expressed type other than f32, a storage range that is not the
    full or the narrow one of 1 to 16 bits, unranked tensors and scalars are
    errors at the op.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::lowbit::LowbitDialect"];
}

def ImportTosaPass : Pass<"lowbit-import-tosa"> {
  let summary = "turn quantized TOSA ops into ops on codes";
  let description = [{
    `tosa.conv2d`, `tosa.depthwise_conv2d` and `tosa.matmul` of integers, and
    `tosa.rescale`:

    ```mlir
    %y = tosa.conv2d %x, %w, %b, %xz, %wz {acc_type = i32,
        dilation = array<i64: 1, 1>, pad = array<i64: 1, 1, 1, 1>,
        stride = array<i64: 1, 1>}
        : (tensor<1x8x8x3xi8>, tensor<4x3x3x3xi8>, tensor<4xi32>, tensor<1xi8>,
           tensor<1xi8>) -> tensor<1x8x8x4xi32>
    %q = tosa.rescale %y, %m, %s, %yz, %qz {scale32 = true,
        rounding_mode = SINGLE_ROUND, per_channel = true,
        input_unsigned = false, output_unsigned = false}
        : (tensor<1x8x8x4xi32>, tensor<4xi32>, tensor<4xi8>, tensor<1xi32>,
           tensor<1xi8>) -> tensor<1x8x8x4xi8>
    ```

    becomes

    ```mlir
    %a = lowbit.from_storage %x
        : tensor<1x8x8x3xi8> -> tensor<1x8x8x3x!lowbit.affine<8>>
    %c = lowbit.constant dense_resource<conv.codes> : tensor<4x3x3x3xi8>
        -> tensor<4x3x3x3x!lowbit.affine<8>>
    %i = linalg.broadcast ins(%b : tensor<4xi32>)
        outs(%empty : tensor<1x8x8x4xi32>) dimensions = [0, 1, 2]
    %y = lowbit.conv_2d %a, %c activation_zero_point %za init %i
        padding [1, 1, 1, 1] {layer = "conv"}
        : (tensor<1x8x8x3x!lowbit.affine<8>>,
           tensor<4x3x3x3x!lowbit.affine<8>>, tensor<1x1x1x1xi32>,
           tensor<1x8x8x4xi32>) -> tensor<1x8x8x4xi32>
    %r = lowbit.requantize %y multiplier %m4 shift %s4 zero_point %zq
        {layer = "conv"}
        : (tensor<1x8x8x4xi32>, tensor<1x1x1x4xi32>, tensor<1x1x1x4xi32>,
           tensor<1x1x1x1xi32>) -> tensor<1x8x8x4x!lowbit.affine<8>>
    %q = lowbit.to_storage %r
        : tensor<1x8x8x4x!lowbit.affine<8>> -> tensor<1x8x8x4xi8>
    ```

    A depthwise convolution is one with a group per channel. Inputs of a rescale
    in 8 or 16 bits are first extended and freed of their zero point. The result
    is that of the TOSA 1.0 specification wherever this defines one;
    `INEXACT_ROUND` rounds as `SINGLE_ROUND` does. Where TOSA leaves it
    undefined, as with a rescaled value beyond 32 bits, codes saturate.

    Strict: an op that has no exact counterpart stays, with a remark (category
    `lowbit`): activations of other widths than 8 bits, sums in i48, rescaling
    from i48 or to i32, zero points, multipliers and shifts of run time, shifts
    below 2, batches of matrices, images of unknown height or width. Upstream's
    `tosa-to-linalg` lowers these, as it does all float ops, which stay silently:
    see `lowbit-import-tosa-pipeline`.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::lowbit::LowbitDialect",
                           "::mlir::tensor::TensorDialect"];
}

def LowerToReferencePass : Pass<"lowbit-lower-to-reference"> {
  let summary = "give every op its meaning as scalar code";
  let description = [{
    Rewrites every op on tensors as plain loops over scalars: what the op text
    says, one IEEE operation after the other. Every pass and every kernel is
    compared with the result, so it is made to be read, not to be fast.

    Tensors of codes become tensors of their storage integers, in function
    signatures and in ops that only move codes too. Addresses in packed weights
    are those of PackedLayout, as `affine.apply`.

    ```mlir
    %y = lowbit.dequantize %q scale %s
        : (tensor<8x64x!lowbit.ternary>, tensor<8x1xf32>) -> tensor<8x64xf32>
    ```

    becomes

    ```mlir
    %y = linalg.generic {iterator_types = ["parallel", "parallel"], ...}
        outs(%empty : tensor<8x64xf32>) {
    ^bb0(%out: f32):
      %n = linalg.index 0 : index
      %k = linalg.index 1 : index
      %code = tensor.extract %q[%n, %k] : tensor<8x64xi8>
      %integer = arith.extsi %code : i8 to i32
      %scale = tensor.extract %s[%n, %c0] : tensor<8x1xf32>
      %level = arith.sitofp %integer : i32 to f32
      %real = arith.mulf %scale, %level : f32
      linalg.yield %real : f32
    } -> tensor<8x64xf32>
    ```

    Packed ops on buffers are an error: run this pass before bufferization.
  }];
  let options = [
    Option<"keepPacked", "keep-packed", "bool", "false",
           "leave the ops for which there are kernels: lowbit.pack_activations, "
           "lowbit.packed_gather and the packed matmuls">];
  let dependentDialects = ["::mlir::affine::AffineDialect",
                           "::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::math::MathDialect",
                           "::mlir::scf::SCFDialect",
                           "::mlir::tensor::TensorDialect"];
}

def LowerWindowsPass : Pass<"lowbit-lower-windows"> {
  let summary = "lower windows of images to loops over padded images";
  let description = [{
    Rewrites `lowbit.im2col` as copies of neighbouring bytes, out of images
    that are padded once:

    ```mlir
    %m = lowbit.im2col %a kernel [3, 3] padding [1, 1, 1, 1] pad %za
        : (tensor<?x8x8x4x!lowbit.affine<8>>, tensor<1x1x1x1xi32>)
        -> tensor<?x36x!lowbit.affine<8>>
    ```

    becomes, the codes being their storage,

    ```mlir
    %padded = tensor.pad %a low[0, 1, 1, 0] high[0, 1, 1, 0] { ... }
    %flat = tensor.collapse_shape %padded [[0], [1], [2, 3]]
    %windows = linalg.generic {
        indexing_maps = [affine_map<(n, y, x, i, r) -> (n, y + i, x * 4 + r)>,
                         affine_map<(n, y, x, i, r) -> (n, y, x, i, r)>], ...}
        ins(%flat : tensor<?x10x40xi8>) outs(%empty : tensor<?x8x8x3x12xi8>)
    %m = tensor.collapse_shape %windows [[0, 1, 2], [3, 4]]
    ```

    and a `lowbit.conv_2d` with one channel per group as a loop nest with the
    channels innermost, on the differences of codes and zero points, which i16
    holds; the padding of these is zero. A `lowbit.scaled_conv_2d` is a
    `lowbit.conv_2d` and an elementwise product with its scales.

    Both are exact. Other convolutions are left alone: see
    `lowbit-conv-to-matmul`.
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect",
                           "::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def RequantizeToLinalgPass : Pass<"lowbit-requantize-to-linalg"> {
  let summary = "requantize in elementwise loops of the narrowest arithmetic";
  let description = [{
    Rewrites `lowbit.requantize` as a `linalg.generic` that neighbouring
    elementwise ops fuse with and that vectorizes. With b the op's `bound` (2^31
    if absent), and a constant multiplier m and shift s, all arithmetic is in 32
    bits if for each channel

    ```
    s <= 31  and  b * m + 2^(s - 1) < 2^31 - 2^16
    ```

    so that no step overflows, the zero point included. Otherwise, with the least
    l >= 0 for which s + l >= 33 in each channel, if b * 2^l < 2^31 (or l = 0) and
    s + l <= 62,

    ```
    (x * m + 2^(s - 1)) >> s  =  (high(x * 2^l * m) + 2^(s + l - 33)) >> (s + l - 32)
    ```

    where `high` is the upper half of a product of 64 bits
    (`arith.mulsi_extended`), and all else has 32 bits: multipliers of 31 bits have
    shifts of 33 and more where the scale is below 1/4, whatever the bound.
    The rest, and `DOUBLE_ROUND` beyond a shift of 31, is in 64 bits. The result
    is that of `lowbit-lower-to-reference`, bit for bit.

    ```mlir
    %q = lowbit.requantize %y multiplier %m shift %s {bound = 4096 : i64}
        : (tensor<?x16xi32>, tensor<1x1xi32>, tensor<1x1xi32>)
        -> tensor<?x16x!lowbit.affine<8>>
    ```

    with m = 40000 and s = 20 becomes

    ```mlir
    %i = linalg.generic ... ins(%y, %m, %s : ...) outs(%e : tensor<?x16xi8>) {
    ^bb0(%value: i32, %multiplier: i32, %shift: i32, %out: i8):
      %product = arith.muli %value, %multiplier : i32
      %last = arith.subi %shift, %c1 : i32
      %round = arith.shli %c1, %last : i32
      %sum = arith.addi %product, %round : i32
      %result = arith.shrsi %sum, %shift : i32
      %above = arith.maxsi %result, %lowest : i32
      %code = arith.minsi %above, %highest : i32
      %storage = arith.trunci %code : i32 to i8
      linalg.yield %storage : i8
    } -> tensor<?x16xi8>
    %q = lowbit.from_storage %i : tensor<?x16xi8> -> tensor<?x16x!lowbit.affine<8>>
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

#endif // LOWBIT_CONVERSION_PASSES_TD
