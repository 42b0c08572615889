// RUN: lowbit-opt %s --lowbit-quantize="weights=int4:block=4,scale=f16 activations=float" | FileCheck %s
// RUN: lowbit-opt %s --lowbit-quantize="weights=int4:block=4,scale=f16 activations=float" --remarks-filter=lowbit --remark-format=emitRemark 2>&1 >/dev/null | FileCheck %s --check-prefix=REMARK

// With float activations only the weights become codes.

// CHECK-LABEL: func @matmul
// CHECK-SAME:      %[[X:.*]]: tensor<?x6xf32>, %[[INIT:.*]]: tensor<?x2xf32>
// CHECK:         %[[W:.*]] = lowbit.constant dense_resource<fc.codes> : tensor<2x6xi8> -> tensor<2x6x!lowbit.affine<4, narrow>>
// CHECK:         %[[S:.*]] = arith.constant dense<{{.*}}> : tensor<2x2xf16>
// CHECK:         %[[Y:.*]] = lowbit.weight_only_matmul %[[X]], %[[W]] scale %[[S]] {block_sizes = array<i64: 0, 4>, layer = "fc"}
// CHECK:         linalg.add ins(%[[Y]], %[[INIT]]
// REMARK: [Passed] quantize | Category:lowbit | Function=fc | Remark="layer 'fc': f32 activations by !lowbit.affine<4, narrow> weights"
func.func @matmul(%x: tensor<?x6xf32>, %init: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense<[[0.0, 1.0, 2.0, 3.0, -1.0, 0.5], [2.0, 3.0, 1.0, -2.0, 1.5, 0.25]]> : tensor<2x6xf32>
  %y = linalg.matmul indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>]
      ins(%x, %w : tensor<?x6xf32>, tensor<2x6xf32>) outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32> loc("fc")
  return %y : tensor<?x2xf32>
}

// Planes add up.
// CHECK-LABEL: func @planes
// CHECK:         %[[Y0:.*]] = lowbit.weight_only_matmul {{.*}} : (tensor<1x4xf32>, tensor<2x4x!lowbit.binary>, tensor<2x1xf32>)
// CHECK:         %[[Y1:.*]] = lowbit.weight_only_matmul
// CHECK:         linalg.add ins(%[[Y0]], %[[Y1]]
func.func @planes(%x: tensor<1x4xf32>) -> tensor<1x2xf32> {
  %zeros = arith.constant dense<0.0> : tensor<1x2xf32>
  %w = arith.constant dense<[[0.0, 1.0], [2.0, -1.0], [1.0, 0.5], [-3.0, 2.0]]> : tensor<4x2xf32>
  %y = linalg.matmul {lowbit.weights = "binary:planes=2"} ins(%x, %w : tensor<1x4xf32>, tensor<4x2xf32>)
      outs(%zeros : tensor<1x2xf32>) -> tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}

// Weights that are codes stay these, with their zero points; so do activations
// that are reals made from codes.
// CHECK-LABEL: func @codes
// CHECK:         %[[X:.*]] = lowbit.dequantize
// CHECK:         lowbit.weight_only_matmul %[[X]], %{{.*}} scale %{{.*}} zero_point %{{.*}} : (tensor<?x2xf32>, tensor<2x2x!lowbit.affine<8>>, tensor<1x1xf32>, tensor<1x1xi32>)
func.func @codes(%a: tensor<?x2x!lowbit.affine<8>>, %init: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %s = arith.constant dense<1.0> : tensor<1x1xf32>
  %z = arith.constant dense<3> : tensor<1x1xi32>
  %x = lowbit.dequantize %a scale %s : (tensor<?x2x!lowbit.affine<8>>, tensor<1x1xf32>) -> tensor<?x2xf32>
  %q = lowbit.constant dense<1> : tensor<2x2xi8> -> tensor<2x2x!lowbit.affine<8>>
  %w = lowbit.dequantize %q scale %s zero_point %z
      : (tensor<2x2x!lowbit.affine<8>>, tensor<1x1xf32>, tensor<1x1xi32>) -> tensor<2x2xf32>
  %y = linalg.matmul ins(%x, %w : tensor<?x2xf32>, tensor<2x2xf32>) outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// CHECK-LABEL: func @bf16
// CHECK-SAME:      %[[X:.*]]: tensor<?x4xbf16>
// CHECK:         lowbit.weight_only_matmul %[[X]], %{{.*}} : (tensor<?x4xbf16>, tensor<2x4x!lowbit.affine<4, narrow>>, tensor<2x1xf16>) -> tensor<?x2xf32>
func.func @bf16(%x: tensor<?x4xbf16>, %init: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense<[[0.0, 1.0], [2.0, -1.0], [1.0, 0.5], [-3.0, 2.0]]> : tensor<4x2xbf16>
  %y = linalg.matmul ins(%x, %w : tensor<?x4xbf16>, tensor<4x2xbf16>) outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// Sums of bf16 are other sums.
// CHECK-LABEL: func @bf16_sums
// CHECK:         linalg.matmul
// REMARK: [Missed] quantize | Category:lowbit | Function=sums | Remark="layer 'sums' stays float: expected f32, but got bf16"
func.func @bf16_sums(%x: tensor<?x4xbf16>, %init: tensor<?x2xbf16>) -> tensor<?x2xbf16> {
  %w = arith.constant dense<1.0> : tensor<4x2xbf16>
  %y = linalg.matmul ins(%x, %w : tensor<?x4xbf16>, tensor<4x2xbf16>) outs(%init : tensor<?x2xbf16>) -> tensor<?x2xbf16> loc("sums")
  return %y : tensor<?x2xbf16>
}

// A convolution is a matmul of its windows, padded with 0.0.
// CHECK-LABEL: func @convolution
// CHECK-SAME:      %[[X:.*]]: tensor<?x8x8x3xf32>
// CHECK:         %[[M:.*]] = lowbit.im2col %[[X]] kernel [3, 3] padding [1, 1, 1, 1] : (tensor<?x8x8x3xf32>) -> tensor<?x27xf32>
// CHECK:         %[[Y:.*]] = lowbit.weight_only_matmul %[[M]], %{{.*}} scale %{{.*}} {block_sizes = array<i64: 0, 4>, layer = "conv"} : (tensor<?x27xf32>, tensor<2x27x!lowbit.affine<4, narrow>>, tensor<2x7xf16>) -> tensor<?x2xf32>
// CHECK:         tensor.expand_shape
func.func @convolution(%x: tensor<?x8x8x3xf32>, %init: tensor<?x8x8x2xf32>) -> tensor<?x8x8x2xf32> {
  %zero = arith.constant 0.0 : f32
  %w = arith.constant dense<1.0> : tensor<3x3x3x2xf32>
  %p = tensor.pad %x low[0, 1, 1, 0] high[0, 1, 1, 0] {
  ^bb0(%n: index, %h: index, %c: index, %k: index):
    tensor.yield %zero : f32
  } : tensor<?x8x8x3xf32> to tensor<?x10x10x3xf32>
  %y = linalg.conv_2d_nhwc_hwcf ins(%p, %w : tensor<?x10x10x3xf32>, tensor<3x3x3x2xf32>)
      outs(%init : tensor<?x8x8x2xf32>) -> tensor<?x8x8x2xf32> loc("conv")
  return %y : tensor<?x8x8x2xf32>
}

// CHECK-LABEL: func @depthwise
// CHECK-NOT:     lowbit.weight_only_matmul
// CHECK:         linalg.depthwise_conv_2d_nhwc_hwc
// REMARK: [Missed] quantize | Category:lowbit | Function=depthwise | Remark="layer 'depthwise' stays float: expected activations of codes where each group is one channel, but got floats"
func.func @depthwise(%x: tensor<1x8x8x3xf32>, %init: tensor<1x6x6x3xf32>) -> tensor<1x6x6x3xf32> {
  %w = arith.constant dense<1.0> : tensor<3x3x3xf32>
  %y = linalg.depthwise_conv_2d_nhwc_hwc ins(%x, %w : tensor<1x8x8x3xf32>, tensor<3x3x3xf32>)
      outs(%init : tensor<1x6x6x3xf32>) -> tensor<1x6x6x3xf32> loc("depthwise")
  return %y : tensor<1x6x6x3xf32>
}
