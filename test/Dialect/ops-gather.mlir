// RUN: lowbit-opt %s | lowbit-opt | FileCheck %s
// RUN: lowbit-opt %s --mlir-print-op-generic | lowbit-opt | FileCheck %s

// CHECK-LABEL: @gather
// CHECK: lowbit.gather %{{.*}}[%{{.*}}] scale %{{.*}} : (tensor<7x4x!lowbit.ternary>, tensor<?xi64>, tensor<7x1xf32>) -> tensor<?x4xf32>
func.func @gather(%t: tensor<7x4x!lowbit.ternary>, %i: tensor<?xi64>, %s: tensor<7x1xf32>) -> tensor<?x4xf32> {
  %0 = lowbit.gather %t[%i] scale %s : (tensor<7x4x!lowbit.ternary>, tensor<?xi64>, tensor<7x1xf32>) -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}

// CHECK-LABEL: @gather_in_blocks
// CHECK: lowbit.gather %{{.*}}[%{{.*}}] scale %{{.*}} zero_point %{{.*}} {block_sizes = array<i64: 2, 32>, layer = "embed"}
func.func @gather_in_blocks(%t: tensor<7x70x!lowbit.affine<4, unsigned>>, %i: tensor<2x3xi32>, %s: tensor<4x3xf16>, %z: tensor<4x3xi32>) -> tensor<2x3x70xf32> {
  %0 = lowbit.gather %t[%i] scale %s zero_point %z {block_sizes = array<i64: 2, 32>, layer = "embed"}
      : (tensor<7x70x!lowbit.affine<4, unsigned>>, tensor<2x3xi32>, tensor<4x3xf16>, tensor<4x3xi32>) -> tensor<2x3x70xf32>
  return %0 : tensor<2x3x70xf32>
}

// CHECK-LABEL: @gather_one_row
// CHECK: lowbit.gather %{{.*}} : (tensor<?x?x!lowbit.affine<16>>, tensor<i32>, tensor<1x1xbf16>) -> tensor<?xf32>
func.func @gather_one_row(%t: tensor<?x?x!lowbit.affine<16>>, %i: tensor<i32>, %s: tensor<1x1xbf16>) -> tensor<?xf32> {
  %0 = lowbit.gather %t[%i] scale %s : (tensor<?x?x!lowbit.affine<16>>, tensor<i32>, tensor<1x1xbf16>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}

// CHECK-LABEL: @packed_gather
// CHECK: lowbit.packed_gather <field_bits = 2, code_offset = 1> %{{.*}}[%{{.*}}] scale %{{.*}} into %{{.*}} {layer = "embed"}
func.func @packed_gather(%t: tensor<7x2xi8>, %i: tensor<?xi64>, %s: tensor<7x1xf32>, %y: tensor<?x5xf32>) -> tensor<?x5xf32> {
  %0 = lowbit.packed_gather <field_bits = 2, code_offset = 1> %t[%i] scale %s into %y {layer = "embed"}
      : (tensor<7x2xi8>, tensor<?xi64>, tensor<7x1xf32>, tensor<?x5xf32>) -> tensor<?x5xf32>
  return %0 : tensor<?x5xf32>
}

// CHECK-LABEL: @packed_gather_on_buffers
// CHECK: lowbit.packed_gather <field_bits = 1, code_offset = 1, code_step = 2> %{{.*}}[%{{.*}}] scale %{{.*}} zero_point %{{.*}} levels %{{.*}} into %{{.*}} {block_sizes = array<i64: 0, 2>}
func.func @packed_gather_on_buffers(%t: memref<7x1xi8>, %i: memref<?xi32>, %s: memref<1x3xf16>, %z: memref<1x3xf32>, %l: memref<2xi32>, %y: memref<?x5xf32>) {
  lowbit.packed_gather <field_bits = 1, code_offset = 1, code_step = 2> %t[%i] scale %s zero_point %z levels %l into %y {block_sizes = array<i64: 0, 2>}
      : (memref<7x1xi8>, memref<?xi32>, memref<1x3xf16>, memref<1x3xf32>, memref<2xi32>, memref<?x5xf32>) -> ()
  return
}
