//===- Passes.td - Passes that generate kernels -------------*- tablegen -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_CODEGEN_PASSES_TD
#define LOWBIT_CODEGEN_PASSES_TD

include "lowbit/Codegen/LinalgPasses.td"
include "lowbit/Codegen/TilingPasses.td"
include "mlir/Pass/PassBase.td"

def CarryInPlacePass : Pass<"lowbit-carry-in-place"> {
  let summary = "let loops carry tensors in one buffer";
  let description = [{
    Memory is planned before a loop runs, so a tensor that `scf.for` or `scf.while`
    carries stays in one buffer: what is yielded is written over what was
    carried.

    ```mlir
    %y = scf.for %i = %c0 to %n step %c1 iter_args(%a = %x) -> tensor<4xf32> {
      %b = linalg.exp ins(%a : tensor<4xf32>) outs(%e : tensor<4xf32>)
          -> tensor<4xf32>
      scf.yield %b : tensor<4xf32>
    }
    ```

    becomes

    ```mlir
    %y = scf.for %i = %c0 to %n step %c1 iter_args(%a = %x) -> tensor<4xf32> {
      %b = linalg.exp ins(%a : tensor<4xf32>) outs(%e : tensor<4xf32>)
          -> tensor<4xf32>
      %c = bufferization.materialize_in_destination %b in %a
          : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
      scf.yield %c : tensor<4xf32>
    }
    ```

    Tensors that change places are copied first. A tensor whose shape is not
    known to stay the same is an error.
  }];
  let dependentDialects = ["::mlir::bufferization::BufferizationDialect"];
}

def DecomposeAggregatedOpsPass : Pass<"lowbit-decompose-aggregated-ops"> {
  let summary = "replace ops such as softmax by the ops that they stand for";
  let description = [{
    `tensor.concat` is a chain of `tensor.insert_slice`, and `tensor.pad` fills of
    what is around the middle and one `tensor.insert_slice`, so that what computes a
    part can write to where it belongs. An op that has
    `linalg::AggregatedOpInterface` is a short name of several, too:

    ```mlir
    %y = linalg.softmax dimension(1) ins(%x : tensor<2x4xf32>)
        outs(%init : tensor<2x4xf32>) -> tensor<2x4xf32>
    ```

    becomes

    ```mlir
    %max = linalg.generic ... // the largest number of each row, or -inf
    %exp = linalg.generic ... // exp(x - max)
    %sum = linalg.generic ... // the sum of each row
    %y = linalg.generic ...   // exp * (1 / sum)
    ```

    A row with a NaN or +inf, or of nothing but -inf, is NaN throughout, since one
    term of its sum is: the maximum need not know of NaNs.
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect",
                           "::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::math::MathDialect",
                           "::mlir::tensor::TensorDialect"];
}

def EmitKernelsPass : Pass<"lowbit-emit-kernels", "::mlir::ModuleOp"> {
  let summary = "replace packed ops on buffers by calls of generated kernels";
  let description = [{
    Each `lowbit.packed_matmul` and `lowbit.packed_weight_only_matmul` on buffers
    becomes calls of leaf functions, whose inner loops the emitter that serves
    the layout on the target writes: one function per layout and class of M,
    shared by all calls, chosen at run time unless M is known; short rows go to the
    function for one row where the emitter needs them longer. So does
    `lowbit.packed_float_matmul`, per type of its weights; its tile follows from
    the registers of the target. `lowbit.pack_activations`, `lowbit.pack_codes` and
    `lowbit.pack_floats` become calls of loops, and `lowbit.packed_gather` one of
    loops that decode 16 codes at once.

    ```mlir
    lowbit.packed_matmul <field_bits = 2, code_offset = 1> %a, %sums, %w into %y
        : (memref<?x4xi8>, memref<?x1xi32>, memref<1x64xi8>, memref<?x2xi32>) -> ()
    ```

    becomes, the casts of the buffers left out,

    ```mlir
    %m = memref.dim %a, %c0 : memref<?x4xi8>
    %one = arith.cmpi ult, %m, %c2 : index
    scf.if %one {
      func.call @lowbit_generic_b2_o1_s1_k0_m1(%a, %sums, %w, %y) : ...
    } else {
      func.call @lowbit_generic_b2_o1_s1_k0_m2(%a, %sums, %w, %y) : ...
    }
    ```
  }];
  let options = [
    Option<"target", "target", "std::string", "\"generic\"",
           "instruction set to generate for: x86-amx, x86-avx512popcnt, "
           "x86-avx512vnni, x86-avxvnni, x86-avx2, arm-i8mm, arm-dotprod, "
           "generic, or host, the first that runs here">];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::func::FuncDialect", "::mlir::LLVM::LLVMDialect",
    "::mlir::math::MathDialect", "::mlir::memref::MemRefDialect",
    "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect"];
}

def ExpandShapesPass : Pass<"lowbit-expand-shapes"> {
  let summary = "expand dimensions of buffers into several of unknown extent";
  let description = [{
    `memref-expand-strided-metadata` computes the one extent that it does not
    know from the others. Where there are several, the op has them:

    ```mlir
    %y = memref.expand_shape %x [[0, 1], [2]] output_shape [%m, %n, 4]
        : memref<?x4xf32> into memref<?x?x4xf32>
    ```

    becomes

    ```mlir
    %stride = affine.apply affine_map<()[s0] -> (s0 * 4)>()[%n]
    %y = memref.reinterpret_cast %x to offset: [0], sizes: [%m, %n, 4],
        strides: [%stride, 4, 1] : memref<?x4xf32> to memref<?x?x4xf32>
    ```

    Buffers whose elements do not lie side by side are left alone.
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect",
                           "::mlir::memref::MemRefDialect"];
}

def InsertProfilePointsPass : Pass<"lowbit-insert-profile-points",
                                   "::mlir::ModuleOp"> {
  let summary = "tell the caller when a layer begins and ends";
  let description = [{
    In a function planned by `lowbit-plan-memory`, calls of the context's `profile`
    are placed around the ops of each layer. An op belongs to the layer in the
    module's `lowbit.layers` whose name is in its location; an op without such a
    name belongs to the layer before it. Ops without effects, which may lie far
    from their layer, begin none.

    ```mlir
    linalg.exp ins(%x : memref<4xf32>) outs(%y : memref<4xf32>) loc("fc1")
    ```

    becomes, if "fc1" is the first layer,

    ```mlir
    %profile = llvm.load %field : !llvm.ptr -> !llvm.ptr
    %set = llvm.icmp "ne" %profile, %null : !llvm.ptr
    scf.if %set {
      llvm.call %profile(%user, %layer0, %begin) : !llvm.ptr, (!llvm.ptr, i32, i32) -> ()
    }
    linalg.exp ins(%x : memref<4xf32>) outs(%y : memref<4xf32>)
    // The same again with %end.
    ```

    The function is marked `lowbit.profiled`, and left alone the next time.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect",
                           "::mlir::scf::SCFDialect"];
}

def NarrowActivationsPass : Pass<"lowbit-narrow-activations"> {
  let summary = "multiply bf16 as such on targets that do";
  let description = [{
    Activations in bf16 that were extended to f32 for a product with weights in
    bf16 are multiplied as they are where the target has instructions for that
    (x86-amx), within the tolerance of `lowbit.packed_float_matmul`:

    ```mlir
    %wide = arith.extf %x : tensor<?x64xbf16> to tensor<?x64xf32>
    %y = lowbit.packed_float_matmul %wide, %w into %init
        : (tensor<?x64xf32>, tensor<7x1024xbf16>, tensor<?x100xf32>)
        -> tensor<?x100xf32>
    ```

    becomes

    ```mlir
    %y = lowbit.packed_float_matmul %x, %w into %init
        : (tensor<?x64xbf16>, tensor<7x1024xbf16>, tensor<?x100xf32>)
        -> tensor<?x100xf32>
    ```

    Slices of such activations likewise. Activations in f32 stay so: none are
    rounded.
  }];
  let options = [Option<"target", "target", "std::string", "\"generic\"",
                        "instruction set to generate for">];
  let dependentDialects = ["::mlir::tensor::TensorDialect"];
}

def ParallelToRuntimePass : Pass<"lowbit-parallel-to-runtime",
                                 "::mlir::ModuleOp"> {
  let summary = "run parallel loops through the caller's parallel_for";
  let description = [{
    The body of each `scf.parallel` without reductions, its dimensions made one,
    is outlined into a function `(data, begin, end)`, and the loop becomes a call
    of the context's `parallel_for`, or of the body with the whole range if there
    is none:

    ```mlir
    func.func @main(%x: memref<?xf32>, %context: !llvm.ptr) {
      scf.parallel (%i) = (%c0) to (%n) step (%c16) {
        memref.store %zero, %x[%i] : memref<?xf32>
      }
      return
    }
    ```

    becomes

    ```mlir
    func.func private @main_body(%data: !llvm.ptr, %begin: i64, %end: i64) {
      // Load %x from %data.
      scf.for %j = %first to %last step %c1 {
        %i = arith.muli %j, %c16 : index
        memref.store %zero, %x[%i] : memref<?xf32>
      }
      return
    }
    func.func @main(%x: memref<?xf32>, %context: !llvm.ptr) {
      // Store %x to %data. The count is ceildiv(%n - 0, 16).
      scf.if %set {
        llvm.call %parallel_for(%pool, %count, %body, %data) : ...
      } else {
        func.call @main_body(%data, %zero, %count) : (!llvm.ptr, i64, i64) -> ()
      }
      return
    }
    ```

    A task is as many iterations as take some 10 microseconds, in proportion to
    the extents of what the ops in the body work on, so that threads are not woken
    for less. Where these are not known before the loop, as here, it is one.

    Values that the body uses are passed in a struct on the stack, of dense buffers
    a pointer and the unknown extents; constants are copied. Equal loops have
    equal bodies. Buffers of static shape are allocated once per range. A parallel
    loop inside another becomes sequential. The function must have the context as
    its last argument (see `lowbit-plan-memory`).
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect",
                           "::mlir::LLVM::LLVMDialect",
                           "::mlir::scf::SCFDialect"];
}

def PlanMemoryPass : Pass<"lowbit-plan-memory", "::mlir::ModuleOp"> {
  let summary = "place weights, intermediates and results in the caller's memory";
  let description = [{
    For the one public function of a bufferized module, into which all others
    are inlined:

    * results become arguments, which the function fills: what is computed into a
      buffer that is returned, perhaps with another shape, is computed there;
    * constants become views of an argument `weights`; their bytes are collected
      in the module attribute `lowbit.weights`;
    * allocations become views of an argument `workspace`: buffers whose lives
      do not overlap share a slot, whose size is the largest of theirs. Buffers
      inside a loop move in front of it, in a parallel loop to the stack: up to
      200 KiB, the smallest first; others exist once for each iteration. No
      allocation is left;
    * the context is the last argument;
    * a function `<name>_plan` computes, from the inputs' shapes alone, the
      extents of the results and the bytes of the workspace, or negative bytes
      where extents of the inputs that must agree do not.

    ```mlir
    memref.global "private" constant @w : memref<4xf32> = dense<1.0>
    func.func @main(%x: memref<?xf32>) -> memref<?xf32> {
      %w = memref.get_global @w : memref<4xf32>
      %n = memref.dim %x, %c0 : memref<?xf32>
      %t = memref.alloc(%n) : memref<?xf32>
      %y = memref.alloc(%n) : memref<?xf32>
      ...
      return %y : memref<?xf32>
    }
    ```

    becomes

    ```mlir
    module attributes {lowbit.weights = dense_resource<lowbit.weights> : tensor<16xi8>} {
      func.func @main_plan(%x: memref<?xf32>, %sizes: memref<?xi64>) {
        // sizes[0] = n; sizes[1] = (4 * n + 63) & -64
      }
      func.func @main(%x: memref<?xf32>, %y: memref<?xf32>, %weights: memref<?xi8>,
                      %workspace: memref<?xi8>, %context: !llvm.ptr) {
        %w = memref.view %weights[%c0][] : memref<?xi8> to memref<4xf32>
        %n = memref.dim %x, %c0 : memref<?xf32>
        %t = memref.view %workspace[%c0][%n] : memref<?xi8> to memref<?xf32>
        ...
        return
      }
    }
    ```

    A module that has `lowbit.weights` is left alone.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::func::FuncDialect",
                           "::mlir::LLVM::LLVMDialect",
                           "::mlir::memref::MemRefDialect"];
}

def ProtectInputsPass : Pass<"lowbit-protect-inputs", "::mlir::ModuleOp"> {
  let summary = "let no input be written to";
  let description = [{
    Bufferization takes it that arguments may be overwritten, but inputs belong
    to the caller. This marks the tensors that public functions take, so that
    what would write to one writes to a copy:

    ```mlir
    func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
    ```

    becomes

    ```mlir
    func.func @main(%x: tensor<4xf32> {bufferization.writable = false})
        -> tensor<4xf32> {
    ```
  }];
  let dependentDialects = ["::mlir::bufferization::BufferizationDialect"];
}

def SCFToBlocksPass : Pass<"lowbit-scf-to-blocks"> {
  let summary = "lower structured control flow in linear time";
  let description = [{
    The patterns of `convert-scf-to-cf`, applied from the last op to the first, but
    to each before those inside it. Each of them cuts a block in two and moves what is behind the cut: from the
    first op to the last that is quadratic in the number of loops of a function.
    The `llvm.loop_annotation` of a loop becomes `loop_annotation` of its last branch.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::cf::ControlFlowDialect"];
}

def SplitEmptyTensorsPass : Pass<"lowbit-split-empty-tensors"> {
  let summary = "give each use of an empty tensor its own";
  let description = [{
    CSE merges equal `tensor.empty` ops, and bufferization then compares all
    their users with each other, in quadratic time. Before it, each use gets an
    empty tensor of its own:

    ```mlir
    %e = tensor.empty() : tensor<4xf32>
    %a = linalg.exp ins(%x : tensor<4xf32>) outs(%e : tensor<4xf32>)
        -> tensor<4xf32>
    %b = linalg.exp ins(%a : tensor<4xf32>) outs(%e : tensor<4xf32>)
        -> tensor<4xf32>
    ```

    becomes

    ```mlir
    %e = tensor.empty() : tensor<4xf32>
    %a = linalg.exp ins(%x : tensor<4xf32>) outs(%e : tensor<4xf32>)
        -> tensor<4xf32>
    %f = tensor.empty() : tensor<4xf32>
    %b = linalg.exp ins(%a : tensor<4xf32>) outs(%f : tensor<4xf32>)
        -> tensor<4xf32>
    ```
  }];
  let dependentDialects = ["::mlir::tensor::TensorDialect"];
}

def VerifyBufferizablePass : Pass<"lowbit-verify-bufferizable"> {
  let summary = "check that every op on tensors has a lowering";
  let description = [{
    Emits an error at the first op on tensors that does not implement
    `BufferizableOpInterface`, or on tensors that are not dense, and changes
    nothing. Ops on scalars are left to `lowbit-verify-stage=stage=llvm`.

    ```mlir
    %y = tosa.abs %x : (tensor<4xf32>) -> tensor<4xf32>
    ```

    gives the error "expected an op that has a lowering, but got tosa.abs".
  }];
}

#endif // LOWBIT_CODEGEN_PASSES_TD
