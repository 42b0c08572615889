//===- PackingPasses.td - From codes to bytes ---------------*- tablegen -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_TRANSFORMS_PACKINGPASSES_TD
#define LOWBIT_DIALECT_TRANSFORMS_PACKINGPASSES_TD

include "mlir/Pass/PassBase.td"

def PackFloatsPass : Pass<"lowbit-pack-floats", "::mlir::ModuleOp"> {
  let summary = "replace products of reals by products with packed reals";
  let description = [{
    Each contraction in f32 or bf16 becomes `lowbit.packed_float_matmul`, whose
    weights are the constant factor, or the second one:

    ```mlir
    %w = arith.constant dense_resource<fc.weight> : tensor<100x64xf32>
    %y = linalg.matmul indexing_maps = [#row, #column, #out]
        ins(%x, %w : tensor<?x64xf32>, tensor<100x64xf32>)
        outs(%bias : tensor<?x100xf32>) -> tensor<?x100xf32> loc("fc")
    ```

    becomes

    ```mlir
    %w = arith.constant dense_resource<fc.packed> : tensor<7x1024xf32>
    %y = lowbit.packed_float_matmul %x, %w into %bias {layer = "fc"}
        : (tensor<?x64xf32>, tensor<7x1024xf32>, tensor<?x100xf32>)
        -> tensor<?x100xf32>
    ```

    Constant weights are packed now, others by `lowbit.pack_floats` at run time.
    Dimensions in another order are transposed, several rows, columns or depths
    become one, and a batch is a parallel loop. Activations in bf16 are extended;
    a result in bf16 is rounded once, from f32.

    A convolution in f32 over height and width without groups becomes a product of
    its windows (`lowbit.im2col`).

    A contraction stays as it is without columns or depth (a dot product, a
    matrix by a vector that are both not constant), and with other element types.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::lowbit::LowbitDialect",
                           "::mlir::scf::SCFDialect",
                           "::mlir::tensor::TensorDialect"];
}

def PackGathersPass : Pass<"lowbit-pack-gathers", "::mlir::ModuleOp"> {
  let summary = "replace gathers from tables of codes by ones from packed bytes";
  let description = [{
    The rows of a constant table become rows of bytes, which are read alone:

    ```mlir
    %t = lowbit.constant dense<[[1, 0, -1], [-1, -1, 1]]> : tensor<2x3xi8>
        -> tensor<2x3x!lowbit.ternary>
    %y = lowbit.gather %t[%i] scale %s {layer = "embed"}
        : (tensor<2x3x!lowbit.ternary>, tensor<?xi64>, tensor<2x1xf32>)
        -> tensor<?x3xf32>
    ```

    becomes

    ```mlir
    %t = arith.constant dense_resource<embed.packed> : tensor<2x1xi8>
    %m = tensor.dim %i, %c0 : tensor<?xi64>
    %empty = tensor.empty(%m) : tensor<?x3xf32>
    %y = lowbit.packed_gather <field_bits = 2, code_offset = 1>
        %t[%i] scale %s into %empty {layer = "embed"}
        : (tensor<2x1xi8>, tensor<?xi64>, tensor<2x1xf32>, tensor<?x3xf32>)
        -> tensor<?x3xf32>
    ```

    Indices of another rank than 1 are flattened, and the result is expanded. A
    constant table of levels (`lowbit.lookup`) becomes the `levels`. A table
    that others use, such as a matmul, stays for them: each has its own packed
    copy. Gathers share theirs.

    What a table weighs is appended to the module's attribute `lowbit.layers`
    with V and D as n and k, as `lowbit-pack-weights` does. Tables that
    are not constant, have codes of more than 8 bits or are empty stay as they
    are, with a remark (category `lowbit`) for what is not empty.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::tensor::TensorDialect"];
}

def PackWeightsPass : Pass<"lowbit-pack-weights", "::mlir::ModuleOp"> {
  let summary = "replace matmuls on codes by matmuls on packed bytes";
  let description = [{
    Each `lowbit.matmul` and `lowbit.scaled_matmul` becomes
    `lowbit.pack_activations` and `lowbit.packed_matmul`, zero points being
    folded first (see `lowbit-fold-zero-points`):

    ```mlir
    %w = lowbit.constant dense<[[1, 0, -1, 1], [-1, -1, 1, 0]]> : tensor<2x4xi8>
        -> tensor<2x4x!lowbit.ternary>
    %a = lowbit.quantize %x scale %s : (tensor<1x4xf32>, tensor<1x1xf32>)
        -> tensor<1x4x!lowbit.affine<8>>
    %y = lowbit.matmul %a, %w init %bias {layer = "fc"}
        : (tensor<1x4x!lowbit.affine<8>>, tensor<2x4x!lowbit.ternary>,
           tensor<1x2xi32>) -> tensor<1x2xi32>
    ```

    becomes

    ```mlir
    %w = arith.constant dense_resource<fc.packed> : tensor<1x64xi8>
    %codes = tensor.empty() : tensor<1x4xi8>
    %sums = tensor.empty() : tensor<1x1xi32>
    %a:2 = lowbit.pack_activations %x scale %s into %codes, %sums
        as !lowbit.affine<8>
        : (tensor<1x4xf32>, tensor<1x1xf32>, tensor<1x4xi8>, tensor<1x1xi32>)
        -> (tensor<1x4xi8>, tensor<1x1xi32>)
    %y = lowbit.packed_matmul <field_bits = 2, code_offset = 1>
        %a#0, %a#1, %w into %bias {layer = "fc"}
        : (tensor<1x4xi8>, tensor<1x1xi32>, tensor<1x64xi8>, tensor<1x2xi32>)
        -> tensor<1x2xi32>
    ```

    Constant weights are packed now, into a `dense_resource` named after the
    layer; others at run time, by `lowbit.pack_codes`, in base 2. Where several rows
    have one scale, or constant codes have scales of run time, `lowbit.pack` does it,
    one code after another. Of a `lowbit.lookup` the codes
    are packed if they take at most 4 bits and the table is constant; else the
    levels are. Activation codes beyond 127 first become signed ones, 128 lower.

    A `lowbit.quantize` of activations becomes a part of the packing if it gives
    affine codes with an f32 scale per row or per tensor, rounded to nearest
    even, and an integer zero point or none; of others the codes are packed,
    those without blocks and with whole lines as they lie: `lowbit.im2col` then
    writes what the kernel reads. The row sums of the packing replace every `lowbit.row_sums` of the same
    codes and blocks.

    Where activations and weights both have no codes but -1, 0 and 1, they become
    bits on every target, which are faster counted than multiplied; sums are the
    same. A `lowbit.quantize` to such activations, rounded to nearest even with a scale
    per row or per tensor or compared with a threshold of the tensor, without a zero
    point, becomes a part of the packing:

    ```mlir
    %a:2 = lowbit.pack_activations %x scale %s into %words, %sums
        as !lowbit.binary {bits} : ...
    %y = lowbit.packed_matmul <field_bits = 1, sign = true> %a#0, %a#1, %w
        into %bias {activation_type = !lowbit.binary, layer = "fc"} : ...
    ```

    `lowbit.weight_only_matmul` becomes `lowbit.packed_weight_only_matmul` of
    activations in f32; its zero points become the offset column of the layout.

    What each layer weighs is appended to the module's attribute
    `lowbit.layers`, float layers last:

    ```mlir
    {name = "fc", encoding = "ternary", n = 2, k = 4,
     payload_bytes = 2, overhead_bytes = 62}
    ```

    and, where it is known, where the range of its activations is from
    (`range_source`) and how wrong it is at most (`error_bound`). Weights of run time
    weigh nothing. Planes or groups
    of a layer, `products` of `n` by `k` weights, have one record with all bytes.

    Ternary codes take 2 bits or, with `ternary-layout=base3`, 1.6 (`radix = 3` of
    the layout). Kernels take more instructions for these, so that they are the
    faster ones where weights come from memory or from a shared cache;
    `auto` chooses them for layers with more than 2 MiB of 2-bit codes.
    `ternary-layout="auto;fc1=2bit"` sets single layers. What `payload_bytes`
    says follows the layout. Tables of rows (`lowbit-pack-gathers`) keep 2 bits, and
    so do layers whose activations are bits, too.
  }];
  let options = [
    Option<"ternaryLayout", "ternary-layout", "std::string", "\"2bit\"",
           "How ternary weights lie: 2bit, base3 or auto, and those of single "
           "layers: layout;name=layout;...">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::scf::SCFDialect",
                           "::mlir::tensor::TensorDialect"];
}

#endif // LOWBIT_DIALECT_TRANSFORMS_PACKINGPASSES_TD
