//===- TilingPasses.td - Passes that make parallel tiles ---*- tablegen -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_CODEGEN_TILINGPASSES_TD
#define LOWBIT_CODEGEN_TILINGPASSES_TD

include "mlir/Pass/PassBase.td"

def FlattenEpiloguesPass : Pass<"lowbit-flatten-epilogues"> {
  let summary = "let what follows a layer work on its matrix";
  let description = [{
    The result of a convolution is a matrix with a row per window, which is given
    its four dimensions after it. Elementwise ops that follow work on the matrix,
    so that they can be computed in its tiles:

    ```mlir
    %e = tensor.expand_shape %y [[0, 1, 2], [3]] output_shape [1, 5, 6, 8]
        : tensor<30x8xf32> into tensor<1x5x6x8xf32>
    %z = linalg.generic {iterator_types = ["parallel", "parallel", "parallel",
        "parallel"], ...} ins(%e : tensor<1x5x6x8xf32>) outs(%init : ...) {...}
    ```

    becomes, if %y is the result of a packed matmul,

    ```mlir
    %m = linalg.generic {iterator_types = ["parallel", "parallel"], ...}
        ins(%y : tensor<30x8xf32>) outs(%rows : tensor<30x8xf32>) {...}
    %z = tensor.expand_shape %m [[0, 1, 2], [3]] output_shape [1, 5, 6, 8]
        : tensor<30x8xf32> into tensor<1x5x6x8xf32>
    ```
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def ParallelizeRowsPass : Pass<"lowbit-parallelize-rows"> {
  let summary = "compute what needs no other row in parallel tiles of rows";
  let description = [{
    `lowbit.pack_activations` and `lowbit.packed_gather` on tensors become an
    `scf.forall` over their rows. A tile has 16 K elements, or one row if that has
    more. An op of no more than that is left alone, and so is one inside a loop.

    ```mlir
    %y:2 = lowbit.pack_activations %x into %codes, %sums as !lowbit.affine<8>
        : (tensor<?x4096xi8>, tensor<?x4096xi8>, tensor<?x1xi32>)
        -> (tensor<?x4096xi8>, tensor<?x1xi32>)
    ```

    becomes

    ```mlir
    %y:2 = scf.forall (%m) = (0) to (%rows) step (4)
        shared_outs(%c = %codes, %s = %sums) -> (...) {
      %size = affine.min affine_map<(d0)[s0] -> (-d0 + s0, 4)>(%m)[%rows]
      %tile = tensor.extract_slice %x[%m, 0] [%size, 4096] [1, 1] : ...
      %t:2 = lowbit.pack_activations %tile into ... as !lowbit.affine<8> : ...
      scf.forall.in_parallel {
        tensor.parallel_insert_slice %t#0 into %c[%m, 0] [%size, 4096] [1, 1] : ...
        tensor.parallel_insert_slice %t#1 into %s[%m, 0] [%size, 1] [1, 1] : ...
      }
    }
    ```

    The linalg ops before it are computed in the tile where a row of them needs the
    same row of their operands only and is read there only: the ranges of rows, a
    normalization, what is elementwise. Rows then stay in the first cache between
    these ops: a tile is one row, so that what is short stays in registers. It has 2 K
    elements of the longest rows that it reads, which are then several, if these have
    less than 64 elements or an op computes one element per row, such as a scale from
    a range, which vectors compute for many rows at once. Elementwise ops whose
    results are needed later, too, are results of the loop. A chain of linalg ops that ends in
    an elementwise one, such as a softmax, becomes a loop, too, if something in it
    reduces rows; its rows have all dimensions but the last. Rows of more than 64 KB
    or of unknown length are not computed in a tile, nor are those of a product.

    Each row is computed as before, so the result is the same to the bit.
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::scf::SCFDialect",
                           "::mlir::tensor::TensorDialect"];
}

def TilePackedMatmulPass : Pass<"lowbit-tile-packed-matmul"> {
  let summary = "cut layers into parallel tiles, with what follows";
  let description = [{
    A `lowbit.packed_matmul` or `lowbit.packed_weight_only_matmul` on tensors
    becomes an `scf.forall` over N and M. A tile has 128 rows or more, and an even
    number of panels whose columns are whole lines of cache, so that

    * it is some 10 microseconds of work: 8 M products, or, of few rows, the
      128 KiB of weights that memory gives in that time;
    * its sums, 16 K of them, stay in the cache of a core.

    A matmul of no more than that is left alone, and so is one inside an
    `scf.forall`.

    The elementwise ops (`linalg.generic` whose loops are parallel) that follow, each
    the only user of the one before it, are computed in the tile, and so is what
    only they read: other elementwise ops and matmuls. What they hand to each other
    is then as large as a tile. The elements of a tile need nothing of another, so
    the result is the same to the bit.

    ```mlir
    %y = lowbit.packed_matmul <field_bits = 8, code_offset = 128> %a, %sums, %w
        into %init : (tensor<1x8192xi8>, tensor<1x1xi32>, tensor<8x131072xi8>,
                      tensor<1x128xi32>) -> tensor<1x128xi32>
    ```

    becomes

    ```mlir
    %y = scf.forall (%n) = (0) to (128) step (64) shared_outs(%out = %init)
        -> (tensor<1x128xi32>) {
      %panel = affine.apply affine_map<(d0) -> (d0 floordiv 16)>(%n)
      %tile = tensor.extract_slice %out[0, %n] [1, 64] [1, 1] : ...
      %panels = tensor.extract_slice %w[%panel, 0] [4, 131072] [1, 1] : ...
      %t = lowbit.packed_matmul <field_bits = 8, code_offset = 128>
          %a, %sums, %panels into %tile : ...
      scf.forall.in_parallel {
        tensor.parallel_insert_slice %t into %out[0, %n] [1, 64] [1, 1] : ...
      }
    }
    ```
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect",
                           "::mlir::scf::SCFDialect",
                           "::mlir::tensor::TensorDialect"];
}

#endif // LOWBIT_CODEGEN_TILINGPASSES_TD
