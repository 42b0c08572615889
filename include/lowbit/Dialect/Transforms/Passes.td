//===- Passes.td - Passes that stay in the dialect ----------*- tablegen -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_TRANSFORMS_PASSES_TD
#define LOWBIT_DIALECT_TRANSFORMS_PASSES_TD

include "lowbit/Dialect/Transforms/IntegerPasses.td"
include "lowbit/Dialect/Transforms/NormalizationPasses.td"
include "lowbit/Dialect/Transforms/ObservationPasses.td"
include "lowbit/Dialect/Transforms/PackingPasses.td"
include "mlir/Pass/PassBase.td"

def ConvToMatmulPass : Pass<"lowbit-conv-to-matmul"> {
  let summary = "replace convolutions of codes by matmuls of their windows";
  let description = [{
    ```mlir
    %y = lowbit.conv_2d %a, %w activation_zero_point %za init %c
        padding [1, 1, 1, 1] {layer = "conv"}
        : (tensor<?x8x8x4x!lowbit.affine<8>>, tensor<2x3x3x4x!lowbit.ternary>,
           tensor<1x1x1x1xi32>, tensor<?x8x8x2xi32>) -> tensor<?x8x8x2xi32>
    ```

    becomes, with the weights, the zero point and the initial value reshaped,

    ```mlir
    %windows = lowbit.im2col %a kernel [3, 3] padding [1, 1, 1, 1] pad %za
        : (tensor<?x8x8x4x!lowbit.affine<8>>, tensor<1x1x1x1xi32>)
        -> tensor<?x36x!lowbit.affine<8>>
    %m = lowbit.matmul %windows, %rows activation_zero_point %z init %i
        {layer = "conv"}
        : (tensor<?x36x!lowbit.affine<8>>, tensor<2x36x!lowbit.ternary>,
           tensor<1x1xi32>, tensor<?x2xi32>) -> tensor<?x2xi32>
    %y = tensor.expand_shape %m [[0, 1, 2], [3]] ...
    ```

    so that zero points, folding and packing are those of a matmul. The edges
    need no care: the padding holds the code of real zero. Windows of one pixel
    side by side are the images themselves. A convolution in groups becomes a
    matmul per group.

    A convolution stays as it is with one channel per group, for which a matmul
    would multiply next to nothing; with a kernel or groups of dynamic extent;
    and with padding where no code is real zero.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def FoldZeroPointsPass : Pass<"lowbit-fold-zero-points"> {
  let summary = "turn zero points into terms and initial values";
  let description = [{
    An offset between code and value is a product of a row vector and a column
    vector, added to the plain sum of products:

    ```
    sum_k (a - za)(w - zw) = sum_k a w  +  za * -(sum_k w - K zw)  +  sum_k a * -zw
    ```

    In `lowbit.matmul` the products go into the initial value; what is constant
    is computed now, and a constant bias that is repeated in each row stays one:

    ```mlir
    %init = linalg.broadcast ins(%bias : tensor<2xi32>)
        outs(%empty : tensor<?x2xi32>) dimensions = [0]
    %y = lowbit.matmul %a, %w activation_zero_point %three init %init
        : (tensor<?x4x!lowbit.affine<8>>, tensor<2x4x!lowbit.ternary>,
           tensor<1x1xi32>, tensor<?x2xi32>) -> tensor<?x2xi32>
    ```

    with weights that sum to 1 and -2 becomes

    ```mlir
    %folded = arith.constant dense<[7, 26]> : tensor<2xi32>  // bias [10, 20]
    %init = linalg.broadcast ins(%folded : tensor<2xi32>)
        outs(%empty : tensor<?x2xi32>) dimensions = [0]
    %y = lowbit.matmul %a, %w init %init
        : (tensor<?x4x!lowbit.affine<8>>, tensor<2x4x!lowbit.ternary>,
           tensor<?x2xi32>) -> tensor<?x2xi32>
    ```

    Zero points that are known at run time only are multiplied by the constant
    column sums in one `linalg.generic`. In `lowbit.scaled_matmul` the products
    become terms, per block of the sum:

    ```mlir
    %y = lowbit.scaled_matmul %a, %w activation_scale %sa weight_scale %sw
        activation_zero_point %za {block_sizes = array<i64: 0, 2>}
        : (tensor<?x4x!lowbit.affine<8>>, tensor<2x4x!lowbit.ternary>,
           tensor<?x1xf32>, tensor<2x2xf32>, tensor<?x1xi32>)
        -> tensor<?x2xf32>
    ```

    becomes

    ```mlir
    %sums = arith.constant dense<[[-1, 0], [0, 2]]> : tensor<2x2xi32>
    %y = lowbit.scaled_matmul %a, %w activation_scale %sa weight_scale %sw
        terms(%za) * (%sums) {block_sizes = array<i64: 0, 2>}
        : (tensor<?x4x!lowbit.affine<8>>, tensor<2x4x!lowbit.ternary>,
           tensor<?x1xf32>, tensor<2x2xf32>, tensor<?x1xi32>, tensor<2x2xi32>)
        -> tensor<?x2xf32>
    ```

    A float zero point of the weights becomes the offset. All of it is exact,
    integers modulo 2^32, and no zero points are left. The pass neither needs
    constant weights nor static shapes: then `lowbit.row_sums` adds up the
    weights at run time. The padding of `lowbit.conv_2d`, whose kernel must be
    static, first becomes codes of real zero; its sums are taken with ones.

    With `rebias-unsigned`, activations whose codes exceed 127 first become
    signed ones, 128 lower, with a zero point 128 lower: a `lowbit.quantize` is
    rewritten to give them, other codes are recoded.
  }];
  let options = [
    Option<"rebiasUnsigned", "rebias-unsigned", "bool", "false",
           "First make activation codes beyond 127 fit in a signed byte">];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def ImportCalibrationPass : Pass<"lowbit-import-calibration"> {
  let summary = "put calibrated ranges on layers";
  let description = [{
    Reads the statistics that `lowbit-run --calibrate` wrote and gives each
    layer whose name is among them the range that its activation encoding asks
    for, as `lowbit-quantize` finds it.

    ```mlir
    %y = linalg.matmul ins(%x, %w : ...) outs(%b : ...) -> tensor<?x256xf32> loc("fc1")
    ```

    becomes

    ```mlir
    %y = linalg.matmul {lowbit.activation_range = array<f32: -1.5, 3.25>}
        ins(%x, %w : ...) outs(%b : ...) -> tensor<?x256xf32> loc("fc1")
    ```

    with which `--lowbit-quantize` makes the parameters constant. Layers whose
    activations are float, dynamic, or have a range by hand are left alone. A layer
    without statistics gets a remark (category `lowbit`), and one remark says
    where the statistics are from, as does the module's attribute
    `lowbit.range_sources` for each layer. A range from batch normalization stays
    where the encoding asks for it.
  }];
  let options = [
    Option<"calibration", "calibration", "std::string", "\"\"",
           "File of statistics, an .npz">,
    Option<"activations", "activations", "std::string", "\"int8\"",
           "Encoding of activations, as of lowbit-quantize">,
    Option<"layers", "layers", "std::string", "\"\"",
           "Encodings of single layers, as of lowbit-quantize">];
}

def NameLayersPass : Pass<"lowbit-name-layers", "::mlir::func::FuncOp"> {
  let summary = "give each float layer a name of its own";
  let description = [{
    Reports, statistics and comparisons tell layers by the name in their location.
    A float layer without one is called after its place among the layers of the
    function; one whose name is that of a layer before it gets a number, and so do
    the ops behind it that share the name, as its bias does:

    ```mlir
    %a = linalg.matmul ... loc("fc")
    %b = linalg.matmul ... loc("fc")
    %c = linalg.add ... %b ... loc("fc")
    %d = linalg.matmul ...
    ```

    becomes

    ```mlir
    %a = linalg.matmul ... loc("fc")
    %b = linalg.matmul ... loc("fc.2")
    %c = linalg.add ... %b ... loc("fc.2")
    %d = linalg.matmul ... loc("layer3")
    ```

    Names that exist are not given again, and layers that are quantized keep
    theirs: a model and its quantized form agree if the names are given first.
    Locations are kept below the new names.
  }];
}

def QuantizePass : Pass<"lowbit-quantize"> {
  let summary = "replace float layers by layers on codes";
  let description = [{
    A layer is a contraction or a convolution of float tensors, or a gather of
    the rows of a constant table of floats. A contraction in f32 of `M x K`
    activations by constant weights, `N x K` or `K x N`, that is to have an
    encoding becomes a `lowbit.scaled_matmul`:

    ```mlir
    %w = arith.constant dense_resource<fc1.weight> : tensor<256x64xf32>
    %y = linalg.matmul indexing_maps = [#row, #column, #out]
        ins(%x, %w : tensor<?x64xf32>, tensor<256x64xf32>)
        outs(%bias : tensor<?x256xf32>) -> tensor<?x256xf32> loc("fc1")
    ```

    with `weights=ternary` becomes

    ```mlir
    %w = lowbit.constant dense_resource<fc1.codes> : tensor<256x64xi8>
        -> tensor<256x64x!lowbit.ternary>
    %sw = arith.constant dense<...> : tensor<256x1xf32>
    %sa, %za = lowbit.choose_params %x for !lowbit.affine<8>
        : (tensor<?x64xf32>) -> (tensor<?x1xf32>, tensor<?x1xi32>)
    %a = lowbit.quantize %x scale %sa zero_point %za
        : (tensor<?x64xf32>, tensor<?x1xf32>, tensor<?x1xi32>)
        -> tensor<?x64x!lowbit.affine<8>>
    %p = lowbit.scaled_matmul %a, %w activation_scale %sa weight_scale %sw
        activation_zero_point %za {layer = "fc1"} : ... -> tensor<?x256xf32>
    %y = linalg.add ins(%p, %bias : ...) outs(%empty : ...) -> tensor<?x256xf32>
    ```

    A convolution over height and width, in any order of dimensions, with groups
    or without, is a matmul of its windows (`lowbit.im2col`): its weights are
    the matrix `outputs x (height * width * channels)`, in which blocks lie along
    the flattened columns, and a row of the activations is an image, whose scale
    is that of all its windows. A `tensor.pad` by zeros before it becomes padding
    by the zero point. With one channel per group, as in a depthwise convolution,
    it is a `lowbit.scaled_conv_2d`; then blocks along the columns and float zero
    points are not possible.

    With `float` activations only the weights are codes:

    ```mlir
    %p = lowbit.weight_only_matmul %x, %w scale %sw {layer = "fc1"} : ...
    ```

    for a convolution whose groups have several channels, or a matmul, which may
    then have bf16 factors and a result in f32.

    A contraction of two operands of run time, as in attention, has codes only if
    it asks itself, by attribute or in `layers`: `scores=int8/int8`. Its weights
    are the second operand (`binary`; `int2` to `int8`, symmetric; `ternary`, by
    `absmean`), quantized where the product is made, like the activations, with a
    scale per row; a batch becomes a loop over the products of its parts:

    ```mlir
    %s = linalg.batch_matmul ins(%q, %k : tensor<8x?x64xf32>, tensor<8x64x?xf32>)
        outs(%zero : tensor<8x?x?xf32>) -> tensor<8x?x?xf32> loc("scores")
    ```

    A gather, which may be a `tensor.gather` of dimension 0 or the loop nest that
    `tosa.gather` and imports of embeddings become, reads a table `V x D`, of
    whose encoding D is the K. It becomes a `lowbit.gather`, which has no
    activations:

    ```mlir
    %t = arith.constant dense_resource<embed.weight> : tensor<30522x384xf32>
    %y = linalg.generic ... ins(%i : tensor<?xi64>)
        outs(%empty : tensor<?x384xf32>) {
    ^bb0(%index: i64, %out: f32):
      %row = arith.index_cast %index : i64 to index
      %d = linalg.index 1 : index
      %real = tensor.extract %t[%row, %d] : tensor<30522x384xf32>
      linalg.yield %real : f32
    } -> tensor<?x384xf32> loc("embed")
    ```

    with `layers=embed=int8` becomes

    ```mlir
    %y = lowbit.gather %codes[%i] scale %s {layer = "embed"}
        : (tensor<30522x384x!lowbit.affine<8, narrow>>, tensor<?xi64>,
           tensor<30522x1xf32>) -> tensor<?x384xf32>
    ```

    The encoding of the weights is the op's attribute `lowbit.weights`, else the
    layer's entry in `layers`, else `weights`; the text is that of
    Quantization/WeightEncoding.h, such as `int4:block=32,scale=f16`. `f32` leaves
    the layer alone. That of the activations is the op's attribute
    `lowbit.activations`, else what follows a slash in the layer's entry
    (`fc1=int4/float`), else `activations`; its text is that of
    Quantization/ActivationEncoding.h, such as `uint8:range=kl`.

    Static activations have constant parameters, from the first range there is:
    that of the encoding (`range=[0,6]`); the op's attribute
    `lowbit.activation_range`, which `--lowbit-import-calibration` sets; or what
    `max` and `min` with constants leave right before the layer, as in relu6.
    So relu6 before a layer with `uint8:static` activations gives

    ```mlir
    %s = arith.constant dense<0.0235294104> : tensor<1x1xf32>  // 6 / 255
    %a = lowbit.quantize %x scale %s : (tensor<?x64xf32>, tensor<1x1xf32>)
        -> tensor<?x64x!lowbit.affine<8, unsigned>>
    ```

    Without a range, parameters are chosen at run time (those of int8 instead of
    binary and ternary ones), with a remark, or an error with `no-fallback`.

    Running ranges (`int8:ema`) are an argument and a result of the public
    function, a row per quantized tensor, and its name is "running_ranges". The
    range of this call is where parameters are chosen:

    ```mlir
    func.func @model(%x: tensor<?x64xf32>,
                     %before: tensor<1x2xf32> {lowbit.name = "running_ranges"})
        -> (tensor<?x256xf32>, tensor<1x2xf32> {lowbit.name = "running_ranges"}) {
      ...
      %range = tensor.from_elements %low, %high : tensor<1x2xf32>
      %sa, %za = lowbit.choose_params %range for !lowbit.affine<8>
          : (tensor<1x2xf32>) -> (tensor<1x1xf32>, tensor<1x1xi32>)
      %a = lowbit.quantize %x scale %sa zero_point %za : ...
    ```

    Weights that are codes already (`lowbit.dequantize` of a `lowbit.constant`)
    stay these codes and need no encoding to be chosen. Activations that are
    `lowbit.dequantize` of codes with a scale per row or per tensor are not
    quantized again. Transposes of weights are done at compile time.

    Weights with `gptq` or `bias-correction` need to know about the inputs of the
    layer: `calibration` is a file of `lowbit-run --calibrate --moments=second`,
    where they are found by the layer's name. Without them there is an error. The
    bias correction becomes a part of the bias (the initial value of the sum), or
    is added where that is no constant.

    A layer that cannot have the encoding that was asked for stays float, with a
    remark (category `lowbit`), or an error with `no-fallback`.
  }];
  let options = [
    Option<"weights", "weights", "std::string", "\"\"",
           "Encoding of float weights; without it only weights that are codes "
           "and layers with attributes are quantized">,
    Option<"activations", "activations", "std::string", "\"int8\"",
           "Encoding of activations, e.g. int8 (static where calibrated, else "
           "per row at run time), uint8:range=kl, int8:ema, binary, float "
           "(weights alone are codes)">,
    Option<"layers", "layers", "std::string", "\"\"",
           "Encodings of single layers, of weights or of both: "
           "name=weights;name2=weights/activations">,
    Option<"calibration", "calibration", "std::string", "\"\"",
           "File of statistics, an .npz, for weights with gptq or "
           "bias-correction">,
    Option<"noFallback", "no-fallback", "bool", "false",
           "Fail where a layer cannot have its encoding">];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::lowbit::LowbitDialect",
                           "::mlir::tensor::TensorDialect"];
}

def VerifyStagePass : Pass<"lowbit-verify-stage"> {
  let summary = "check what is true after a stage of the pipeline";
  let description = [{
    Emits an error at the first op that may not be there, and changes nothing.

    | stage | afterwards |
    |---|---|
    | `imported` | no op on codes but `constant`, `quantize`, `dequantize` and the layers of an integer model: `conv_2d`, `matmul`, `requantize`, `from_storage`, `to_storage` |
    | `quantized` | no float weights in a layer whose `lowbit.weights` asks for codes |
    | `integer` | the same, and no zero points on matmuls and convolutions |
    | `packed` | no value has a code type |
    | `llvm` | only ops of the llvm dialect and the module |

    ```mlir
    %y = lowbit.matmul %a, %w activation_zero_point %za init %c : ...
    ```

    gives, with `stage=integer`, the error "expected no zero points after the
    integer stage, but got an activation zero point".
  }];
  let options = [
    Option<"stage", "stage", "std::string", "\"\"",
           "imported, quantized, integer, packed or llvm">];
}

#endif // LOWBIT_DIALECT_TRANSFORMS_PASSES_TD
