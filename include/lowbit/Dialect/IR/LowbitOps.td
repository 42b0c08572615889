//===- LowbitOps.td - Ops on tensors of codes ---------------*- tablegen -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_IR_LOWBITOPS_TD
#define LOWBIT_DIALECT_IR_LOWBITOPS_TD

include "lowbit/Dialect/IR/LowbitAttributes.td"
include "lowbit/Dialect/IR/LowbitTypes.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/IR/OpAsmInterface.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

class Lowbit_Op<string mnemonic, list<Trait> traits = []>
    : Op<LowbitDialect, mnemonic, traits>;

//===----------------------------------------------------------------------===//
// Codes as constants and as integers
//===----------------------------------------------------------------------===//

def ConstantOp : Lowbit_Op<"constant", [Pure]> {
  let summary = "codes known at compile time";
  let description = [{
    The attribute holds one storage integer per code, i8 up to 8 bits and i16
    beyond; weights are a `dense_resource`, whose size is checked. Every element
    must be a code of the result's element type.

    It is not `ConstantLike`: the folds of upstream ops would then make dense
    attributes of code types, which crash.

    ```mlir
    %w = lowbit.constant dense<[[0, 1], [-1, 1]]> : tensor<2x2xi8>
        -> tensor<2x2x!lowbit.ternary>
    ```
  }];
  let arguments = (ins ElementsAttr:$codes);
  let results = (outs Lowbit_CodeTensor:$result);
  let assemblyFormat = "$codes attr-dict `->` type($result)";
  let hasVerifier = 1;
}

def ToStorageOp : Lowbit_Op<"to_storage", [Pure]> {
  let summary = "reinterpret codes as the integers that hold them";
  let description = [{
    `result[i] = codes[i]`, in the code type's storage integer: two's complement
    if the type has negative codes, else unsigned.
  }];
  let arguments = (ins Lowbit_CodeTensor:$codes);
  let results = (outs Lowbit_StorageTensor:$result);
  let assemblyFormat = "$codes attr-dict `:` type($codes) `->` type($result)";
  let hasFolder = 1;
  let hasVerifier = 1;
}

def FromStorageOp : Lowbit_Op<"from_storage", [Pure]> {
  let summary = "reinterpret integers as codes";
  let description = [{
    The inverse of `lowbit.to_storage`. An integer that is not a code of the
    result's type is undefined behaviour.
  }];
  let arguments = (ins Lowbit_StorageTensor:$storage);
  let results = (outs Lowbit_CodeTensor:$result);
  let assemblyFormat = "$storage attr-dict `:` type($storage) `->` type($result)";
  let hasFolder = 1;
  let hasVerifier = 1;
}

def LookupOp : Lowbit_Op<"lookup", [Pure]> {
  let summary = "replace codes by their levels in a table";
  let description = [{
    `result[i] = table[codes[i]]`: what codes of `!lowbit.codebook` stand for. The
    table has one level for each code. The result has a scale and enters sums as
    any codes do. Codes of at most 4 bits stay small in packed weights, where the
    kernel looks them up; of others the levels are packed.

    ```mlir
    %w = lowbit.lookup %codes in %table
        : (tensor<256x64x!lowbit.codebook<4>>, tensor<16xi8>)
        -> tensor<256x64x!lowbit.affine<8>>
    ```
  }];
  let arguments = (ins
    Lowbit_CodeTensor:$codes,
    1DTensorOf<[I8]>:$table);
  let results = (outs Lowbit_CodeTensor:$result);
  let assemblyFormat = [{
    $codes `in` $table attr-dict `:` functional-type(operands, results)
  }];
  let extraClassDeclaration = [{
    /// The levels, if the table is a constant.
    std::optional<SmallVector<int64_t>> getConstantTable();
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Between reals and codes
//===----------------------------------------------------------------------===//

def QuantizeOp : Lowbit_Op<"quantize", [Pure, AttrSizedOperandSegments]> {
  let summary = "round reals to codes";
  let description = [{
    With an integer zero point `z` (0 if absent), or a float one:

    ```
    code = saturate(round(real / scale) + z)      // integer z
    code = saturate(round(real / scale + z))      // float z
    ```

    in f32, with IEEE division; a scale in f16 or bf16 is first extended. `NaN`
    takes the code of 0.0; infinities saturate. A ternary code with a
    `threshold` T (in the units of the reals) is +1 if `real > T`, -1 if
    `real < -T`, else 0. Codes of `!lowbit.binary` are +1 if `real >= 0` else -1,
    of `!lowbit.binary<unipolar>` 1 if `real >= 0` else 0; -0.0 is 0.0.

    `rounding` is `nearest_even` (default), `nearest_away`, or `stochastic`,
    `floor(v + u)` with `u` drawn by hashing `seed` and the element's row-major
    index (see Quantization/Rounding.h), so that it is deterministic. Codes that
    come from comparisons (a threshold, `!lowbit.binary`) are not rounded:
    `stochastic` is an error, and the scale does not matter.

    Granularity: see the dialect. `block_sizes` has an entry per dimension.

    ```mlir
    %q = lowbit.quantize %x scale %s zero_point %z
        : (tensor<?x64xf32>, tensor<?x1xf32>, tensor<?x1xi32>)
        -> tensor<?x64x!lowbit.affine<8>>
    ```

    Source: Jacob et al., "Quantization and Training of Neural Networks for
    Efficient Integer-Arithmetic-Only Inference", equation 1.
  }];
  let arguments = (ins
    Lowbit_FloatTensor:$input,
    Lowbit_ScaleTensor:$scale,
    Optional<Lowbit_ZeroPointTensor>:$zero_point,
    Optional<Lowbit_FloatTensor>:$threshold,
    DefaultValuedAttr<RoundingAttr, "Rounding::NearestEven">:$rounding,
    DefaultValuedAttr<I64Attr, "0">:$seed,
    OptionalAttr<DenseI64ArrayAttr>:$block_sizes,
    OptionalAttr<StrAttr>:$layer);
  let results = (outs Lowbit_CodeTensor:$result);
  let assemblyFormat = [{
    $input `scale` $scale (`zero_point` $zero_point^)?
    (`threshold` $threshold^)? attr-dict `:` functional-type(operands, results)
  }];
  let hasFolder = 1;
  let hasVerifier = 1;
}

def DequantizeOp : Lowbit_Op<"dequantize", [Pure]> {
  let summary = "turn codes into the reals they stand for";
  let description = [{
    `real = scale * (code - zero_point)`. With an integer zero point the
    difference is exact and one f32 product follows; with a float zero point
    the difference is an f32 subtraction.

    ```mlir
    %w = lowbit.dequantize %q scale %s
        : (tensor<256x64x!lowbit.ternary>, tensor<256x1xf32>)
        -> tensor<256x64xf32>
    ```
  }];
  let arguments = (ins
    Lowbit_CodeTensor:$input,
    Lowbit_ScaleTensor:$scale,
    Optional<Lowbit_ZeroPointTensor>:$zero_point,
    OptionalAttr<DenseI64ArrayAttr>:$block_sizes,
    OptionalAttr<StrAttr>:$layer);
  let results = (outs Lowbit_FloatTensor:$result);
  let assemblyFormat = [{
    $input `scale` $scale (`zero_point` $zero_point^)? attr-dict
    `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def ChooseParamsOp : Lowbit_Op<"choose_params", [Pure]> {
  let summary = "compute scale and zero point from the data";
  let description = [{
    Dynamic quantization, per group of the granularity that the results' shape
    states. Only finite values count. For codes `lo .. hi`, without a zero point:

    ```
    scale = max(max|x| / hi, 2^-100)
    ```

    and with a zero point, over `a = min(0, min x)`, `b = max(0, max x)`:

    ```
    scale = max(b / (hi - lo) - a / (hi - lo), 2^-100)
    zero_point = clamp(round_even(lo - a / scale), lo, hi)
    ```

    in f32, every operation rounded on its own (see
    Quantization/DynamicParams.h). A group without a finite value of at least
    2^-126 in magnitude has scale 1 and the zero point `clamp(0, lo, hi)`. This
    and the least scale 2^-100 make the result independent of how denormals are
    treated. The code type has at least 2 bits.

    ```mlir
    %s, %z = lowbit.choose_params %x for !lowbit.affine<8>
        : (tensor<?x64xf32>) -> (tensor<?x1xf32>, tensor<?x1xi32>)
    ```
  }];
  let arguments = (ins
    Lowbit_FloatTensor:$input,
    TypeAttrOf<Lowbit_Code>:$code_type,
    OptionalAttr<DenseI64ArrayAttr>:$block_sizes);
  let results = (outs
    Lowbit_FloatTensor:$scale,
    Optional<Lowbit_IntTensor>:$zero_point);
  let assemblyFormat = [{
    $input `for` $code_type attr-dict `:` functional-type(operands, results)
  }];
  let extraClassDeclaration = [{
    CodeTypeInterface getCode() {
      return ::llvm::cast<CodeTypeInterface>(getCodeType());
    }
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Calibration
//===----------------------------------------------------------------------===//

def ObserveOp : Lowbit_Op<"observe", [Pure, SameOperandsAndResultType]> {
  let summary = "record statistics of a tensor";
  let description = [{
    `result = input`. Whoever runs the model may record the statistics of
    Quantization/ActivationStatistics.h under the name `layer`: that of the layer
    whose input the tensor is, or of which it is `what`.
    `--lowbit-return-observed` hands the tensor out for it; a model that nobody
    watches does nothing.

    ```mlir
    %observed = lowbit.observe %x "fc1" : tensor<?x64xf32>
    %z = lowbit.observe %y "fc1" as "result" : tensor<?x256xf32>
    ```
  }];
  let arguments = (ins
    Lowbit_FloatTensor:$input,
    StrAttr:$layer,
    OptionalAttr<StrAttr>:$what);
  let results = (outs Lowbit_FloatTensor:$result);
  let assemblyFormat = "$input $layer (`as` $what^)? attr-dict `:` type($input)";
}

//===----------------------------------------------------------------------===//
// Arithmetic on codes
//===----------------------------------------------------------------------===//

def RowSumsOp : Lowbit_Op<"row_sums", [Pure]> {
  let summary = "sum the codes of each row, block by block";
  let description = [{
    `result[m, g] = sum of codes[m, k] over block g`, in i32, modulo 2^32. Blocks of
    `block` along K, the last one short; `block = 0` is one block for all of K.
  }];
  let arguments = (ins
    Lowbit_CodeTensor:$codes,
    DefaultValuedAttr<I64Attr, "0">:$block);
  let results = (outs Lowbit_IntTensor:$result);
  let assemblyFormat = [{
    $codes attr-dict `:` type($codes) `->` type($result)
  }];
  let hasVerifier = 1;
}

def MatmulOp : Lowbit_Op<"matmul", [Pure, AttrSizedOperandSegments]> {
  let summary = "multiply matrices of codes, in integers";
  let description = [{
    For activations `M x K`, weights `N x K`, both of at most 8 bits, and an
    accumulator `M x N` in i32:

    ```
    result[m, n] = init[m, n] + sum_k (activations[m, k] - za[m]) *
                                      (weights[n, k] - zw[n])
    ```

    modulo 2^32, which is the exact sum while it lies in i32: with `init` 0, for
    K up to `(2^31 - 1) / (max|a - za| * max|w - zw|)`, that is 131,071 for int8
    by int8 and 16,909,320 for ternary by narrow int8. Zero points are integers
    of shape `M x 1` or `1 x 1`, and `N x 1` or `1 x 1`.

    ```mlir
    %y = lowbit.matmul %a, %w init %c
        : (tensor<?x64x!lowbit.affine<8>>, tensor<16x64x!lowbit.ternary>,
           tensor<?x16xi32>) -> tensor<?x16xi32>
    ```
  }];
  let arguments = (ins
    Lowbit_CodeTensor:$activations,
    Lowbit_CodeTensor:$weights,
    Optional<Lowbit_IntTensor>:$activation_zero_point,
    Optional<Lowbit_IntTensor>:$weight_zero_point,
    Lowbit_IntTensor:$init,
    OptionalAttr<StrAttr>:$layer);
  let results = (outs Lowbit_IntTensor:$result);
  let assemblyFormat = [{
    $activations `,` $weights
    (`activation_zero_point` $activation_zero_point^)?
    (`weight_zero_point` $weight_zero_point^)?
    `init` $init attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def ScaledMatmulOp : Lowbit_Op<"scaled_matmul", [Pure,
    AttrSizedOperandSegments,
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface,
                              ["reifyResultShapes"]>]> {
  let summary = "multiply matrices of codes, with scales inside the sum";
  let description = [{
    For activations `M x K`, weights `N x K`, both of at most 8 bits, cut along K
    into the blocks of the weight scale:

    ```
    acc = 0
    for g ascending:
      isum = sum_{k in g} (activations[m, k] - za[m]) * (weights[n, k] - zw[n, g])
           + sum_t row_terms[t][m, g] * column_terms[t][n, g]    // modulo 2^32
      acc = fma(f32(isum), weight_scale[n, g], acc)
      acc = fma(f32(offset_rows[m, g]), offset_columns[n, g], acc)
    result[m, n] = acc * activation_scale[m]
    ```

    This order is normative: the result is the same to the bit everywhere. The
    sum of a block is bounded as that of `lowbit.matmul` is, with its length in
    place of K; `lowbit-quantize` makes no longer ones. Terms
    and offset are where folded zero points go. A float weight zero point leaves
    `zw` out of `isum` and instead takes the place of the offset:
    `offset_rows[m, g] = sum_{k in g} (activations[m, k] - za[m])` and
    `offset_columns[n, g] = f32(-(weight_scale[n, g] * zw[n, g]))`.

    Shapes: activation scale and zero point `M x 1` or `1 x 1`; weight scale and
    zero point `N x G`, where an extent of 1 spans all and `block_sizes` says
    how rows and K are cut; row terms `M x G`, column terms `N x G`, where an
    extent of 1 spans all; offset rows `M x G`, columns `N x G`.
  }];
  let arguments = (ins
    Lowbit_CodeTensor:$activations,
    Lowbit_CodeTensor:$weights,
    Lowbit_FloatTensor:$activation_scale,
    Lowbit_ScaleTensor:$weight_scale,
    Optional<Lowbit_IntTensor>:$activation_zero_point,
    Optional<Lowbit_ZeroPointTensor>:$weight_zero_point,
    Variadic<Lowbit_IntTensor>:$row_terms,
    Variadic<Lowbit_IntTensor>:$column_terms,
    Optional<Lowbit_IntTensor>:$offset_rows,
    Optional<Lowbit_FloatTensor>:$offset_columns,
    OptionalAttr<DenseI64ArrayAttr>:$block_sizes,
    OptionalAttr<StrAttr>:$layer);
  let results = (outs Lowbit_FloatTensor:$result);
  let assemblyFormat = [{
    $activations `,` $weights `activation_scale` $activation_scale
    `weight_scale` $weight_scale
    (`activation_zero_point` $activation_zero_point^)?
    (`weight_zero_point` $weight_zero_point^)?
    (`terms` `(` $row_terms^ `)` `*` `(` $column_terms `)`)?
    (`offset` $offset_rows^ `*` $offset_columns)?
    attr-dict `:` functional-type(operands, results)
  }];
  let extraClassDeclaration = [{
    /// The k per block of the sum, 0: one block for all of K.
    int64_t getBlock();
  }];
  let hasVerifier = 1;
}

#endif // LOWBIT_DIALECT_IR_LOWBITOPS_TD
