// RUN: lowbit-opt %s --lowbit-pack-weights --split-input-file --verify-diagnostics | FileCheck %s

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

func.func @too_many_levels(%a: tensor<?x4x!lowbit.affine<8>>, %codes: tensor<2x4x!lowbit.codebook<5>>, %init: tensor<?x2xi32>) -> tensor<?x2xi32> {
  %table = arith.constant dense<1> : tensor<32xi8>
  // expected-error@+1 {{expected a table of at most 16 levels to pack, but got 32}}
  %w = lowbit.lookup %codes in %table : (tensor<2x4x!lowbit.codebook<5>>, tensor<32xi8>) -> tensor<2x4x!lowbit.affine<8>>
  %y = lowbit.matmul %a, %w init %init
      : (tensor<?x4x!lowbit.affine<8>>, tensor<2x4x!lowbit.affine<8>>, tensor<?x2xi32>) -> tensor<?x2xi32>
  return %y : tensor<?x2xi32>
}

// -----

func.func @table_of_run_time(%a: tensor<?x4x!lowbit.affine<8>>, %codes: tensor<2x4x!lowbit.codebook<2>>, %table: tensor<4xi8>, %init: tensor<?x2xi32>) -> tensor<?x2xi32> {
  // expected-error@+1 {{expected a constant table to pack, but got values of run time}}
  %w = lowbit.lookup %codes in %table : (tensor<2x4x!lowbit.codebook<2>>, tensor<4xi8>) -> tensor<2x4x!lowbit.affine<8>>
  %y = lowbit.matmul %a, %w init %init
      : (tensor<?x4x!lowbit.affine<8>>, tensor<2x4x!lowbit.affine<8>>, tensor<?x2xi32>) -> tensor<?x2xi32>
  return %y : tensor<?x2xi32>
}
