//===- LowbitAttributes.td - Layout and rounding ------------*- tablegen -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_IR_LOWBITATTRIBUTES_TD
#define LOWBIT_DIALECT_IR_LOWBITATTRIBUTES_TD

include "lowbit/Dialect/IR/LowbitDialect.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"

def RoundingEnum : I32EnumAttr<"Rounding", "how a quotient becomes an integer", [
    I32EnumAttrCase<"NearestEven", 0, "nearest_even">,
    I32EnumAttrCase<"NearestAway", 1, "nearest_away">,
    I32EnumAttrCase<"Stochastic", 2, "stochastic">]> {
  let cppNamespace = "::mlir::lowbit";
  let genSpecializedAttr = 0;
}
def RoundingAttr : EnumAttr<LowbitDialect, RoundingEnum, "rounding"> {
  let assemblyFormat = "`<` $value `>`";
}

def RescaleRoundingEnum : I32EnumAttr<"RescaleRounding",
    "how a rescaled integer is rounded: the modes of TOSA", [
    I32EnumAttrCase<"SingleRound", 0, "SINGLE_ROUND">,
    I32EnumAttrCase<"InexactRound", 1, "INEXACT_ROUND">,
    I32EnumAttrCase<"DoubleRound", 2, "DOUBLE_ROUND">]> {
  let cppNamespace = "::mlir::lowbit";
  let genSpecializedAttr = 0;
}
def RescaleRoundingAttr
    : EnumAttr<LowbitDialect, RescaleRoundingEnum, "rescale_rounding"> {
  let assemblyFormat = "`<` $value `>`";
}

def LayoutAttr : AttrDef<LowbitDialect, "Layout"> {
  let mnemonic = "layout";
  let summary = "where the bits of packed weights lie";
  let description = [{
    Weights `N x K` are cut into *panels* of rows. A panel is one linear stream of
    *blocks* along K, and a block is a header followed by *lines*. A line holds 4
    consecutive k for every row of the panel. A code is stored as the unsigned field
    `(code + code_offset) / code_step`; with `levels` as it is, and it counts as
    `levels[code] - code_offset` in sums.

    With fields of 1, 2, 4 or 8 bits a line is a *vector* of 64 bytes and a panel
    has `16 * 8 / field_bits` rows: byte `4 * lane + (k mod 4)` holds the fields
    of the rows `lane`, `16 + lane`, `32 + lane`, ... from its lowest bits up. Other
    fields are cut into *planes*, 7 bits into 4, 2 and 1, of which the widest has
    the lowest bits. The narrowest one says how many rows a panel has, and one
    vector holds it; a plane that is `p` times as wide lies before it, in `p`
    vectors, each of the next rows of the panel.

    With `radix = 3` a panel has 80 rows, and a byte stands for the five fields (0,
    1, 2) of its rows, the first one being the highest digit of a number `v` of base
    3: it is `ceil(v * 256 / 243)`. Every byte stands for five digits, those
    of `floor(byte * 243 / 256)`.

    With `mask` and `sign`, for activations that are bits, too, a line holds 32
    consecutive k of 16 rows: a vector of whether each code is not 0 and one of
    whether it is negative. Lane `n mod 16` is a word of the bits of one row, the
    lowest one being that of its first k. Of both only what differs between codes is
    stored: no mask of -1 and 1, no sign of 0 and 1.

    | parameter | meaning |
    |---|---|
    | `field_bits` | 1 to 8 bits per field; 2 with `radix = 3` |
    | `code_offset`, `code_step` | `code = code_step * field - code_offset` |
    | `levels` | what each field stands for, 0 to 255; 1, 2 or 4 bits, `code_step` 1 |
    | `block` | k per block; 0: one block for all of K |
    | `scale` | element type of the scales in the header, or none |
    | `terms` | number of i32 column vectors in the header |
    | `offset` | whether the header ends with an f32 column vector; needs `scale` |
    | `radix` | 2, or 3: five fields per byte, 1.6 bits each |
    | `mask`, `sign` | the bits that a line holds; `field_bits` is their number |

    The header holds one value per row of the panel for each vector, padded to
    64 bytes. Padding rows and padding k hold the field 0, and their scales are 0.

    ```mlir
    #lowbit.layout<field_bits = 2, code_offset = 1, scale = f32>  // ternary
    #lowbit.layout<field_bits = 2, code_offset = 1, scale = f32, radix = 3>
    #lowbit.layout<field_bits = 4, code_offset = 8, block = 32, scale = f16>
    #lowbit.layout<field_bits = 3, code_offset = 4>  // two planes
    #lowbit.layout<field_bits = 2, code_offset = 4, levels = [0, 3, 5, 8]>
    #lowbit.layout<field_bits = 1, sign = true>  // binary, times bits
    #lowbit.layout<field_bits = 2, mask = true, sign = true>  // ternary
    ```
  }];
  let parameters = (ins
    "int64_t":$field_bits,
    DefaultValuedParameter<"int64_t", "0">:$code_offset,
    DefaultValuedParameter<"int64_t", "1">:$code_step,
    DefaultValuedParameter<"int64_t", "0">:$block,
    OptionalParameter<"::mlir::FloatType">:$scale,
    DefaultValuedParameter<"int64_t", "0">:$terms,
    DefaultValuedParameter<"bool", "false">:$offset,
    OptionalParameter<"::mlir::DenseI64ArrayAttr">:$levels,
    DefaultValuedParameter<"int64_t", "2">:$radix,
    DefaultValuedParameter<"bool", "false">:$mask,
    DefaultValuedParameter<"bool", "false">:$sign);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// The addresses that this layout gives to codes and header values.
    PackedLayout getPacked() const;
    /// The layout that stores codes of `type`, in blocks of `block` (0: one),
    /// with header vectors as given; with `radix` 3, of three codes.
    static LayoutAttr forCodes(CodeTypeInterface type, int64_t block,
                               FloatType scale, int64_t terms, bool offset,
                               int64_t radix = 2);
    /// The same in bits, for `type` that has them.
    static LayoutAttr forBits(CodeTypeInterface type, int64_t block,
                              FloatType scale, int64_t terms, bool offset);
    /// The same with what the codes stand for, -128..127 each, instead of the
    /// codes: of `type`, which has at most 4 bits.
    static LayoutAttr forLevels(CodeTypeInterface type,
                                ArrayRef<int64_t> levels, int64_t block,
                                FloatType scale, int64_t terms, bool offset);
  }];
}

#endif // LOWBIT_DIALECT_IR_LOWBITATTRIBUTES_TD
