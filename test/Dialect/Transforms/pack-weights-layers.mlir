// RUN: lowbit-opt %s --lowbit-pack-weights --split-input-file | FileCheck %s
// RUN: lowbit-opt %s --lowbit-pack-weights --split-input-file > %t.once
// RUN: lowbit-opt %s --lowbit-pack-weights --lowbit-pack-weights --split-input-file | diff - %t.once

// 8 codes of 2 bits are 2 bytes, in a line of 64.
// CHECK:         lowbit.layers = [{encoding = "ternary", k = 4 : i64, n = 2 : i64, name = "fc1", overhead_bytes = 62 : i64, payload_bytes = 2 : i64}]
func.func @ternary(%a: tensor<?x4x!lowbit.affine<8>>, %init: tensor<?x2xi32>) -> tensor<?x2xi32> {
  %w = lowbit.constant dense<[[1, 0, -1, 1], [-1, -1, 1, 0]]> : tensor<2x4xi8> -> tensor<2x4x!lowbit.ternary>
  %y = lowbit.matmul %a, %w init %init {layer = "fc1"}
      : (tensor<?x4x!lowbit.affine<8>>, tensor<2x4x!lowbit.ternary>, tensor<?x2xi32>) -> tensor<?x2xi32>
  return %y : tensor<?x2xi32>
}

// -----

// 15 codes of 3 bits are 6 bytes, behind 128 scales in f16 and in two lines of
// 192.
// CHECK:         lowbit.layers = [{encoding = "affine<3>", k = 5 : i64, n = 3 : i64, name = "", overhead_bytes = 634 : i64, payload_bytes = 6 : i64}]
func.func @with_scales(%b: tensor<?x5x!lowbit.affine<8>>, %s: tensor<1x1xf32>) -> tensor<?x3xf32> {
  %v = lowbit.constant dense<[[1, 0, -1, 1, 3], [-1, -1, 1, 0, -4], [0, 0, 0, 0, 1]]> : tensor<3x5xi8> -> tensor<3x5x!lowbit.affine<3>>
  %sw = arith.constant dense<[[1.0], [2.0], [0.5]]> : tensor<3x1xf16>
  %z = lowbit.scaled_matmul %b, %v activation_scale %s weight_scale %sw
      : (tensor<?x5x!lowbit.affine<8>>, tensor<3x5x!lowbit.affine<3>>, tensor<1x1xf32>, tensor<3x1xf16>) -> tensor<?x3xf32>
  return %z : tensor<?x3xf32>
}

// -----

// Float layers come last. Weights are 3 x 4 here and 4 x 2 there, in panels of
// 16 rows.
// CHECK:         lowbit.layers = [
// CHECK-SAME:        {encoding = "ternary", k = 4 : i64, n = 2 : i64, name = "packed", overhead_bytes = 62 : i64, payload_bytes = 2 : i64},
// CHECK-SAME:        {encoding = "f32", k = 4 : i64, n = 3 : i64, name = "rows", overhead_bytes = 208 : i64, payload_bytes = 48 : i64},
// CHECK-SAME:        {encoding = "f32", k = 4 : i64, n = 2 : i64, name = "columns", overhead_bytes = 224 : i64, payload_bytes = 32 : i64},
// CHECK-SAME:        {encoding = "f32", k = 2 : i64, n = 4 : i64, name = "transposed", overhead_bytes = 96 : i64, payload_bytes = 32 : i64}]
// CHECK-LABEL: func @float
func.func @float(%x: tensor<?x4xf32>, %t: tensor<?x3xf32>, %u: tensor<?x2xf32>, %a: tensor<?x4x!lowbit.affine<8>>, %init: tensor<?x2xi32>, %o: tensor<?x4xf32>) -> (tensor<?x3xf32>, tensor<?x2xf32>, tensor<?x2xi32>, tensor<?x4xf32>) {
  %w = arith.constant dense<1.0> : tensor<3x4xf32>
  %y = linalg.matmul indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>]
      ins(%x, %w : tensor<?x4xf32>, tensor<3x4xf32>) outs(%t : tensor<?x3xf32>) -> tensor<?x3xf32> loc("rows")
  %v = arith.constant dense<1.0> : tensor<4x2xf32>
  %z = linalg.matmul ins(%x, %v : tensor<?x4xf32>, tensor<4x2xf32>) outs(%u : tensor<?x2xf32>) -> tensor<?x2xf32> loc("columns")
  %e = tensor.empty() : tensor<2x4xf32>
  %turned = linalg.transpose ins(%v : tensor<4x2xf32>) outs(%e : tensor<2x4xf32>) permutation = [1, 0]
  %r = linalg.matmul ins(%z, %turned : tensor<?x2xf32>, tensor<2x4xf32>) outs(%o : tensor<?x4xf32>) -> tensor<?x4xf32> loc("transposed")
  %c = lowbit.constant dense<[[1, 0, -1, 1], [-1, -1, 1, 0]]> : tensor<2x4xi8> -> tensor<2x4x!lowbit.ternary>
  %p = lowbit.matmul %a, %c init %init {layer = "packed"}
      : (tensor<?x4x!lowbit.affine<8>>, tensor<2x4x!lowbit.ternary>, tensor<?x2xi32>) -> tensor<?x2xi32>
  return %y, %z, %p, %r : tensor<?x3xf32>, tensor<?x2xf32>, tensor<?x2xi32>, tensor<?x4xf32>
}

// -----

// Weights that are not known, and products that are not layers.
// CHECK-NOT:     lowbit.layers
// CHECK-LABEL: func @no_layers
func.func @no_layers(%x: tensor<?x4xf32>, %v: tensor<4x2xf32>, %u: tensor<?x2xf32>, %a: tensor<?x4x!lowbit.affine<8>>, %w: tensor<?x4x!lowbit.ternary>, %init: tensor<?x?xi32>) -> (tensor<?x2xf32>, tensor<?x?xi32>) {
  %z = linalg.matmul ins(%x, %v : tensor<?x4xf32>, tensor<4x2xf32>) outs(%u : tensor<?x2xf32>) -> tensor<?x2xf32>
  %y = lowbit.matmul %a, %w init %init {layer = "dynamic"}
      : (tensor<?x4x!lowbit.affine<8>>, tensor<?x4x!lowbit.ternary>, tensor<?x?xi32>) -> tensor<?x?xi32>
  return %z, %y : tensor<?x2xf32>, tensor<?x?xi32>
}

// -----

// Records of others stay what they are.
// CHECK: lowbit.layers = [{name = "theirs"}]
module attributes {lowbit.layers = [{name = "theirs"}]} {
  func.func @foreign() {
    return
  }
}
