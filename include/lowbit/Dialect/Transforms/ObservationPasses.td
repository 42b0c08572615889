//===- ObservationPasses.td - Passes that watch layers ------*- tablegen -*-===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_TRANSFORMS_OBSERVATIONPASSES_TD
#define LOWBIT_DIALECT_TRANSFORMS_OBSERVATIONPASSES_TD

include "mlir/Pass/PassBase.td"

def InsertObserversPass : Pass<"lowbit-insert-observers"> {
  let summary = "observe the inputs of layers";
  let description = [{
    Puts a `lowbit.observe` before each float layer that `--lowbit-quantize` could
    give integer activations:

    ```mlir
    %y = linalg.matmul ins(%x, %w : ...) outs(%b : ...) -> tensor<?x256xf32> loc("fc1")
    ```

    becomes

    ```mlir
    %observed = lowbit.observe %x "fc1" : tensor<?x64xf32>
    %y = linalg.matmul ins(%observed, %w : ...) outs(%b : ...) -> tensor<?x256xf32> loc("fc1")
    ```

    Statistics are keyed by the layer's name, so a layer without one gets a
    remark (category `lowbit`) instead. Activations that are codes already, and
    inputs that are observed already, are left alone.

    With `windows`, what the weights of a convolution are multiplied by is
    observed, too, in the order of the weights, one row for each group G:

    ```mlir
    %windows = linalg.generic ... ins(%padded : tensor<?x10x10x4xf32>)
        -> tensor<?x8x8x1x3x3x4xf32>
    %rows = tensor.collapse_shape %windows [[0], [1], [2], [3], [4, 5, 6]] : ...
    %observed = lowbit.observe %rows "conv" as "windows" : tensor<?x8x8x1x36xf32>
    ```
  }];
  let options = [
    Option<"windows", "windows", "bool", "false",
           "Observe the windows of convolutions, too">];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::lowbit::LowbitDialect",
                           "::mlir::tensor::TensorDialect"];
}

def IsolateLayersPass : Pass<"lowbit-isolate-layers", "::mlir::ModuleOp"> {
  let summary = "give quantized layers their inputs from outside";
  let description = [{
    The float tensor that the activations of a layer are quantized from becomes
    a further argument of the function, so that the errors of earlier layers do
    not reach the layer:

    ```mlir
    func.func @model(%x: tensor<?x64xf32>) -> tensor<?x10xf32> {
      ...
      %a = lowbit.quantize %r scale %s : (tensor<?x256xf32>, tensor<1x1xf32>)
          -> tensor<?x256x!lowbit.affine<8>>
      %y = lowbit.scaled_matmul %a, %w ... {layer = "fc2"} : ...
    ```

    becomes

    ```mlir
    func.func @model(%x: tensor<?x64xf32>,
                     %i: tensor<?x256xf32> {lowbit.name = "observed:fc2"})
        -> tensor<?x10xf32> {
      ...
      %a = lowbit.quantize %i scale %s : (tensor<?x256xf32>, tensor<1x1xf32>)
          -> tensor<?x256x!lowbit.affine<8>>
      %y = lowbit.scaled_matmul %a, %w ... {layer = "fc2"} : ...
    ```

    The argument is called what `--lowbit-return-observed` calls the layer's
    input in the float model. Layers of one input share the argument, which has
    the name of the first. Parameters that `lowbit.choose_params` chooses at run
    time follow the argument. A layer with quantized weights and float
    activations reads the argument itself. Float layers, and layers that read the
    codes of another one, are left alone.

    A layer in another function than the public one, or in a nested region, is an
    error (inline first).
  }];
  let dependentDialects = ["::mlir::func::FuncDialect"];
}

def ObserveResultsPass : Pass<"lowbit-observe-results"> {
  let summary = "observe the results of layers";
  let description = [{
    Observes the result of each layer, float or quantized: the last float tensor
    that ops whose location names the layer compute from its product, bias
    included. Beside it, in steps of the scale, how far the activations of a
    quantized layer lie beyond the range of the codes, `t - clamp(t)` of `t =
    x / scale + zero_point`, which is beyond 1/2 where values are clipped. So

    ```mlir
    %a = lowbit.quantize %x scale %s : (tensor<?x64xf32>, tensor<1x1xf32>)
        -> tensor<?x64x!lowbit.affine<8>>
    %y = lowbit.scaled_matmul %a, %w ... {layer = "fc1"} : ... loc("fc1")
    ```

    becomes

    ```mlir
    %steps = linalg.generic ... ins(%x, %s : ...) -> tensor<?x64xf32>
    %excess = lowbit.observe %steps "fc1" as "excess" : tensor<?x64xf32>
    %a = lowbit.quantize %x scale %s : (tensor<?x64xf32>, tensor<1x1xf32>)
        -> tensor<?x64x!lowbit.affine<8>>
    %y = lowbit.scaled_matmul %a, %w ... {layer = "fc1"} : ... loc("fc1")
    %result = lowbit.observe %y "fc1" as "result ternary" : tensor<?x256xf32>
    ```

    The result is called after the encoding of the weights, `f32` in a float
    layer, and `result of codes` if the layer reads codes of another one. What
    `--lowbit-bound-error` has found is observed, too, as a constant `bound` of
    rounding, clipping, growth, low, high, and 1 if it is relative. Run it
    where each layer has a float result, before `--lowbit-propagate` and
    `--lowbit-requantize`. A layer whose result is integer is left alone; one
    whose location does not name it is an error, because then its bias would be
    missed.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::lowbit::LowbitDialect",
                           "::mlir::tensor::TensorDialect"];
}

def ReturnObservedPass : Pass<"lowbit-return-observed", "::mlir::ModuleOp"> {
  let summary = "turn observed tensors into outputs of the model";
  let description = [{
    The tensors of all `lowbit.observe` become further results of the one public
    function, so that whoever runs the model sees them without a callback. Their
    attribute `lowbit.name` says what they are, an input as `observed`:

    ```mlir
    func.func @model(%x: tensor<?x64xf32>) -> tensor<?x10xf32> {
      %observed = lowbit.observe %x "fc1" : tensor<?x64xf32>
      %y = linalg.matmul ins(%observed, %w : ...) outs(%b : ...) -> tensor<?x10xf32>
      return %y : tensor<?x10xf32>
    }
    ```

    becomes

    ```mlir
    func.func @model(%x: tensor<?x64xf32>)
        -> (tensor<?x10xf32>, tensor<?x64xf32> {lowbit.name = "observed:fc1"}) {
      %y = linalg.matmul ins(%x, %w : ...) outs(%b : ...) -> tensor<?x10xf32>
      return %y, %x : tensor<?x10xf32>, tensor<?x64xf32>
    }
    ```

    Observed tensors in other functions or in nested regions cannot be returned:
    an error (inline first).
  }];
  let dependentDialects = ["::mlir::func::FuncDialect"];
}

#endif // LOWBIT_DIALECT_TRANSFORMS_OBSERVATIONPASSES_TD
