//===- LowbitGatherOps.td - Ops on rows of tables -----------*- tablegen -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_IR_LOWBITGATHEROPS_TD
#define LOWBIT_DIALECT_IR_LOWBITGATHEROPS_TD

include "lowbit/Dialect/IR/LowbitPackedOps.td"

def RowLayoutAttr : AttrDef<LowbitDialect, "RowLayout"> {
  let mnemonic = "row_layout";
  let summary = "where the bits of a packed table of rows lie";
  let description = [{
    Each row of a table is a run of whole bytes, so that it is read alone. A code
    is stored as the unsigned field `(code + code_offset) / code_step` of
    `field_bits` bits; the first field of a byte is its lowest bits. Fields of 3, 5,
    6 and 7 bits are cut into planes as those of `#lowbit.layout`: a group of
    columns has one byte of the narrowest plane, and before it lie `p` bytes of one
    that is `p` times as wide. The fields that fill up the last byte or group are
    0.

    | parameter | meaning |
    |---|---|
    | `field_bits` | 1 to 8 bits per field |
    | `code_offset`, `code_step` | `code = code_step * field - code_offset` |

    ```mlir
    #lowbit.row_layout<field_bits = 2, code_offset = 1>  // ternary
    #lowbit.row_layout<field_bits = 1, code_offset = 1, code_step = 2>  // bipolar
    ```
  }];
  let parameters = (ins
    "int64_t":$field_bits,
    DefaultValuedParameter<"int64_t", "0">:$code_offset,
    DefaultValuedParameter<"int64_t", "1">:$code_step);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// The addresses that this layout gives to codes.
    RowLayout getLayout() const;
    /// The layout that stores codes of `type`, which has at most 8 bits.
    static RowLayoutAttr forCodes(CodeTypeInterface type);
  }];
}

def GatherOp : Lowbit_Op<"gather", [Pure]> {
  let summary = "read rows of a quantized table";
  let description = [{
    Rows of a `V x D` table (an embedding), as the reals that they stand for:

    ```
    row = min(max(indices[i...], 0), V - 1)
    result[i..., d] = scale * (table[row, d] - zero_point)
    ```

    to the bit as `lowbit.dequantize` of the table gives them. An index outside
    of the table, a negative one too, reads the nearest row; of a table without
    rows every result is 0.0. The table may be a `lowbit.lookup`.

    Granularity: see the dialect; `block_sizes` has an entry for V and one for D.

    ```mlir
    %y = lowbit.gather %table[%tokens] scale %s
        : (tensor<30522x384x!lowbit.affine<4>>, tensor<?x128xi64>,
           tensor<30522x1xf32>) -> tensor<?x128x384xf32>
    ```
  }];
  let arguments = (ins
    Lowbit_CodeTensor:$table,
    RankedTensorOf<[I32, I64]>:$indices,
    Lowbit_ScaleTensor:$scale,
    Optional<Lowbit_ZeroPointTensor>:$zero_point,
    OptionalAttr<DenseI64ArrayAttr>:$block_sizes,
    OptionalAttr<StrAttr>:$layer);
  let results = (outs Lowbit_FloatTensor:$result);
  let assemblyFormat = [{
    $table `[` $indices `]` `scale` $scale (`zero_point` $zero_point^)?
    attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def PackedGatherOp : Lowbit_PackedOp<"packed_gather", [
    AttrSizedOperandSegments]> {
  let summary = "read rows of a packed table";
  let description = [{
    `lowbit.gather` of `M` indices from a table that is packed as the layout
    says, `V x bytes of a row`, into `init`, `M x D`, which is overwritten:

    ```
    row = min(max(indices[m], 0), V - 1)
    code = levels[field[row, d]]                        // with levels
    code = code_step * field[row, d] - code_offset      // without
    result[m, d] = scale * (code - zero_point)
    ```

    V is at least 1. There are `2^field_bits` levels.
  }];
  let arguments = (ins
    RowLayoutAttr:$layout,
    Lowbit_BufferOf<[I8]>:$table,
    Lowbit_BufferOf<[I32, I64]>:$indices,
    Lowbit_BufferOf<[F32, F16, BF16]>:$scale,
    Optional<Lowbit_BufferOf<[I32, F32]>>:$zero_point,
    Optional<Lowbit_BufferOf<[I32]>>:$levels,
    Lowbit_BufferOf<[F32]>:$init,
    OptionalAttr<DenseI64ArrayAttr>:$block_sizes,
    OptionalAttr<StrAttr>:$layer);
  let results = (outs Optional<AnyRankedTensor>:$result);
  let assemblyFormat = [{
    $layout $table `[` $indices `]` `scale` $scale
    (`zero_point` $zero_point^)? (`levels` $levels^)? `into` $init attr-dict
    `:` functional-type(operands, results)
  }];
  let extraClassDeclaration = [{
    ::mlir::MutableOperandRange getDpsInitsMutable() { return getInitMutable(); }
  }];
  let hasVerifier = 1;
}

#endif // LOWBIT_DIALECT_IR_LOWBITGATHEROPS_TD
