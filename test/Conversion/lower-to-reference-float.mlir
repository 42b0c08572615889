// RUN: lowbit-opt %s --lowbit-lower-to-reference --canonicalize --cse | FileCheck %s

// CHECK-DAG: #[[ROW:.*]] = affine_map<()[s0, s1] -> (s0 * 16 + s1 mod 16)>
// CHECK-DAG: #[[DIV:.*]] = affine_map<()[s0] -> (s0 floordiv 16)>
// CHECK-DAG: #[[COLUMN:.*]] = affine_map<(d0)[s0] -> (d0 * 16 + s0 mod 16)>

// CHECK-LABEL: @pack_columns
// CHECK-SAME: (%[[W:.*]]: tensor<?x20xbf16>,
// CHECK:   %[[P:.*]] = linalg.index 0
// CHECK:   %[[C:.*]] = linalg.index 1
// CHECK:   %[[N:.*]] = affine.apply #[[ROW]]()[%[[P]], %[[C]]]
// CHECK:   %[[K:.*]] = affine.apply #[[DIV]]()[%[[C]]]
// CHECK:   %[[INSIDE:.*]] = arith.cmpi ult, %[[N]], %c20
// CHECK:   scf.if %[[INSIDE]] -> (bf16) {
// CHECK:     tensor.extract %[[W]][%[[K]], %[[N]]]
// CHECK:   } else {
// CHECK:     scf.yield %cst
func.func @pack_columns(%w: tensor<?x20xbf16>, %p: tensor<2x?xbf16>) -> tensor<2x?xbf16> {
  %0 = lowbit.pack_floats %w into %p {transposed} : (tensor<?x20xbf16>, tensor<2x?xbf16>) -> tensor<2x?xbf16>
  return %0 : tensor<2x?xbf16>
}

// One fma per k, from the initial value on.
// CHECK-LABEL: @packed_float_matmul
// CHECK-SAME: (%[[X:.*]]: tensor<?x4xf32>, %[[W:.*]]: tensor<2x64xbf16>, %[[INIT:.*]]: tensor<?x20xf32>)
// CHECK:   %[[M:.*]] = linalg.index 0
// CHECK:   %[[N:.*]] = linalg.index 1
// CHECK:   %[[P:.*]] = affine.apply #[[DIV]]()[%[[N]]]
// CHECK:   %[[FIRST:.*]] = tensor.extract %[[INIT]][%[[M]], %[[N]]]
// CHECK:   scf.for %[[K:.*]] = %c0 to %c4 step %c1 iter_args(%[[ACC:.*]] = %[[FIRST]]) -> (f32)
// CHECK:     %[[C:.*]] = affine.apply #[[COLUMN]](%[[K]])[%[[N]]]
// CHECK:     %[[HALF:.*]] = tensor.extract %[[W]][%[[P]], %[[C]]]
// CHECK:     %[[A:.*]] = tensor.extract %[[X]][%[[M]], %[[K]]]
// CHECK:     %[[WEIGHT:.*]] = arith.extf %[[HALF]]
// CHECK:     %[[NEXT:.*]] = math.fma %[[A]], %[[WEIGHT]], %[[ACC]]
// CHECK:     scf.yield %[[NEXT]]
func.func @packed_float_matmul(%x: tensor<?x4xf32>, %w: tensor<2x64xbf16>, %y: tensor<?x20xf32>) -> tensor<?x20xf32> {
  %0 = lowbit.packed_float_matmul %x, %w into %y : (tensor<?x4xf32>, tensor<2x64xbf16>, tensor<?x20xf32>) -> tensor<?x20xf32>
  return %0 : tensor<?x20xf32>
}

// Activations in bf16 are exact in f32, too.
// CHECK-LABEL: @bf16_activations
// CHECK-SAME: (%[[X:[^:]*]]: tensor<?x4xbf16>
// CHECK:     %[[NARROW:.*]] = tensor.extract %[[X]]
// CHECK:     %[[A:.*]] = arith.extf %[[NARROW]]
// CHECK:     math.fma %[[A]]
func.func @bf16_activations(%x: tensor<?x4xbf16>, %w: tensor<2x64xbf16>, %y: tensor<?x20xf32>) -> tensor<?x20xf32> {
  %0 = lowbit.packed_float_matmul %x, %w into %y : (tensor<?x4xbf16>, tensor<2x64xbf16>, tensor<?x20xf32>) -> tensor<?x20xf32>
  return %0 : tensor<?x20xf32>
}

// CHECK-LABEL: @require_equal
// CHECK-NEXT: return
func.func @require_equal(%m: index, %n: index) {
  lowbit.require_equal %m, %n : index, index
  return
}
