//===- Passes.td - Passes that generate kernels -------------*- tablegen -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_CODEGEN_PASSES_TD
#define LOWBIT_CODEGEN_PASSES_TD

include "mlir/Pass/PassBase.td"

def EmitKernelsPass : Pass<"lowbit-emit-kernels", "::mlir::ModuleOp"> {
  let summary = "replace packed ops on buffers by calls of generated kernels";
  let description = [{
    Each `lowbit.packed_matmul` on buffers becomes a call of a leaf function that
    the first registered emitter serving its layout on the target writes: one
    function per layout and M class, shared by all calls. M is dispatched at run
    time. `lowbit.pack_activations` becomes loops.
  }];
  let options = [
    Option<"target", "target", "std::string", "\"generic\"",
           "instruction set to generate for (see --lowbit-list-targets)">];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
    "::mlir::LLVM::LLVMDialect", "::mlir::math::MathDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
    "::mlir::vector::VectorDialect"];
}

def InsertProfilePointsPass : Pass<"lowbit-insert-profile-points",
                                   "::mlir::ModuleOp"> {
  let summary = "tell the caller when a layer begins and ends";
  let description = [{
    In a function planned by `lowbit-plan-memory`, calls of the context's `profile`
    are placed around the ops of each layer. An op belongs to the layer in the
    module's `lowbit.layers` whose name is in its location; an op without such a
    name belongs to the layer before it.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect",
                           "::mlir::scf::SCFDialect"];
}

def ParallelToRuntimePass : Pass<"lowbit-parallel-to-runtime",
                                 "::mlir::ModuleOp"> {
  let summary = "run parallel loops through the caller's parallel_for";
  let description = [{
    The body of each one-dimensional `scf.parallel` without reductions is
    outlined into a function `(data, begin, end)`, and the loop becomes a call of
    the context's `parallel_for`, or of the body with the whole range if there
    is none. Values that the body uses are passed in a struct on the stack. The
    function must have the context as its last argument (see
    `lowbit-plan-memory`).
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect",
                           "::mlir::scf::SCFDialect"];
}

def PlanMemoryPass : Pass<"lowbit-plan-memory", "::mlir::ModuleOp"> {
  let summary = "place weights, intermediates and results in the caller's memory";
  let description = [{
    For the one public function of a bufferized module:

    * results become arguments, which the function fills;
    * constants become views of an argument `weights`; their bytes are collected
      in the module attribute `lowbit.weights`;
    * allocations become views of an argument `workspace`: buffers whose lives
      do not overlap share a slot, whose size is the largest of theirs;
    * the context is the last argument;
    * a function `<name>_plan` computes, from the inputs' shapes alone, the
      extents of the results and the bytes of the workspace.

    No allocation is left.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::func::FuncDialect",
                           "::mlir::LLVM::LLVMDialect",
                           "::mlir::memref::MemRefDialect"];
}

def TilePackedMatmulPass : Pass<"lowbit-tile-packed-matmul"> {
  let summary = "cut packed matmuls into parallel tiles of whole panels";
  let dependentDialects = ["::mlir::affine::AffineDialect",
                           "::mlir::scf::SCFDialect",
                           "::mlir::tensor::TensorDialect"];
}

#endif // LOWBIT_CODEGEN_PASSES_TD
