// RUN: lowbit-opt %s --lowbit-pack-weights --split-input-file | FileCheck %s

// 1, 0, -1, 1 and -1, -1, 1, 0 as fields, and the scales 2 and 0.5, in the bytes
// of an integer kernel.
// CHECK:         lowbit.layers = [{encoding = "ternary", k = 4 : i64, n = 2 : i64, name = "fc", overhead_bytes = 318 : i64, payload_bytes = 2 : i64}]
// CHECK-LABEL: func @ternary
// CHECK-SAME:      %[[X:.*]]: tensor<?x4xf32>
// CHECK-DAG:     %[[W:.*]] = arith.constant dense_resource<fc.packed> : tensor<1x320xi8>
// CHECK-DAG:     %[[INIT:.*]] = tensor.empty(%{{.*}}) : tensor<?x2xf32>
// CHECK:         lowbit.packed_weight_only_matmul <field_bits = 2, code_offset = 1, scale = f32> %[[X]], %[[W]] into %[[INIT]] {layer = "fc"}
// CHECK:         fc.packed: "0x40000000000000400000003F{{(00)+}}0201000200000201{{(00)+}}"
func.func @ternary(%x: tensor<?x4xf32>) -> tensor<?x2xf32> {
  %w = lowbit.constant dense<[[1, 0, -1, 1], [-1, -1, 1, 0]]> : tensor<2x4xi8> -> tensor<2x4x!lowbit.ternary>
  %s = arith.constant dense<[[2.0], [0.5]]> : tensor<2x1xf32>
  %y = lowbit.weight_only_matmul %x, %w scale %s {layer = "fc"}
      : (tensor<?x4xf32>, tensor<2x4x!lowbit.ternary>, tensor<2x1xf32>) -> tensor<?x2xf32> loc("fc")
  return %y : tensor<?x2xf32>
}

// -----

// Activations are widened, a zero point of a group of rows is repeated for each
// row, behind the scales: 3, 3, -1.
// CHECK-LABEL: func @zero_point
// CHECK-SAME:      %[[X:.*]]: tensor<?x4xbf16>
// CHECK:         %[[WIDE:.*]] = arith.extf %[[X]] : tensor<?x4xbf16> to tensor<?x4xf32>
// CHECK:         lowbit.packed_weight_only_matmul <field_bits = 4, code_offset = 8, scale = bf16, offset = true> %[[WIDE]],
// CHECK:         fc.packed: "0x40000000803F803F803F{{(00)+}}0000404000004040000080BF{{(00)+}}090B070A
func.func @zero_point(%x: tensor<?x4xbf16>) -> tensor<?x3xf32> {
  %w = lowbit.constant dense<[[1, 3, -1, 2], [0, 0, 0, 0], [7, 7, 7, -8]]> : tensor<3x4xi8> -> tensor<3x4x!lowbit.affine<4>>
  %s = arith.constant dense<1.0> : tensor<2x1xbf16>
  %z = arith.constant dense<[[3], [-1]]> : tensor<2x1xi32>
  %y = lowbit.weight_only_matmul %x, %w scale %s zero_point %z {block_sizes = array<i64: 2, 0>}
      : (tensor<?x4xbf16>, tensor<3x4x!lowbit.affine<4>>, tensor<2x1xbf16>, tensor<2x1xi32>) -> tensor<?x3xf32> loc("fc")
  return %y : tensor<?x3xf32>
}

// -----

// CHECK-LABEL: func @zero_point_that_is_zero
// CHECK:         lowbit.packed_weight_only_matmul <field_bits = 4, code_offset = 8, scale = f32> %
func.func @zero_point_that_is_zero(%x: tensor<1x4xf32>, %w: tensor<3x4x!lowbit.affine<4>>, %s: tensor<3x1xf32>) -> tensor<1x3xf32> {
  %z = arith.constant dense<0.0> : tensor<3x1xf32>
  %y = lowbit.weight_only_matmul %x, %w scale %s zero_point %z
      : (tensor<1x4xf32>, tensor<3x4x!lowbit.affine<4>>, tensor<3x1xf32>, tensor<3x1xf32>) -> tensor<1x3xf32>
  return %y : tensor<1x3xf32>
}

// -----

// Zero points of run time become reals at run time.
// CHECK-LABEL: func @zero_point_of_run_time
// CHECK-SAME:      %[[Z:[^:]*]]: tensor<2x?xi32>)
// CHECK:         %[[COLUMN:.*]] = linalg.generic {{.*}} ins(%[[Z]] : tensor<2x?xi32>) outs(%{{.*}} : tensor<3x?xf32>)
// CHECK:           arith.sitofp
// CHECK:         lowbit.pack <field_bits = 4, code_offset = 8, block = 4, scale = f16, offset = true> %{{.*}} scale %{{.*}} offset %[[COLUMN]] {block_sizes = array<i64: 2, 4>}
func.func @zero_point_of_run_time(%x: tensor<1x?xf32>, %w: tensor<3x?x!lowbit.affine<4>>, %s: tensor<2x?xf16>, %z: tensor<2x?xi32>) -> tensor<1x3xf32> {
  %y = lowbit.weight_only_matmul %x, %w scale %s zero_point %z {block_sizes = array<i64: 2, 4>}
      : (tensor<1x?xf32>, tensor<3x?x!lowbit.affine<4>>, tensor<2x?xf16>, tensor<2x?xi32>) -> tensor<1x3xf32>
  return %y : tensor<1x3xf32>
}

// -----

// CHECK-LABEL: func @codebook
// CHECK-NOT:     lowbit.lookup
// CHECK:         lowbit.packed_weight_only_matmul <field_bits = 2, code_offset = 5, scale = f32, levels = [0, 5, 12, 132]> %
func.func @codebook(%x: tensor<1x4xf32>, %s: tensor<1x1xf32>) -> tensor<1x2xf32> {
  %codes = lowbit.constant dense<[[3, 1, 0, 2], [0, 0, 2, 3]]> : tensor<2x4xi8> -> tensor<2x4x!lowbit.codebook<2>>
  %table = arith.constant dense<[-5, 0, 7, 127]> : tensor<4xi8>
  %w = lowbit.lookup %codes in %table : (tensor<2x4x!lowbit.codebook<2>>, tensor<4xi8>) -> tensor<2x4x!lowbit.affine<8>>
  %y = lowbit.weight_only_matmul %x, %w scale %s
      : (tensor<1x4xf32>, tensor<2x4x!lowbit.affine<8>>, tensor<1x1xf32>) -> tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}

// -----

// Levels of run time are packed as 8 bits.
// CHECK-LABEL: func @table_of_run_time
// CHECK:         %[[W:.*]] = lowbit.lookup
// CHECK:         %[[LEVELS:.*]] = lowbit.to_storage %[[W]]
// CHECK:         lowbit.pack_codes <field_bits = 8, code_offset = 128, scale = f32> %[[LEVELS]]
func.func @table_of_run_time(%x: tensor<1x4xf32>, %codes: tensor<2x4x!lowbit.codebook<2>>, %table: tensor<4xi8>, %s: tensor<1x1xf32>) -> tensor<1x2xf32> {
  %w = lowbit.lookup %codes in %table : (tensor<2x4x!lowbit.codebook<2>>, tensor<4xi8>) -> tensor<2x4x!lowbit.affine<8>>
  %y = lowbit.weight_only_matmul %x, %w scale %s
      : (tensor<1x4xf32>, tensor<2x4x!lowbit.affine<8>>, tensor<1x1xf32>) -> tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}
