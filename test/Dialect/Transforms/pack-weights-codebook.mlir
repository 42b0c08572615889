// RUN: lowbit-opt %s --lowbit-pack-weights --split-input-file | FileCheck %s

// The codes are packed as they are; the levels -5, 0, 7 and 127 are a part of
// the layout, 5 more each.
// CHECK:         overhead_bytes = 66 : i64, payload_bytes = 2 : i64
// CHECK-LABEL: func @levels
// CHECK-DAG:     %[[W:.*]] = arith.constant dense_resource<fc.packed> : tensor<1x64xi8>
// CHECK-NOT:     lowbit.lookup
// CHECK:         lowbit.packed_matmul <field_bits = 2, code_offset = 5, levels = [0, 5, 12, 132]> {{.*}}, %[[W]] into
// CHECK:         fc.packed: "0x40000000{{030100020000020300(00)*}}"
func.func @levels(%a: tensor<?x4x!lowbit.affine<8>>, %init: tensor<?x2xi32>) -> tensor<?x2xi32> {
  %codes = lowbit.constant dense<[[3, 1, 0, 2], [0, 0, 2, 3]]> : tensor<2x4xi8> -> tensor<2x4x!lowbit.codebook<2>>
  %table = arith.constant dense<[-5, 0, 7, 127]> : tensor<4xi8>
  %w = lowbit.lookup %codes in %table : (tensor<2x4x!lowbit.codebook<2>>, tensor<4xi8>) -> tensor<2x4x!lowbit.affine<8>>
  %y = lowbit.matmul %a, %w init %init
      : (tensor<?x4x!lowbit.affine<8>>, tensor<2x4x!lowbit.affine<8>>, tensor<?x2xi32>) -> tensor<?x2xi32> loc("fc")
  return %y : tensor<?x2xi32>
}

// -----

// Zero points of the activations meet the sums of levels: 3 * (127 + 0 - 5 + 7)
// and 3 * (-5 - 5 + 7 + 127).
// CHECK-LABEL: func @zero_point
// CHECK:         arith.constant dense<{{\[\[}}-387], [-372]]> : tensor<2x1xi32>
func.func @zero_point(%a: tensor<1x4x!lowbit.affine<8>>, %init: tensor<1x2xi32>) -> tensor<1x2xi32> {
  %codes = lowbit.constant dense<[[3, 1, 0, 2], [0, 0, 2, 3]]> : tensor<2x4xi8> -> tensor<2x4x!lowbit.codebook<2>>
  %table = arith.constant dense<[-5, 0, 7, 127]> : tensor<4xi8>
  %w = lowbit.lookup %codes in %table : (tensor<2x4x!lowbit.codebook<2>>, tensor<4xi8>) -> tensor<2x4x!lowbit.affine<8>>
  %za = arith.constant dense<3> : tensor<1x1xi32>
  %zero = arith.constant dense<0> : tensor<1x2xi32>
  %y = lowbit.matmul %a, %w activation_zero_point %za init %zero
      : (tensor<1x4x!lowbit.affine<8>>, tensor<2x4x!lowbit.affine<8>>, tensor<1x1xi32>, tensor<1x2xi32>) -> tensor<1x2xi32>
  return %y : tensor<1x2xi32>
}

// -----

// Codes of 8 bits in storage are packed as their levels, 128 more each; the
// record is that of the codes.
// CHECK:         encoding = "codebook<5>", k = 4 : i64, n = 2 : i64, name = "", overhead_bytes = 59 : i64, payload_bytes = 5 : i64
// CHECK-LABEL: func @wide
// CHECK:         %[[W:.*]] = arith.constant dense_resource<wide.packed> : tensor<1x64xi8>
// CHECK-NOT:     lowbit.lookup
// CHECK:         lowbit.packed_matmul <field_bits = 8, code_offset = 128> {{.*}}, %[[W]] into
// CHECK:         wide.packed: "0x40000000{{8C807B87808082FB(00)*}}"
func.func @wide(%a: tensor<?x4x!lowbit.affine<8>>, %init: tensor<?x2xi32>) -> tensor<?x2xi32> {
  %codes = lowbit.constant dense<[[31, 1, 0, 2], [1, 1, 29, 30]]> : tensor<2x4xi8> -> tensor<2x4x!lowbit.codebook<5>>
  %table = arith.constant dense<[-5, 0, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 2, 123, 12]> : tensor<32xi8>
  %w = lowbit.lookup %codes in %table : (tensor<2x4x!lowbit.codebook<5>>, tensor<32xi8>) -> tensor<2x4x!lowbit.affine<8>>
  %y = lowbit.matmul %a, %w init %init
      : (tensor<?x4x!lowbit.affine<8>>, tensor<2x4x!lowbit.affine<8>>, tensor<?x2xi32>) -> tensor<?x2xi32> loc("wide")
  return %y : tensor<?x2xi32>
}

// -----

// So are those in a table that is no constant.
// CHECK-LABEL: func @table_of_run_time
// CHECK:         %[[W:.*]] = lowbit.lookup
// CHECK:         %[[LEVELS:.*]] = lowbit.to_storage %[[W]]
// CHECK:         %[[PACKED:.*]] = lowbit.pack_codes <field_bits = 8, code_offset = 128> %[[LEVELS]]
// CHECK:         lowbit.packed_matmul <field_bits = 8, code_offset = 128> {{.*}}, %[[PACKED]] into
func.func @table_of_run_time(%a: tensor<?x4x!lowbit.affine<8>>, %codes: tensor<2x4x!lowbit.codebook<2>>, %table: tensor<4xi8>, %init: tensor<?x2xi32>) -> tensor<?x2xi32> {
  %w = lowbit.lookup %codes in %table : (tensor<2x4x!lowbit.codebook<2>>, tensor<4xi8>) -> tensor<2x4x!lowbit.affine<8>>
  %y = lowbit.matmul %a, %w init %init
      : (tensor<?x4x!lowbit.affine<8>>, tensor<2x4x!lowbit.affine<8>>, tensor<?x2xi32>) -> tensor<?x2xi32>
  return %y : tensor<?x2xi32>
}
