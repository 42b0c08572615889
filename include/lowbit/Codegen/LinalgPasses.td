//===- LinalgPasses.td - Passes on what has no kernel -------*- tablegen -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_CODEGEN_LINALGPASSES_TD
#define LOWBIT_CODEGEN_LINALGPASSES_TD

include "mlir/Pass/PassBase.td"

def FlattenLinalgPass : Pass<"lowbit-flatten-linalg"> {
  let summary = "merge loops of linalg ops on buffers";
  let description = [{
    Loops that all operands walk through as one, in dense buffers, become one:

    ```mlir
    linalg.exp ins(%x : memref<5x12xf32>) outs(%y : memref<5x12xf32>)
    ```

    becomes

    ```mlir
    %a = memref.collapse_shape %x [[0, 1]] : memref<5x12xf32> into memref<60xf32>
    %b = memref.collapse_shape %y [[0, 1]] : memref<5x12xf32> into memref<60xf32>
    linalg.generic ... ins(%a : memref<60xf32>) outs(%b : memref<60xf32>) { ... }
    ```

    Ops whose body asks for indices are left alone. A `memref.copy` of whole bytes
    becomes a `linalg.generic` first.
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect",
                           "::mlir::memref::MemRefDialect"];
}

def FlattenReductionsPass : Pass<"lowbit-flatten-reductions"> {
  let summary = "merge reduced dimensions of tensors that lie side by side";
  let description = [{
    Reductions of linalg ops that all operands walk through as one become one, which
    is as long as all of them:

    ```mlir
    %y = linalg.reduce {arith.addf} ins(%x : tensor<8x56x56xf32>)
        outs(%init : tensor<8xf32>) dimensions = [1, 2]
    ```

    becomes

    ```mlir
    %a = tensor.collapse_shape %x [[0], [1, 2]] : ... into tensor<8x3136xf32>
    %y = linalg.generic ... ins(%a : tensor<8x3136xf32>) outs(%init : tensor<8xf32>) { ... }
    ```

    The order in which elements are reduced stays. Ops whose body asks for indices are
    left alone.
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def FuseElementwisePass : Pass<"lowbit-fuse-elementwise"> {
  let summary = "fuse elementwise ops, but nothing that would be done again";
  let description = [{
    Upstream's fusion of elementwise `linalg.generic` ops into their only consumer,
    and of reshapes around them (see `linalg-fuse-elementwise-ops`). Named ops
    whose loops are parallel and `tensor.generate` become generic before it
    (`linalg.fill` does not: its value is a scalar). There is one exception: a consumer that reduces gets only those producers whose elements it
    reads once, in their order. What is read for each of many sums, or transposed,
    is computed once, and lies where vectors can load it:

    ```mlir
    %levels = linalg.generic ... ins(%codes : tensor<16x3x3xi8>)
        outs(%e : tensor<3x3x16xi16>) { ... }
    %y = linalg.depthwise_conv_2d_nhwc_hwc ins(%x, %levels : ...) outs(%init : ...)
    ```

    stays.
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect",
                           "::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::memref::MemRefDialect",
                           "::mlir::tensor::TensorDialect"];
}

def ParallelizeLinalgPass : Pass<"lowbit-parallelize-linalg"> {
  let summary = "cut large linalg ops on buffers in parallel tasks";
  let description = [{
    The outermost parallel loop of an op is cut in tasks of at least 16384
    iterations of all loops together, the longest in the body among them (unknown
    extents count as 1):

    ```mlir
    linalg.exp ins(%x : memref<128x2560xf32>) outs(%y : memref<128x2560xf32>)
    ```

    becomes

    ```mlir
    scf.parallel (%i) = (%c0) to (%c128) step (%c7) {
      %rows = affine.min affine_map<(d0) -> (7, -d0 + 128)>(%i)
      %a = memref.subview %x[%i, 0] [%rows, 2560] [1, 1] : ...
      %b = memref.subview %y[%i, 0] [%rows, 2560] [1, 1] : ...
      linalg.exp ins(%a : ...) outs(%b : ...)
    }
    ```

    No element depends on how an op is cut, so the result is the same to the bit.
    Smaller ops are left alone, and so are those whose loop has an unknown extent
    and less than 1024 iterations per step, which cannot pay for a task if it is 1,
    and those inside of parallel loops.
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect"];
}

def RecomputeElementwisePass : Pass<"lowbit-recompute-elementwise"> {
  let summary = "compute again what takes less than to store and load it";
  let description = [{
    An elementwise op whose result several linalg ops read is copied for each of
    them, so that fusion makes it a part of all, if it

    * takes at most two additions, subtractions or products per element, not
      counting what is the same along a row; and
    * reads one element of a tensor for it, which others read, too: that is in memory
      anyway.

    In a layer normalization the differences from the mean are not stored then:

    ```mlir
    %d = linalg.generic ... ins(%x, %mean : tensor<?x2560xf32>, tensor<?xf32>) { x - mean }
    %v = linalg.generic ... ins(%d : tensor<?x2560xf32>) { v + d * d }
    %y = linalg.generic ... ins(%d, %v : tensor<?x2560xf32>, tensor<?xf32>) { d * rsqrt(v) }
    ```

    becomes

    ```mlir
    %d = linalg.generic ... ins(%x, %mean : tensor<?x2560xf32>, tensor<?xf32>) { x - mean }
    %e = linalg.generic ... ins(%x, %mean : tensor<?x2560xf32>, tensor<?xf32>) { x - mean }
    %v = linalg.generic ... ins(%e : tensor<?x2560xf32>) { v + d * d }
    %y = linalg.generic ... ins(%d, %v : tensor<?x2560xf32>, tensor<?xf32>) { d * rsqrt(v) }
    ```

    The values are the same to the bit.
  }];
}

def SplitReductionsPass : Pass<"lowbit-split-reductions"> {
  let summary = "reduce rows in 32 parts, or in 8";
  let description = [{
    A reduction of elements that lie side by side, of 16 or more or of unknown
    extent, is cut in 32 parts that two vectors hold: part l combines the elements
    k = l modulo 32, k ascending, of the first W = 32 * (K / 32). The result is

    ```
    few[l] = part[l] + part[l + 8] + part[l + 16] + part[l + 24]
             + x[W + l] + x[W + 8 + l] + ...
    init + few[0] + ... + few[7] + x[8 * (K / 8)] + ... + x[K - 1]
    ```

    in this order, from left to right, on every target and for any number of
    threads (of K < 64 the few sums have the same order without the parts, of
    K < 16 it is that of the elements, which such ops keep; `+` stands for what
    combines, an op with a neutral element, -0.0 for `arith.addf`). The largest
    (smallest) number, `arith.maxnumf` from a constant that is no NaN on, is found by
    comparisons with -inf (+inf) and what follows it, which no NaN passes. Ops on
    nothing stay as they are.

    ```mlir
    %y = linalg.generic {indexing_maps = [affine_map<(m, k) -> (m, k)>,
                                          affine_map<(m, k) -> (m)>],
                         iterator_types = ["parallel", "reduction"]}
        ins(%x : tensor<8x100xf32>) outs(%init : tensor<8xf32>) { ... }
    ```

    becomes

    ```mlir
    %whole = tensor.extract_slice %x[0, 0] [8, 96] [1, 1]
    %steps = tensor.expand_shape %whole [[0], [1, 2]] : ... into tensor<8x3x32xf32>
    %parts = linalg.generic {indexing_maps = [affine_map<(m, k, l) -> (m, k, l)>,
                                              affine_map<(m, k, l) -> (m, l)>],
                             iterator_types = ["parallel", "reduction", "parallel"]}
        ins(%steps : tensor<8x3x32xf32>) outs(%zeros : tensor<8x32xf32>) { ... }
    %rows = tensor.expand_shape %parts [[0], [1, 2]] : ... into tensor<8x4x8xf32>
    %few = linalg.generic ... ins(%rows : tensor<8x4x8xf32>) outs(%none : tensor<8x8xf32>)
    %sum = linalg.generic ... ins(%few : tensor<8x8xf32>) outs(%init : tensor<8xf32>)
    %rest = tensor.extract_slice %x[0, 96] [8, 4] [1, 1]
    %y = linalg.generic ... ins(%rest : tensor<8x4xf32>) outs(%sum : tensor<8xf32>)
    ```

    The op may have other operands, and do more before it combines: what matters is
    that one operand is read once as a whole. Each of several results has its own
    parts. Matmuls are left alone, and so are
    ops whose body asks for indices.
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect",
                           "::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def SplitSearchesPass : Pass<"lowbit-split-searches"> {
  let summary = "find the largest element of rows in 32 parts";
  let description = [{
    An op that returns the best element of a row and its position, the first one of
    equals, is cut like a reduction of `--lowbit-split-reductions`: part l finds the
    best of the elements k = l modulo 32, and of these the first one in the row is
    the result, as it is in

    ```mlir
    %i, %v = linalg.generic {indexing_maps = [affine_map<(m, k) -> (m, k)>,
        affine_map<(m, k) -> (m)>, affine_map<(m, k) -> (m)>], ...}
        ins(%x : tensor<8x100xf32>) outs(%zero, %lowest : tensor<8xi32>, tensor<8xf32>) {
    ^bb0(%next: f32, %at: i32, %best: f32):
      %k = linalg.index 1 : index
      %here = arith.index_cast %k : index to i32
      %better = arith.cmpf ogt, %next, %best : f32
      %v = arith.select %better, %next, %best : f32
      %i = arith.select %better, %here, %at : i32
      linalg.yield %i, %v : i32, f32
    } -> (tensor<8xi32>, tensor<8xf32>)
    ```

    The comparison is a strict one (`ogt`, `olt`, `sgt`, `slt`, `ugt` or `ult` of
    integers), or one that NaN wins: `ugt` or `ult` of floats and `ord` of the best
    one, as `tosa.argmax` has it. Positions have 32 bits or more. Both results are
    filled with scalars before, and are the same to the bit as those of one walk
    along the row.
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect",
                           "::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def VectorizeLinalgPass : Pass<"lowbit-vectorize-linalg"> {
  let summary = "turn linalg ops on buffers into loops of vectors";
  let description = [{
    Each op becomes a loop nest around a one-dimensional op, which upstream
    vectorizes, along the last parallel loop in which the elements of each operand
    lie in one row or are one and the same, and results lie side by side:

    ```mlir
    linalg.generic {indexing_maps = [affine_map<(m, n) -> (m, n)>,
        affine_map<(m, n) -> (m)>, affine_map<(m, n) -> (m, n)>], ...}
        ins(%x, %s : memref<?x?xf32>, memref<?xf32>) outs(%y : memref<?x?xf32>) {
    ^bb0(%a: f32, %b: f32, %out: f32):
      %c = arith.mulf %a, %b : f32
      linalg.yield %c : f32
    }
    ```

    becomes

    ```mlir
    scf.for %i = %c0 to %m step %c1 {
      %b = memref.load %s[%i] : memref<?xf32>
      scf.for %j = %c0 to %whole step %c16 {
        %a = vector.transfer_read %x[%i, %j] ... : vector<16xf32>
        %bs = vector.broadcast %b : f32 to vector<16xf32>
        %c = arith.mulf %a, %bs : vector<16xf32>
        vector.transfer_write %c, %y[%i, %j] ...
      }
      scf.for %j = %whole to %n step %c1 {
        ... // the same on scalars
      }
    }
    ```

    A vector has 64 bytes of the widest type in the body (f16 and bf16 count as
    f32, in which they are computed, positions as what they are cast to), on every
    target: LLVM cuts it where registers are shorter. What is left of a static
    extent is done in halves of that, down to four.

    Elements of a row that are apart, such as every second one that a window of
    stride 2 begins at, are shuffled out of vectors that hold all from the first to
    the last:

    ```mlir
    %a = vector.load %x[%c0] : memref<31xf32>, vector<16xf32>
    %even = vector.shuffle %a, %a [16, 18, ..., 30, -1, ..., -1] : ...
    %b = vector.load %x[%c15] : memref<31xf32>, vector<16xf32>
    %c = vector.shuffle %even, %b [0, 1, ..., 7, 17, 19, ..., 31] : ...
    ```

    Reductions of up to 64 iterations run inside the vector loop, where sums stay
    in registers, and so do longer ones of no more than two vectors; others run
    outside. In both cases each element is reduced in
    the order of the op: the result is that of `convert-linalg-to-loops`, bit for
    bit.

    A copy to where the last dimension is another one, such as `linalg.transpose`,
    becomes loops over tiles of 16 x 16 elements, which 16 loads, 64
    shuffles and 16 stores move; the edges are copied one by one.

    Ops without such a loop, or whose body is not elementwise, are left alone.
  }];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::LLVM::LLVMDialect", "::mlir::memref::MemRefDialect",
    "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect"];
}

#endif // LOWBIT_CODEGEN_LINALGPASSES_TD
