//===- LowbitConvolutionOps.td - Ops on images of codes -----*- tablegen -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_IR_LOWBITCONVOLUTIONOPS_TD
#define LOWBIT_DIALECT_IR_LOWBITCONVOLUTIONOPS_TD

include "lowbit/Dialect/IR/LowbitOps.td"

/// An op with a window that moves over the height and the width of an image.
class Lowbit_WindowOp<string mnemonic, list<Trait> traits = []>
    : Lowbit_Op<mnemonic, !listconcat([Pure], traits)> {
  dag windowArguments = (ins
    DefaultValuedAttr<DenseI64ArrayAttr, "{1, 1}">:$strides,
    DefaultValuedAttr<DenseI64ArrayAttr, "{1, 1}">:$dilations,
    DefaultValuedAttr<DenseI64ArrayAttr, "{0, 0, 0, 0}">:$padding);
  let extraClassDeclaration = [{
    /// How the window moves along the height (0) or the width (1).
    WindowAxis getAxis(int64_t d) {
      return {getStrides()[d], getDilations()[d], getPadding()[2 * d],
              getPadding()[2 * d + 1]};
    }
    bool hasPadding() {
      return ::llvm::any_of(getPadding(), [](int64_t extent) { return extent; });
    }
  }];
  let hasVerifier = 1;
}

def Conv2DOp : Lowbit_WindowOp<"conv_2d", [AttrSizedOperandSegments]> {
  let summary = "convolve images of codes, in integers";
  let description = [{
    For activations `N x H x W x C`, weights `O x KH x KW x C/groups`, both of at
    most 8 bits, and an accumulator `N x OH x OW x O` in i32:

    ```
    result[n, y, x, o] = init[n, y, x, o]
        + sum_{i, j, c} value(n, y * strides[0] + i * dilations[0] - top,
                              x * strides[1] + j * dilations[1] - left,
                              first(o) + c) * (weights[o, i, j, c] - zw[o])
    value(n, h, w, c)  = activations[n, h, w, c] - za[n] inside of the image,
                         0 in the padding
    first(o)           = o / (O / groups) * (C / groups)
    OH = max(0, (H + top + bottom - (KH - 1) * dilations[0] - 1) / strides[0] + 1)
    OW = max(0, (W + left + right - (KW - 1) * dilations[1] - 1) / strides[1] + 1)
    ```

    modulo 2^32, divisions rounding down. `padding` is top, bottom, left, right:
    the padding is real zero, whose code is the zero point. Zero points are
    integers of shape `N x 1 x 1 x 1` or `1 x 1 x 1 x 1`, and `O x 1 x 1 x 1` or
    `1 x 1 x 1 x 1`. At run time, an extent of the kernel below 1 or an
    accumulator of another shape is undefined behaviour.

    ```mlir
    %y = lowbit.conv_2d %a, %w activation_zero_point %za init %c
        strides [2, 2] padding [1, 1, 1, 1]
        : (tensor<?x56x56x64x!lowbit.affine<8>>,
           tensor<32x3x3x64x!lowbit.ternary>, tensor<1x1x1x1xi32>,
           tensor<?x28x28x32xi32>) -> tensor<?x28x28x32xi32>
    ```
  }];
  let arguments = !con((ins
    Lowbit_CodeTensor:$activations,
    Lowbit_CodeTensor:$weights,
    Optional<Lowbit_IntTensor>:$activation_zero_point,
    Optional<Lowbit_IntTensor>:$weight_zero_point,
    Lowbit_IntTensor:$init,
    DefaultValuedAttr<I64Attr, "1">:$groups), windowArguments, (ins
    OptionalAttr<StrAttr>:$layer));
  let results = (outs Lowbit_IntTensor:$result);
  let assemblyFormat = [{
    $activations `,` $weights
    (`activation_zero_point` $activation_zero_point^)?
    (`weight_zero_point` $weight_zero_point^)?
    `init` $init (`groups` $groups^)? (`strides` $strides^)?
    (`dilations` $dilations^)? (`padding` $padding^)?
    attr-dict `:` functional-type(operands, results)
  }];
  let hasFolder = 1;
}

def Im2ColOp : Lowbit_WindowOp<"im2col"> {
  let summary = "write the windows of images as the rows of a matrix";
  let description = [{
    For images `N x H x W x C` and a kernel `KH x KW` the result is the matrix
    `(N * OH * OW) x (KH * KW * C)` that makes a convolution a product of
    matrices:

    ```
    result[(n * OH + y) * OW + x, (i * KW + j) * C + c] =
        images[n, y * strides[0] + i * dilations[0] - top,
                  x * strides[1] + j * dilations[1] - left, c]
    ```

    of codes or of reals, and `pad[n]` in the padding, the code of real zero: 0 if
    absent, as it is of reals, else an integer of shape `N x 1 x 1 x 1` or `1 x 1 x 1 x 1`. A `pad` that is not a
    code is undefined behaviour. `OH`, `OW` and `padding` are those of
    `lowbit.conv_2d`.

    ```mlir
    %m = lowbit.im2col %a kernel [3, 3] padding [1, 1, 1, 1] pad %za
        : (tensor<?x56x56x64x!lowbit.affine<8>>, tensor<1x1x1x1xi32>)
        -> tensor<?x576x!lowbit.affine<8>>
    ```

    Source: Chellapilla et al., "High Performance Convolutional Neural Networks
    for Document Processing", section 3.
  }];
  let arguments = !con((ins
    RankedTensorOf<[Lowbit_Code, F32]>:$images,
    Optional<Lowbit_IntTensor>:$pad,
    DenseI64ArrayAttr:$kernel), windowArguments);
  let results = (outs RankedTensorOf<[Lowbit_Code, F32]>:$result);
  let assemblyFormat = [{
    $images `kernel` $kernel (`strides` $strides^)? (`dilations` $dilations^)?
    (`padding` $padding^)? (`pad` $pad^)? attr-dict
    `:` functional-type(operands, results)
  }];
}

def ScaledConv2DOp : Lowbit_WindowOp<"scaled_conv_2d", [
    AttrSizedOperandSegments,
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface,
                              ["reifyResultShapes"]>]> {
  let summary = "convolve images of codes, with scales";
  let description = [{
    `lowbit.conv_2d` from zeros, in units of both scales:

    ```
    isum[n, y, x, o]   = sum of lowbit.conv_2d with init 0      // modulo 2^32
    result[n, y, x, o] = (f32(isum[n, y, x, o]) * weight_scale[o])
                         * activation_scale[n]
    ```

    This order is normative, and that of `lowbit.scaled_matmul` with one block.
    The scales have the shapes of the zero points: `N x 1 x 1 x 1` or
    `1 x 1 x 1 x 1`, and `O x 1 x 1 x 1` or `1 x 1 x 1 x 1`. `lowbit-quantize`
    makes it of convolutions whose groups are single channels; others become
    `lowbit.scaled_matmul` on their windows.

    ```mlir
    %y = lowbit.scaled_conv_2d %a, %w activation_scale %sa weight_scale %sw
        activation_zero_point %za groups 32 padding [1, 1, 1, 1]
        : (tensor<?x56x56x32x!lowbit.affine<8>>,
           tensor<32x3x3x1x!lowbit.affine<8>>, tensor<1x1x1x1xf32>,
           tensor<32x1x1x1xf32>, tensor<1x1x1x1xi32>) -> tensor<?x56x56x32xf32>
    ```
  }];
  let arguments = !con((ins
    Lowbit_CodeTensor:$activations,
    Lowbit_CodeTensor:$weights,
    Lowbit_FloatTensor:$activation_scale,
    Lowbit_ScaleTensor:$weight_scale,
    Optional<Lowbit_IntTensor>:$activation_zero_point,
    Optional<Lowbit_IntTensor>:$weight_zero_point,
    DefaultValuedAttr<I64Attr, "1">:$groups), windowArguments, (ins
    OptionalAttr<StrAttr>:$layer));
  let results = (outs Lowbit_FloatTensor:$result);
  let assemblyFormat = [{
    $activations `,` $weights `activation_scale` $activation_scale
    `weight_scale` $weight_scale
    (`activation_zero_point` $activation_zero_point^)?
    (`weight_zero_point` $weight_zero_point^)? (`groups` $groups^)?
    (`strides` $strides^)? (`dilations` $dilations^)? (`padding` $padding^)?
    attr-dict `:` functional-type(operands, results)
  }];
}

#endif // LOWBIT_DIALECT_IR_LOWBITCONVOLUTIONOPS_TD
