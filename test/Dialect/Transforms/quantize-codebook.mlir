// RUN: lowbit-opt %s --lowbit-quantize | FileCheck %s

// Few distinct weights are levels, in ascending order; -126 is of no use.
// CHECK-LABEL: func @kmeans
// CHECK-DAG:     %[[CODES:.*]] = lowbit.constant dense_resource<fc.codes> : tensor<1x4xi8> -> tensor<1x4x!lowbit.codebook<2>>
// CHECK-DAG:     %[[TABLE:.*]] = arith.constant dense<[-127, -126, 0, 64]> : tensor<4xi8>
// CHECK:         %[[W:.*]] = lowbit.lookup %[[CODES]] in %[[TABLE]] : (tensor<1x4x!lowbit.codebook<2>>, tensor<4xi8>) -> tensor<1x4x!lowbit.affine<8>>
// CHECK:         %[[SCALE:.*]] = arith.constant dense<5.000000e-01> : tensor<1x1xf32>
// CHECK:         lowbit.scaled_matmul %{{.*}}, %[[W]] activation_scale %{{.*}} weight_scale %[[SCALE]]
func.func @kmeans(%x: tensor<?x4xf32>, %init: tensor<?x1xf32>) -> tensor<?x1xf32> {
  %w = arith.constant dense<[[32.0], [-63.5], [0.0], [32.0]]> : tensor<4x1xf32>
  %y = linalg.matmul {lowbit.weights = "codebook2"} ins(%x, %w : tensor<?x4xf32>, tensor<4x1xf32>)
      outs(%init : tensor<?x1xf32>) -> tensor<?x1xf32> loc("fc")
  return %y : tensor<?x1xf32>
}

// 0.7 is nearest to 1/2 among powers of two times 2, 1, 1/2.
// CHECK-LABEL: func @logarithmic
// CHECK:         arith.constant dense<[-4, -2, -1, 0, 1, 2, 4, 4]> : tensor<8xi8>
// CHECK:         lowbit.lookup
// CHECK-DAG:     arith.constant dense<5.000000e-01> : tensor<1x1xf32>
func.func @logarithmic(%x: tensor<?x4xf32>, %init: tensor<?x1xf32>) -> tensor<?x1xf32> {
  %w = arith.constant dense<[[2.2], [-1.2], [0.1], [0.7]]> : tensor<4x1xf32>
  %y = linalg.matmul {lowbit.weights = "codebook3:log"} ins(%x, %w : tensor<?x4xf32>, tensor<4x1xf32>)
      outs(%init : tensor<?x1xf32>) -> tensor<?x1xf32> loc("fc")
  return %y : tensor<?x1xf32>
}

// Codes of a model stay as they are; those of K x N are transposed.
// CHECK-LABEL: func @codes_of_a_model
// CHECK:         %[[TABLE:.*]] = arith.constant dense<[-4, 0, 1, 9]> : tensor<4xi8>
// CHECK:         %[[CODES:.*]] = lowbit.constant dense_resource<fc.codes_2> : tensor<3x2xi8> -> tensor<3x2x!lowbit.codebook<2>>
// CHECK:         %[[W:.*]] = lowbit.lookup %[[CODES]] in %[[TABLE]]
// CHECK:         lowbit.scaled_matmul %{{.*}}, %[[W]] activation_scale
func.func @codes_of_a_model(%x: tensor<?x2xf32>, %init: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %codes = lowbit.constant dense<[[0, 1, 2], [3, 0, 1]]> : tensor<2x3xi8> -> tensor<2x3x!lowbit.codebook<2>>
  %table = arith.constant dense<[-4, 0, 1, 9]> : tensor<4xi8>
  %scale = arith.constant dense<0.5> : tensor<1x1xf32>
  %levels = lowbit.lookup %codes in %table : (tensor<2x3x!lowbit.codebook<2>>, tensor<4xi8>) -> tensor<2x3x!lowbit.affine<8>>
  %w = lowbit.dequantize %levels scale %scale : (tensor<2x3x!lowbit.affine<8>>, tensor<1x1xf32>) -> tensor<2x3xf32>
  %y = linalg.matmul ins(%x, %w : tensor<?x2xf32>, tensor<2x3xf32>) outs(%init : tensor<?x3xf32>) -> tensor<?x3xf32> loc("fc")
  return %y : tensor<?x3xf32>
}

// Those of a kernel are split by groups of channels.
// CHECK-LABEL: @kernel_of_levels
// CHECK:         %[[TABLE:.*]] = arith.constant dense<[-5, 0, 7, 9]> : tensor<4xi8>
// CHECK:         %[[CODES0:.*]] = lowbit.constant dense_resource<levels.codes_1> : tensor<1x2xi8> -> tensor<1x2x!lowbit.codebook<2>>
// CHECK:         %[[W0:.*]] = lowbit.lookup %[[CODES0]] in %[[TABLE]]
// CHECK:         lowbit.scaled_matmul %{{.*}}, %[[W0]]
// CHECK:         %[[CODES1:.*]] = lowbit.constant dense_resource<levels.codes_2> : tensor<1x2xi8> -> tensor<1x2x!lowbit.codebook<2>>
// CHECK:         %[[W1:.*]] = lowbit.lookup %[[CODES1]] in %[[TABLE]]
// CHECK:         lowbit.scaled_matmul %{{.*}}, %[[W1]]
func.func @kernel_of_levels(%x: tensor<1x3x3x2x2xf32>, %init: tensor<1x3x3x2x1xf32>) -> tensor<1x3x3x2x1xf32> {
  %codes = lowbit.constant dense<[[[[[0, 1]]], [[[2, 3]]]]]> : tensor<1x2x1x1x2xi8> -> tensor<1x2x1x1x2x!lowbit.codebook<2>>
  %table = arith.constant dense<[-5, 0, 7, 9]> : tensor<4xi8>
  %q = lowbit.lookup %codes in %table : (tensor<1x2x1x1x2x!lowbit.codebook<2>>, tensor<4xi8>) -> tensor<1x2x1x1x2x!lowbit.affine<8>>
  %s = arith.constant dense<0.5> : tensor<1x1x1x1x1xf32>
  %f = lowbit.dequantize %q scale %s
      : (tensor<1x2x1x1x2x!lowbit.affine<8>>, tensor<1x1x1x1x1xf32>) -> tensor<1x2x1x1x2xf32>
  %e = tensor.empty() : tensor<2x1x1x1x2xf32>
  %w = linalg.transpose ins(%f : tensor<1x2x1x1x2xf32>) outs(%e : tensor<2x1x1x1x2xf32>) permutation = [1, 0, 2, 3, 4]
  %y = linalg.conv_2d_nhwgc_gfhwc {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
    ins(%x, %w : tensor<1x3x3x2x2xf32>, tensor<2x1x1x1x2xf32>) outs(%init : tensor<1x3x3x2x1xf32>)
    -> tensor<1x3x3x2x1xf32> loc("levels")
  return %y : tensor<1x3x3x2x1xf32>
}

// CHECK: fc.codes: "0x4000000003000203"
// CHECK: fc.codes_1: "0x4000000006010304"
// CHECK: fc.codes_2: "0x40000000000301000201"
// CHECK: levels.codes_1: "0x400000000001"
// CHECK: levels.codes_2: "0x400000000203"
