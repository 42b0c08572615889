//===- LowbitFloatOps.td - Products of reals ----------------*- tablegen -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_IR_LOWBITFLOATOPS_TD
#define LOWBIT_DIALECT_IR_LOWBITFLOATOPS_TD

include "lowbit/Dialect/IR/LowbitPackedOps.td"

def Lowbit_RealBuffer : Lowbit_BufferOf<[BF16, F32]>;

def PackFloatsOp : Lowbit_PackedOp<"pack_floats"> {
  let summary = "lay out a matrix of reals as panels of 16 rows";
  let description = [{
    For a source `N x K` (`K x N` if `transposed`) of f32 or bf16, panel p holds
    the rows `16 * p` to `16 * p + 15`, all of the same k side by side:

    ```
    result[p, 16 * k + c] = source[16 * p + c, k]    // 0 beyond N
    ```

    in an init of `ceil(N / 16) x (16 * K)`, which is overwritten. The bits of
    the elements do not change.

    ```mlir
    %p = lowbit.pack_floats %w into %init
        : (tensor<100x64xf32>, tensor<7x1024xf32>) -> tensor<7x1024xf32>
    ```
  }];
  let arguments = (ins
    Lowbit_RealBuffer:$source,
    Lowbit_RealBuffer:$init,
    UnitAttr:$transposed);
  let results = (outs Optional<AnyRankedTensor>:$result);
  let assemblyFormat = [{
    $source `into` $init attr-dict `:` functional-type(operands, results)
  }];
  let extraClassDeclaration = [{
    ::mlir::MutableOperandRange getDpsInitsMutable() { return getInitMutable(); }
  }];
  let hasVerifier = 1;
}

def PackedFloatMatmulOp : Lowbit_PackedMatmulOp<"packed_float_matmul"> {
  let summary = "multiply reals with packed reals";
  let description = [{
    For activations `M x K` in f32 or bf16, weights `ceil(N / 16) x (16 * K)` in f32 or
    bf16 from `lowbit.pack_floats` and an init `M x N` in f32, which is added to:

    ```
    acc = init[m, n]
    for k ascending:
      acc = fma(f32(activations[m, k]),
                f32(weights[n / 16, 16 * k + n % 16]), acc)
    result[m, n] = acc
    ```

    One accumulator per element, whatever the tile: the result depends neither on
    the number of threads nor on M, and is the same to the bit on every target
    with a fused multiply-add, but for which NaN a NaN is. Targets without one
    round the product, too. Both are within

    ```
    2 * K * 2^-24 * (|init| + sum_k |activations[m, k] * weights[k, n]|)
    ```

    of the exact sum, unless it overflows. NaN and infinities propagate as in
    IEEE 754, `0 * inf` being NaN, and denormals count.

    ```mlir
    %y = lowbit.packed_float_matmul %x, %w into %bias {layer = "fc"}
        : (tensor<?x64xf32>, tensor<7x1024xf32>, tensor<?x100xf32>)
        -> tensor<?x100xf32>
    ```

    Values in bf16 are exact in f32. Where both sides are, so are products, and
    a target with tiles of bf16 (x86-amx) adds them up in another order, whatever
    M is, with denormals as 0: elements of both sides, and sums. That is within

    ```
    2^-126 * sum_k (|activations[m, k]| + |weights[k, n]| + 2)
    ```

    beyond the bound above.
  }];
  let arguments = (ins
    Lowbit_RealBuffer:$activations,
    Lowbit_RealBuffer:$weights,
    Lowbit_RealBuffer:$init,
    OptionalAttr<StrAttr>:$layer);
  let results = (outs Optional<AnyRankedTensor>:$result);
  let assemblyFormat = [{
    $activations `,` $weights `into` $init attr-dict
    `:` functional-type(operands, results)
  }];
  let extraClassDeclaration = [{
    ::mlir::MutableOperandRange getDpsInitsMutable() { return getInitMutable(); }
    /// Reals have no layout of codes.
    ::mlir::lowbit::LayoutAttr getLayout() { return {}; }
    int64_t getPanelRows() { return ::mlir::lowbit::PackedLayout::lanes; }
  }];
  let hasVerifier = 1;
}

def RequireEqualOp : Lowbit_Op<"require_equal", [
    MemoryEffects<[MemWrite]>]> {
  let summary = "say which extents must be the same number";
  let description = [{
    Where an op that reads tensors side by side becomes loops over parts of them,
    this says what the op said: that these extents are equal. A model whose inputs
    do not fit so ends with a status before it runs (see `lowbit-plan-memory`).
    Numbers that do not follow from the extents of inputs are not checked.

    ```mlir
    lowbit.require_equal %images, %batch : index, index
    ```
  }];
  let arguments = (ins Variadic<Index>:$extents);
  let assemblyFormat = "$extents attr-dict `:` type($extents)";
}

#endif // LOWBIT_DIALECT_IR_LOWBITFLOATOPS_TD
