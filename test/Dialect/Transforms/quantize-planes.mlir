// RUN: lowbit-opt %s --lowbit-quantize="weights=binary:planes=2" | FileCheck %s
// RUN: lowbit-opt %s --lowbit-quantize="weights=binary:planes=2" --lowbit-pack-weights | FileCheck %s --check-prefix=PACKED

// 3, 1, -1, -3 is 2 * [1, 1, -1, -1] + [1, -1, 1, -1]; products are added in
// order, then the bias.
// CHECK-LABEL: func @two_planes
// CHECK-SAME:      %[[X:.*]]: tensor<?x4xf32>, %[[BIAS:.*]]: tensor<?x1xf32>
// CHECK:         %[[W0:.*]] = lowbit.constant dense_resource<fc.codes> : tensor<1x4xi8> -> tensor<1x4x!lowbit.binary>
// CHECK:         %[[S0:.*]] = arith.constant dense<2.000000e+00> : tensor<1x1xf32>
// CHECK:         %[[W1:.*]] = lowbit.constant dense_resource<fc.codes_1> : tensor<1x4xi8> -> tensor<1x4x!lowbit.binary>
// CHECK:         %[[S1:.*]] = arith.constant dense<1.000000e+00> : tensor<1x1xf32>
// CHECK:         %[[A:.*]] = lowbit.quantize %[[X]]
// CHECK:         %[[Y0:.*]] = lowbit.scaled_matmul %[[A]], %[[W0]] {{.*}} weight_scale %[[S0]] {{.*}} {layer = "fc"}
// CHECK:         %[[Y1:.*]] = lowbit.scaled_matmul %[[A]], %[[W1]] {{.*}} weight_scale %[[S1]] {{.*}} {layer = "fc"}
// CHECK:         %[[SUM:.*]] = linalg.add ins(%[[Y0]], %[[Y1]] :
// CHECK:         linalg.add ins(%[[SUM]], %[[BIAS]] :

// Both planes read the same packed activations.
// PACKED:        lowbit.layers = [{encoding = "binary", k = 4 : i64, n = 1 : i64, name = "fc", overhead_bytes = 1150 : i64, payload_bytes = 2 : i64, products = 2 : i64}]
// PACKED:        %[[P:.*]]:2 = lowbit.pack_activations
// PACKED-NOT:    lowbit.pack_activations
// PACKED:        lowbit.packed_matmul <{{.*}}> %[[P]]#0, %[[P]]#1
// PACKED:        lowbit.packed_matmul <{{.*}}> %[[P]]#0, %[[P]]#1
func.func @two_planes(%x: tensor<?x4xf32>, %bias: tensor<?x1xf32>) -> tensor<?x1xf32> {
  %w = arith.constant dense<[[3.0], [1.0], [-1.0], [-3.0]]> : tensor<4x1xf32>
  %y = linalg.matmul ins(%x, %w : tensor<?x4xf32>, tensor<4x1xf32>) outs(%bias : tensor<?x1xf32>) -> tensor<?x1xf32> loc("fc")
  return %y : tensor<?x1xf32>
}

// CHECK:       fc.codes: "0x400000000101FFFF"
// CHECK:       fc.codes_1: "0x4000000001FF01FF"
