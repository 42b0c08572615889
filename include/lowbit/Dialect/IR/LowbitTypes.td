//===- LowbitTypes.td - Code types --------------------------*- tablegen -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_IR_LOWBITTYPES_TD
#define LOWBIT_DIALECT_IR_LOWBITTYPES_TD

include "lowbit/Dialect/IR/LowbitDialect.td"
include "lowbit/Dialect/IR/LowbitInterfaces.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"

class Lowbit_CodeType<string name, string typeMnemonic,
                      list<string> overrides = []>
    : TypeDef<LowbitDialect, name,
              [DeclareTypeInterfaceMethods<CodeTypeInterface, overrides>]> {
  let mnemonic = typeMnemonic;
}

def AffineRange : I32EnumAttr<"AffineRange", "which codes an affine type has", [
    I32EnumAttrCase<"Signed", 0, "signed">,
    I32EnumAttrCase<"Unsigned", 1, "unsigned">,
    I32EnumAttrCase<"Narrow", 2, "narrow">]> {
  let cppNamespace = "::mlir::lowbit";
  let genSpecializedAttr = 0;
}

def BinaryLevels : I32EnumAttr<"BinaryLevels", "the two codes of a binary type", [
    I32EnumAttrCase<"Bipolar", 0, "bipolar">,
    I32EnumAttrCase<"Unipolar", 1, "unipolar">]> {
  let cppNamespace = "::mlir::lowbit";
  let genSpecializedAttr = 0;
}

def AffineType : Lowbit_CodeType<"Affine", "affine", ["allowsZeroPoint"]> {
  let summary = "equally spaced codes of 1 to 16 bits";
  let description = [{
    Two's complement codes `-2^(b-1) .. 2^(b-1)-1`; with `unsigned`
    `0 .. 2^b-1`; with `narrow` the lowest code is dropped, so that the range is
    symmetric, and no zero point is allowed. Operands of a matmul have at most
    8 bits.

    ```mlir
    !lowbit.affine<4>            // -8 .. 7
    !lowbit.affine<4, unsigned>  // 0 .. 15
    !lowbit.affine<8, narrow>    // -127 .. 127
    ```
  }];
  let parameters = (ins
    "int64_t":$bits,
    DefaultValuedParameter<EnumParameter<AffineRange>.cppType,
                           "AffineRange::Signed">:$range);
  let assemblyFormat = "`<` $bits (`,` $range^)? `>`";
  let genVerifyDecl = 1;
}

def TernaryType : Lowbit_CodeType<"Ternary", "ternary"> {
  let summary = "the codes -1, 0 and +1";
  let description = "Two bits per code when packed, or 1.6 (five per byte).";
}

def BinaryType : Lowbit_CodeType<"Binary", "binary", ["getCodeStep"]> {
  let summary = "the codes -1 and +1, or 0 and 1";
  let description = [{
    `!lowbit.binary` is bipolar, the sign function; `!lowbit.binary<unipolar>` is
    the step function. One bit per code when packed.
  }];
  let parameters = (ins
    DefaultValuedParameter<EnumParameter<BinaryLevels>.cppType,
                           "BinaryLevels::Bipolar">:$levels);
  let assemblyFormat = "(`<` $levels^ `>`)?";
}

def CodebookType : Lowbit_CodeType<"Codebook", "codebook", ["isUniform"]> {
  let summary = "indices of 1 to 8 bits into a table of i8 levels";
  let description = [{
    `real = scale * table[code]`, the table being an operand: k-means or
    logarithmic levels.
  }];
  let parameters = (ins "int64_t":$bits);
  let assemblyFormat = "`<` $bits `>`";
  let genVerifyDecl = 1;
}

// Constraints for operands and results.

def Lowbit_Code : Type<
    CPred<"::llvm::isa<::mlir::lowbit::CodeTypeInterface>($_self)">,
    "code type", "::mlir::lowbit::CodeTypeInterface">;
def Lowbit_CodeTensor : RankedTensorOf<[Lowbit_Code]>;
def Lowbit_ScaleTensor : RankedTensorOf<[F32, F16, BF16]>;
def Lowbit_ZeroPointTensor : RankedTensorOf<[I32, F32]>;
def Lowbit_FloatTensor : RankedTensorOf<[F32]>;
def Lowbit_IntTensor : RankedTensorOf<[I32]>;
def Lowbit_StorageTensor : RankedTensorOf<[I8, I16]>;
class Lowbit_BufferOf<list<Type> elements>
    : AnyTypeOf<[RankedTensorOf<elements>, MemRefOf<elements>]>;
def Lowbit_Buffer : Lowbit_BufferOf<[I8, I32, F32]>;
def Lowbit_ScaleBuffer : Lowbit_BufferOf<[BF16, F16, F32]>;

#endif // LOWBIT_DIALECT_IR_LOWBITTYPES_TD
