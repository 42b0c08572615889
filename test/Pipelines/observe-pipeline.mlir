// RUN: lowbit-opt %s --lowbit-observe-pipeline | FileCheck %s
// RUN: lowbit-compile %s --observe --emit=mlir -o %t.llvm.mlir

// The helper is inlined, so that its layer can be observed from outside.
// CHECK:      func @main(%[[X:.*]]: tensor<?x2xf32>, %[[INIT:.*]]: tensor<?x2xf32>)
// CHECK-SAME:     -> (tensor<?x2xf32>, tensor<?x2xf32> {lowbit.name = "observed:first"}, tensor<?x2xf32> {lowbit.name = "observed:second"})
// CHECK:        %[[Y:.*]] = linalg.matmul ins(%[[X]],
// CHECK:        %[[Z:.*]] = linalg.matmul ins(%[[Y]],
// CHECK:        return %[[Z]], %[[X]], %[[Y]]
// CHECK-NOT:  lowbit.observe
func.func private @helper(%x: tensor<?x2xf32>, %init: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense<1.0> : tensor<2x2xf32>
  %y = linalg.matmul ins(%x, %w : tensor<?x2xf32>, tensor<2x2xf32>) outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32> loc("first")
  return %y : tensor<?x2xf32>
}

func.func @main(%x: tensor<?x2xf32>, %init: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense<2.0> : tensor<2x2xf32>
  %y = func.call @helper(%x, %init) : (tensor<?x2xf32>, tensor<?x2xf32>) -> tensor<?x2xf32>
  %z = linalg.matmul ins(%y, %w : tensor<?x2xf32>, tensor<2x2xf32>) outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32> loc("second")
  return %z : tensor<?x2xf32>
}
