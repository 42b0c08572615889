// RUN: lowbit-opt %s --lowbit-pack-weights | FileCheck %s

// CHECK-LABEL: func @nothing_to_sum
// CHECK-DAG:     arith.constant dense_resource<weights.packed{{.*}}> : tensor<1x0xi8>
// CHECK-DAG:     arith.constant dense_resource<weights.packed{{.*}}> : tensor<0x64xi8>
func.func @nothing_to_sum(%a: tensor<?x0x!lowbit.affine<8>>, %init: tensor<?x2xi32>, %b: tensor<?x4x!lowbit.affine<8>>, %none: tensor<?x0xi32>) -> (tensor<?x2xi32>, tensor<?x0xi32>) {
  %w = lowbit.constant dense<> : tensor<2x0xi8> -> tensor<2x0x!lowbit.ternary>
  %y = lowbit.matmul %a, %w init %init
      : (tensor<?x0x!lowbit.affine<8>>, tensor<2x0x!lowbit.ternary>, tensor<?x2xi32>) -> tensor<?x2xi32>
  %v = lowbit.constant dense<> : tensor<0x4xi8> -> tensor<0x4x!lowbit.ternary>
  %z = lowbit.matmul %b, %v init %none
      : (tensor<?x4x!lowbit.affine<8>>, tensor<0x4x!lowbit.ternary>, tensor<?x0xi32>) -> tensor<?x0xi32>
  return %y, %z : tensor<?x2xi32>, tensor<?x0xi32>
}
