// RUN: lowbit-opt %s --lowbit-insert-observers --remarks-filter=lowbit --remark-format=emitRemark 2>%t.remarks | FileCheck %s
// RUN: FileCheck %s --check-prefix=REMARK < %t.remarks
// RUN: lowbit-opt %s --lowbit-insert-observers --lowbit-insert-observers | FileCheck %s
// RUN: lowbit-opt %s --lowbit-insert-observers=windows | FileCheck %s --check-prefix=WINDOWS
// RUN: lowbit-opt %s --lowbit-insert-observers=windows --lowbit-insert-observers=windows | FileCheck %s --check-prefix=WINDOWS

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

// Rows in the order of the weights: height, width, channel; of images in any order.
// WINDOWS:       #[[$IMAGES:.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d0, d6, d1 * 2 + d4, d2 + d5 * 3)>
// WINDOWS-LABEL: func @layers
// WINDOWS-NOT:     as "windows"
// WINDOWS-LABEL: func @padding
// WINDOWS:         %[[A:.*]] = lowbit.observe %{{.*}} "conv" : tensor<?x4x4x1xf32>
// WINDOWS:         tensor.pad %[[A]]
// WINDOWS:         %[[P:.*]] = tensor.pad %[[A]] low[0, 1, 1, 0] high[0, 1, 1, 0]
// WINDOWS:         %[[G:.*]] = linalg.generic {{.*}} ins(%[[P]] : tensor<?x6x6x1xf32>) outs(%{{.*}} : tensor<?x4x4x1x3x3x1xf32>)
// WINDOWS:         %[[R:.*]] = tensor.collapse_shape %[[G]]
// WINDOWS-NEXT:    lowbit.observe %[[R]] "conv" as "windows" : tensor<?x4x4x1x9xf32>
// WINDOWS-NOT:     lowbit.observe
// WINDOWS-LABEL: func @channels_first
// WINDOWS:         linalg.generic {indexing_maps = [#[[$IMAGES]],
// WINDOWS:         lowbit.observe %{{.*}} "strided" as "windows" : tensor<?x2x1x1x18xf32>
// CHECK-LABEL: func @channels_first
func.func @channels_first(%x: tensor<?x2x5x7xf32>, %init: tensor<?x3x2x1xf32>) -> tensor<?x3x2x1xf32> {
  %w = arith.constant dense<1.0> : tensor<3x2x3x3xf32>
  %y = linalg.conv_2d_nchw_fchw {strides = dense<[2, 1]> : tensor<2xi64>, dilations = dense<[1, 3]> : tensor<2xi64>}
      ins(%x, %w : tensor<?x2x5x7xf32>, tensor<3x2x3x3xf32>) outs(%init : tensor<?x3x2x1xf32>) -> tensor<?x3x2x1xf32> loc("strided")
  return %y : tensor<?x3x2x1xf32>
}
