// RUN: lowbit-opt %s --lowbit-pack-weights | FileCheck %s

// Two layers with the same weights read one packed copy.

// CHECK-LABEL: func @shared
// CHECK:         %[[W:.*]] = arith.constant dense_resource<fc1.packed>
// CHECK-NOT:     dense_resource
// CHECK:         lowbit.packed_matmul {{.*}} %[[W]] into {{.*}} {layer = "fc1"}
// CHECK:         lowbit.packed_matmul {{.*}} %[[W]] into {{.*}} {layer = "fc2"}
func.func @shared(%a: tensor<?x4x!lowbit.affine<8>>, %b: tensor<?x4x!lowbit.affine<8>>, %init: tensor<?x2xi32>) -> (tensor<?x2xi32>, tensor<?x2xi32>) {
  %w = lowbit.constant dense<[[1, 0, -1, 1], [-1, -1, 1, 0]]> : tensor<2x4xi8> -> tensor<2x4x!lowbit.ternary>
  %y = lowbit.matmul %a, %w init %init {layer = "fc1"}
      : (tensor<?x4x!lowbit.affine<8>>, tensor<2x4x!lowbit.ternary>, tensor<?x2xi32>) -> tensor<?x2xi32> loc("fc1")
  %z = lowbit.matmul %b, %w init %init {layer = "fc2"}
      : (tensor<?x4x!lowbit.affine<8>>, tensor<2x4x!lowbit.ternary>, tensor<?x2xi32>) -> tensor<?x2xi32> loc("fc2")
  return %y, %z : tensor<?x2xi32>, tensor<?x2xi32>
}
