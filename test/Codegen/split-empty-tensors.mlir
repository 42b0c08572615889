// RUN: lowbit-opt %s --lowbit-split-empty-tensors | FileCheck %s
// RUN: lowbit-opt %s --lowbit-split-empty-tensors --lowbit-split-empty-tensors \
// RUN:   | FileCheck %s

// CHECK-LABEL: func.func @shared
// CHECK:         %[[A:.*]] = tensor.empty() : tensor<4xf32>
// CHECK-NEXT:    linalg.exp ins({{.*}}) outs(%[[A]]
// CHECK-NEXT:    %[[B:.*]] = tensor.empty() : tensor<4xf32>
// CHECK-NEXT:    linalg.exp ins({{.*}}) outs(%[[B]]
// CHECK-NEXT:    return
func.func @shared(%x: tensor<4xf32>) -> tensor<4xf32> {
  %e = tensor.empty() : tensor<4xf32>
  %a = linalg.exp ins(%x : tensor<4xf32>) outs(%e : tensor<4xf32>)
      -> tensor<4xf32>
  %b = linalg.exp ins(%a : tensor<4xf32>) outs(%e : tensor<4xf32>)
      -> tensor<4xf32>
  return %b : tensor<4xf32>
}
