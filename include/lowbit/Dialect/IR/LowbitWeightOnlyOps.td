//===- LowbitWeightOnlyOps.td - Products of reals and codes --*- tablegen -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_IR_LOWBITWEIGHTONLYOPS_TD
#define LOWBIT_DIALECT_IR_LOWBITWEIGHTONLYOPS_TD

include "lowbit/Dialect/IR/LowbitPackedOps.td"

def WeightOnlyMatmulOp : Lowbit_Op<"weight_only_matmul", [Pure]> {
  let summary = "multiply reals with a matrix of codes, in floats";
  let description = [{
    For activations `M x K` in f32 or bf16 and weights `N x K` of at most 8 bits,
    cut along K into the blocks of the scale:

    ```
    acc = 0
    for g ascending:
      sum = 0
      for k in g ascending:
        sum = fma(f32(activations[m, k]), value[n, k], sum)
      acc = fma(sum, f32(scale[n, g]), acc)
    result[m, n] = acc

    value[n, k] = f32(weights[n, k] - zero_point[n, g])     // integer: exact
    value[n, k] = f32(weights[n, k]) - zero_point[n, g]     // float: rounded
    ```

    in f32, every `fma` rounded once. This order is normative: the result is the
    same to the bit everywhere, but for which NaN a NaN is. Scale and zero point
    are `N x G`, where an extent of 1 spans all and `block_sizes` says how rows
    and K are cut. Weights of a codebook are what `lowbit.lookup` makes of them.

    ```mlir
    %y = lowbit.weight_only_matmul %x, %w scale %s
        {block_sizes = array<i64: 0, 32>, layer = "fc1"}
        : (tensor<?x64xf32>, tensor<256x64x!lowbit.affine<4>>,
           tensor<256x2xf16>) -> tensor<?x256xf32>
    ```

    Source: the weight-only quantization of Frantar et al., "GPTQ: Accurate
    Post-Training Quantization for Generative Pre-trained Transformers",
    section 4, without rounding the products of weight and scale.
  }];
  let arguments = (ins
    RankedTensorOf<[F32, BF16]>:$activations,
    Lowbit_CodeTensor:$weights,
    Lowbit_ScaleTensor:$scale,
    Optional<Lowbit_ZeroPointTensor>:$zero_point,
    OptionalAttr<DenseI64ArrayAttr>:$block_sizes,
    OptionalAttr<StrAttr>:$layer);
  let results = (outs Lowbit_FloatTensor:$result);
  let assemblyFormat = [{
    $activations `,` $weights `scale` $scale (`zero_point` $zero_point^)?
    attr-dict `:` functional-type(operands, results)
  }];
  let extraClassDeclaration = [{
    /// The k per block of the sum, 0: one block for all of K.
    int64_t getBlock();
  }];
  let hasVerifier = 1;
}

def PackedWeightOnlyMatmulOp
    : Lowbit_PackedMatmulOp<"packed_weight_only_matmul"> {
  let summary = "multiply reals with packed weights, in floats";
  let description = [{
    `lowbit.weight_only_matmul` of activations `M x K` in f32 with weights from
    `lowbit.pack` with the same layout, whose scales are the scale and whose
    offset column is the zero point, if it has one. `init` is f32 and overwritten.

    The value of a field is `f32(code_step * level - code_offset)`, from which the
    offset column is subtracted; a field is its own level unless the layout has
    `levels`.

    Tiles along N are whole panels.
  }];
  let arguments = (ins
    LayoutAttr:$layout,
    Lowbit_Buffer:$activations,
    Lowbit_Buffer:$weights,
    Lowbit_Buffer:$init,
    OptionalAttr<StrAttr>:$layer);
  let results = (outs Optional<AnyRankedTensor>:$result);
  let assemblyFormat = [{
    $layout $activations `,` $weights `into` $init attr-dict
    `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

#endif // LOWBIT_DIALECT_IR_LOWBITWEIGHTONLYOPS_TD
