//===- LowbitRescaleOps.td - From sums to codes -------------*- tablegen -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_IR_LOWBITRESCALEOPS_TD
#define LOWBIT_DIALECT_IR_LOWBITRESCALEOPS_TD

include "lowbit/Dialect/IR/LowbitOps.td"

def RequantizeOp : Lowbit_Op<"requantize", [Pure]> {
  let summary = "rescale integer sums to codes";
  let description = [{
    With a zero point `z` (0 if absent), for the lowest and highest code:

    ```
    code = clamp(rescale(input, multiplier, shift) + z, lowest, highest)
    ```

    where `rescale` is `input * multiplier * 2^-shift`, rounded to an integer in
    64-bit arithmetic by one of TOSA's modes: `SINGLE_ROUND` (default; to
    nearest, ties up), `DOUBLE_ROUND` (as if rounded at bit 31 first, ties away
    from zero), `INEXACT_ROUND` (here the same as `SINGLE_ROUND`); see
    Quantization/Requantize.h. Multipliers are 0 .. 2^31 - 1, shifts 2 .. 62, zero
    points codes of the result; beyond that a constant is rejected, and a value
    of run time is undefined behaviour.

    Multiplier, shift and zero point have a granularity of the result without
    blocks (see the dialect): all of extent 1 is per tensor, `1 x N` per channel.

    `bound` promises that no input exceeds it in magnitude, otherwise the
    result is undefined; it lets the lowering prove that the lower or the upper 32
    bits of the products suffice.

    ```mlir
    %q = lowbit.requantize %y multiplier %m shift %s zero_point %z
        : (tensor<?x16xi32>, tensor<1x16xi32>, tensor<1x16xi32>, tensor<1x1xi32>)
        -> tensor<?x16x!lowbit.affine<8>>
    ```

    Source: TOSA 1.0 specification, RESCALE and `apply_scale_32`.
  }];
  let arguments = (ins
    Lowbit_IntTensor:$input,
    Lowbit_IntTensor:$multiplier,
    Lowbit_IntTensor:$shift,
    Optional<Lowbit_IntTensor>:$zero_point,
    DefaultValuedAttr<RescaleRoundingAttr,
                      "RescaleRounding::SingleRound">:$rounding,
    OptionalAttr<I64Attr>:$bound,
    OptionalAttr<StrAttr>:$layer);
  let results = (outs Lowbit_CodeTensor:$result);
  let assemblyFormat = [{
    $input `multiplier` $multiplier `shift` $shift (`zero_point` $zero_point^)?
    attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

#endif // LOWBIT_DIALECT_IR_LOWBITRESCALEOPS_TD
