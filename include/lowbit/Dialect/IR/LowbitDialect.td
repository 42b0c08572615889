//===- LowbitDialect.td - The lowbit dialect ----------------*- tablegen -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_IR_LOWBITDIALECT_TD
#define LOWBIT_DIALECT_IR_LOWBITDIALECT_TD

include "mlir/IR/OpBase.td"

def LowbitDialect : Dialect {
  let name = "lowbit";
  let cppNamespace = "::mlir::lowbit";
  let summary = "low-bit quantized tensors, from codes to packed kernels";
  let description = [{
    A tensor of *codes* holds small integers. What a code may be is the
    element type (`!lowbit.ternary`, `!lowbit.affine<4>`, ...); what it is worth
    is given by operands:

    ```
    real = scale * (code - zero_point)
    ```

    Four questions are kept apart, and each has one home: the numbers that a
    code can mean (the **type**), its parameters (**operands**, so that static and
    dynamic quantization are one thing), where its bits lie (the **layout**
    attribute of the packed ops), and which instructions run (the
    micro-kernel emitters of `Codegen`).

    #### Granularity is the shape of the scale

    A scale has the rank of the codes. An extent of 1 spans the whole dimension,
    an extent equal to the dimension means one scale per element, and anything
    else needs `block_sizes`: one entry per dimension, 0 for "not cut", and a
    short last block where the size does not divide the extent. A dynamic extent
    stands for one scale per element or block, so what spans all is a static 1.
    For weights
    `N x K`: `1x1` is per layer, `Nx1` per channel, `(N/g)x1` per filter group,
    `Nx(K/b)` sub-channel, `(N/a)x(K/b)` two-dimensional blocks. Zero points
    have the shape of the scale.

    #### One offset, one equation

    For activations `a` with zero point `za` and weights `w` with zero point `zw`:

    1. The layer computes `sum_k sa (a - za) * sw (w - zw)`.
    2. The scales do not depend on `k` inside a block, so an integer sum remains:
       `isum = sum_k (a - za)(w - zw)`.
    3. Multiplied out:
       `isum = sum_k a w - zw * sum_k a - za * sum_k w + K * za * zw`.
    4. The last two terms are one product of a row vector and a column vector,
       `-za * (sum_k w - K * zw)`, and the second is another, `-zw * sum_k a`.
    5. So every offset is a **term**: `row[m] * column[n]`, added to the plain sum
       of products. `column` holds only weights and is computed at compile time.
    6. A code that is stored as an unsigned field, `code = step * field - offset`,
       is step 3 with `zw = offset`: the term needs only the row sums, which the
       kernel reads anyway.

    `--lowbit-fold-zero-points` applies steps 3 to 5; afterwards no op has zero
    points. All of it is exact: integer sums wrap modulo 2^32, and so do the terms.

    #### What the dialect refuses

    * `dequantize(quantize(x))` never folds to `x`: it is simulated quantization.
    * Quantizing a constant is a pass, never a fold.
    * A scale that is zero, negative, denormal, infinite or NaN, or whose
      reciprocal is infinite; a zero point on a symmetric scheme, or outside the
      code range.
    * Codes in memory: buffers hold bytes. `to_storage` and `lowbit.pack` make
      them.
  }];
  let dependentDialects = ["arith::ArithDialect"];
  let useDefaultTypePrinterParser = 1;
  let useDefaultAttributePrinterParser = 1;
  let hasConstantMaterializer = 1;
}

#endif // LOWBIT_DIALECT_IR_LOWBITDIALECT_TD
