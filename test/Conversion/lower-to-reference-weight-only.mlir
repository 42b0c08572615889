// RUN: lowbit-opt %s --lowbit-lower-to-reference --canonicalize --cse | FileCheck %s

// A product is added to the sum of a block by one fma, the block to the result
// by another.

// CHECK-DAG: #[[K:.*]] = affine_map<(d0, d1) -> (d0 * 32 + d1)>

// CHECK-LABEL: @blocks_with_zero_points
// CHECK-SAME: (%[[X:.*]]: tensor<?x70xbf16>, %[[W:.*]]: tensor<16x70xi8>, %[[S:.*]]: tensor<4x3xf16>, %[[Z:.*]]: tensor<4x3xi32>)
// CHECK: scf.for %[[G:.*]] = %c0 to %c3 step %c1 iter_args(%[[ACC:.*]] = %cst) -> (f32)
// CHECK:   %[[SUM:.*]] = scf.for %[[I:.*]] = %c0 to %{{.*}} step %c1 iter_args(%[[CARRIED:.*]] = %cst) -> (f32)
// CHECK:     %[[AT:.*]] = affine.apply #[[K]](%[[G]], %[[I]])
// CHECK:     %[[A:.*]] = tensor.extract %[[X]][%{{.*}}, %[[AT]]]
// CHECK:     %[[REAL:.*]] = arith.extf %[[A]] : bf16 to f32
// CHECK:     tensor.extract %[[W]][%{{.*}}, %[[AT]]]
// CHECK:     %[[CODE:.*]] = arith.extsi
// CHECK:     %[[ZERO:.*]] = tensor.extract %[[Z]]
// CHECK:     %[[DIFFERENCE:.*]] = arith.subi %[[CODE]], %[[ZERO]]
// CHECK:     %[[VALUE:.*]] = arith.sitofp %[[DIFFERENCE]]
// CHECK:     %[[NEXT:.*]] = math.fma %[[REAL]], %[[VALUE]], %[[CARRIED]]
// CHECK:     scf.yield %[[NEXT]]
// CHECK:   tensor.extract %[[S]]
// CHECK:   %[[SCALE:.*]] = arith.extf
// CHECK:   %[[TOTAL:.*]] = math.fma %[[SUM]], %[[SCALE]], %[[ACC]]
// CHECK:   scf.yield %[[TOTAL]]
func.func @blocks_with_zero_points(%x: tensor<?x70xbf16>, %w: tensor<16x70x!lowbit.affine<4>>, %s: tensor<4x3xf16>,
                                   %z: tensor<4x3xi32>) -> tensor<?x16xf32> {
  %0 = lowbit.weight_only_matmul %x, %w scale %s zero_point %z {block_sizes = array<i64: 4, 32>}
      : (tensor<?x70xbf16>, tensor<16x70x!lowbit.affine<4>>, tensor<4x3xf16>, tensor<4x3xi32>) -> tensor<?x16xf32>
  return %0 : tensor<?x16xf32>
}

// CHECK-LABEL: @float_zero_point
// CHECK: %[[ZERO:.*]] = tensor.extract %{{.*}} : tensor<1x1xf32>
// CHECK: %[[LEVEL:.*]] = arith.sitofp
// CHECK: %[[VALUE:.*]] = arith.subf %[[LEVEL]], %[[ZERO]]
// CHECK: math.fma %{{.*}}, %[[VALUE]], %{{.*}}
func.func @float_zero_point(%x: tensor<?x70xf32>, %w: tensor<16x70x!lowbit.affine<4>>, %s: tensor<1x1xf32>,
                            %z: tensor<1x1xf32>) -> tensor<?x16xf32> {
  %0 = lowbit.weight_only_matmul %x, %w scale %s zero_point %z
      : (tensor<?x70xf32>, tensor<16x70x!lowbit.affine<4>>, tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<?x16xf32>
  return %0 : tensor<?x16xf32>
}

// A field of a bipolar code stands for twice itself minus 1.
// CHECK-LABEL: @packed_binary
// CHECK: %[[FIELD:.*]] = arith.andi
// CHECK: %[[TWICE:.*]] = arith.muli %[[FIELD]], %c2_i32
// CHECK: %[[CODE:.*]] = arith.subi %[[TWICE]], %c1_i32
// CHECK: %[[VALUE:.*]] = arith.sitofp %[[CODE]]
// CHECK: math.fma %{{.*}}, %[[VALUE]], %{{.*}}
func.func @packed_binary(%x: tensor<?x8xf32>, %w: tensor<1x640xi8>, %init: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = lowbit.packed_weight_only_matmul <field_bits = 1, code_offset = 1, code_step = 2, scale = f32> %x, %w into %init
      : (tensor<?x8xf32>, tensor<1x640xi8>, tensor<?x3xf32>) -> tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}

// CHECK-LABEL: @packed_levels_with_zero_points
// CHECK: %[[TABLE:.*]] = arith.constant dense<[0, 3, 5, 8]> : tensor<4xi32>
// CHECK: %[[LEVEL:.*]] = tensor.extract %[[TABLE]]
// CHECK: %[[CODE:.*]] = arith.subi %[[LEVEL]], %c4_i32
// CHECK: %[[REAL:.*]] = arith.sitofp %[[CODE]]
// CHECK: %[[ZERO:.*]] = arith.bitcast %{{.*}} : i32 to f32
// CHECK: %[[VALUE:.*]] = arith.subf %[[REAL]], %[[ZERO]]
// CHECK: math.fma %{{.*}}, %[[VALUE]], %{{.*}}
func.func @packed_levels_with_zero_points(%x: tensor<?x8xf32>, %w: tensor<1x640xi8>, %init: tensor<?x3xf32>)
    -> tensor<?x3xf32> {
  %0 = lowbit.packed_weight_only_matmul
      <field_bits = 2, code_offset = 4, scale = f32, offset = true, levels = [0, 3, 5, 8]> %x, %w into %init
      : (tensor<?x8xf32>, tensor<1x640xi8>, tensor<?x3xf32>) -> tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
