// RUN: lowbit-opt %s --lowbit-cpu-pipeline | FileCheck %s

// Layers of one shape have one body, whatever their names and weights are.
// CHECK:     llvm.func @main_body(
// CHECK-NOT: llvm.func @main_body_0(
// CHECK:     llvm.func @main_body_1(
// CHECK:     llvm.func @main(
// CHECK-NOT: llvm.func @main_body_
func.func @main(%x: tensor<?x4xi8>, %i: tensor<?x2xi32>, %j: tensor<?x3xi32>) -> (tensor<?x2xi32>, tensor<?x2xi32>, tensor<?x3xi32>) {
  %a = lowbit.from_storage %x : tensor<?x4xi8> -> tensor<?x4x!lowbit.affine<8>>
  %u = lowbit.constant dense<[[1, 0, -1, 1], [-1, -1, 1, 0]]> : tensor<2x4xi8> -> tensor<2x4x!lowbit.ternary>
  %y0 = lowbit.matmul %a, %u init %i {layer = "first"}
      : (tensor<?x4x!lowbit.affine<8>>, tensor<2x4x!lowbit.ternary>, tensor<?x2xi32>) -> tensor<?x2xi32>
  %v = lowbit.constant dense<[[1, 1, -1, 1], [0, -1, 1, 0]]> : tensor<2x4xi8> -> tensor<2x4x!lowbit.ternary>
  %y1 = lowbit.matmul %a, %v init %i {layer = "second"}
      : (tensor<?x4x!lowbit.affine<8>>, tensor<2x4x!lowbit.ternary>, tensor<?x2xi32>) -> tensor<?x2xi32>
  %w = lowbit.constant dense<[[1, 1, -1, 1], [0, -1, 1, 0], [1, 1, 1, 1]]> : tensor<3x4xi8> -> tensor<3x4x!lowbit.ternary>
  %y2 = lowbit.matmul %a, %w init %j {layer = "third"}
      : (tensor<?x4x!lowbit.affine<8>>, tensor<3x4x!lowbit.ternary>, tensor<?x3xi32>) -> tensor<?x3xi32>
  return %y0, %y1, %y2 : tensor<?x2xi32>, tensor<?x2xi32>, tensor<?x3xi32>
}
