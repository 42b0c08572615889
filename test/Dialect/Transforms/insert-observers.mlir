// RUN: lowbit-opt %s --lowbit-insert-observers --remarks-filter=lowbit --remark-format=emitRemark 2>%t.remarks | FileCheck %s
// RUN: FileCheck %s --check-prefix=REMARK < %t.remarks
// RUN: lowbit-opt %s --lowbit-insert-observers --lowbit-insert-observers | FileCheck %s

// CHECK-LABEL: func @layers
// CHECK-SAME:      %[[X:[^:]*]]: tensor<?x4xf32>
// CHECK:         %[[A:.*]] = lowbit.observe %[[X]] "fc1" : tensor<?x4xf32>
// CHECK-NEXT:    %[[Y:.*]] = linalg.matmul ins(%[[A]], %
// CHECK-NEXT:    %[[B:.*]] = lowbit.observe %[[Y]] "fc2" : tensor<?x4xf32>
// CHECK-NEXT:    linalg.matmul ins(%[[B]], %
// CHECK-NOT:     lowbit.observe
// CHECK:         return
func.func @layers(%x: tensor<?x4xf32>, %init: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %w = arith.constant dense<1.0> : tensor<4x4xf32>
  %y = linalg.matmul ins(%x, %w : tensor<?x4xf32>, tensor<4x4xf32>) outs(%init : tensor<?x4xf32>) -> tensor<?x4xf32> loc("fc1")
  %z = linalg.matmul ins(%y, %w : tensor<?x4xf32>, tensor<4x4xf32>) outs(%init : tensor<?x4xf32>) -> tensor<?x4xf32> loc("fc2")
  return %z : tensor<?x4xf32>
}

// REMARK: [Missed] observe | Category:lowbit | Remark="unnamed layer is not observed: expected a name for its statistics"
// CHECK-LABEL: func @unnamed
// CHECK-NOT:     lowbit.observe
// CHECK:         return
func.func @unnamed(%x: tensor<?x4xf32>, %init: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %w = arith.constant dense<1.0> : tensor<4x4xf32>
  %y = linalg.matmul ins(%x, %w : tensor<?x4xf32>, tensor<4x4xf32>) outs(%init : tensor<?x4xf32>) -> tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// REMARK-NOT: Missed
// CHECK-LABEL: func @weights_of_run_time
// CHECK-NOT:     lowbit.observe
// CHECK:         return
func.func @weights_of_run_time(%x: tensor<?x4xf32>, %w: tensor<4x4xf32>, %init: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %y = linalg.matmul ins(%x, %w : tensor<?x4xf32>, tensor<4x4xf32>) outs(%init : tensor<?x4xf32>) -> tensor<?x4xf32> loc("fc3")
  return %y : tensor<?x4xf32>
}

// CHECK-LABEL: func @codes_already
// CHECK-NOT:     lowbit.observe
// CHECK:         return
func.func @codes_already(%q: tensor<?x4x!lowbit.affine<8>>, %init: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %s = arith.constant dense<0.5> : tensor<1x1xf32>
  %x = lowbit.dequantize %q scale %s : (tensor<?x4x!lowbit.affine<8>>, tensor<1x1xf32>) -> tensor<?x4xf32>
  %w = arith.constant dense<1.0> : tensor<4x4xf32>
  %y = linalg.matmul ins(%x, %w : tensor<?x4xf32>, tensor<4x4xf32>) outs(%init : tensor<?x4xf32>) -> tensor<?x4xf32> loc("fc4")
  return %y : tensor<?x4xf32>
}

// What is quantized is observed: images before they are padded.
// CHECK-LABEL: func @padding
// CHECK-SAME:      %[[X:[^:]*]]: tensor<?x4x4x1xf32>
// CHECK:         %[[A:.*]] = lowbit.observe %[[X]] "conv" : tensor<?x4x4x1xf32>
// CHECK:         tensor.pad %[[A]]
// CHECK-NOT:     lowbit.observe
// CHECK:         return
func.func @padding(%x: tensor<?x4x4x1xf32>, %init: tensor<?x4x4x2xf32>) -> tensor<?x4x4x2xf32> {
  %zero = arith.constant 0.0 : f32
  %w = arith.constant dense<1.0> : tensor<2x3x3x1xf32>
  %p = tensor.pad %x low[0, 1, 1, 0] high[0, 1, 1, 0] {
  ^bb0(%n: index, %h: index, %v: index, %c: index):
    tensor.yield %zero : f32
  } : tensor<?x4x4x1xf32> to tensor<?x6x6x1xf32>
  %y = linalg.conv_2d_nhwc_fhwc ins(%p, %w : tensor<?x6x6x1xf32>, tensor<2x3x3x1xf32>) outs(%init : tensor<?x4x4x2xf32>) -> tensor<?x4x4x2xf32> loc("conv")
  return %y : tensor<?x4x4x2xf32>
}
