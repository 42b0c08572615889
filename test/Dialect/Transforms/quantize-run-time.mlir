// RUN: lowbit-opt %s --lowbit-quantize="weights=int8" --split-input-file | FileCheck %s

// Both operands are rows of all parts, quantized at once; the products of the
// parts follow one another.
// CHECK-DAG:   #[[M:.*]] = affine_map<()[s0] -> (s0 * 5)>
// CHECK-DAG:   #[[N:.*]] = affine_map<()[s0] -> (s0 * 7)>
// CHECK-LABEL: @batch
// CHECK-SAME:      (%[[Q:.*]]: tensor<3x5x4xf32>, %[[K:.*]]: tensor<3x7x4xf32>)
// CHECK:         %[[W:.*]] = tensor.collapse_shape %[[K]] {{\[\[}}0, 1], [2]] : tensor<3x7x4xf32> into tensor<21x4xf32>
// CHECK:         %[[SW:.*]] = lowbit.choose_params %[[W]] for !lowbit.affine<8, narrow> : (tensor<21x4xf32>) -> tensor<21x1xf32>
// CHECK:         %[[CW:.*]] = lowbit.quantize %[[W]] scale %[[SW]]
// CHECK:         %[[A:.*]] = tensor.collapse_shape %[[Q]] {{\[\[}}0, 1], [2]] : tensor<3x5x4xf32> into tensor<15x4xf32>
// CHECK:         %[[SA:.*]], %[[ZA:.*]] = lowbit.choose_params %[[A]] for !lowbit.affine<8>
// CHECK:         %[[CA:.*]] = lowbit.quantize %[[A]] scale %[[SA]] zero_point %[[ZA]]
// CHECK:         %[[Y:.*]] = scf.for %[[B:.*]] = %c0{{.*}} to %c3{{.*}} step %c1{{.*}} iter_args(%[[OUT:.*]] = %{{.*}}) -> (tensor<15x7xf32>) {
// CHECK-DAG:       %[[ROW:.*]] = affine.apply #[[M]]()[%[[B]]]
// CHECK-DAG:       %[[COLUMN:.*]] = affine.apply #[[N]]()[%[[B]]]
// CHECK-DAG:       %[[PA:.*]] = tensor.extract_slice %[[CA]][%[[ROW]], 0] [5, 4] [1, 1]
// CHECK-DAG:       %[[PSA:.*]] = tensor.extract_slice %[[SA]][%[[ROW]], 0] [5, 1] [1, 1]
// CHECK-DAG:       %[[PZA:.*]] = tensor.extract_slice %[[ZA]][%[[ROW]], 0] [5, 1] [1, 1]
// CHECK-DAG:       %[[PW:.*]] = tensor.extract_slice %[[CW]][%[[COLUMN]], 0] [7, 4] [1, 1]
// CHECK-DAG:       %[[PSW:.*]] = tensor.extract_slice %[[SW]][%[[COLUMN]], 0] [7, 1] [1, 1]
// CHECK:           %[[P:.*]] = lowbit.scaled_matmul %[[PA]], %[[PW]] activation_scale %[[PSA]] weight_scale %[[PSW]] activation_zero_point %[[PZA]] {layer = "scores"}
// CHECK:           %[[NEXT:.*]] = tensor.insert_slice %[[P]] into %[[OUT]]
// CHECK:           scf.yield %[[NEXT]]
// CHECK:         %[[SHAPED:.*]] = tensor.expand_shape %[[Y]] {{\[\[}}0, 1], [2]] output_shape [3, 5, 7]
// CHECK:         return %[[SHAPED]]
func.func @batch(%q: tensor<3x5x4xf32>, %k: tensor<3x7x4xf32>) -> tensor<3x5x7xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<3x5x7xf32>
  %i = linalg.fill ins(%zero : f32) outs(%e : tensor<3x5x7xf32>) -> tensor<3x5x7xf32>
  %y = linalg.batch_matmul indexing_maps = [affine_map<(b, m, n, k) -> (b, m, k)>, affine_map<(b, m, n, k) -> (b, n, k)>, affine_map<(b, m, n, k) -> (b, m, n)>] {lowbit.weights = "int8"}
      ins(%q, %k : tensor<3x5x4xf32>, tensor<3x7x4xf32>) outs(%i : tensor<3x5x7xf32>) -> tensor<3x5x7xf32> loc("scores")
  return %y : tensor<3x5x7xf32>
}

// -----

// One product needs no loop; what is K x N is transposed, and the initial value
// is added. Extents that must agree are said to be equal.
// CHECK-LABEL: @one
// CHECK-SAME:      (%[[X:.*]]: tensor<?x4xf32>, %[[W:.*]]: tensor<4x?xf32>, %[[INIT:.*]]: tensor<?x?xf32>)
// CHECK:         %[[T:.*]] = linalg.transpose ins(%[[W]] : tensor<4x?xf32>)
// CHECK-COUNT-2: lowbit.require_equal %{{[^,]*}}, %{{[^,]*}} : index, index
// CHECK:         %[[SW:.*]] = lowbit.choose_params %[[T]] for !lowbit.affine<4, narrow>
// CHECK:         %[[SA:.*]] = lowbit.choose_params %[[X]] for !lowbit.affine<8, narrow>
// CHECK-NOT:     scf.for
// CHECK:         %[[P:.*]] = lowbit.scaled_matmul %{{.*}}, %{{.*}} activation_scale %[[SA]] weight_scale %[[SW]] {layer = "one"}
// CHECK:         linalg.add ins(%[[P]], %[[INIT]]
func.func @one(%x: tensor<?x4xf32>, %w: tensor<4x?xf32>, %init: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %y = linalg.matmul {lowbit.activations = "int8:zero-point=none", lowbit.weights = "int4"}
      ins(%x, %w : tensor<?x4xf32>, tensor<4x?xf32>) outs(%init : tensor<?x?xf32>) -> tensor<?x?xf32> loc("one")
  return %y : tensor<?x?xf32>
}

// -----

// CHECK-LABEL: @float_activations
// CHECK-SAME:      (%[[X:.*]]: tensor<?x4xf32>,
// CHECK:         lowbit.weight_only_matmul %[[X]], %{{.*}} scale %{{.*}} {layer = "rows"}
func.func @float_activations(%x: tensor<?x4xf32>, %w: tensor<6x4xf32>, %init: tensor<?x6xf32>) -> tensor<?x6xf32> {
  %y = linalg.matmul indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>]
      {lowbit.activations = "float", lowbit.weights = "int8"}
      ins(%x, %w : tensor<?x4xf32>, tensor<6x4xf32>) outs(%init : tensor<?x6xf32>) -> tensor<?x6xf32> loc("rows")
  return %y : tensor<?x6xf32>
}

// -----

// What is asked of all layers is asked of constant weights.
// CHECK-LABEL: @not_asked
// CHECK:         linalg.matmul
func.func @not_asked(%x: tensor<?x4xf32>, %w: tensor<4x?xf32>, %init: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %y = linalg.matmul ins(%x, %w : tensor<?x4xf32>, tensor<4x?xf32>) outs(%init : tensor<?x?xf32>) -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}

// -----

// The scale of each row is the mean of the finite magnitudes, on both sides.
// CHECK-LABEL: @levels
// CHECK-SAME:      (%[[X:.*]]: tensor<?x4xf32>, %[[W:.*]]: tensor<6x4xf32>,
// CHECK-DAG:     %[[SHARE:.*]] = arith.divf
// CHECK-DAG:     %[[INF:.*]] = arith.constant 0x7F800000 : f32
// CHECK-DAG:     %[[LEAST:.*]] = arith.constant 7.88860905E-31 : f32
// CHECK:         %[[I:.*]] = linalg.fill ins(%[[LEAST]] : f32)
// CHECK:         %[[MEAN:.*]] = linalg.generic {{.*}} iterator_types = ["parallel", "reduction"]} ins(%[[W]] : tensor<6x4xf32>) outs(%[[I]] : tensor<6xf32>)
// CHECK:           %[[SIZE:.*]] = math.absf
// CHECK:           %[[FINITE:.*]] = arith.cmpf olt, %[[SIZE]], %{{.*}} : f32
// CHECK:           %[[PART:.*]] = arith.mulf %[[SIZE]], %{{.*}} : f32
// CHECK:           %[[KEPT:.*]] = arith.select %[[FINITE]], %[[PART]], %{{.*}} : f32
// CHECK:           arith.addf %{{.*}}, %[[KEPT]] : f32
// CHECK:         %[[SW:.*]] = tensor.expand_shape %[[MEAN]] {{\[\[}}0, 1]] output_shape [6, 1]
// CHECK:         %[[CW:.*]] = lowbit.quantize %[[W]] scale %[[SW]] : (tensor<6x4xf32>, tensor<6x1xf32>) -> tensor<6x4x!lowbit.ternary>
// CHECK:         linalg.generic {{.*}} ins(%[[X]] : tensor<?x4xf32>) outs(%{{.*}} : tensor<?xf32>)
// CHECK:         %[[CX:.*]] = lowbit.quantize %[[X]] scale %{{.*}} : (tensor<?x4xf32>, tensor<?x1xf32>) -> tensor<?x4x!lowbit.binary>
// CHECK:         lowbit.scaled_matmul %[[CX]], %[[CW]]
func.func @levels(%x: tensor<?x4xf32>, %w: tensor<6x4xf32>, %init: tensor<?x6xf32>) -> tensor<?x6xf32> {
  %y = linalg.matmul indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>]
      {lowbit.activations = "binary", lowbit.weights = "ternary:absmean"}
      ins(%x, %w : tensor<?x4xf32>, tensor<6x4xf32>) outs(%init : tensor<?x6xf32>) -> tensor<?x6xf32>
  return %y : tensor<?x6xf32>
}
