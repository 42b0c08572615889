// RUN: lowbit-opt %s --lowbit-pack-gathers --canonicalize | FileCheck %s
// RUN: lowbit-opt %s --lowbit-pack-gathers --lowbit-pack-gathers --canonicalize | FileCheck %s
// RUN: lowbit-opt %s --lowbit-pack-gathers --remarks-filter=lowbit --remark-format=emitRemark 2>&1 >/dev/null | FileCheck %s --check-prefix=REMARK

// Bytes of scales, zero points and levels count as overhead.
// CHECK: lowbit.layers = [
// CHECK-SAME: {encoding = "ternary", k = 5 : i64, n = 2 : i64, name = "embed", overhead_bytes = 9 : i64, payload_bytes = 3 : i64}
// CHECK-SAME: {encoding = "affine<4>", k = 3 : i64, n = 2 : i64, name = "point", overhead_bytes = 17 : i64, payload_bytes = 3 : i64}
// CHECK-SAME: {encoding = "codebook<3>", k = 3 : i64, n = 2 : i64, name = "levels", overhead_bytes = 39 : i64, payload_bytes = 3 : i64}
// CHECK-SAME: {encoding = "f32", k = 2 : i64, n = 3 : i64, name = "float", overhead_bytes = 0 : i64, payload_bytes = 24 : i64}

// CHECK-LABEL: func @vector_of_indices
// CHECK-SAME: (%[[I:.*]]: tensor<?xi64>)
// CHECK-DAG: %[[T:.*]] = arith.constant dense_resource<embed.packed> : tensor<2x2xi8>
// CHECK-DAG: %[[S:.*]] = arith.constant dense<{{.*}}> : tensor<2x1xf32>
// CHECK-DAG: %[[M:.*]] = tensor.dim %[[I]], %c0
// CHECK: %[[E:.*]] = tensor.empty(%[[M]]) : tensor<?x5xf32>
// CHECK: %[[Y:.*]] = lowbit.packed_gather <field_bits = 2, code_offset = 1> %[[T]][%[[I]]] scale %[[S]] into %[[E]] {layer = "embed"}
// CHECK: return %[[Y]]
func.func @vector_of_indices(%i: tensor<?xi64>) -> tensor<?x5xf32> {
  %t = lowbit.constant dense<[[-1, 0, 1, 0, 1], [1, 1, -1, -1, 0]]> : tensor<2x5xi8> -> tensor<2x5x!lowbit.ternary>
  %s = arith.constant dense<[[0.5], [2.0]]> : tensor<2x1xf32>
  %y = lowbit.gather %t[%i] scale %s {layer = "embed"} : (tensor<2x5x!lowbit.ternary>, tensor<?xi64>, tensor<2x1xf32>) -> tensor<?x5xf32> loc("embed")
  return %y : tensor<?x5xf32>
}

// Matrices of indices are flattened; blocks stay blocks.
// CHECK-LABEL: func @matrix_of_indices
// CHECK-SAME: (%[[I:.*]]: tensor<?x?xi32>)
// CHECK: %[[FLAT:.*]] = tensor.collapse_shape %[[I]] {{\[\[}}0, 1]] : tensor<?x?xi32> into tensor<?xi32>
// CHECK: %[[Y:.*]] = lowbit.packed_gather <field_bits = 4, code_offset = 8> %{{.*}}[%[[FLAT]]] scale %{{.*}} zero_point %{{.*}} into %{{.*}} {block_sizes = array<i64: 0, 2>, layer = "point"}
// CHECK: tensor.expand_shape %[[Y]] {{\[\[}}0, 1], [2]] output_shape [%{{.*}}, %{{.*}}, 3] : tensor<?x3xf32> into tensor<?x?x3xf32>
func.func @matrix_of_indices(%i: tensor<?x?xi32>) -> tensor<?x?x3xf32> {
  %t = lowbit.constant dense<7> : tensor<2x3xi8> -> tensor<2x3x!lowbit.affine<4>>
  %s = arith.constant dense<0.5> : tensor<1x2xf32>
  %z = arith.constant dense<3> : tensor<1x2xi32>
  %y = lowbit.gather %t[%i] scale %s zero_point %z {block_sizes = array<i64: 0, 2>, layer = "point"}
      : (tensor<2x3x!lowbit.affine<4>>, tensor<?x?xi32>, tensor<1x2xf32>, tensor<1x2xi32>) -> tensor<?x?x3xf32> loc("point")
  return %y : tensor<?x?x3xf32>
}

// CHECK-LABEL: func @one_index
// CHECK: %[[L:.*]] = arith.constant dense<[1, 2, 3, 4, 5, 6, 7, -8]> : tensor<8xi32>
// CHECK: tensor.expand_shape %{{.*}} [] output_shape [1] : tensor<i64> into tensor<1xi64>
// CHECK: %[[Y:.*]] = lowbit.packed_gather <field_bits = 3> {{.*}} levels %[[L]]
// CHECK: tensor.collapse_shape %[[Y]] {{\[\[}}0, 1]] : tensor<1x3xf32> into tensor<3xf32>
func.func @one_index(%i: tensor<i64>) -> tensor<3xf32> {
  %codes = lowbit.constant dense<[[7, 1, 2], [3, 4, 5]]> : tensor<2x3xi8> -> tensor<2x3x!lowbit.codebook<3>>
  %table = arith.constant dense<[1, 2, 3, 4, 5, 6, 7, -8]> : tensor<8xi8>
  %t = lowbit.lookup %codes in %table : (tensor<2x3x!lowbit.codebook<3>>, tensor<8xi8>) -> tensor<2x3x!lowbit.affine<8>>
  %s = arith.constant dense<0.5> : tensor<1x1xf32>
  %y = lowbit.gather %t[%i] scale %s {layer = "levels"} : (tensor<2x3x!lowbit.affine<8>>, tensor<i64>, tensor<1x1xf32>) -> tensor<3xf32> loc("levels")
  return %y : tensor<3xf32>
}

// Two gathers share one packed copy; the matmul gets its own.
// CHECK-LABEL: func @shared
// CHECK-DAG: %[[CODES:.*]] = lowbit.constant
// CHECK-DAG: %[[T:.*]] = arith.constant dense_resource<first.packed> : tensor<2x1xi8>
// CHECK: lowbit.packed_gather {{.*}} %[[T]][%arg0]
// CHECK: lowbit.packed_gather {{.*}} %[[T]][%arg1]
// CHECK: lowbit.matmul %{{.*}}, %[[CODES]]
func.func @shared(%i: tensor<?xi64>, %j: tensor<?xi64>, %a: tensor<1x3x!lowbit.affine<8>>) -> (tensor<?x3xf32>, tensor<?x3xf32>, tensor<1x2xi32>) {
  %t = lowbit.constant dense<1> : tensor<2x3xi8> -> tensor<2x3x!lowbit.ternary>
  %s = arith.constant dense<0.5> : tensor<1x1xf32>
  %y = lowbit.gather %t[%i] scale %s : (tensor<2x3x!lowbit.ternary>, tensor<?xi64>, tensor<1x1xf32>) -> tensor<?x3xf32> loc("first")
  %z = lowbit.gather %t[%j] scale %s : (tensor<2x3x!lowbit.ternary>, tensor<?xi64>, tensor<1x1xf32>) -> tensor<?x3xf32>
  %init = arith.constant dense<0> : tensor<1x2xi32>
  %m = lowbit.matmul %a, %t init %init : (tensor<1x3x!lowbit.affine<8>>, tensor<2x3x!lowbit.ternary>, tensor<1x2xi32>) -> tensor<1x2xi32>
  return %y, %z, %m : tensor<?x3xf32>, tensor<?x3xf32>, tensor<1x2xi32>
}

// REMARK: [Missed] pack-gathers | Category:lowbit | Remark="the table stays codes: expected a constant table"
// REMARK: the table stays codes: expected parameters of static shape
// REMARK: the table stays codes: expected codes of at most 8 bits
// REMARK: the table stays codes: expected a constant table
// REMARK-NOT: Remark=
// CHECK-LABEL: func @stays
// CHECK-NOT: packed_gather
func.func @stays(%t: tensor<2x3x!lowbit.ternary>, %s: tensor<?x1xf32>, %table: tensor<8xi8>, %i: tensor<4xi64>)
    -> (tensor<4x3xf32>, tensor<4x3xf32>, tensor<4x3xf32>, tensor<4x3xf32>, tensor<4x3xf32>, tensor<4x0xf32>) {
  %one = arith.constant dense<1.0> : tensor<1x1xf32>
  %0 = lowbit.gather %t[%i] scale %one : (tensor<2x3x!lowbit.ternary>, tensor<4xi64>, tensor<1x1xf32>) -> tensor<4x3xf32>
  %c = lowbit.constant dense<1> : tensor<2x3xi8> -> tensor<2x3x!lowbit.ternary>
  %1 = lowbit.gather %c[%i] scale %s : (tensor<2x3x!lowbit.ternary>, tensor<4xi64>, tensor<?x1xf32>) -> tensor<4x3xf32>
  %wide = lowbit.constant dense<1> : tensor<2x3xi16> -> tensor<2x3x!lowbit.affine<9>>
  %2 = lowbit.gather %wide[%i] scale %one : (tensor<2x3x!lowbit.affine<9>>, tensor<4xi64>, tensor<1x1xf32>) -> tensor<4x3xf32>
  %codes = lowbit.constant dense<1> : tensor<2x3xi8> -> tensor<2x3x!lowbit.codebook<3>>
  %l = lowbit.lookup %codes in %table : (tensor<2x3x!lowbit.codebook<3>>, tensor<8xi8>) -> tensor<2x3x!lowbit.affine<8>>
  %3 = lowbit.gather %l[%i] scale %one : (tensor<2x3x!lowbit.affine<8>>, tensor<4xi64>, tensor<1x1xf32>) -> tensor<4x3xf32>
  %none = lowbit.constant dense<> : tensor<0x3xi8> -> tensor<0x3x!lowbit.ternary>
  %4 = lowbit.gather %none[%i] scale %one : (tensor<0x3x!lowbit.ternary>, tensor<4xi64>, tensor<1x1xf32>) -> tensor<4x3xf32>
  %narrow = lowbit.constant dense<> : tensor<3x0xi8> -> tensor<3x0x!lowbit.ternary>
  %5 = lowbit.gather %narrow[%i] scale %one : (tensor<3x0x!lowbit.ternary>, tensor<4xi64>, tensor<1x1xf32>) -> tensor<4x0xf32>
  return %0, %1, %2, %3, %4, %5 : tensor<4x3xf32>, tensor<4x3xf32>, tensor<4x3xf32>, tensor<4x3xf32>, tensor<4x3xf32>, tensor<4x0xf32>
}

// CHECK-LABEL: func @float
// CHECK: tensor.gather
func.func @float(%i: tensor<?x1xi64>) -> tensor<?x2xf32> {
  %t = arith.constant dense<[[1.0, 2.0], [-3.0, 0.5], [0.25, 4.0]]> : tensor<3x2xf32>
  %y = tensor.gather %t[%i] gather_dims([0]) : (tensor<3x2xf32>, tensor<?x1xi64>) -> tensor<?x2xf32> loc("float")
  return %y : tensor<?x2xf32>
}

// CHECK: embed.packed: "0x4000000064020A01"
