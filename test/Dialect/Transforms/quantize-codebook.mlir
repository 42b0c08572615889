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

// CHECK: fc.codes: "0x4000000003000203"
// CHECK: fc.codes_1: "0x4000000006010304"
// CHECK: fc.codes_2: "0x40000000000301000201"
