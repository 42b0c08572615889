//===- IntegerPasses.td - From floats to exact integers -----*- tablegen -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_TRANSFORMS_INTEGERPASSES_TD
#define LOWBIT_DIALECT_TRANSFORMS_INTEGERPASSES_TD

include "mlir/Pass/PassBase.td"

def BoundErrorPass : Pass<"lowbit-bound-error", "::mlir::ModuleOp"> {
  let summary = "bound how wrong each layer is after quantization";
  let description = [{
    Runs before `lowbit-quantize`, with the same options, and changes no op. For
    weights w and activations x that become w' and x', an output of a layer is
    off by

    ```
    sum_k w'[k] x'[k] - sum_k w[k] x[k]
      = sum_k w'[k] (x'[k] - x[k]) + sum_k (w'[k] - w[k]) x[k]
    ```

    With the actual weights, and for every x of the range with `|x[k]| <= X` and
    `|x'[k] - x[k]| <= r + c` (rounding and clipping; r is half a step), the
    magnitude of that is at most the sum of

    ```
    rounding   sum_k |w'[k]| r + sum_k min(|w'[k] - w[k]|, h) X
    clipping   sum_k |w'[k]| c + sum_k max(|w'[k] - w[k]| - h, 0) X
    ```

    with h half a step of the weights. Where activations are static, X, r and c
    are those of their range; where they lie beyond it by up to e, clipping adds
    at most `growth * e`, with the largest `sum_k |w'[k]| + |w'[k] - w[k]|` of all
    channels. Where their
    parameters are chosen at run time, the unit of the bound is the largest
    activation that they are chosen for. Sums are exact here: the rounding of f32
    comes on top.

    The channel with the largest bound is a remark (category `lowbit`), "layer
    'fc1': error at most 0.31 (channel 3; rounding 0.3, clipping 0.01)", and an
    entry of the module's attribute `lowbit.error_bounds`, from where
    `lowbit-pack-weights` takes it into the layer's record, as `error_bound`:

    ```mlir
    module attributes {lowbit.error_bounds = {fc1 =
        {clipping = 0.01 : f64, growth = 3.5 : f64, high = 2.0 : f64,
         low = -1.0 : f64, relative = false, rounding = 0.3 : f64}}}
    ```

    Weights with `gptq` are never clipped; the magnitude of a `bias-correction` is
    added to the rounding.

    Layers that stay float, layers whose weights or activations are codes
    already, those with a bias correction and activations of run time, and those
    with running ranges have no bound.
  }];
  let options = [
    Option<"weights", "weights", "std::string", "\"\"",
           "Encoding of float weights, as of lowbit-quantize">,
    Option<"activations", "activations", "std::string", "\"int8\"",
           "Encoding of activations, as of lowbit-quantize">,
    Option<"layers", "layers", "std::string", "\"\"",
           "Encodings of single layers, as of lowbit-quantize">,
    Option<"calibration", "calibration", "std::string", "\"\"",
           "File of statistics, as of lowbit-quantize">];
}

def IntegerOnlyPass : Pass<"lowbit-integer-only"> {
  let summary = "check that no float arithmetic lies between codes";
  let description = [{
    Emits an error at each op with a float result that depends on codes and that
    codes depend on, and changes nothing. Floats before the first codes (an
    input that is quantized) and after the last (a result that is dequantized)
    are allowed; a model whose inputs and outputs are integers by
    `lowbit.from_storage` and `lowbit.to_storage` has none.

    ```mlir
    %y = lowbit.scaled_matmul %a, %w activation_scale %sa weight_scale %sw : ...
    %b = lowbit.quantize %y scale %sb : ... -> tensor<?x16x!lowbit.affine<8>>
    ```

    gives the error "expected integer arithmetic alone between codes, but got
    lowbit.scaled_matmul". Blocks along K are combined in f32, in an order that is
    part of the op's meaning, so that a layer with block scales has no integer
    form: then the error ends with ", whose block scales are combined in f32".
  }];
}

def PropagatePass : Pass<"lowbit-propagate"> {
  let summary = "compute on codes between quantized tensors";
  let description = [{
    Where a scale and an integer zero point hold for a whole tensor and are
    constants, `lowbit.quantize` moves up and `lowbit.dequantize` down, and what
    lies between becomes integer arithmetic.

    | between | becomes | error |
    |---|---|---|
    | reshape, transpose, concat, slice, cast | the same op on storage integers | none |
    | pad | the same, padded with the code of the constant; downwards only where it is the real of a code, as 0.0 is | none |
    | max-pool | the same on storage integers | none |
    | relu, relu6, clip | clamps of codes | none |
    | a bias added after a transpose, a reshape along whole dimensions, or a concat of equal parts | the same before it, as `lowbit-requantize` needs it | none |
    | nothing, but other parameters | `lowbit.requantize` | at most one code |
    | average-pool | an integer sum, `lowbit.requantize` | at most one code |
    | residual add | a sum in a common dyadic scale, `lowbit.requantize` | at most one code |

    ```mlir
    %x = lowbit.dequantize %a scale %sa : ... -> tensor<2x8xf32>
    %y = tensor.collapse_shape %x [[0, 1]] : ... into tensor<16xf32>
    %q = lowbit.quantize %y scale %sy : ... -> tensor<16x!lowbit.affine<8>>
    ```

    becomes, if both scales hold the same number,

    ```mlir
    %i = lowbit.to_storage %a : ... -> tensor<2x8xi8>
    %y = tensor.collapse_shape %i [[0, 1]] : ... into tensor<16xi8>
    %q = lowbit.from_storage %y : ... -> tensor<16x!lowbit.affine<8>>
    ```

    Rounding is monotone, therefore maxima and clamps of reals are those of their
    codes; NaN, whose code is that of 0.0, is the exception.

    **Rounding.** With levels `l = code - z` of at most 8 bits and `r = s / so`,
    the exact code before rounding is `x = r * l + zo`, summed over what is added. All
    three rows of the table round it once, to nearest with ties up
    (`SINGLE_ROUND`), where `lowbit.quantize` of exact reals rounds ties to even:

    * requantize and average-pool: the multiplier has 31 bits, hence a code that
      does not saturate is off by at most 2^-21 before rounding.
    * residual add: `m = round(r * 2^t)` for both sides, with t such that the larger
      m has 21 bits. Each is off by 1/2, so that the sum, `2^-t * (ma * la + mb *
      lb)`, is off by at most `2 * 2^8 * 2^-(t + 1) <= max(ra, rb) * 2^-12` before
      rounding, at most 1/16 since larger ratios than 2^8 are not rewritten.
      |ma * la + mb * lb| < 2^30: i32 holds it.

    What is off by less than 1/2 before rounding is at most one code off after it.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def ProveAccumulatorsPass : Pass<"lowbit-prove-accumulators"> {
  let summary = "prove that no sum of a layer overflows";
  let description = [{
    For each channel n of a `lowbit.matmul`, `lowbit.conv_2d` or one of their
    scaled forms, with activation codes in `[low, high]` and the actual weights, zero points
    subtracted from both, the sum of products lies in

    ```
    [low * P - high * Q, high * P - low * Q]    P = sum of the w[n, k] > 0
                                                Q = sum of |w[n, k]| where < 0
    ```

    and both ends are reached; the padding of a convolution adds zeros. Of a
    matmul or convolution, the initial value is added to that; of a scaled
    matmul, the range of each term, and the sum is per block. Where
    weights or zero points are not constants, all that their types allow is taken.

    The widest range of each layer is a remark (category `lowbit`), "sums from
    -32512 to 32512 (channel 3) fit in 32 bits"; that an initial value or a term
    is unknown is a remark, too.

    `width` is 32, or narrower where an emitter accumulates in narrower integers:
    then the products of each op must fit without the initial value. A layer that
    does not fit is split at K into the largest of K/2, K/4, .. that fits: a
    matmul into a chain of them,

    ```mlir
    %y = lowbit.matmul %a, %w init %c : (tensor<?x512x!lowbit.affine<8>>,
        tensor<16x512x!lowbit.ternary>, tensor<?x16xi32>) -> tensor<?x16xi32>
    ```

    becomes, with `width=16`,

    ```mlir
    %a0 = tensor.extract_slice %a[0, 0] [%m, 256] [1, 1] : ...
    %y0 = lowbit.matmul %a0, %w0 init %c : ...
    %a1 = tensor.extract_slice %a[0, 256] [%m, 256] [1, 1] : ...
    %y = lowbit.matmul %a1, %w1 init %y0 : ...
    ```

    which is exact; and a scaled matmul without blocks gets `block_sizes`, each
    block with the scale of its row. A layer that still does not fit, a
    convolution (its windows stay whole), and a layer whose whole sum exceeds 32
    bits, is an error.
  }];
  let options = [
    Option<"width", "width", "int64_t", "32",
           "Bits of the accumulator: 8 to 32">];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::tensor::TensorDialect"];
}

def RequantizePass : Pass<"lowbit-requantize"> {
  let summary = "replace floats between two layers by dyadic scales";
  let description = [{
    A layer whose reals are only quantized again, with one constant scale and
    zero point, needs no floats:

    ```mlir
    %y = lowbit.scaled_matmul %a, %w activation_scale %sa weight_scale %sw
        activation_zero_point %za {layer = "fc1"} : ... -> tensor<?x16xf32>
    %b = linalg.add ins(%y, %bias : ...) outs(...) -> tensor<?x16xf32>
    %r = linalg.generic ... { arith.maximumf %in, %zero } -> tensor<?x16xf32>
    %q = lowbit.quantize %r scale %s zero_point %z : ...
        -> tensor<?x16x!lowbit.affine<8>>
    ```

    becomes

    ```mlir
    %c = linalg.broadcast ins(%integers : tensor<16xi32>) ...
    %i = lowbit.matmul %a, %w activation_zero_point %za init %c {layer = "fc1"}
        : ... -> tensor<?x16xi32>
    %p = lowbit.requantize %i multiplier %m shift %t zero_point %z
        {bound = 135424 : i64, layer = "fc1"} : ...
        -> tensor<?x16x!lowbit.affine<8>>
    %k = lowbit.to_storage %p : ... -> tensor<?x16xi8>
    %l = linalg.generic ... { arith.maxsi %in, %z } -> tensor<?x16xi8>
    %q = lowbit.from_storage %l : ... -> tensor<?x16x!lowbit.affine<8>>
    ```

    The activation scale is one constant; weight scales are constants per layer
    or per channel; the bias repeats one constant row. Zero points of the
    layer stay: run `lowbit-fold-zero-points` afterwards. relu, relu6, clip and
    other minima and maxima with constants become clamps of the codes, which is
    exact for all but NaN, since rounding is monotone.

    **Error.** With the scale of the accumulator `s = sa * sw[n]`, `r = s / so`
    and a bias b, the exact code before rounding is `x = r * (isum + b / s) + z`. Here

    ```
    |round(b / s) - b / s| <= 1/2                      the bias, in units of s
    |multiplier * 2^-shift - r| <= r * 2^-bits         (or 2^-63 where r is tiny)
    x' = multiplier * 2^-shift * (isum + round(b / s)) + z
    |x' - x| <= r/2 + 2^-bits * |x' - z| * (1 + 2^(1 - bits)) + 2^-32
    ```

    Codes that do not saturate have `|x' - z| < 2^9` (8 bits), so for `bits` = 31 the
    two differ by at most `r/2 + 2^-21` before both are rounded to nearest:
    **the code is at most one from that of exact arithmetic if r <= 1**, and at
    most `ceil(r/2 + 2^-21)` in general. Without a bias the first term is absent.

    `lowbit.scaled_conv_2d` becomes `lowbit.conv_2d` in the same way. A layer
    whose bias or whose sums exceed 32 bits, that has block scales, or whose r is 2^(bits - 2)
    or more, stays float, with a remark (category `lowbit`).
  }];
  let options = [
    Option<"multiplierBits", "multiplier-bits", "int64_t", "31",
           "Bits of the multipliers, 1 to 31: with fewer, the lower half of "
           "the products suffices for larger sums">,
    Option<"rounding", "rounding", "std::string", "\"SINGLE_ROUND\"",
           "SINGLE_ROUND, INEXACT_ROUND or DOUBLE_ROUND">];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

#endif // LOWBIT_DIALECT_TRANSFORMS_INTEGERPASSES_TD
