// RUN: lowbit-opt %s --lowbit-lower-to-reference --canonicalize --cse | FileCheck %s

// CHECK-DAG: #[[BY32:.*]] = affine_map<()[s0] -> (s0 floordiv 32)>
// CHECK-DAG: #[[BYTE:.*]] = affine_map<()[s0] -> (s0 floordiv 4)>
// CHECK-DAG: #[[SHIFT:.*]] = affine_map<()[s0] -> (s0 * 2 - (s0 floordiv 4) * 8)>

// An index beyond either end reads the nearest row.
// CHECK-LABEL: @gather
// CHECK-DAG: %[[ZERO:.*]] = arith.constant 0 : index
// CHECK-DAG: %[[LAST:.*]] = arith.constant 6 : index
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "parallel", "parallel"]
// CHECK: %[[A:.*]] = linalg.index 0
// CHECK: %[[B:.*]] = linalg.index 1
// CHECK: %[[D:.*]] = linalg.index 2
// CHECK: %[[I:.*]] = tensor.extract %{{.*}}[%[[A]], %[[B]]] : tensor<?x3xi64>
// CHECK: %[[INDEX:.*]] = arith.index_cast %[[I]] : i64 to index
// CHECK: %[[ABOVE:.*]] = arith.maxsi %[[INDEX]], %[[ZERO]]
// CHECK: %[[ROW:.*]] = arith.minsi %[[ABOVE]], %[[LAST]]
// CHECK: %[[C:.*]] = tensor.extract %{{.*}}[%[[ROW]], %[[D]]] : tensor<7x70xi8>
// CHECK: %[[CODE:.*]] = arith.extsi %[[C]] : i8 to i32
// CHECK: %[[G:.*]] = affine.apply #[[BY32]]()[%[[D]]]
// CHECK: %[[S:.*]] = tensor.extract %{{.*}}[%[[ROW]], %[[G]]] : tensor<7x3xf32>
// CHECK: %[[Z:.*]] = tensor.extract %{{.*}}[%[[ROW]], %[[G]]] : tensor<7x3xi32>
// CHECK: %[[V:.*]] = arith.subi %[[CODE]], %[[Z]]
// CHECK: %[[F:.*]] = arith.sitofp %[[V]]
// CHECK: arith.mulf %[[S]], %[[F]]
func.func @gather(%t: tensor<7x70x!lowbit.affine<4>>, %i: tensor<?x3xi64>, %s: tensor<7x3xf32>, %z: tensor<7x3xi32>) -> tensor<?x3x70xf32> {
  %0 = lowbit.gather %t[%i] scale %s zero_point %z {block_sizes = array<i64: 0, 32>}
      : (tensor<7x70x!lowbit.affine<4>>, tensor<?x3xi64>, tensor<7x3xf32>, tensor<7x3xi32>) -> tensor<?x3x70xf32>
  return %0 : tensor<?x3x70xf32>
}

// CHECK-LABEL: @gather_without_rows
// CHECK-NOT: tensor.extract
// CHECK: linalg.yield %cst
func.func @gather_without_rows(%t: tensor<0x4x!lowbit.ternary>, %i: tensor<3xi64>, %s: tensor<1x1xf32>) -> tensor<3x4xf32> {
  %0 = lowbit.gather %t[%i] scale %s : (tensor<0x4x!lowbit.ternary>, tensor<3xi64>, tensor<1x1xf32>) -> tensor<3x4xf32>
  return %0 : tensor<3x4xf32>
}

// CHECK-LABEL: @gather_of_unknown_rows
// CHECK: %[[V:.*]] = tensor.dim %{{.*}}, %c0 : tensor<?x4xi8>
// CHECK: %[[EMPTY:.*]] = arith.cmpi eq, %[[V]], %c0
// CHECK: scf.if %[[EMPTY]] -> (f32) {
// CHECK-NEXT: scf.yield %cst
// CHECK: } else {
// CHECK: tensor.extract
func.func @gather_of_unknown_rows(%t: tensor<?x4x!lowbit.ternary>, %i: tensor<3xi64>, %s: tensor<1x1xf32>) -> tensor<3x4xf32> {
  %0 = lowbit.gather %t[%i] scale %s : (tensor<?x4x!lowbit.ternary>, tensor<3xi64>, tensor<1x1xf32>) -> tensor<3x4xf32>
  return %0 : tensor<3x4xf32>
}

// CHECK-LABEL: @packed_gather
// CHECK: %[[BITS:.*]] = tensor.extract %{{.*}}[%[[ROW:.*]], %{{.*}}] : tensor<7x2xi8>
// CHECK: %[[WIDE:.*]] = arith.extui %[[BITS]] : i8 to i32
// CHECK: affine.apply #[[SHIFT]]
// CHECK: %[[SHIFTED:.*]] = arith.shrui %[[WIDE]]
// CHECK: %[[FIELD:.*]] = arith.andi %[[SHIFTED]], %c3_i32
// CHECK: arith.subi %[[FIELD]], %c1_i32
func.func @packed_gather(%t: tensor<7x2xi8>, %i: tensor<?xi64>, %s: tensor<7x1xf32>, %y: tensor<?x5xf32>) -> tensor<?x5xf32> {
  %0 = lowbit.packed_gather <field_bits = 2, code_offset = 1> %t[%i] scale %s into %y
      : (tensor<7x2xi8>, tensor<?xi64>, tensor<7x1xf32>, tensor<?x5xf32>) -> tensor<?x5xf32>
  return %0 : tensor<?x5xf32>
}

// CHECK-LABEL: @packed_gather_of_levels
// CHECK: %[[FIELD:.*]] = arith.andi %{{.*}}, %c3_i32
// CHECK: %[[AT:.*]] = arith.index_cast %[[FIELD]] : i32 to index
// CHECK: tensor.extract %{{.*}}[%[[AT]]] : tensor<4xi32>
func.func @packed_gather_of_levels(%t: tensor<7x2xi8>, %i: tensor<?xi64>, %s: tensor<7x1xf32>, %l: tensor<4xi32>, %y: tensor<?x5xf32>) -> tensor<?x5xf32> {
  %0 = lowbit.packed_gather <field_bits = 2> %t[%i] scale %s levels %l into %y
      : (tensor<7x2xi8>, tensor<?xi64>, tensor<7x1xf32>, tensor<4xi32>, tensor<?x5xf32>) -> tensor<?x5xf32>
  return %0 : tensor<?x5xf32>
}
