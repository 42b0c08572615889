// RUN: not lowbit-opt %s --lowbit-quantize="weights=int9" 2>&1 | FileCheck %s --check-prefix=WEIGHTS
// RUN: not lowbit-opt %s --lowbit-quantize="activations=int1" 2>&1 | FileCheck %s --check-prefix=ACTIVATIONS
// RUN: not lowbit-opt %s --lowbit-quantize="layers=fc1=int4;fc2=int0" 2>&1 | FileCheck %s --check-prefix=LAYER-ENCODING
// RUN: not lowbit-opt %s --lowbit-quantize="layers=fc1=int4/int9" 2>&1 | FileCheck %s --check-prefix=LAYER-ACTIVATIONS
// RUN: not lowbit-opt %s --lowbit-quantize="layers=fc1" 2>&1 | FileCheck %s --check-prefix=NO-ENCODING
// RUN: not lowbit-opt %s --lowbit-quantize="layers=fc1=int4;fc1=int8" 2>&1 | FileCheck %s --check-prefix=TWICE
// RUN: not lowbit-opt %s --lowbit-quantize="layers=fc9=int4" 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// RUN: lowbit-opt %s --lowbit-quantize="layers=fc1=int4;fc2=f32" | FileCheck %s --check-prefix=ONE
// RUN: lowbit-opt %s --lowbit-quantize="weights=f32" | FileCheck %s --check-prefix=NONE
// RUN: lowbit-opt %s --lowbit-quantize="layers=fc1=int4" --lowbit-quantize="layers=fc1=int4" | FileCheck %s --check-prefix=ONE
// RUN: echo 'module {}' | lowbit-opt --lowbit-quantize="weights=int4"

// WEIGHTS: error: weights: unknown encoding 'int9': expected one of
// ACTIVATIONS: error: activations: unknown activation encoding 'int1': expected one of binary, float, int2..int8, ternary, uint2..uint8
// LAYER-ENCODING: error: layers: fc2: unknown encoding 'int0': expected one of
// LAYER-ACTIVATIONS: error: layers: fc1: unknown activation encoding 'int9': expected one of
// NO-ENCODING: error: layers: expected name=encoding, but got 'fc1'
// TWICE: error: layers: expected each layer once, but got 'fc1' again
// UNKNOWN: error: layers: unknown layer 'fc9': expected one of fc1, fc2
// ONE: lowbit.scaled_matmul {{.*}} {layer = "fc1"}
// ONE: linalg.matmul
// NONE-COUNT-2: linalg.matmul

func.func @two_layers(%x: tensor<?x2xf32>, %init: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense<1.0> : tensor<2x2xf32>
  %y = linalg.matmul ins(%x, %w : tensor<?x2xf32>, tensor<2x2xf32>) outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32> loc("fc1")
  %z = linalg.matmul ins(%y, %w : tensor<?x2xf32>, tensor<2x2xf32>) outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32> loc("fc2")
  return %z : tensor<?x2xf32>
}
