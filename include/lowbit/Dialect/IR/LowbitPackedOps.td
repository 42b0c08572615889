//===- LowbitPackedOps.td - Ops on packed bytes -------------*- tablegen -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_IR_LOWBITPACKEDOPS_TD
#define LOWBIT_DIALECT_IR_LOWBITPACKEDOPS_TD

include "lowbit/Dialect/IR/LowbitInterfaces.td"
include "lowbit/Dialect/IR/LowbitOps.td"
include "mlir/Interfaces/DestinationStyleOpInterface.td"
include "mlir/Interfaces/TilingInterface.td"

def PackOp : Lowbit_Op<"pack", [Pure, AttrSizedOperandSegments]> {
  let summary = "lay out weights as bytes";
  let description = [{
    Packs `N x K` codes and the column vectors of their blocks as the layout
    says: `panels x panel bytes`. Terms and offset are `N x G`, where an
    extent of 1 spans all; so is the scale, unless `block_sizes` says how its
    rows and K are cut.
  }];
  let arguments = (ins
    LayoutAttr:$layout,
    Lowbit_CodeTensor:$codes,
    Optional<Lowbit_ScaleTensor>:$scale,
    Variadic<Lowbit_IntTensor>:$terms,
    Optional<Lowbit_FloatTensor>:$offset,
    OptionalAttr<DenseI64ArrayAttr>:$block_sizes);
  let results = (outs RankedTensorOf<[I8]>:$result);
  let assemblyFormat = [{
    $layout $codes (`scale` $scale^)? (`terms` `(` $terms^ `)`)?
    (`offset` $offset^)? attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def UnpackOp : Lowbit_Op<"unpack", [Pure]> {
  let summary = "read codes back from packed bytes";
  let description = [{
    The inverse of `lowbit.pack` for the codes. Where the result's shape is dynamic,
    the operands `n` and `k` give it.
  }];
  let arguments = (ins
    LayoutAttr:$layout,
    RankedTensorOf<[I8]>:$packed,
    Variadic<Index>:$dynamic_sizes);
  let results = (outs Lowbit_CodeTensor:$result);
  let assemblyFormat = [{
    $layout $packed `[` $dynamic_sizes `]` attr-dict
    `:` type($packed) `->` type($result)
  }];
  let hasVerifier = 1;
}

class Lowbit_PackedOp<string mnemonic, list<Trait> traits = []>
    : Lowbit_Op<mnemonic, !listconcat(traits, [
        DestinationStyleOpInterface,
        DeclareOpInterfaceMethods<MemoryEffectsOpInterface>])>;

def PackCodesOp : Lowbit_PackedOp<"pack_codes", [AttrSizedOperandSegments]> {
  let summary = "lay out codes of run time as bytes";
  let description = [{
    `lowbit.pack` into an init, which is overwritten: of codes `N x K`, given as the
    i8 that hold them, and of scale, terms and offset, which have an extent of 1 or
    that of N, and of 1 or that of the blocks of the layout. The field of a byte is
    `((byte + code_offset) mod 256) / code_step`; the bits of one are whether it is
    not 0 and whether it is negative.

    The layout is of base 2.

    ```mlir
    %p = lowbit.pack_codes <field_bits = 8, code_offset = 127, scale = f32> %w
        scale %s into %init
        : (tensor<100x64xi8>, tensor<100x1xf32>, tensor<7x1088xi8>)
        -> tensor<7x1088xi8>
    ```
  }];
  let arguments = (ins
    LayoutAttr:$layout,
    Lowbit_Buffer:$codes,
    Optional<Lowbit_ScaleBuffer>:$scale,
    Variadic<Lowbit_Buffer>:$terms,
    Optional<Lowbit_Buffer>:$offset,
    Lowbit_Buffer:$init);
  let results = (outs Optional<AnyRankedTensor>:$result);
  let assemblyFormat = [{
    $layout $codes (`scale` $scale^)? (`terms` `(` $terms^ `)`)?
    (`offset` $offset^)? `into` $init attr-dict `:` functional-type(operands, results)
  }];
  let extraClassDeclaration = [{
    ::mlir::MutableOperandRange getDpsInitsMutable() { return getInitMutable(); }
  }];
  let hasVerifier = 1;
}

def PackActivationsOp : Lowbit_PackedOp<"pack_activations", [
    AttrSizedOperandSegments]> {
  let summary = "quantize rows into a padded buffer, with their row sums";
  let description = [{
    The source is `M x K`: f32 with a scale (and zero point) of shape `M x 1` or
    `1 x 1`, quantized to `code_type` as `lowbit.quantize` does with
    `nearest_even` and, if the codes are `bits`, a threshold `1 x 1`; or i8 holding
    the codes. Every block of `block` k (0: all of
    K) is padded with zeros to whole lines of 4, and

    ```
    codes[m, position(k)] = code(source[m, k])
    row_sums[m, g] = sum of the codes of block g
    ```

    into `codes : M x padded K` (i8) and `row_sums : M x G` (i32). The code type
    fits in a signed byte.

    With `bits` the codes are -1, 0 or 1, blocks are padded to whole words of 32,
    and a row is a sequence of words of bits: for each 32 k the mask (whether the code
    is not 0) and the sign (whether it is negative), each if the codes differ in
    it. The lowest bit of a word is that of its first k, and

    ```
    row_sums[m, g] = sum of the magnitudes of the codes of block g
    ```

    ```mlir
    %a:2 = lowbit.pack_activations %x scale %s into %words, %sums
        as !lowbit.binary {bits}
        : (tensor<?x100xf32>, tensor<1x1xf32>, tensor<?x16xi8>, tensor<?x1xi32>)
        -> (tensor<?x16xi8>, tensor<?x1xi32>)
    ```
  }];
  let arguments = (ins
    Lowbit_Buffer:$source,
    Optional<Lowbit_Buffer>:$scale,
    Optional<Lowbit_Buffer>:$zero_point,
    Optional<Lowbit_Buffer>:$threshold,
    Lowbit_Buffer:$codes_init,
    Lowbit_Buffer:$row_sums_init,
    TypeAttrOf<Lowbit_Code>:$code_type,
    DefaultValuedAttr<I64Attr, "0">:$block,
    UnitAttr:$bits);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    $source (`scale` $scale^)? (`zero_point` $zero_point^)?
    (`threshold` $threshold^)? `into` $codes_init `,` $row_sums_init `as` $code_type attr-dict
    `:` functional-type(operands, results)
  }];
  let extraClassDeclaration = [{
    CodeTypeInterface getCode() {
      return ::llvm::cast<CodeTypeInterface>(getCodeType());
    }
    /// The bits that are packed of each code; none if bytes are.
    BitPlanes getPlanes() {
      return getBits() ? getCode().getBitPlanes() : BitPlanes();
    }
    /// A layout whose rows of activations are those that this op writes.
    PackedLayout getRows();
    ::mlir::MutableOperandRange getDpsInitsMutable();
  }];
  let hasVerifier = 1;
}

/// A product whose tiles along N are whole panels.
class Lowbit_PackedMatmulOp<string mnemonic, list<Trait> traits = []>
    : Lowbit_PackedOp<mnemonic, !listconcat(traits, [
        PackedMatmulInterface, DeclareOpInterfaceMethods<TilingInterface, [
          "getIterationDomain", "getLoopIteratorTypes",
          "getResultTilePosition", "getTiledImplementation"]>])> {
  let extraClassDeclaration = [{
    ::mlir::MutableOperandRange getDpsInitsMutable() { return getInitMutable(); }
  }];
  let extraClassDefinition = [{
    ::mlir::SmallVector<::mlir::utils::IteratorType>
    $cppClass::getLoopIteratorTypes() {
      return ::mlir::SmallVector<::mlir::utils::IteratorType>(
          2, ::mlir::utils::IteratorType::parallel);
    }
    ::mlir::SmallVector<::mlir::Range>
    $cppClass::getIterationDomain(::mlir::OpBuilder &builder) {
      return ::mlir::lowbit::getPackedDomain(builder, *this);
    }
    ::llvm::LogicalResult $cppClass::getResultTilePosition(
        ::mlir::OpBuilder &, unsigned,
        ::mlir::ArrayRef<::mlir::OpFoldResult> offsets,
        ::mlir::ArrayRef<::mlir::OpFoldResult> sizes,
        ::mlir::SmallVector<::mlir::OpFoldResult> &resultOffsets,
        ::mlir::SmallVector<::mlir::OpFoldResult> &resultSizes) {
      resultOffsets.assign(offsets.begin(), offsets.end());
      resultSizes.assign(sizes.begin(), sizes.end());
      return ::mlir::success();
    }
    ::mlir::FailureOr<::mlir::TilingResult> $cppClass::getTiledImplementation(
        ::mlir::OpBuilder &builder,
        ::mlir::ArrayRef<::mlir::OpFoldResult> offsets,
        ::mlir::ArrayRef<::mlir::OpFoldResult> sizes) {
      return ::mlir::lowbit::tilePackedMatmul(builder, *this, offsets, sizes);
    }
  }];
}

def PackedMatmulOp : Lowbit_PackedMatmulOp<"packed_matmul", [
    AttrSizedOperandSegments]> {
  let summary = "multiply packed activations with packed weights";
  let description = [{
    `lowbit.matmul` (init in i32, added to) or `lowbit.scaled_matmul` (init in
    f32, overwritten; needs `row_scale`) on packed operands: activations
    `M x padded K` and row sums `M x G` from `lowbit.pack_activations`, weights
    from `lowbit.pack` with the same layout. Scales, column terms and the offset
    column come from the header of each block; `row_terms` (`M x G`, an extent of
    1 spans all) and `offset_rows` (`M x G`) are their counterparts.

    The sum of a block is `code_step * sum_k a * level - code_offset * row_sum`,
    where a field is its own level unless the layout has `levels`. From it,
    `activation_zero_point` (`M x G`, likewise) times the sum of the weights of
    the block, `sum_k (code_step * level - code_offset)` over all its lines, is
    subtracted. Only short blocks of whole lines may have it, of 4, 8, ..., 60
    codes: a kernel adds their weights up while it reads them, where a column term
    would take more memory than the scale.

    With `narrow_terms`, row sums, row terms, column terms, the zero point and the
    sums of weights fit in 16 bits, so that they may be multiplied in pairs; the
    result is undefined if they do not.

    With a layout of bits, `activation_type` is that of the codes that were packed
    with `bits`. Where `m` is the mask and `s` the sign of a code, that is
    `m * (1 - 2 * s)`, the sum of a block is

    ```
    sum_k m_a * m_w - 2 * sum_k m_a * m_w * (s_a xor s_w)
    ```

    the first part being `row_sum` if the weights have no mask.

    Tiles along N are whole panels.
  }];
  let arguments = (ins
    LayoutAttr:$layout,
    Lowbit_Buffer:$activations,
    Lowbit_Buffer:$row_sums,
    Lowbit_Buffer:$weights,
    Optional<Lowbit_Buffer>:$row_scale,
    Optional<Lowbit_Buffer>:$activation_zero_point,
    Variadic<Lowbit_Buffer>:$row_terms,
    Optional<Lowbit_Buffer>:$offset_rows,
    Lowbit_Buffer:$init,
    OptionalAttr<StrAttr>:$layer,
    OptionalAttr<TypeAttrOf<Lowbit_Code>>:$activation_type,
    UnitAttr:$narrow_terms);
  let results = (outs Optional<AnyRankedTensor>:$result);
  let assemblyFormat = [{
    $layout $activations `,` $row_sums `,` $weights
    (`row_scale` $row_scale^)?
    (`activation_zero_point` $activation_zero_point^)?
    (`row_terms` `(` $row_terms^ `)`)? (`offset_rows` $offset_rows^)?
    `into` $init attr-dict
    `:` functional-type(operands, results)
  }];
  let extraClassDeclaration = [{
    ::mlir::MutableOperandRange getDpsInitsMutable() { return getInitMutable(); }
    /// The bits that the activations are; none if they are bytes.
    BitPlanes getPlanes() {
      if (!getActivationType())
        return {};
      return ::llvm::cast<CodeTypeInterface>(*getActivationType())
          .getBitPlanes();
    }
    /// The bytes of a row of activations in a line.
    int64_t getLineBytes() {
      return PackedLayout::activationBytes(getPlanes());
    }
  }];
  let hasVerifier = 1;
}

#endif // LOWBIT_DIALECT_IR_LOWBITPACKEDOPS_TD
